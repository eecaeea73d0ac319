package server

import (
	"strings"
	"unicode/utf8"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// AddLines adds stdout_lines and stderr_lines to a result that has stdout and stderr. In Ansible it is not the module
// but every action that adds them.
func AddLines(r *module.Result) {
	for _, key := range []string{"stdout", "stderr"} {
		s, ok := r.Get(key).(value.Str)
		if !ok || r.Get(key+"_lines") != nil {
			continue
		}
		r.Set(key+"_lines", splitLines(s.String()))
	}
}

// splitLines is Python's str.splitlines.
func splitLines(s string) []string {
	lines := []string{}
	for s != "" {
		end := strings.IndexFunc(s, isLineEnd)
		if end < 0 {
			return append(lines, s)
		}
		lines = append(lines, s[:end])
		if strings.HasPrefix(s[end:], "\r\n") {
			end++
		}
		_, n := utf8.DecodeRuneInString(s[end:])
		s = s[end+n:]
	}
	return lines
}

func isLineEnd(r rune) bool {
	return r >= '\n' && r <= '\r' || r >= 0x1c && r <= 0x1e || r == 0x85 || r == 0x2028 || r == 0x2029
}
