package playbook

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

// errUnbalanced is what is wrong with a text whose quotes or Jinja blocks don't end.
var errUnbalanced = errors.New("unbalanced jinja2 block or quotes")

// Param is one part of a `key=value` text.
type Param struct{ Key, Value string }

// ParseParams parses the `key=value` form of arguments: words are separated by blanks and line ends, quotes and Jinja blocks
// keep a word together, backslash escapes of values are resolved and quotes around them removed. What is no key=value
// is joined to the value of "_raw_params", which comes last. With raw (the free-form modules: command, shell, script, …) only
// the modules' own options count as keys. The error says that a quote or a block does not end.
func ParseParams(text string, raw bool) ([]Param, error) {
	words, err := splitWords(text)
	if err != nil {
		return nil, err
	}
	var params []Param
	put := func(k, v string) {
		for i := range params {
			if params[i].Key == k {
				params[i].Value = v
				return
			}
		}
		params = append(params, Param{k, v})
	}
	var rest []string
	for _, word := range words {
		x := decodeEscapes(word)
		eq := assignment(x)
		switch {
		case !strings.Contains(x, "="):
			rest = append(rest, word)
			continue
		case eq < 0:
			rest = append(rest, strings.ReplaceAll(x, `\=`, "="))
			continue
		}
		k, v := x[:eq], x[eq+1:]
		if raw && !rawOption(k) {
			rest = append(rest, word)
			continue
		}
		put(pyStrip(k), unquote(pyStrip(v)))
	}
	if len(rest) > 0 {
		put(RawParams, joinWords(rest))
	}
	return params, nil
}

// RawParams is the argument that holds the text of a free-form module.
const RawParams = "_raw_params"

// assignment returns where the first "=" is that is neither at the start nor after a backslash, or -1.
func assignment(word string) int {
	for i := 1; i < len(word); i++ {
		if word[i] == '=' && word[i-1] != '\\' {
			return i
		}
	}
	return -1
}

// rawOption reports whether a free-form module takes k as an option of its own.
func rawOption(k string) bool {
	switch k {
	case "creates", "removes", "chdir", "executable", "warn", "stdin", "stdin_add_newline", "strip_empty_ends":
		return true
	}
	return false
}

// splitWords cuts text at blanks and line ends that are outside of quotes and Jinja blocks. A word keeps the line ends
// behind it, and all blanks behind it but one.
func splitWords(text string) ([]string, error) {
	if text == "" {
		return nil, nil
	}
	var words []string
	var quote byte
	var depth [3]int
	lines := strings.Split(text, "\n")
	for li, line := range lines {
		continued := false
		for ti, tok := range strings.Split(line, " ") {
			if tok == `\` && quote == 0 {
				continued = true
				continue
			}
			within := quote != 0 || depth != [3]int{}
			quote = quoteAfter(tok, quote)
			countBlocks(tok, &depth)
			last := len(words) - 1
			switch {
			case within && ti > 0:
				words[last] += " " + tok
			case within:
				words[last] += tok
			case tok != "":
				words = append(words, tok)
			case ti > 0 && last >= 0:
				words[last] += " "
			case ti > 0:
				words = append(words, " ")
			}
		}
		if li < len(lines)-1 && !continued {
			if len(words) == 0 {
				words = append(words, "")
			}
			words[len(words)-1] += "\n"
		}
	}
	if quote != 0 || depth != [3]int{} {
		return nil, errUnbalanced
	}
	return words, nil
}

// quoteAfter returns the quote that is open after tok when open was before it.
func quoteAfter(tok string, open byte) byte {
	for i := 0; i < len(tok); i++ {
		c := tok[i]
		if c != '"' && c != '\'' || i > 0 && tok[i-1] == '\\' {
			continue
		}
		switch open {
		case 0:
			open = c
		case c:
			open = 0
		}
	}
	return open
}

var blockMarks = [3][2]string{{"{{", "}}"}, {"{%", "%}"}, {"{#", "#}"}}

// countBlocks adds to depth what tok opens and closes; Ansible does not look at quotes here.
func countBlocks(tok string, depth *[3]int) {
	for i, m := range blockMarks {
		if n := strings.Count(tok, m[0]) - strings.Count(tok, m[1]); n != 0 {
			depth[i] = max(0, depth[i]+n)
		}
	}
}

// joinWords puts words together again: a blank between two unless the first ends its line.
func joinWords(words []string) string {
	var b strings.Builder
	for i, w := range words {
		if i > 0 && !strings.HasSuffix(words[i-1], "\n") {
			b.WriteByte(' ')
		}
		b.WriteString(w)
	}
	return b.String()
}

// unquote removes a pair of quotes around s.
func unquote(s string) string {
	if n := len(s); n > 1 && s[0] == s[n-1] && (s[0] == '"' || s[0] == '\'') && s[n-2] != '\\' {
		return s[1 : n-1]
	}
	return s
}

// pyStrip is Python's str.strip().
func pyStrip(s string) string { return strings.TrimFunc(s, pySpace) }

func pySpace(r rune) bool {
	return r == ' ' || r >= '\t' && r <= '\r' || r >= 0x1c && r <= 0x1f || r == 0x85 || r == 0xa0 || r > 0xff && isWideSpace(r)
}

func isWideSpace(r rune) bool {
	return r == 0x1680 || r >= 0x2000 && r <= 0x200a || r == 0x2028 || r == 0x2029 || r == 0x202f || r == 0x205f || r == 0x3000
}

// decodeEscapes resolves the backslash escapes of a value: those of one letter, \xHH, \uHHHH and \UHHHHHHHH. Others stay as
// they are.
func decodeEscapes(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		if j := strings.IndexByte(`\'"abfnrtv`, s[i]); j >= 0 {
			b.WriteByte("\\'\"\a\b\f\n\r\t\v"[j])
			continue
		}
		digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[s[i]]
		if digits > 0 && i+digits < len(s) {
			if r, err := strconv.ParseUint(s[i+1:i+1+digits], 16, 32); err == nil && r <= utf8.MaxRune {
				b.WriteRune(rune(r))
				i += digits
				continue
			}
		}
		b.WriteByte('\\')
		b.WriteByte(s[i])
	}
	return b.String()
}
