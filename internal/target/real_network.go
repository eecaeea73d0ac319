package target

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// Uname asks the kernel.
func (*Real) Uname() (Uname, error) {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return Uname{}, os.NewSyscallError("uname", err)
	}
	text := func(b []byte) string { return unix.ByteSliceToString(b) }
	return Uname{text(u.Sysname[:]), text(u.Nodename[:]), text(u.Release[:]), text(u.Version[:]), text(u.Machine[:])}, nil
}

// Loadavg asks the kernel.
func (*Real) Loadavg() ([3]float64, error) {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return [3]float64{}, os.NewSyscallError("sysinfo", err)
	}
	var out [3]float64
	for i, n := range info.Loads {
		out[i] = float64(n) / (1 << unix.SI_LOAD_SHIFT)
	}
	return out, nil
}

// Statfs asks the kernel.
func (r *Real) Statfs(name string) (Filesystem, error) {
	var st unix.Statfs_t
	if err := retry(func() error { return unix.Statfs(r.abs(name), &st) }); err != nil {
		return Filesystem{}, &os.PathError{Op: "statfs", Path: name, Err: err}
	}
	f := Filesystem{
		BlockSize: int64(st.Bsize), FragmentSize: int64(st.Frsize), Blocks: int64(st.Blocks), BlocksAvail: int64(st.Bavail), //nolint:unconvert // differs by CPU
		Inodes: int64(st.Files), InodesFavail: int64(st.Ffree),
	}
	if f.FragmentSize == 0 {
		f.FragmentSize = f.BlockSize
	}
	return f, nil
}

// Dial connects.
func (*Real) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, network, address)
}

// linkNames gives the interfaces' names by their numbers, asked for by rtnetlink(7).
func linkNames() (map[uint32]string, error) {
	names := map[uint32]string{}
	err := dump(unix.RTM_GETLINK, make([]byte, unix.SizeofIfInfomsg), func(body []byte) {
		if len(body) < unix.SizeofIfInfomsg {
			return
		}
		index := binary.NativeEndian.Uint32(body[4:])
		attributes(body[unix.SizeofIfInfomsg:], func(kind uint16, v []byte) {
			if kind == unix.IFLA_IFNAME {
				names[index] = unix.ByteSliceToString(v)
			}
		})
	})
	return names, err
}

// Addresses asks the kernel by rtnetlink(7).
func (*Real) Addresses() ([]Address, error) {
	names, err := linkNames()
	if err != nil {
		return nil, err
	}
	var out []Address
	err = dump(unix.RTM_GETADDR, make([]byte, unix.SizeofIfAddrmsg), func(body []byte) {
		if len(body) < unix.SizeofIfAddrmsg {
			return
		}
		bits, flags, scope, index := int(body[1]), body[2], body[3], binary.NativeEndian.Uint32(body[4:])
		a := Address{Link: names[index], Scope: scopeName(scope), Secondary: flags&unix.IFA_F_SECONDARY != 0}
		var local, address netip.Addr
		attributes(body[unix.SizeofIfAddrmsg:], func(kind uint16, v []byte) {
			switch kind {
			case unix.IFA_LOCAL:
				local, _ = netip.AddrFromSlice(v)
			case unix.IFA_ADDRESS:
				address, _ = netip.AddrFromSlice(v)
			case unix.IFA_BROADCAST:
				a.Broadcast, _ = netip.AddrFromSlice(v)
			case unix.IFA_LABEL:
				a.Label = unix.ByteSliceToString(v)
			}
		})
		if !local.IsValid() {
			local = address
		}
		a.Prefix = netip.PrefixFrom(local, bits)
		out = append(out, a)
	})
	return out, err
}

func scopeName(scope byte) string {
	switch scope {
	case unix.RT_SCOPE_UNIVERSE:
		return "global"
	case unix.RT_SCOPE_SITE:
		return "site"
	case unix.RT_SCOPE_LINK:
		return "link"
	case unix.RT_SCOPE_HOST:
		return "host"
	}
	return strconv.Itoa(int(scope))
}

