package inventory

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
)

var (
	bracketedPort = lazyregexp.New(`^\[(.+)\]:([0-9]+)$`)
	plainPort     = lazyregexp.New(`^((?:[^:\[\]]|\[[^\]]*\])+):([0-9]+)$`)
	hostRange     = `\[(?:[0-9]*:[0-9]+|[a-zA-Z]:[a-zA-Z])(?::[0-9]+)?\]`
	hostLabel     = `(?:[\pL\pN_]|` + hostRange + `)(?:(?:[\pL\pN_-]|` + hostRange + `){0,61}(?:[\pL\pN_]|` + hostRange + `))?`
	hostName      = lazyregexp.New(`^` + hostLabel + `(?:\.` + hostLabel + `)*$`)
	ipv4Range     = lazyregexp.New(`^(?:[0-9]{1,3}|` + hostRange + `)(?:\.(?:[0-9]{1,3}|` + hostRange + `)){3}$`)
	ipv6Range     = lazyregexp.New(`^(?:[0-9a-fA-F:.]|\[[0-9a-fA-F]+:[0-9a-fA-F]+(?::[0-9]+)?\])+$`)
)

// splitPort parts a host pattern, which may hold ranges, into the name and the port behind it: db:22, [2001:db8::1]:22. It is
// false, and the pattern whole, where that is no address: foo:bar, a name with odd characters.
func splitPort(pattern string) (name string, port int, ok bool) {
	if plainName(pattern) { // most are: the expressions cost more than an inventory of ten hosts
		return pattern, 0, true
	}
	name = pattern
	if m := bracketedPort().FindStringSubmatch(pattern); m != nil {
		name, port = m[1], atoi(m[2])
	} else if m := plainPort().FindStringSubmatch(pattern); m != nil {
		name, port = m[1], atoi(m[2])
	} else if strings.HasPrefix(pattern, "[") && strings.HasSuffix(pattern, "]") && isIPv6(pattern[1:len(pattern)-1]) {
		return pattern[1 : len(pattern)-1], 0, true
	}
	if isIPv6(name) || ipv4Range().MatchString(name) || hostName().MatchString(name) {
		return name, port, true
	}
	return pattern, 0, false
}

// plainName reports whether a text is a host name of ASCII letters, without ranges and port: what hostName matches too.
func plainName(s string) bool {
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, c := range []byte(label) {
			if c != '-' && !isWordByte(c) {
				return false
			}
		}
	}
	return true
}

// isWordByte reports whether a byte is an ASCII letter, a digit or an underscore.
func isWordByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_'
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

func isIPv6(s string) bool {
	if a, err := netip.ParseAddr(s); err == nil {
		return a.Is6() && a.Zone() == ""
	}
	return strings.Contains(s, "[") && strings.Count(s, ":") > 2 && ipv6Range().MatchString(s)
}
