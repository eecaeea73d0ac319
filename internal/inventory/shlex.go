package inventory

import (
	"errors"
	"strings"
)

// splitWords splits a host line into words as Python's shlex.split(line, comments=True) does: quotes hold words together
// and vanish, a backslash keeps the next character, "#" begins a comment, even within a word.
func splitWords(line string) ([]string, error) {
	var words []string
	var b strings.Builder
	started := false
	flush := func() {
		if started {
			words = append(words, b.String())
		}
		b.Reset()
		started = false
	}
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case strings.IndexByte(" \t\r\n", c) >= 0:
			flush()
		case c == '#':
			flush()
			return words, nil
		case c == '\\':
			if i++; i == len(line) {
				//lint:ignore ST1005 Python's words
				return nil, errors.New("No escaped character")
			}
			b.WriteByte(line[i])
			started = true
		case c == '\'' || c == '"':
			started = true
			for i++; i < len(line) && line[i] != c; i++ {
				if c == '"' && line[i] == '\\' && i+1 < len(line) && (line[i+1] == '"' || line[i+1] == '\\') {
					i++
				}
				b.WriteByte(line[i])
			}
			if i >= len(line) {
				//lint:ignore ST1005 Python's words
				return nil, errors.New("No closing quotation")
			}
		default:
			b.WriteByte(c)
			started = true
		}
	}
	flush()
	return words, nil
}
