package value

import (
	"strings"
	"unicode/utf8"
)

func strList(parts []string) *List {
	elems := make([]Value, len(parts))
	for i, p := range parts {
		elems[i] = Str{s: p}
	}
	return &List{elems: elems}
}

// splitArgs reads sep (white: none given) and maxsplit (-1: no limit).
func splitArgs(a []Value) (sep string, white bool, limit int, err error) {
	limit = -1
	if a[1] != nil {
		if limit, err = asIndex(a[1]); err != nil {
			return "", false, 0, err
		}
	}
	if absent(a[0]) {
		return "", true, limit, nil
	}
	s, ok := a[0].(Str)
	if !ok {
		return "", false, 0, typeErrorf("must be str or None, not %s", qualified(a[0]))
	}
	if s.s == "" {
		return "", false, 0, valueErrorf("empty separator")
	}
	return s.s, false, limit, nil
}

func strSplit(s string, a []Value) (Value, error) {
	sep, white, limit, err := splitArgs(a)
	if err != nil {
		return nil, err
	}
	if !white {
		n := -1
		if limit >= 0 {
			n = limit + 1
		}
		return strList(strings.SplitN(s, sep, n)), nil
	}
	parts := []string{}
	s = strings.TrimLeftFunc(s, isSpace)
	for s != "" {
		end := strings.IndexFunc(s, isSpace)
		if limit >= 0 && len(parts) >= limit || end < 0 {
			parts = append(parts, s) // with a limit the last part keeps its blanks
			break
		}
		parts = append(parts, s[:end])
		s = strings.TrimLeftFunc(s[end:], isSpace)
	}
	return strList(parts), nil
}

func strRSplit(s string, a []Value) (Value, error) {
	sep, white, limit, err := splitArgs(a)
	if err != nil {
		return nil, err
	}
	if limit < 0 {
		return strSplit(s, a)
	}
	var parts []string // from the right
	if white {
		s = strings.TrimRightFunc(s, isSpace)
	}
	for s != "" || !white {
		at, width := strings.LastIndex(s, sep), len(sep)
		if white {
			if at = strings.LastIndexFunc(s, isSpace); at >= 0 {
				_, width = utf8.DecodeRuneInString(s[at:])
			}
		}
		if at < 0 || len(parts) >= limit {
			parts = append(parts, s)
			break
		}
		parts = append(parts, s[at+width:])
		s = s[:at]
		if white {
			s = strings.TrimRightFunc(s, isSpace)
		}
	}
	for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
		parts[i], parts[j] = parts[j], parts[i]
	}
	return strList(parts), nil
}

func strSplitlines(s string, a []Value) (Value, error) {
	keep := false
	if a[0] != nil {
		var err error
		if keep, err = Truth(a[0]); err != nil {
			return nil, err
		}
	}
	return strList(SplitLines(s, keep)), nil
}

// SplitLines is str.splitlines(keepends).
func SplitLines(s string, keepends bool) []string {
	lines := []string{}
	for s != "" {
		end := strings.IndexAny(s, "\n\r\v\f\x1c\x1d\x1e\u0085\u2028\u2029")
		if end < 0 {
			return append(lines, s)
		}
		_, width := utf8.DecodeRuneInString(s[end:])
		if strings.HasPrefix(s[end:], "\r\n") {
			width = 2
		}
		if keepends {
			lines = append(lines, s[:end+width])
		} else {
			lines = append(lines, s[:end])
		}
		s = s[end+width:]
	}
	return lines
}