// LocalRoutes asks the kernel by rtnetlink(7).
func (*Real) LocalRoutes() ([]Route, error) {
	names, err := linkNames()
	if err != nil {
		return nil, err
	}
	var out []Route
	for _, family := range []byte{unix.AF_INET, unix.AF_INET6} {
		header := make([]byte, unix.SizeofRtMsg)
		header[0] = family
		err := dump(unix.RTM_GETROUTE, header, func(body []byte) {
			if len(body) >= unix.SizeofRtMsg && body[4] == unix.RT_TABLE_LOCAL && body[7] == unix.RTN_LOCAL {
				out = append(out, route(body, names))
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// RouteTo asks the kernel by rtnetlink(7).
func (*Real) RouteTo(dst netip.Addr) (Route, error) {
	names, err := linkNames()
	if err != nil {
		return Route{}, err
	}
	header := make([]byte, unix.SizeofRtMsg, 64)
	header[0], header[1] = unix.AF_INET6, byte(dst.BitLen())
	if dst.Is4() {
		header[0] = unix.AF_INET
	}
	addr := dst.AsSlice()
	header = binary.NativeEndian.AppendUint16(header, uint16(unix.SizeofRtAttr+len(addr)))
	header = binary.NativeEndian.AppendUint16(header, unix.RTA_DST)
	header = append(header, addr...)
	var out Route
	err = talk(unix.RTM_GETROUTE, unix.NLM_F_REQUEST, header, func(body []byte) {
		if len(body) >= unix.SizeofRtMsg {
			out = route(body, names)
		}
	})
	return out, err
}

func route(body []byte, names map[uint32]string) Route {
	var r Route
	bits := int(body[1])
	dst := netip.IPv6Unspecified()
	if body[0] == unix.AF_INET {
		dst = netip.IPv4Unspecified()
	}
	attributes(body[unix.SizeofRtMsg:], func(kind uint16, v []byte) {
		switch kind {
		case unix.RTA_DST:
			dst, _ = netip.AddrFromSlice(v)
		case unix.RTA_GATEWAY:
			r.Gateway, _ = netip.AddrFromSlice(v)
		case unix.RTA_PREFSRC:
			r.Source, _ = netip.AddrFromSlice(v)
		case unix.RTA_OIF:
			if len(v) >= 4 {
				r.Link = names[binary.NativeEndian.Uint32(v)]
			}
		}
	})
	r.Dst = netip.PrefixFrom(dst, bits)
	return r
}

// dump asks for all objects of a kind.
func dump(kind uint16, header []byte, each func(body []byte)) error {
	return talk(kind, unix.NLM_F_REQUEST|unix.NLM_F_DUMP, header, each)
}

// talk sends one rtnetlink request and calls each for every object of the answer.
func talk(kind, flags uint16, header []byte, each func(body []byte)) error {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		return os.NewSyscallError("socket", err)
	}
	defer unix.Close(fd)
	msg := make([]byte, 0, unix.SizeofNlMsghdr+len(header))
	msg = binary.NativeEndian.AppendUint32(msg, uint32(unix.SizeofNlMsghdr+len(header)))
	msg = binary.NativeEndian.AppendUint16(msg, kind)
	msg = binary.NativeEndian.AppendUint16(msg, flags)
	msg = append(msg, make([]byte, 8)...) // sequence number and port: 0
	msg = append(msg, header...)
	if err := unix.Sendto(fd, msg, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return os.NewSyscallError("sendto", err)
	}
	buf := make([]byte, 1<<16)
	for {
		n, _, err := unix.Recvfrom(fd, buf, 0)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return os.NewSyscallError("recvfrom", err)
		}
		list, err := syscall.ParseNetlinkMessage(buf[:n])
		if err != nil {
			return fmt.Errorf("reading the kernel's answer: %w", err)
		}
		for _, m := range list {
			switch {
			case m.Header.Type == unix.NLMSG_DONE:
				return nil
			case m.Header.Type == unix.NLMSG_ERROR && len(m.Data) >= 4:
				if no := -int32(binary.NativeEndian.Uint32(m.Data)); no != 0 {
					return syscall.Errno(no)
				}
				return nil
			}
			each(m.Data)
		}
		if flags&unix.NLM_F_DUMP != unix.NLM_F_DUMP {
			return nil
		}
	}
}

// attributes calls each for every attribute of an rtnetlink object.
func attributes(b []byte, each func(kind uint16, v []byte)) {
	for len(b) >= unix.SizeofRtAttr {
		n := int(binary.NativeEndian.Uint16(b))
		if n < unix.SizeofRtAttr || n > len(b) {
			return
		}
		each(binary.NativeEndian.Uint16(b[2:])&0x3fff, b[unix.SizeofRtAttr:n])
		if n = (n + 3) &^ 3; n > len(b) {
			return
		}
		b = b[n:]
	}
}
