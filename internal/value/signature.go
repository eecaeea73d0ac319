package value

import (
	"strconv"
	"strings"
)

// Signature is the signature of a Python function; see ParseSignature.
type Signature struct {
	name     string
	hidden   int // parameters that the caller passes by itself; they only count in messages
	params   []parameter
	posOnly  int // how many are given by position only
	keywords int // the index of the first parameter that is given by keyword only
	required int // how many of the others have no default
	varargs  bool
	kwargs   bool
	words    words
}

type parameter struct {
	name string
	def  Value // nil: required
}

// words are how a function complains of its arguments.
type words byte

const (
	ofPython words = iota // written in Python
	ofC                   // in C, by position alone: "len() takes exactly one argument (2 given)"
	ofCNamed              // in C, with names for its parameters: "split() takes at most 2 arguments (3 given)"
)

// ParseSignature reads a signature as Python writes it: "f(a, b=1, *args, c='x', **kwargs)". Defaults are None, True, False,
// numbers and strings; "*" alone begins the keyword-only parameters, "/" ends the positional-only ones; a name that begins with
// "!" is a parameter which the caller passes by itself. A function that is written in C complains in other words: "@" before its name
// is for one that knows no keywords, "&" for one that does. The text is part of the program: a mistake in it panics.
func ParseSignature(text string) *Signature {
	name, rest, ok := strings.Cut(text, "(")
	rest, closed := strings.CutSuffix(rest, ")")
	if !ok || !closed || name == "" {
		panic("bad signature: " + text)
	}
	s := &Signature{name: strings.TrimLeft(name, "@&"), keywords: -1, words: map[byte]words{'@': ofC, '&': ofCNamed}[name[0]]}
	for _, p := range splitParameters(rest) {
		switch p = strings.TrimSpace(p); {
		case p == "":
		case p == "/":
			s.posOnly = len(s.params)
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

// splitParameters splits at commas outside of quotes.
func splitParameters(s string) []string {
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

func literalDefault(text, signature string) Value {
	switch {
	case text == "None":
		return None
	case text == "True":
		return True
	case text == "False":
		return False
	case len(text) >= 2 && (text[0] == '\'' || text[0] == '"') && text[len(text)-1] == text[0]:
		return NewStr(strings.ReplaceAll(text[1:len(text)-1], `\n`, "\n"))
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

// Params returns how many parameters there are, without those that the caller passes by itself.
func (s *Signature) Params() int { return len(s.params) }

// Fill is the usual case of Bind without the work: n arguments are given, all by position and none too many or too few, and the defaults
// of the other parameters are put into defaults, which has room for them. false: it is another case.
func (s *Signature) Fill(n int, defaults []Value) bool {
	if s.words != ofPython || s.varargs || n > s.keywords || n < s.required || s.keywords != len(s.params) || len(s.params)-n > len(defaults) {
		return false
	}
	for i := n; i < len(s.params); i++ {
		defaults[i-n] = s.params[i].def
	}
	return true
}

// Arguments are the arguments of one call, sorted by a Signature.
type Arguments struct {
	sig   *Signature
	bound []Value
	Rest  []Value // those for *args
	Extra *Dict   // those for **kwargs; nil when there are none
}

// Bind sorts the arguments of a call into the parameters and fills in defaults. Unknown, too many and missing arguments
// are a TypeError in Python's words (CPython 3.13). kwargs may be nil.
func (s *Signature) Bind(args []Value, kwargs *Dict) (Arguments, error) {
	if kwargs != nil && kwargs.Len() == 0 {
		kwargs = nil
	}
	if err := s.refusedByC(args, kwargs); err != nil {
		return Arguments{}, err
	}
	a := Arguments{sig: s, bound: make([]Value, len(s.params))}
	n := copy(a.bound[:s.keywords], args)
	if kwargs != nil { // an unknown name is told before there are too many
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
	if n < len(args) {
		if !s.varargs {
			return a, s.tooMany(len(args), a.bound)
		}
		a.Rest = args[n:]
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
		return a, s.missing(a.bound, missing)
	}
	return a, nil
}

func (a *Arguments) named(key, v Value) error {
	if _, ok := key.(Str); !ok {
		return typeErrorf("keywords must be strings")
	}
	name, err := Text(key)
	if err != nil {
		return err
	}
	for i := a.sig.posOnly; i < len(a.sig.params); i++ {
		if a.sig.params[i].name != name {
			continue
		}
		if a.bound[i] != nil {
			return typeErrorf("%s() got multiple values for argument '%s'", a.sig.name, name)
		}
		a.bound[i] = v
		return nil
	}
	if !a.sig.kwargs {
		return a.sig.Unexpected(name)
	}
	if a.Extra == nil {
		a.Extra = NewDict()
	}
	a.Extra.SetStr(name, v)
	return nil
}

// Bound returns the arguments in the order of the parameters.
func (a Arguments) Bound() []Value { return a.bound }

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
