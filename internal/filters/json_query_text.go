package filters

import (
	"encoding/json"
	"strings"
)

// jmesParts walks over a JMESPath expression: texts in quotes (with them) and single bytes of all else.
func jmesParts(expr string, part func(p string)) {
	for i := 0; i < len(expr); {
		n := 1
		if strings.IndexByte("'\"`", expr[i]) >= 0 {
			for n < len(expr)-i && expr[i+n] != expr[i] {
				if expr[i+n] == '\\' {
					n++
				}
				n++
			}
			n = min(n+1, len(expr)-i)
		}
		part(expr[i : i+n])
		i += n
	}
}

// jmesLiterals makes the literals between backticks that are no JSON texts, as the library of Ansible takes them: `present` is
// `"present"`.
func jmesLiterals(expr string) string {
	if !strings.Contains(expr, "`") {
		return expr
	}
	var out strings.Builder
	jmesParts(expr, func(p string) {
		if len(p) > 1 && p[0] == '`' && p[len(p)-1] == '`' {
			inner := strings.TrimLeft(p[1:len(p)-1], " \t\r\n")
			quoted := `"` + inner + `"`
			if !json.Valid([]byte(strings.ReplaceAll(inner, "\\`", "`"))) && json.Valid([]byte(strings.ReplaceAll(quoted, "\\`", "`"))) {
				p = "`" + quoted + "`"
			}
		}
		out.WriteString(p)
	})
	return out.String()
}

// jmesHashes gives the keys of the dicts that an expression makes, in their order: {name: x, "a b": y}.
func jmesHashes(expr string) [][]string {
	var (
		hashes [][]string
		open   []int // of the brackets that are open, the index in hashes, -1 for those that are no braces
		word   string
	)
	jmesParts(expr, func(p string) {
		switch c := p[0]; {
		case c == '"':
			word = ""
			_ = json.Unmarshal([]byte(p), &word)
		case c == '{':
			open, hashes, word = append(open, len(hashes)), append(hashes, nil), ""
		case c == '[' || c == '(':
			open, word = append(open, -1), ""
		case c == '}' || c == ']' || c == ')':
			open, word = open[:max(0, len(open)-1)], ""
		case c == ':' && len(open) > 0 && open[len(open)-1] >= 0:
			at := open[len(open)-1]
			hashes[at], word = append(hashes[at], word), ""
		case c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9':
			word += p
		case c != ' ' && c != '\t' && c != '\n':
			word = ""
		}
	})
	return hashes
}
