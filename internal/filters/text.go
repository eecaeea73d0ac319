package filters

import (
	"strings"
	"sync"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var (
	_ = All.Add(Def{Name: "ansible.builtin.quote", Func: quote, Sig: "quote(a)"})
	_ = All.Add(Def{Name: "ansible.builtin.split", Func: split, Sig: "split(string, *args, **kwargs)"})
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
	given, err := splitMethod().Bind(c.Rest, c.Extra)
	if err != nil {
		return nil, err
	}
	return value.CallMethod(c.First(), "split", given.Bound()...)
}

// splitMethod sorts the arguments of Python's str.split, which looks at its object first.
var splitMethod = sync.OnceValue(func() *value.Signature { return value.ParseSignature("&split(sep=None, maxsplit=-1)") })
