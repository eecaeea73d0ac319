package filters

import (
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var (
	_ = All.Add(Def{Name: "ansible.builtin.quote", Func: quote, Sig: "quote(a)"})
	_ = All.Add(Def{Name: "ansible.builtin.split", Func: split, Sig: "split(string, sep=None, maxsplit=-1)"})
)

// Quote gives text as one word of a POSIX shell, as Python's shlex.quote does.
func Quote(text string) string {
	safe := text != ""
	for i := 0; i < len(text) && safe; i++ {
		c := text[i]
		safe = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("_@%+=:,./-", c) >= 0
	}
	if safe {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'"'"'`) + "'"
}

func quote(c *Call) (value.Value, error) {
	if c.First() == value.None {
		return str("''"), nil
	}
	text, err := value.Text(c.First())
	return str(Quote(text)), err
}

func split(c *Call) (value.Value, error) {
	if _, ok := strOf(c.First()); !ok {
		return nil, value.Raise("TypeError", "descriptor 'split' for 'str' objects doesn't apply to a '%s' object", c.First().Type())
	}
	return value.CallMethod(c.First(), "split", c.Get("sep"), c.Get("maxsplit"))
}
