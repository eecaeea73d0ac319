package syntax

import (
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/unicode/runenames"
)

var simpleEscapes = map[byte]string{
	'\n': "", '\\': `\`, '\'': `'`, '"': `"`, 'a': "\a", 'b': "\b", 'f': "\f", 'n': "\n", 'r': "\r", 't': "\t", 'v': "\v",
}

// unescape resolves the escapes of a Python string literal. problem says what is wrong, in Python's words.
func unescape(s string) (out, problem string) {
	var b strings.Builder
	for i := 0; i < len(s); {
		if s[i] != '\\' {
			n := strings.IndexByte(s[i:], '\\')
			if n < 0 {
				n = len(s) - i
			}
			b.WriteString(s[i : i+n])
			i += n
			continue
		}
		i++
		if i >= len(s) {
			return "", `\ at end of string`
		}
		c := s[i]
		if e, ok := simpleEscapes[c]; ok {
			b.WriteString(e)
			i++
			continue
		}
		n, problem := 0, ""
		switch {
		case c >= '0' && c <= '7':
			n = octal(&b, s[i:])
		case c == 'x':
			n, problem = hex(&b, s[i:], 2, `truncated \xXX escape`)
		case c == 'u':
			n, problem = hex(&b, s[i:], 4, `truncated \uXXXX escape`)
		case c == 'U':
			n, problem = hex(&b, s[i:], 8, `truncated \UXXXXXXXX escape`)
		case c == 'N':
			n, problem = named(&b, s[i:])
		default:
			// an escape that is none stays as it is
			b.WriteByte('\\')
		}
		if problem != "" {
			return "", problem
		}
		i += n
	}
	return b.String(), ""
}

func octal(b *strings.Builder, s string) int {
	n, r := 0, rune(0)
	for n < 3 && n < len(s) && s[n] >= '0' && s[n] <= '7' {
		r = r*8 + rune(s[n]-'0')
		n++
	}
	b.WriteRune(r)
	return n
}

func hex(b *strings.Builder, s string, digits int, truncated string) (int, string) {
	r := uint32(0)
	for i := 1; i <= digits; i++ {
		if i >= len(s) {
			return 0, truncated
		}
		c := s[i]
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 + uint32(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 + uint32(c|0x20-'a'+10)
		default:
			return 0, truncated
		}
	}
	if r > utf8.MaxRune {
		return 0, "illegal Unicode character"
	}
	if r >= 0xd800 && r <= 0xdfff {
		// a lone surrogate, which is a character of its own in Python
		b.Write([]byte{0xe0 | byte(r>>12), 0x80 | byte(r>>6)&0x3f, 0x80 | byte(r)&0x3f})
		return digits + 1, ""
	}
	b.WriteRune(rune(r))
	return digits + 1, ""
}

func named(b *strings.Builder, s string) (int, string) {
	end := strings.IndexByte(s, '}')
	if len(s) < 2 || s[1] != '{' || end < 3 {
		return 0, `malformed \N character escape`
	}
	r, ok := runesByName()[strings.ToUpper(s[2:end])]
	if !ok {
		return 0, "unknown Unicode character name"
	}
	b.WriteRune(r)
	return end + 1, ""
}

// runesByName is made when the first \N{…} is met.
var runesByName = sync.OnceValue(func() map[string]rune {
	m := make(map[string]rune, 1<<15)
	for r := rune(0); r <= utf8.MaxRune; r++ {
		if name := runenames.Name(r); name != "" && name[0] != '<' {
			m[name] = r
		}
	}
	return m
})
