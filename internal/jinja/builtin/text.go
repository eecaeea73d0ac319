package builtin

import (
	"strings"
	"unicode"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja/eval"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var (
	_ = markupFilter("upper", "do_upper(s)", method("upper", strings.ToUpper))
	_ = markupFilter("lower", "do_lower(s)", method("lower", strings.ToLower))
	_ = markupFilter("capitalize", "do_capitalize(s)", method("capitalize", nil))
	_ = markupFilter("title", "do_title(s)", title)
	_ = markupFilter("trim", "do_trim(value, chars=None)", trim)
	_ = markupFilter("center", "do_center(value, width=80)", center)
	_ = markupFilter("string", "@markupsafe._speedups.soft_str(s)", toString)
	_ = markupFilter("replace", "do_replace(!eval_ctx, s, old, new, count=None)", replace)
	_ = filter("format", "do_format(value, *args, **kwargs)", format)
	_ = filter("wordcount", "do_wordcount(s)", wordcount)
	_ = filter("truncate", "do_truncate(!env, s, length=255, killwords=False, end='...', leeway=None)", truncate)
	_ = markupFilter("indent", "do_indent(s, width=4, first=False, blank=False)", indent)
)

// method makes a filter of a method of str without arguments. ascii, when not nil, does it for ASCII text.
func method(name string, ascii func(string) string) run {
	return func(c *eval.Call) (value.Value, error) {
		if s, ok := c.Value.(value.Str); ok && ascii != nil && isASCII(s.String()) {
			return value.NewStr(ascii(s.String())), nil
		}
		s, markup, err := softStr(c.Value)
		if err != nil {
			return nil, err
		}
		v, err := value.CallMethod(s, name)
		if err != nil {
			return nil, err
		}
		return wrap(v, markup), nil
	}
}

func toString(c *eval.Call) (value.Value, error) {
	s, markup, err := softStr(c.Value)
	return wrap(s, markup), err
}

// title begins each word with a capital and makes the rest lower case; words begin after blanks and - ( { [ <.
func title(c *eval.Call) (value.Value, error) {
	s, markup, err := softStr(c.Value)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	word := func(w string) error {
		for i := range w {
			if i > 0 {
				head, err := value.CallMethod(str(w[:i]), "upper")
				if err != nil {
					return err
				}
				tail, err := value.CallMethod(str(w[i:]), "lower")
				if err != nil {
					return err
				}
				b.WriteString(head.(value.Str).String() + tail.(value.Str).String())
				return nil
			}
		}
		head, err := value.CallMethod(str(w), "upper")
		if err == nil {
			b.WriteString(head.(value.Str).String())
		}
		return err
	}
	text, begin := s.String(), 0
	for i, r := range text {
		if unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f || strings.ContainsRune("-({[<", r) {
			if begin < i {
				if err := word(text[begin:i]); err != nil {
					return nil, err
				}
			}
			b.WriteRune(r)
			begin = i + len(string(r))
		}
	}
	if begin < len(text) {
		if err := word(text[begin:]); err != nil {
			return nil, err
		}
	}
	return wrap(str(b.String()), markup), nil
}

func trim(c *eval.Call) (value.Value, error) {
	s, markup, err := softStr(c.Value)
	if err != nil {
		return nil, err
	}
	v, err := value.CallMethod(s, "strip", eval.Plain(c.Arg(0)))
	return wrap(v, markup), err
}

func center(c *eval.Call) (value.Value, error) {
	s, markup, err := softStr(c.Value)
	if err != nil {
		return nil, err
	}
	v, err := value.CallMethod(s, "center", c.Arg(0))
	return wrap(v, markup), err
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

func replace(c *eval.Call) (value.Value, error) {
	if s, ok := c.Value.(value.Str); ok && !c.Given(2) {
		from, ok1 := c.Arg(0).(value.Str)
		to, ok2 := c.Arg(1).(value.Str)
		if ok1 && ok2 && from.String() != "" && len(to.String()) <= 64+len(from.String()) {
			return value.NewStr(strings.ReplaceAll(s.String(), from.String(), to.String())), nil
		}
	}
	count := c.Arg(2)
	if !c.Given(2) {
		count = value.NewInt(-1)
	}
	s, markup, err := softStr(c.Value)
	if err != nil {
		return nil, err
	}
	if c.Autoescape() {
		_, m1 := c.Arg(0).(eval.Markup)
		_, m2 := c.Arg(1).(eval.Markup)
		if !markup && (m1 || m2) {
			m, err := eval.Escape(c.Value, nil)
			if err != nil {
				return nil, err
			}
			s, markup = m.Text, true
		}
	} else {
		markup = false
	}
	var sides [2]value.Str
	for i := range sides {
		if markup {
			m, err := eval.Escape(c.Arg(i), nil)
			if err != nil {
				return nil, err
			}
			sides[i] = m.Text
			continue
		}
		if sides[i], err = value.TextStr(eval.Plain(c.Arg(i))); err != nil {
			return nil, err
		}
	}
	v, err := value.CallMethod(s, "replace", sides[0], sides[1], count)
	return wrap(v, markup), err
}

func format(c *eval.Call) (value.Value, error) {
	s, err := value.TextStr(c.Value)
	if err != nil {
		return nil, err
	}
	if len(c.Rest) > 0 && c.Kwargs != nil && c.Kwargs.Len() > 0 {
		return nil, argumentError("can't handle positional and keyword arguments at the same time")
	}
	if c.Kwargs != nil && c.Kwargs.Len() > 0 {
		return value.Binary("%", s, c.Kwargs)
	}
	return value.Binary("%", s, value.NewTuple(c.Rest...))
}

func wordcount(c *eval.Call) (value.Value, error) {
	s, err := value.Text(c.Value)
	if err != nil {
		return nil, err
	}
	n, in := 0, false
	for _, r := range s {
		word := r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r)
		if word && !in {
			n++
		}
		in = word
	}
	return eval.IntValue(int64(n)), nil
}

