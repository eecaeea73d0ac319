package module

import "strings"

// expand gives a path argument its meaning on the target: "~" and "~user" become home directories, "$NAME" and "${NAME}"
// variables of the environment; what is not known stays as it is.
func (c *checker) expand(s string) string {
	return ExpandUser(ExpandVars(s, c.env), c.env)
}

// ExpandUser replaces a leading "~" or "~user", as Python's os.path.expanduser.
func ExpandUser(s string, env Env) string {
	if !strings.HasPrefix(s, "~") {
		return s
	}
	user, rest := s[1:], ""
	if i := strings.IndexByte(s, '/'); i >= 0 {
		user, rest = s[1:i], s[i:]
	}
	if env.Home == nil {
		return s
	}
	home, ok := env.Home(user)
	if !ok {
		return s
	}
	if home = strings.TrimRight(home, "/"); home+rest == "" {
		return "/"
	}
	return home + rest
}

// ExpandVars replaces "$NAME" and "${NAME}", as Python's os.path.expandvars: an unknown variable stays.
func ExpandVars(s string, env Env) string {
	if env.Lookup == nil || !strings.Contains(s, "$") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		if s[i] != '$' {
			b.WriteByte(s[i])
			i++
			continue
		}
		end, name := i+1, ""
		if end < len(s) && s[end] == '{' {
			if n := strings.IndexByte(s[end:], '}'); n > 0 {
				name, end = s[end+1:end+n], end+n+1
			}
		} else {
			for end < len(s) && isWord(s[end]) {
				end++
			}
			name = s[i+1 : end]
		}
		if v, ok := env.Lookup(name); ok {
			b.WriteString(v)
		} else {
			b.WriteString(s[i:end])
		}
		i = end
	}
	return b.String()
}

func isWord(b byte) bool {
	return b == '_' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}
