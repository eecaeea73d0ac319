package eval

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// macroDef is a compiled macro.
type macroDef struct {
	fn       *function
	name     string // "" for the body of a call block
	params   []string
	slots    []int32
	defaults []expr // of the last parameters
	explicit bool   // caller is a parameter
	brief    bool   // nothing keeps the frame when a call is over: it is used again
	plain    bool   // it takes neither varargs nor kwargs nor a caller
	off      int32
}

// Macro is a macro as a value: it can be called, passed on and imported.
type Macro struct {
	def *macroDef
	f   *frame // where it was defined
}

// Type returns "Macro".
func (*Macro) Type() string { return "Macro" }

func (*Macro) module() string { return "jinja2.runtime" }

// Repr gives "<Macro 'name'>".
func (m *Macro) Repr() string {
	if m.def.name == "" {
		return "<Macro anonymous>"
	}
	return "<Macro '" + m.def.name + "'>"
}

// Attr gives name, arguments, catch_kwargs, catch_varargs and caller.
func (m *Macro) Attr(name string) (value.Value, bool, error) {
	switch name {
	case "name":
		if m.def.name == "" {
			return value.None, true, nil
		}
		return value.NewStr(m.def.name), true, nil
	case "arguments":
		args := make([]value.Value, len(m.def.params))
		for i, p := range m.def.params {
			args[i] = value.NewStr(p)
		}
		return value.NewTuple(args...), true, nil
	case "catch_kwargs":
		return value.Bool(m.def.fn.kwargs >= 0), true, nil
	case "catch_varargs":
		return value.Bool(m.def.fn.varargs >= 0), true, nil
	case "caller":
		return value.Bool(m.def.fn.caller >= 0 || m.def.explicit), true, nil
	}
	return nil, false, nil
}

// Call calls the macro.
func (m *Macro) Call(args []value.Value, kwargs *value.Dict) (value.Value, error) {
	return m.invoke(m.f, args, kwargs)
}

func (m *Macro) quoted() string {
	if m.def.name == "" {
		return "None"
	}
	return "'" + m.def.name + "'"
}

func (m *Macro) invoke(_ *frame, args []value.Value, kwargs *value.Dict) (value.Value, error) {
	out := newBuffer(m.f.run)
	if err := m.printTo(out, args, kwargs); err != nil {
		return nil, err
	}
	return out.result(m.f.autoescape)
}

// printTo calls the macro, whose text goes to out.
func (m *Macro) printTo(out *buffer, args []value.Value, kwargs *value.Dict) error {
	r := m.f.run
	if err := r.enter(); err != nil {
		return err
	}
	defer r.leave()
	var f *frame
	if n := len(r.frames); n > 0 && m.def.brief {
		f, r.frames = r.frames[n-1], r.frames[:n-1]
	} else {
		f = &frame{}
	}
	f.run, f.ctx, f.tmpl, f.up, f.autoescape = r, m.f.ctx, m.f.tmpl, m.f, m.f.autoescape
	f.room(m.def.fn.slots)
	if err := m.start(f, args, kwargs); err != nil {
		return err
	}
	if err := f.exec(m.def.fn.body, out); err != nil {
		return err
	}
	if m.def.brief {
		clear(f.slots)
		r.frames = append(r.frames, f)
	}
	return nil
}

// start gives the parameters their values.
func (m *Macro) start(f *frame, args []value.Value, kwargs *value.Dict) error {
	d := m.def
	if kwargs == nil && d.plain && len(args) <= len(d.params) {
		for i, a := range args {
			f.slots[d.slots[i]] = a
		}
		d.fn.scope.enter(f)
		return m.fill(f, len(args), nil)
	}
	var small [8]bool
	given, err := m.bind(f, args, kwargs, small[:])
	if err != nil {
		return err
	}
	d.fn.scope.enter(f)
	return m.fill(f, 0, given)
}

// bind puts the arguments into their slots; given tells which parameters got one. It is room, where that is enough.
func (m *Macro) bind(f *frame, args []value.Value, kwargs *value.Dict, room []bool) (given []bool, err error) {
	d := m.def
	if given = room; len(d.params) > len(room) {
		given = make([]bool, len(d.params))
	}
	for i := range d.params {
		if i < len(args) {
			f.slots[d.slots[i]], given[i] = args[i], true
		}
	}
	if len(args) > len(d.params) {
		if d.fn.varargs < 0 {
			return nil, value.Raise("TypeError", "macro %s takes not more than %d argument(s)", m.quoted(), len(d.params))
		}
		f.slots[d.fn.varargs] = value.NewTuple(append([]value.Value(nil), args[len(d.params):]...)...)
	} else if d.fn.varargs >= 0 {
		f.slots[d.fn.varargs] = value.NewTuple()
	}
	var rest *value.Dict
	if d.fn.kwargs >= 0 {
		rest = value.NewDict()
	}
	var caller value.Value
	if kwargs != nil {
		for it := kwargs.Iterate(); it.Next(); {
			key := it.Key().(value.Str).String()
			v, err := it.Value()
			if err != nil {
				return nil, err
			}
			at := -1
			for i, p := range d.params {
				if p == key && !given[i] {
					at = i
				}
			}
			switch {
			case at >= 0:
				f.slots[d.slots[at]], given[at] = v, true
			case key == "caller" && d.fn.caller >= 0:
				caller = v
			default:
				if rest == nil {
					rest = value.NewDict()
				}
				rest.SetStr(key, v)
			}
		}
	}
	if d.fn.caller >= 0 {
		if caller == nil {
			caller = f.run.env.undefined(Missing{Kind: MissingName, Name: "caller", Msg: "No caller defined", Pos: m.f.tmpl.text.Pos(d.off)})
		}
		f.slots[d.fn.caller] = caller
	}
	switch {
	case d.fn.kwargs >= 0:
		f.slots[d.fn.kwargs] = rest
	case rest == nil:
	case rest.Has("caller"):
		return nil, value.Raise("TypeError", "macro %s was invoked with two values for the special caller argument. This is most likely a bug.", m.quoted())
	default:
		return nil, value.Raise("TypeError", "macro %s takes no keyword argument '%s'", m.quoted(), rest.Keys()[0].(value.Str).String())
	}
	return given, nil
}

// fill gives the parameters from number n on that got no argument, as given tells (nil: none did), their default, or
// makes them undefined.
func (m *Macro) fill(f *frame, n int, given []bool) error {
	d := m.def
	first := len(d.params) - len(d.defaults)
	for i := n; i < len(d.params); i++ {
		if given != nil && given[i] {
			continue
		}
		if i < first {
			name := d.params[i]
			f.slots[d.slots[i]] = f.run.env.undefined(Missing{
				Kind: MissingParam, Name: name, Msg: "parameter '" + name + "' was not provided", Pos: f.tmpl.text.Pos(d.off),
			})
			continue
		}
		v, err := d.defaults[i-first].eval(f)
		if err != nil {
			return err
		}
		f.slots[d.slots[i]] = v
	}
	return nil
}

type macroStmt struct {
	def    *macroDef
	target *nameTarget
}

func (s *macroStmt) exec(f *frame, _ *buffer) error {
	return s.target.assign(f, &Macro{s.def, f})
}

type callBlockStmt struct {
	call   *callExpr
	caller *macroDef
}

func (s *callBlockStmt) exec(f *frame, out *buffer) error {
	v, err := s.call.call(f, &Macro{s.caller, f})
	if err != nil {
		return err
	}
	if err := out.raw(v); err != nil {
		return f.tmpl.at(err, s.call.off)
	}
	return nil
}
