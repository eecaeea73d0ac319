package network

import (
	"encoding/hex"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// tcpStates are the numbers of the states in /proc/net/tcp (include/net/tcp_states.h).
var tcpStates = map[string]string{
	"ESTABLISHED": "01", "SYN_SENT": "02", "SYN_RECV": "03", "FIN_WAIT1": "04", "FIN_WAIT2": "05", "TIME_WAIT": "06",
}

// connections counts those to the port that are in one of the states and not from an excluded peer.
func (w *wait) connections() int {
	var states []string
	for _, s := range w.p.Strs("active_connection_states") {
		states = append(states, tcpStates[s])
	}
	local := w.p.Str("host")
	count := 0
	for _, file := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		text, err := target.ReadFile(w.sys, file)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			f := strings.Fields(line)
			if len(f) < 4 || !slices.Contains(states, f[3]) {
				continue
			}
			at, ok1 := procAddr(f[1])
			peer, ok2 := procAddr(f[2])
			if !ok1 || !ok2 || int64(at.Port()) != w.port || slices.Contains(w.p.Strs("exclude_hosts"), peer.Addr().String()) {
				continue
			}
			if local == "0.0.0.0" || local == "::" || local == at.Addr().String() || at.Addr().IsUnspecified() {
				count++
			}
		}
	}
	return count
}

// procAddr reads an address as /proc/net/tcp has it: words of four bytes in the order of a little-endian machine.
func procAddr(s string) (netip.AddrPort, bool) {
	host, port, _ := strings.Cut(s, ":")
	b, err := hex.DecodeString(host)
	n, perr := strconv.ParseUint(port, 16, 16)
	if err != nil || perr != nil || len(b)%4 != 0 {
		return netip.AddrPort{}, false
	}
	for i := 0; i < len(b); i += 4 {
		slices.Reverse(b[i : i+4])
	}
	addr, ok := netip.AddrFromSlice(b)
	return netip.AddrPortFrom(addr.Unmap(), uint16(n)), ok
}
