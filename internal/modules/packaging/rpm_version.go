package packaging

import "strings"

// compareRPM compares two versions, or two releases, as rpm does: -1, 0 or 1.
//
// Source: rpm-version(7).
func compareRPM(a, b string) int {
	for a != "" || b != "" {
		a, b = strings.TrimLeftFunc(a, isVersionMark), strings.TrimLeftFunc(b, isVersionMark)
		if x, y := strings.HasPrefix(a, "~"), strings.HasPrefix(b, "~"); x || y { // sorts before all, the end too
			if !x || !y {
				return order(x, y)
			}
			a, b = a[1:], b[1:]
			continue
		}
		if x, y := strings.HasPrefix(a, "^"), strings.HasPrefix(b, "^"); x || y { // sorts after the end, before all else
			switch {
			case x && y:
				a, b = a[1:], b[1:]
				continue
			case x:
				return order(b != "", b == "")
			}
			return order(a == "", a != "")
		}
		if a == "" || b == "" {
			break
		}
		digits := isDigit(rune(a[0]))
		sa, ra := versionSegment(a, digits)
		sb, rb := versionSegment(b, digits)
		if sb == "" { // a number is newer than letters
			return order(!digits, digits)
		}
		if digits {
			sa, sb = strings.TrimLeft(sa, "0"), strings.TrimLeft(sb, "0")
			if len(sa) != len(sb) {
				return order(len(sa) < len(sb), true)
			}
		}
		if sa != sb {
			return order(sa < sb, true)
		}
		a, b = ra, rb
	}
	return order(a == "" && b != "", a != "" && b == "")
}

// order gives -1 for less, 1 for more, 0 for neither; less goes first.
func order(less, more bool) int {
	switch {
	case less:
		return -1
	case more:
		return 1
	}
	return 0
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

// isVersionMark tells what separates segments.
func isVersionMark(r rune) bool { return !isDigit(r) && !isLetter(r) && r != '~' && r != '^' }

// versionSegment takes the digits, or the letters, that a version begins with.
func versionSegment(s string, digits bool) (segment, rest string) {
	rest = strings.TrimLeftFunc(s, func(r rune) bool {
		if digits {
			return isDigit(r)
		}
		return isLetter(r)
	})
	return s[:len(s)-len(rest)], rest
}
