package eval

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// signature is a Python signature.
type signature struct {
	name     string
	hidden   int // parameters that Jinja2 passes by itself
	params   []sigParam
	kwOnly   int // index of the first keyword-only parameter
	posOnly  int // number of positional-only parameters
	varargs  bool
	kwargs   bool
	required int  // number of positional parameters without default
	native   bool // written in C: other words for complaints
}

type sigParam struct {
	name string
	def  value.Value // nil: required
}

// parseSignature reads the text of a signature. It is written by us, so that a mistake panics.
func parseSignature(s string) *signature {
	open := strings.IndexByte(s, '(')
	if open < 0 || !strings.HasSuffix(s, ")") {
		panic("bad signature: " + s)
	}
	sig := &signature{name: strings.TrimPrefix(s[:open], "@"), kwOnly: -1, native: s[0] == '@'}
	for _, p := range splitParams(s[open+1 : len(s)-1]) {
		p = strings.TrimSpace(p)
		switch {
		case p == "":
		case p == "*":
			sig.kwOnly = len(sig.params)
		case p == "/":
			sig.posOnly = len(sig.params)
		case strings.HasPrefix(p, "**"):
			sig.kwargs = true
		case p[0] == '*':
			sig.varargs, sig.kwOnly = true, len(sig.params)
		case p[0] == '!':
			sig.hidden++
		default:
			name, def, has := strings.Cut(p, "=")
			param := sigParam{name: name}
			if has {
				param.def = literal(def, s)
			}
			sig.params = append(sig.params, param)
		}
	}
	if sig.kwOnly < 0 {
		sig.kwOnly = len(sig.params)
	}
	for _, p := range sig.params[:sig.kwOnly] {
		if p.def == nil {
			sig.required++
		}
	}
	return sig
}

// splitParams splits at commas outside of quotes.
func splitParams(s string) []string {
	var out []string
	quote, begin := byte(0), 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == ',':
			out = append(out, s[begin:i])
			begin = i + 1
		}
	}
	return append(out, s[begin:])
}

func literal(s, sig string) value.Value {
	switch {
	case s == "None":
		return value.None
	case s == "True":
		return value.True
	case s == "False":
		return value.False
	case s[0] == '\'' || s[0] == '"':
		return value.NewStr(strings.ReplaceAll(s[1:len(s)-1], `\n`, "\n"))
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return value.NewInt(n)
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil {
		return value.NewFloat(f)
	}
	panic("bad default in signature: " + sig)
}

// bind sorts the arguments of a call into the parameters. in is the number of positional arguments in args that are
// bound; what is left over for *args follows.
func (s *signature) bind(args []value.Value, kwargs *value.Dict) (bound, rest []value.Value, extra *value.Dict, err error) {
	if s.native && (len(args) != len(s.params) || kwargs != nil) {
		return nil, nil, nil, s.nativeError(len(args), kwargs)
	}
	bound = make([]value.Value, len(s.params))
	n := copy(bound[:s.kwOnly], args)
	if len(args) > n {
		if !s.varargs {
			return nil, nil, nil, s.tooMany(len(args))
		}
		rest = args[n:]
	}
	if kwargs != nil && kwargs.Len() > 0 {
		if extra, err = s.bindNamed(bound, n, kwargs); err != nil {
			return nil, nil, nil, err
		}
	}
	var missing []string
	for i := range bound {
		if bound[i] == nil {
			if bound[i] = s.params[i].def; bound[i] == nil {
				missing = append(missing, s.params[i].name)
			}
		}
	}
	if missing != nil {
		return nil, nil, nil, s.missing(bound, missing)
	}
	return bound, rest, extra, nil
}

func (s *signature) bindNamed(bound []value.Value, n int, kwargs *value.Dict) (extra *value.Dict, err error) {
	for it := kwargs.Iterate(); it.Next(); {
		key, ok := it.Key().(value.Str)
		if !ok {
			return nil, value.Raise("TypeError", "keywords must be strings")
		}
		v, err := it.Value()
		if err != nil {
			return nil, err
		}
		name, at := key.String(), -1
		for i := s.posOnly; i < len(s.params); i++ {
			if s.params[i].name == name {
				at = i
			}
		}
		switch {
		case at >= 0 && bound[at] != nil:
			return nil, value.Raise("TypeError", "%s() got multiple values for argument '%s'", s.name, name)
		case at >= 0:
			bound[at] = v
		case s.kwargs:
			if extra == nil {
				extra = value.NewDict()
			}
			extra.SetStr(name, v)
		default:
			return nil, value.Raise("TypeError", "%s() got an unexpected keyword argument '%s'", s.name, name)
		}
	}
	return extra, nil
}

func (s *signature) nativeError(given int, kwargs *value.Dict) error {
	switch {
	case kwargs != nil:
		return value.Raise("TypeError", "%s() takes no keyword arguments", s.name)
	case len(s.params) == 1:
		return value.Raise("TypeError", "%s() takes exactly one argument (%d given)", s.name, given)
	}
	return value.Raise("TypeError", "%s expected %d arguments, got %d", s.name, len(s.params), given)
}

func (s *signature) tooMany(given int) error {
	given += s.hidden
	most, least := s.kwOnly+s.hidden, s.required+s.hidden
	takes := fmt.Sprintf("%d positional arguments", most)
	switch {
	case most != least:
		takes = fmt.Sprintf("from %d to %d positional arguments", least, most)
	case most == 1:
		takes = "1 positional argument"
	}
	were := "were"
	if given == 1 {
		were = "was"
	}
	return value.Raise("TypeError", "%s() takes %s but %d %s given", s.name, takes, given, were)
}

func (s *signature) missing(bound []value.Value, names []string) error {
	kind := "positional"
	if idx := len(s.params) - 1; s.required == 0 || s.kwOnly <= idx && s.allBound(bound) {
		kind = "keyword-only"
	}
	plural := ""
	if len(names) > 1 {
		plural = "s"
	}
	return value.Raise("TypeError", "%s() missing %d required %s argument%s: %s", s.name, len(names), kind, plural, enumerate(names))
}

func (s *signature) allBound(bound []value.Value) bool {
	for _, v := range bound[:s.kwOnly] {
		if v == nil {
			return false
		}
	}
	return true
}

// enumerate gives "'a'", "'a' and 'b'", "'a', 'b', and 'c'".
func enumerate(names []string) string {
	q := make([]string, len(names))
	for i, n := range names {
		q[i] = "'" + n + "'"
	}
	switch len(q) {
	case 1:
		return q[0]
	case 2:
		return q[0] + " and " + q[1]
	}
	return strings.Join(q[:len(q)-1], ", ") + ", and " + q[len(q)-1]
}
