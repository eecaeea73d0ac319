package system

import "strings"

// fnmatch matches as Python's fnmatch does: * and ? stand for any characters, slashes too; [seq] and [!seq] for one of a
// set, which may have ranges. A bracket that nothing closes stands for itself.
func fnmatch(pattern, name string) bool { return matchRunes([]rune(pattern), []rune(name)) }

func matchRunes(p, s []rune) bool {
	// the last star, and where in s it was met: what comes after is tried at every later place
	star, from := -1, 0
	i, j := 0, 0
	for j < len(s) {
		ok, width := matchOne(p[i:], s[j])
		switch {
		case ok:
			i, j = i+width, j+1
		case i < len(p) && p[i] == '*':
			star, from = i, j
			i++
		case star >= 0:
			from++
			i, j = star+1, from
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}

// matchOne matches the first element of a pattern with a character: whether it does, and how long the element is. A star
// is none that it matches.
func matchOne(p []rune, r rune) (ok bool, width int) {
	switch {
	case len(p) == 0 || p[0] == '*':
		return false, 0
	case p[0] == '?':
		return true, 1
	case p[0] == '[':
		if set, ok := bracket(p[1:]); ok {
			return inSet(set, r), len(set) + 2
		}
	}
	return p[0] == r, 1
}

// bracket gives what stands between brackets; a closing one in the first place belongs to the set.
func bracket(p []rune) ([]rune, bool) {
	first := 0
	if len(p) > 0 && p[0] == '!' {
		first = 1
	}
	if len(p) <= first {
		return nil, false
	}
	end := strings.IndexRune(string(p[first+1:]), ']')
	if end < 0 {
		return nil, false
	}
	end = len([]rune(string(p[first+1:])[:end]))
	return p[:first+1+end], true
}

func inSet(set []rune, r rune) bool {
	if set[0] == '!' && len(set) > 1 {
		return !inSet(set[1:], r)
	}
	for i := 0; i < len(set); i++ {
		if i+2 < len(set) && set[i+1] == '-' {
			if set[i] <= r && r <= set[i+2] {
				return true
			}
			i += 2
			continue
		}
		if set[i] == r {
			return true
		}
	}
	return false
}
