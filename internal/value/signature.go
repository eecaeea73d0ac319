package value

import (
	"fmt"
	"strconv"
	"strings"
)

// Signature is the signature of a Python function; see ParseSignature.
type Signature struct {
	name     string
	hidden   int // parameters that the caller passes by itself; they only count in messages
	params   []parameter
	keywords int // the index of the first parameter that is given by keyword only
	required int // how many of the others have no default
	varargs  bool
	kwargs   bool
}

type parameter struct {
	name string
	def  Value // nil: required
}

// ParseSignature reads a signature as Python writes it: "f(a, b=1, *args, c='x', **kwargs)". Defaults are None, True, False,
// numbers and strings without escapes or commas; "*" alone begins the keyword-only parameters; a name that begins with
// "!" is a parameter which the caller passes by itself. The text is part of the program: a mistake in it panics.
func ParseSignature(text string) *Signature {
	name, rest, ok := strings.Cut(text, "(")
	rest, closed := strings.CutSuffix(rest, ")")
	if !ok || !closed {
		panic("bad signature: " + text)
	}
	s := &Signature{name: name, keywords: -1}
	for _, p := range strings.Split(rest, ",") {
		switch p = strings.TrimSpace(p); {
		case p == "":
		case strings.HasPrefix(p, "**"):
			s.kwargs = true
		case p[0] == '*':
			s.keywords, s.varargs = len(s.params), p != "*"
		case p[0] == '!':
			s.hidden++
		default:
			name, def, has := strings.Cut(p, "=")
			one := parameter{name: name}
			if has {
				one.def = literalDefault(def, text)
			}
			s.params = append(s.params, one)
		}
	}
	if s.keywords < 0 {
		s.keywords = len(s.params)
	}
	for _, p := range s.params[:s.keywords] {
		if p.def == nil {
			s.required++
		}
	}
	return s
}

func literalDefault(text, signature string) Value {
	switch {
	case text == "None":
		return None
	case text == "True":
		return True
	case text == "False":
		return False
	case len(text) >= 2 && (text[0] == '\'' || text[0] == '"') && text[len(text)-1] == text[0]:
		return NewStr(text[1 : len(text)-1])
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return NewInt(n)
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil {
		return NewFloat(f)
	}
	panic("bad default in signature: " + signature)
}

// Name returns the name of the function.
func (s *Signature) Name() string { return s.name }

// Arguments are the arguments of one call, sorted by a Signature.
type Arguments struct {
	sig   *Signature
	bound []Value
	Rest  []Value // those for *args
	Extra *Dict   // those for **kwargs; nil when there are none
}

// Bind sorts the arguments of a call into the parameters and fills in defaults. Too many, missing and unknown arguments
// are a TypeError in Python's words. kwargs may be nil.
func (s *Signature) Bind(args []Value, kwargs *Dict) (Arguments, error) {
	a := Arguments{sig: s, bound: make([]Value, len(s.params))}
	n := copy(a.bound[:s.keywords], args)
	if n < len(args) {
		if !s.varargs {
			return a, s.tooMany(len(args))
		}
		a.Rest = args[n:]
	}
	if kwargs != nil {
		for it := kwargs.Iterate(); it.Next(); {
			v, err := it.Value()
			if err != nil {
				return a, err
			}
			if err := a.named(it.Key(), v); err != nil {
				return a, err
			}
		}
	}
	var missing []string
	for i, p := range s.params {
		if a.bound[i] != nil {
			continue
		}
		if a.bound[i] = p.def; p.def == nil {
			missing = append(missing, "'"+p.name+"'")
		}
	}
	if missing != nil {
		return a, typeErrorf("%s() missing %d required positional argument%s: %s", s.name, len(missing),
			map[bool]string{true: "s"}[len(missing) > 1], enumerate(missing))
	}
	return a, nil
}

func (a *Arguments) named(key, v Value) error {
	name, err := Text(key)
	if err != nil {
		return err
	}
	for i, p := range a.sig.params {
		if p.name != name {
			continue
		}
		if a.bound[i] != nil {
			return typeErrorf("%s() got multiple values for argument '%s'", a.sig.name, name)
		}
		a.bound[i] = v
		return nil
	}
	if !a.sig.kwargs {
		return typeErrorf("%s() got an unexpected keyword argument '%s'", a.sig.name, name)
	}
	if a.Extra == nil {
		a.Extra = NewDict()
	}
	a.Extra.SetStr(name, v)
	return nil
}

func (s *Signature) tooMany(given int) error {
	given, most, least := given+s.hidden, s.keywords+s.hidden, s.required+s.hidden
	takes := fmt.Sprintf("%d positional argument%s", most, map[bool]string{true: "s"}[most != 1])
	if most != least {
		takes = fmt.Sprintf("from %d to %d positional arguments", least, most)
	}
	were := "were"
	if given == 1 {
		were = "was"
	}
	return typeErrorf("%s() takes %s but %d %s given", s.name, takes, given, were)
}

// enumerate gives "a", "a and b", "a, b, and c".
func enumerate(names []string) string {
	switch n := len(names); n {
	case 1:
		return names[0]
	case 2:
		return names[0] + " and " + names[1]
	default:
		return strings.Join(names[:n-1], ", ") + ", and " + names[n-1]
	}
}

// Get returns the argument for a parameter. A parameter that is not in the signature is a mistake in the program and
// panics.
func (a Arguments) Get(name string) Value {
	for i, p := range a.sig.params {
		if p.name == name {
			return a.bound[i]
		}
	}
	panic(a.sig.name + " has no parameter " + name)
}

// First returns the first argument: what a filter or a test is applied to.
func (a Arguments) First() Value { return a.bound[0] }

// IsNone reports whether the argument is None.
func (a Arguments) IsNone(name string) bool {
	_, none := a.Get(name).(NoneType)
	return none
}

// Truth returns the truth of an argument.
func (a Arguments) Truth(name string) (bool, error) { return Truth(a.Get(name)) }

// Text returns str() of an argument.
func (a Arguments) Text(name string) (string, error) { return Text(a.Get(name)) }

// Int returns an argument that must be an int that fits, else a TypeError.
func (a Arguments) Int(name string) (int, error) {
	v, err := known(a.Get(name))
	if err != nil {
		return 0, err
	}
	return asIndex(v)
}
