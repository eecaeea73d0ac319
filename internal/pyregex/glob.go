package pyregex

import "strings"

// Glob gives the pattern of a shell glob as Python's fnmatch.translate does: "*" and "?" stand for any character, a slash
// and a newline too, [seq] and [!seq] for one of a set. The pattern is for the whole text: see FullMatch.
func Glob(glob string) string {
	var b strings.Builder
	b.WriteString("(?s:")
	for i := 0; i < len(glob); i++ {
		switch c := glob[i]; c {
		case '*':
			b.WriteString(".*")
		case '?':
			b.WriteByte('.')
		case '[':
			end := classEnd(glob, i)
			if end < 0 {
				b.WriteString(`\[`)
				continue
			}
			set := strings.ReplaceAll(glob[i+1:end], `\`, `\\`)
			set = strings.ReplaceAll(set, "[", `\[`)
			switch {
			case set[0] == '!':
				set = "^" + set[1:]
			case set[0] == '^':
				set = `\` + set
			}
			b.WriteString("[" + set + "]")
			i = end
		default:
			b.WriteString(Escape(glob[i : i+1]))
		}
	}
	b.WriteByte(')')
	return b.String()
}

// classEnd gives the place of the "]" that ends the set that begins at i, or -1. The first character of a set can be "]".
func classEnd(glob string, i int) int {
	j := i + 1
	if j < len(glob) && glob[j] == '!' {
		j++
	}
	if j < len(glob) && glob[j] == ']' {
		j++
	}
	for ; j < len(glob); j++ {
		if glob[j] == ']' {
			return j
		}
	}
	return -1
}