func truncate(c *eval.Call) (value.Value, error) {
	kill, err := c.Bool(1)
	if err != nil {
		return nil, err
	}
	endLen, err := value.Len(c.Arg(2))
	if err != nil {
		return nil, err
	}
	length, err := atLeast(c.Arg(0), "length", endLen)
	if err != nil {
		return nil, err
	}
	leeway := 5.0
	if c.Given(3) {
		if leeway, err = atLeast(c.Arg(3), "leeway", 0); err != nil {
			return nil, err
		}
	}
	n, err := value.Len(c.Value)
	if err != nil {
		return nil, err
	}
	if float64(n) <= length+leeway {
		return c.Value, nil
	}
	end, err := c.Str(2)
	if err != nil {
		return nil, err
	}
	if _, float := c.Arg(0).(value.Float); float {
		return nil, value.Raise("TypeError", "slice indices must be integers or None or have an __index__ method")
	}
	s, ok := c.Value.(value.Str)
	switch {
	case !ok && !kill:
		return nil, noAttribute(c.Value, "rsplit")
	case !ok:
		return nil, value.Raise("TypeError", "can only concatenate %s (not \"str\") to %s", c.Value.Type(), c.Value.Type())
	}
	cut := string([]rune(s.String())[:int(length)-endLen])
	if !kill {
		if i := strings.LastIndexByte(cut, ' '); i >= 0 {
			cut = cut[:i]
		}
	}
	return value.Derive(str(cut+end), c.Value), nil
}

// atLeast is the assertion that a number is not less than another one.
func atLeast(v value.Value, what string, least int) (float64, error) {
	f, err := value.AsFloat(v)
	if err != nil {
		return 0, value.Raise("TypeError", "'>=' not supported between instances of '%s' and 'int'", v.Type())
	}
	if f < float64(least) {
		r, err := value.Text(v)
		if err != nil {
			return 0, err
		}
		return 0, value.Raise("AssertionError", "expected %s >= %d, got %s", what, least, r)
	}
	return f, nil
}

func indent(c *eval.Call) (value.Value, error) {
	s, markup := eval.Plain(c.Value), false
	if _, ok := c.Value.(eval.Markup); ok {
		markup = true
	}
	text, ok := s.(value.Str)
	if !ok {
		if u, undef := s.(*value.Undefined); undef {
			return nil, eval.UndefinedError(u)
		}
		switch s := s.(type) {
		case eval.NoElse:
			return nil, s.Missing()
		case *value.List:
			return nil, noAttribute(s, "splitlines")
		case value.Tuple:
			return nil, value.Raise("TypeError", "can only concatenate tuple (not \"str\") to tuple")
		}
		return nil, value.Raise("TypeError", "unsupported operand type(s) for +=: '%s' and 'str'", s.Type())
	}
	var in string
	if w, ok := eval.Plain(c.Arg(0)).(value.Str); ok {
		in = w.String()
	} else {
		n, err := c.Int(0)
		if err != nil {
			return nil, value.Raise("TypeError", "can't multiply sequence by non-int of type '%s'", c.Arg(0).Type())
		}
		if n > 1<<20 {
			return nil, &eval.LimitError{Msg: "the indentation is too large"}
		}
		in = strings.Repeat(" ", max(0, n))
	}
	first, err := c.Bool(1)
	if err != nil {
		return nil, err
	}
	blank, err := c.Bool(2)
	if err != nil {
		return nil, err
	}
	lines, err := splitLines(text.String() + "\n")
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	for i, l := range lines {
		if i > 0 {
			b.WriteByte('\n')
			if blank || l != "" {
				b.WriteString(in)
			}
		} else if first {
			b.WriteString(in)
		}
		b.WriteString(l)
	}
	return wrap(str(b.String()), markup), nil
}

// splitLines is Python's str.splitlines.
func splitLines(s string) ([]string, error) {
	v, err := value.CallMethod(str(s), "splitlines")
	if err != nil {
		return nil, err
	}
	elems, err := value.Elems(v)
	if err != nil {
		return nil, err
	}
	lines := make([]string, len(elems))
	for i, e := range elems {
		lines[i] = e.(value.Str).String()
	}
	return lines, nil
}
