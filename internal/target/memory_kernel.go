package target

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/netip"
	"strings"
	"syscall"
)

// KernelState is what the kernel of a Memory tells.
type KernelState struct {
	Uname       Uname
	Loadavg     [3]float64
	Filesystems map[string]Filesystem // by mount point
	Addresses   []Address
	LocalRoutes []Route
	Routes      map[string]Route // by destination address
	FQDN        string
	Listening   map[string]string // addresses that can be connected to, and what they send
	Answers     map[string]string // what an address sends when it is asked: by the address, a blank and the first line sent to it
}

// SetKernel says what the kernel tells.
func (s *Memory) SetKernel(k KernelState) { s.m.kernel = k }

// Uname returns what SetKernel has set.
func (s *Memory) Uname() (Uname, error) { return s.m.kernel.Uname, nil }

// Loadavg returns what SetKernel has set.
func (s *Memory) Loadavg() ([3]float64, error) { return s.m.kernel.Loadavg, nil }

// Statfs returns the filesystem that SetKernel has set for exactly this path.
func (s *Memory) Statfs(name string) (Filesystem, error) {
	f, ok := s.m.kernel.Filesystems[s.abs(name)]
	if !ok {
		return Filesystem{}, perr("statfs", name, syscall.ENOENT)
	}
	return f, nil
}

// Addresses returns what SetKernel has set.
func (s *Memory) Addresses() ([]Address, error) { return s.m.kernel.Addresses, nil }

// LocalRoutes returns what SetKernel has set.
func (s *Memory) LocalRoutes() ([]Route, error) { return s.m.kernel.LocalRoutes, nil }

// RouteTo returns the route that SetKernel has set for dst.
func (s *Memory) RouteTo(dst netip.Addr) (Route, error) {
	r, ok := s.m.kernel.Routes[dst.String()]
	if !ok {
		return Route{}, syscall.ENETUNREACH
	}
	return r, nil
}

// Dial connects to one of the addresses that SetKernel has set.
func (s *Memory) Dial(_ context.Context, network, address string) (net.Conn, error) {
	text, ok := s.m.kernel.Listening[address]
	if !ok {
		return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
	}
	here, there := net.Pipe()
	for asked := range s.m.kernel.Answers {
		if strings.HasPrefix(asked, address+" ") {
			go answer(there, address, s.m.kernel.Answers)
			return here, nil
		}
	}
	go func() {
		_, _ = there.Write([]byte(text)) // nobody may read it
		there.Close()
	}()
	return here, nil
}

// answer reads a line of a client, sends what stands for it among answers, and ends the connection.
func answer(c net.Conn, address string, answers map[string]string) {
	r := bufio.NewReader(c)
	line, err := r.ReadString('\n')
	if err != nil {
		return
	}
	go func() { _, _ = io.Copy(io.Discard, r) }() // what else the client sends
	_, _ = io.WriteString(c, answers[address+" "+strings.TrimSpace(line)])
	c.Close()
}

// FQDN returns what SetKernel has set, else name.
func (s *Memory) FQDN(name string) string {
	if s.m.kernel.FQDN != "" {
		return s.m.kernel.FQDN
	}
	return name
}
