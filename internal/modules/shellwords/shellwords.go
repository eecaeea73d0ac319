// Package shellwords splits a command line into words as Python's shlex.split does in POSIX mode, and quotes words.
package shellwords

import "strings"

// syntaxError is an error of Split, with Python's text.
type syntaxError string

func (e syntaxError) Error() string { return string(e) }

// The errors of Split, with Python's texts.
const (
	ErrNoClosingQuotation = syntaxError("No closing quotation")
	ErrNoEscapedCharacter = syntaxError("No escaped character")
)

// Split gives the words of s. Blanks separate words; single quotes keep everything, double quotes keep everything but
// backslashes before a double quote or a backslash; a backslash outside of quotes keeps the next character.
func Split(s string) ([]string, error) {
	var words []string
	var w strings.Builder
	in := false
	for i := 0; i < len(s); i++ {
		switch ch := s[i]; ch {
		case ' ', '\t', '\r', '\n':
			if in {
				words = append(words, w.String())
				w.Reset()
				in = false
			}
		case '\'':
			end := strings.IndexByte(s[i+1:], '\'')
			if end < 0 {
				return nil, ErrNoClosingQuotation
			}
			w.WriteString(s[i+1 : i+1+end])
			i, in = i+1+end, true
		case '"':
			in = true
			for i++; ; i++ {
				if i >= len(s) {
					return nil, ErrNoClosingQuotation
				}
				if s[i] == '"' {
					break
				}
				if s[i] == '\\' {
					if i+1 >= len(s) {
						return nil, ErrNoEscapedCharacter
					}
					if s[i+1] == '"' || s[i+1] == '\\' {
						i++
					}
				}
				w.WriteByte(s[i])
			}
		case '\\':
			if i++; i >= len(s) {
				return nil, ErrNoEscapedCharacter
			}
			w.WriteByte(s[i])
			in = true
		default:
			w.WriteByte(ch)
			in = true
		}
	}
	if in {
		words = append(words, w.String())
	}
	return words, nil
}

// Quote gives a word that a POSIX shell reads as s, as Python's shlex.quote.
func Quote(s string) string {
	if s == "" {
		return "''"
	}
	safe := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("@%+=:,./-_", r)
	}
	if strings.IndexFunc(s, func(r rune) bool { return !safe(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'"'"'`) + "'"
}

// Join gives a command line as a shell would read it.
func Join(argv []string) string {
	words := make([]string, len(argv))
	for i, a := range argv {
		words[i] = Quote(a)
	}
	return strings.Join(words, " ")
}
