package eval

import (
	"errors"
	"fmt"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// visible is a compiled syntax.Visible.
type visible struct {
	name string
	slot int32
	up   int32
}

// locals gives the variables that are seen from a place, in front of the context.
func (f *frame) locals(vs []visible) Vars {
	l := &locals{ctx: f.ctx}
	for _, v := range vs {
		if val := f.outer(v.up).slots[v.slot]; val != nil {
			l.names = append(l.names, v.name)
			l.vals = append(l.vals, val)
		}
	}
	if len(l.names) == 0 {
		return f.ctx
	}
	return l
}

// TemplateValue is a template as a value: include, import and extends take it in place of a name.
type TemplateValue struct{ Template *Template }

// Type returns "Template".
func (TemplateValue) Type() string { return "Template" }

// load finds the template that v names. one means that v is no list of names.
func (f *frame) load(v value.Value, one bool) (*Template, error) {
	switch v := Plain(v).(type) {
	case *value.Undefined:
		return nil, undefinedErr(v)
	case NoElse:
		return nil, undefinedErr(v.Undefined)
	case TemplateValue:
		return v.Template, nil
	case value.Str:
		return f.loadName(v.String())
	}
	if one {
		switch v.(type) {
		case *value.List, *value.Dict, *value.Set:
			return nil, &value.UnhashableError{TypeName: v.Type()}
		}
		s, err := value.Text(v)
		if err != nil {
			return nil, err
		}
		return nil, &TemplateNotFoundError{Names: []string{s}}
	}
	names, err := value.Elems(v)
	if err != nil {
		return nil, err
	}
	missing := &TemplateNotFoundError{List: true}
	for _, n := range names {
		switch n := Plain(n).(type) {
		case *value.Undefined:
			return nil, undefinedErr(n)
		case TemplateValue:
			return n.Template, nil
		case value.Str:
			t, err := f.loadName(n.String())
			var not *TemplateNotFoundError
			if errors.As(err, &not) {
				missing.Names = append(missing.Names, n.String())
				if len(names) == 1 {
					missing.Msg = not.Msg
				}
				continue
			}
			return t, err
		default:
			s, err := value.Text(n)
			if err != nil {
				return nil, err
			}
			missing.Names = append(missing.Names, s)
		}
	}
	return nil, missing
}

func (f *frame) loadName(name string) (*Template, error) {
	if f.run.env.Loader == nil {
		return nil, &TemplateError{Msg: "no loader for this environment specified"}
	}
	t, err := f.run.env.Loader.Load(f.run.ctx, name, f.tmpl)
	if err == nil && t == nil {
		err = &TemplateNotFoundError{Names: []string{name}}
	}
	return t, err
}

type includeStmt struct {
	x       expr
	ignore  bool
	context bool
	visible []visible
	off     int32
}

func (s *includeStmt) exec(f *frame, out *buffer) error {
	v, err := s.x.eval(f)
	if err != nil {
		return err
	}
	t, err := f.load(v, false)
	if err != nil {
		var not *TemplateNotFoundError
		if errors.As(err, &not) && value.HasSecret(v) {
			err = &TemplateNotFoundError{Msg: "no template has the name, which is secret"}
		}
		if s.ignore && errors.As(err, &not) {
			return nil
		}
		return f.tmpl.at(err, s.off)
	}
	if err := f.run.enter(); err != nil {
		return f.tmpl.at(err, s.off)
	}
	defer f.run.leave()
	_, err = t.exec(f.run, newContext(f.run, f.handed(s.context, s.visible), t), out)
	return f.tmpl.at2(err, s.off)
}

// handed gives the variables for a template that is included or imported.
func (f *frame) handed(context bool, vs []visible) Vars {
	if context {
		return f.locals(vs)
	}
	return nil
}

// Module is an imported template: what it set and defined at its top.
type Module struct {
	t    *Template
	ctx  *scopeContext
	body value.Value
}

// Type returns "TemplateModule".
func (*Module) Type() string { return "TemplateModule" }

func (*Module) module() string { return "jinja2.environment" }

// Repr gives "<TemplateModule 'name'>".
func (m *Module) Repr() string { return fmt.Sprintf("<TemplateModule '%s'>", m.t.Name()) }

// Str gives what the template printed.
func (m *Module) Str() string {
	s, _ := value.Text(Plain(m.body))
	return s
}

// Attr gives a variable or a macro of the template.
func (m *Module) Attr(name string) (value.Value, bool, error) {
	if !m.ctx.exported[name] {
		return nil, false, nil
	}
	return m.ctx.vars[name], true, nil
}

func (f *frame) importModule(x expr, context bool, vs []visible, off int32) (*Module, error) {
	v, err := x.eval(f)
	if err != nil {
		return nil, err
	}
	t, err := f.load(v, true)
	if err != nil {
		return nil, f.tmpl.at(err, off)
	}
	if err := f.run.enter(); err != nil {
		return nil, f.tmpl.at(err, off)
	}
	defer f.run.leave()
	ctx := newContext(f.run, f.handed(context, vs), t)
	out := newBuffer(f.run)
	in, err := t.exec(f.run, ctx, out)
	if err != nil {
		return nil, f.tmpl.at(err, off)
	}
	body, err := out.result(in.autoescape)
	if err != nil {
		return nil, f.tmpl.at(err, off)
	}
	return &Module{t, ctx, body}, nil
}

type importStmt struct {
	x       expr
	target  *nameTarget
	context bool
	visible []visible
	off     int32
}

// bind sets a name to something imported, which is no member of the module itself.
func (t *nameTarget) bind(f *frame, v value.Value) {
	f.slots[t.slot] = v
	if t.export {
		f.ctx.export(t.name, v, false)
	}
}

func (s *importStmt) exec(f *frame, _ *buffer) error {
	m, err := f.importModule(s.x, s.context, s.visible, s.off)
	if err != nil {
		return err
	}
	s.target.bind(f, m)
	return nil
}

type fromStmt struct {
	x       expr
	names   []string
	targets []*nameTarget
	context bool
	visible []visible
	off     int32
}

func (s *fromStmt) exec(f *frame, _ *buffer) error {
	m, err := f.importModule(s.x, s.context, s.visible, s.off)
	if err != nil {
		return err
	}
	for i, name := range s.names {
		v, ok, err := m.Attr(name)
		if err != nil {
			return f.tmpl.at(err, s.off)
		}
		if !ok {
			v = f.run.env.undefined(Missing{
				Kind: MissingOther, Name: name, Pos: f.tmpl.text.Pos(s.off),
				Msg: fmt.Sprintf("the template '%s' (imported on line %d) does not export the requested name '%s'",
					m.t.Name(), f.tmpl.text.Line(s.off), name),
			})
		}
		s.targets[i].bind(f, v)
	}
	return nil
}
