package filters

import (
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/pyregex"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var (
	_ = All.Add(Def{
		Name: "ansible.builtin.regex_replace", Func: regexReplace,
		Sig: "regex_replace(value='', pattern='', replacement='', ignorecase=False, multiline=False, count=0, mandatory_count=0)",
	})
	_ = All.Add(Def{Name: "ansible.builtin.regex_search", Func: regexSearch, Sig: "regex_search(value, regex, *args, **kwargs)"})
	_ = All.Add(Def{Name: "ansible.builtin.regex_findall", Func: regexFindall, Sig: "regex_findall(value, regex, multiline=False, ignorecase=False)"})
	_ = All.Add(Def{Name: "ansible.builtin.regex_escape", Func: regexEscape, Sig: "regex_escape(string, re_type='python')"})
)

// pattern compiles an argument with the flags that two further values ask for.
func pattern(v, ignorecase, multiline value.Value) (*pyregex.Regexp, error) {
	p, ok := strOf(v)
	if !ok {
		if err := hashable(v); err != nil { // Python looks into its cache of patterns first
			return nil, err
		}
		return nil, value.Raise("TypeError", "first argument must be string or compiled pattern")
	}
	var flags pyregex.Flags
	for _, f := range []struct {
		v    value.Value
		flag pyregex.Flags
	}{{ignorecase, pyregex.IgnoreCase}, {multiline, pyregex.Multiline}} {
		if f.v == nil {
			continue
		}
		on, err := value.Truth(f.v)
		if err != nil {
			return nil, err
		}
		if on {
			flags |= f.flag
		}
	}
	return pyregex.Compile(p, flags)
}

func regexReplace(c *Call) (value.Value, error) {
	text, err := c.Text("value")
	if err != nil {
		return nil, err
	}
	re, err := pattern(c.Get("pattern"), c.Get("ignorecase"), c.Get("multiline"))
	if err != nil {
		return nil, err
	}
	replacement, ok := strOf(c.Get("replacement"))
	if !ok {
		if err := hashable(c.Get("replacement")); err != nil {
			return nil, err
		}
		return nil, value.Raise("TypeError", "decoding to str: need a bytes-like object, %s found", c.Get("replacement").Type())
	}
	count, err := c.Int("count")
	if err != nil {
		return nil, err
	}
	must, err := c.Int("mandatory_count")
	if err != nil {
		return nil, err
	}
	out, n, err := re.Replace(text, replacement, count)
	if err != nil {
		return nil, err
	}
	if must != 0 && must != n {
		p, _ := c.Text("pattern")
		if value.IsSecret(c.First()) {
			text = "a secret value"
		}
		// the number it names is count, as ansible-core 2.19 has it
		return nil, fail("'%s' should match %d times, but matches %d times in '%s'", p, must, count, text)
	}
	return str(out), nil
}

func regexSearch(c *Call) (value.Value, error) {
	text, err := c.Text("value")
	if err != nil {
		return nil, err
	}
	var wanted []string
	for _, a := range c.Rest {
		ref, ok := strOf(a)
		switch {
		case !ok:
			return nil, value.Raise("AttributeError", "'%s' object has no attribute 'startswith'", a.Type())
		case ok && strings.HasPrefix(ref, `\g<`) && strings.Contains(ref, ">"):
			wanted = append(wanted, ref[3:strings.LastIndexByte(ref, '>')])
		case ok && len(ref) > 1 && ref[0] == '\\' && ref[1] >= '0' && ref[1] <= '9':
			n := 1
			for n < len(ref) && ref[n] >= '0' && ref[n] <= '9' {
				n++
			}
			wanted = append(wanted, ref[:n])
		case strings.HasPrefix(ref, `\`):
			return nil, value.Raise("AttributeError", "'NoneType' object has no attribute 'group'")
		default:
			return nil, fail("Unknown argument")
		}
	}
	var ignorecase, multiline value.Value
	if c.Extra != nil {
		ignorecase, multiline = c.Extra.Stored("ignorecase"), c.Extra.Stored("multiline")
	}
	re, err := pattern(c.Get("regex"), ignorecase, multiline)
	if err != nil {
		return nil, err
	}
	m, err := re.Search(text)
	if err != nil || m == nil {
		return value.None, err
	}
	if wanted == nil {
		s, _ := m.Group(0)
		return str(s), nil
	}
	out := value.NewList()
	for _, w := range wanted {
		n, ok := re.GroupIndex(w)
		if digits, number := strings.CutPrefix(w, `\`); number {
			n, err = strconv.Atoi(digits)
			ok = err == nil && n <= re.Groups()
		}
		if !ok {
			return nil, value.Raise("IndexError", "no such group")
		}
		out.Append(group(m, n, value.None))
	}
	return out, nil
}

// group gives what a group matched, or none when it took no part.
func group(m *pyregex.Match, n int, none value.Value) value.Value {
	s, ok := m.Group(n)
	if !ok {
		return none
	}
	return str(s)
}

func regexFindall(c *Call) (value.Value, error) {
	text, err := c.Text("value")
	if err != nil {
		return nil, err
	}
	re, err := pattern(c.Get("regex"), c.Get("ignorecase"), c.Get("multiline"))
	if err != nil {
		return nil, err
	}
	all, err := re.All(text, 0)
	if err != nil {
		return nil, err
	}
	out := value.NewList()
	for _, m := range all {
		switch re.Groups() {
		case 0, 1:
			out.Append(group(m, re.Groups(), str("")))
		default:
			t := make([]value.Value, re.Groups())
			for i := range t {
				t[i] = group(m, i+1, str(""))
			}
			out.Append(value.NewTuple(t...))
		}
	}
	return out, nil
}

func regexEscape(c *Call) (value.Value, error) {
	text, err := c.Text("string")
	if err != nil {
		return nil, err
	}
	kind, err := c.Text("re_type")
	if err != nil {
		return nil, err
	}
	switch kind {
	case "python":
		return str(pyregex.Escape(text)), nil
	case "posix_basic":
		var b strings.Builder
		for i := 0; i < len(text); i++ {
			if strings.IndexByte(`].[^$*\`, text[i]) >= 0 {
				b.WriteByte('\\')
			}
			b.WriteByte(text[i])
		}
		return str(b.String()), nil
	case "posix_extended":
		return nil, fail("Regex type (%s) not yet implemented", kind)
	}
	return nil, fail("Invalid regex type (%s)", kind)
}
