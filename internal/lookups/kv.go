package lookups

import "strings"

// splitArgs splits a term at blanks outside of quotes, as Ansible splits key=value arguments; the quotes stay.
func splitArgs(s string) []string {
	var out []string
	var word strings.Builder
	quote, in := byte(0), false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quote != 0:
			word.WriteByte(c)
			if c == quote && (i == 0 || s[i-1] != '\\') {
				quote = 0
			}
			continue
		case c == '\'' || c == '"':
			quote, in = c, true
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			if in {
				out = append(out, word.String())
				word.Reset()
				in = false
			}
			continue
		default:
			in = true
		}
		word.WriteByte(c)
	}
	if in {
		out = append(out, word.String())
	}
	return out
}

// param is a key=value pair of a term.
type param struct{ key, val string }

// parseKV gives the key=value pairs of a term, and its other words joined with blanks.
func parseKV(s string) (params []param, rest string) {
	var words []string
	for _, w := range splitArgs(s) {
		key, val, ok := strings.Cut(w, "=")
		if !ok || key == "" || strings.HasSuffix(key, `\`) {
			words = append(words, strings.ReplaceAll(w, `\=`, "="))
			continue
		}
		params = append(params, param{strings.TrimSpace(key), unquote(strings.TrimSpace(val))})
	}
	return params, strings.Join(words, " ")
}

// unquote takes away quotes around a text.
func unquote(s string) string {
	if n := len(s); n > 1 && (s[0] == '"' || s[0] == '\'') && s[n-1] == s[0] && (n < 3 || s[n-2] != '\\') {
		return s[1 : n-1]
	}
	return s
}
