package fileattr

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"syscall"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// ModeText writes permission bits as Ansible's results do: "0644", "04755".
func ModeText(mode uint32) string { return fmt.Sprintf("0%03o", mode&0o7777) }

func (a Attrs) applyMode(sys target.System, path string, info target.Info, check bool, c *Change) (bool, error) {
	if a.Mode == nil {
		return false, nil
	}
	mode, err := ParseMode(a.Mode, info, sys.Umask())
	if err != nil {
		return false, withDetails(failf(path, "mode must be in octal or symbolic form"), err.Error())
	}
	if info.IsLink() || mode == info.Perm() {
		return false, nil // a link has no mode of its own on Linux
	}
	c.Note("mode", ModeText(info.Perm()), ModeText(mode))
	if check {
		return true, nil
	}
	if err := sys.Chmod(path, mode); errors.Is(err, syscall.EPERM) {
		return false, &Failure{Msg: PyError(err, path), Raised: true}
	} else if err != nil {
		return false, withDetails(failf(path, "chmod failed"), PyError(err, path))
	}
	return true, nil
}

// ParseMode gives the permission bits that a mode argument means for a file: a number is taken as it is (so YAML's 0644,
// which is 420, is right, and 644 is not what was meant), a text is octal or else symbolic, relative to the bits the
// file has.
func ParseMode(v value.Value, info target.Info, umask uint32) (uint32, error) {
	switch v := v.(type) {
	case value.Int:
		n, _ := v.Int64()
		return uint32(n) & 0o7777, nil
	case value.Bool:
		if v {
			return 1, nil
		}
		return 0, nil
	case value.Str:
		if n, ok := parseOctal(v.String()); ok {
			return uint32(n) & 0o7777, nil
		}
		return symbolic(v.String(), info, umask)
	}
	return 0, fmt.Errorf("'%s' object has no attribute 'split'", v.Type())
}

// parseOctal reads an octal number as Python's int(s, 8) does: with blanks around, a sign, a prefix "0o".
func parseOctal(s string) (int64, bool) {
	s = strings.TrimSpace(s)
	sign := int64(1)
	if rest, ok := strings.CutPrefix(s, "-"); ok {
		s, sign = rest, -1
	} else {
		s = strings.TrimPrefix(s, "+")
	}
	if len(s) > 2 && (strings.HasPrefix(s, "0o") || strings.HasPrefix(s, "0O")) {
		s = s[2:]
	}
	if s == "" || s[0] < '0' || s[0] > '7' {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 8, 64)
	return sign * n, err == nil
}

// The bits of each class of users.
var classBits = map[byte]uint32{'u': 0o4700, 'g': 0o2070, 'o': 0o1007}

// symbolic applies "u=rwX,g-w" to the bits of a file. Without a class of users all are meant and the umask counts, as in
// chmod(1). "X" looks at the bits as the clauses before it have left them.
func symbolic(s string, info target.Info, umask uint32) (uint32, error) {
	mode := info.Perm()
	for clause := range strings.SplitSeq(s, ",") {
		n := 0
		for n < len(clause) && strings.IndexByte("ugoa", clause[n]) >= 0 {
			n++
		}
		classes, rest := clause[:n], clause[n:]
		mask := ^uint32(0)
		if classes == "" {
			mask = ^umask
		}
		if classes == "" || strings.Contains(classes, "a") {
			classes = "ugo"
		}
		for rest != "" {
			op := rest[0]
			end := strings.IndexAny(rest[1:], "+-=") + 1
			if end == 0 {
				end = len(rest)
			}
			perms := rest[1:end]
			if strings.IndexByte("+-=", op) < 0 || !validPerms(perms) {
				return 0, fmt.Errorf("bad symbolic permission for mode: %s", clause)
			}
			rest = rest[end:]
			before := mode
			for i := range len(classes) {
				mode = change(before, mode, classes[i], op, perms, mask, info.IsDir())
			}
		}
	}
	return mode, nil
}

func validPerms(p string) bool {
	if p == "u" || p == "g" || p == "o" {
		return true
	}
	return strings.Trim(p, "rwxXst") == ""
}

// change applies one operation for one class of users to mode; before is what it was before the operation.
func change(before, mode uint32, class, op byte, perms string, mask uint32, isDir bool) uint32 {
	shift := map[byte]uint{'u': 6, 'g': 3, 'o': 0}
	var bits uint32
	for i := range len(perms) {
		switch perms[i] {
		case 'r':
			bits |= 4 << shift[class]
		case 'w':
			bits |= 2 << shift[class]
		case 'x':
			bits |= 1 << shift[class]
		case 'X':
			if isDir || before&0o111 != 0 {
				bits |= 1 << shift[class]
			}
		case 's':
			bits |= map[byte]uint32{'u': 0o4000, 'g': 0o2000}[class]
		case 't':
			bits |= map[byte]uint32{'o': 0o1000}[class]
		case 'u', 'g', 'o':
			bits |= before >> shift[perms[i]] & 7 << shift[class]
		}
	}
	bits &= mask
	switch op {
	case '+':
		return mode | bits
	case '-':
		return mode &^ bits
	}
	return mode&^classBits[class] | bits
}
