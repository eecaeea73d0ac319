package templating

import (
	"errors"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja/syntax"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/lookups"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Need is a variable without which a template can't be evaluated, whatever the values of others.
type Need struct {
	Name string
	Pos  source.Pos
}

// Check reads all templates in a value without evaluating any: it returns what is certainly wrong with them (syntax, filters,
// tests and lookups that do not exist), and the variables that they need.
func (e *Engine) Check(v value.Value) (wrong diag.List, needs []Need) {
	switch v := v.(type) {
	case value.Str:
		if !isTemplate(v) {
			return nil, nil
		}
		_, err := e.compile(v.String(), value.OriginOf(v))
		return e.checked("template", v, err, func(o syntax.Options, src syntax.Source) ([]syntax.Stmt, error) {
			t, err := syntax.Parse(src, o)
			if err != nil {
				return nil, err
			}
			return t.Body, nil
		})
	case *value.List:
		for _, one := range v.Stored() {
			w, n := e.Check(one)
			wrong, needs = append(wrong, w...), append(needs, n...)
		}
	case *value.Dict:
		for it := v.Iterate(); it.Next(); {
			if w, _ := e.Check(it.Key()); len(w) > 0 {
				wrong = append(wrong, w...)
			}
			w, n := e.Check(it.Stored())
			wrong, needs = append(wrong, w...), append(needs, n...)
		}
	}
	return wrong, needs
}

// CheckCondition does the same for a condition: a bare expression.
func (e *Engine) CheckCondition(v value.Value) (wrong diag.List, needs []Need) {
	s, ok := v.(value.Str)
	if !ok || strings.TrimSpace(s.String()) == "" || !value.IsTrusted(s) {
		return nil, nil
	}
	if hasTemplate(s.String()) { // evaluated as a template, as long as Ansible does so
		wrong, _ = e.Check(s)
		return wrong, nil
	}
	_, err := e.env.ParseExpr(jinja.Source{Text: s.String(), Base: value.OriginOf(s)})
	return e.checked("expression", s, err, func(o syntax.Options, src syntax.Source) ([]syntax.Stmt, error) {
		x, _, err := syntax.ParseExpr(src, o)
		if err != nil {
			return nil, err
		}
		return []syntax.Stmt{&syntax.Output{X: x}}, nil
	})
}

// CheckFile does the same for a template file; only what is wrong is told.
func (e *Engine) CheckFile(f *source.File, o FileOptions) diag.List {
	_, err := e.parseFile(f, o)
	if err == nil {
		return nil
	}
	return diag.List{e.finding("template", err, source.At(f, 1, 1))}
}

// finding is what is wrong with a template, at its place within the text.
func (e *Engine) finding(what string, err error, pos source.Pos) *diag.Error {
	if at := placeOf(err); at.IsValid() {
		pos = at
	}
	var name *jinja.UnknownNameError
	if errors.As(err, &name) {
		d := diag.Errorf(pos, "no %s named %q", name.Kind, name.Name)
		if near := NearestPlugin(name.Kind, name.Name); near != "" {
			return d.Hint("did you mean %q?", near)
		}
		return d.Hint("the native engine has those of ansible-core and Jinja2")
	}
	msg := err.Error()
	var bad *jinja.SyntaxError
	if errors.As(err, &bad) {
		msg = bad.Msg
	}
	return diag.Errorf(pos, "syntax error in the %s: %s", what, strings.TrimSuffix(msg, ".")).Hint("%s", syntaxHint(msg))
}

// syntaxHint tells what to do about what Jinja says is wrong.
func syntaxHint(msg string) string {
	switch {
	case strings.Contains(msg, "unexpected end of template"), strings.Contains(msg, "Unexpected end of template"):
		return "something that was opened is not closed: {{ … }}, {% … %}, a quote, a parenthesis, or an {% endif %} or {% endfor %} is missing"
	case strings.Contains(msg, "unexpected '}'"), strings.Contains(msg, "expected token 'end of print statement'"):
		return "look for a missing operator, comma or closing quote before this place"
	case strings.Contains(msg, "chunk after expression"):
		return "an operator is missing here, or it is another: == compares, and = does not"
	case strings.Contains(msg, "Encountered unknown tag"):
		return "{% … %} holds a statement: if, for, set, else, endif, endfor, …"
	}
	return "an expression of Jinja2 is expected here"
}

// checked tells an error of the compiler, unknown lookups, and what a template needs.
func (e *Engine) checked(what string, s value.Str, err error, parse func(syntax.Options, syntax.Source) ([]syntax.Stmt, error)) (diag.List, []Need) {
	pos := value.OriginOf(s)
	if err != nil {
		return diag.List{e.finding(what, err, pos)}, nil
	}
	body, err := parse(e.env.Syntax, syntax.Source{Text: s.String(), Base: pos})
	if err != nil { // a text with a dialect of its own
		return nil, nil
	}
	w := walker{pos: pos, own: map[string]bool{}, e: e}
	w.assigned(body)
	w.stmts(body)
	return w.wrong, w.needs
}

// walker goes through a template for what it always evaluates.
type walker struct {
	pos   source.Pos
	e     *Engine
	own   map[string]bool // names that the template itself gives values
	wrong diag.List
	needs []Need
}

// assigned collects the names that statements anywhere in the template set.
func (w *walker) assigned(body []syntax.Stmt) {
	var name func(x syntax.Expr)
	name = func(x syntax.Expr) {
		switch x := x.(type) {
		case *syntax.Name:
			w.own[x.ID] = true
		case *syntax.Tuple:
			for _, i := range x.Items {
				name(i)
			}
		}
	}
	for _, s := range body {
		if _, plain := s.(*syntax.Output); !plain {
			syntax.Parts(s, name, w.assigned) // reads count, too: names within statements are left alone
		}
		switch s := s.(type) {
		case *syntax.Macro:
			w.own[s.Name.ID] = true
		case *syntax.Import, *syntax.FromImport, *syntax.Include, *syntax.Extends:
			w.own["*"] = true
		}
	}
}

func (w *walker) stmts(body []syntax.Stmt) {
	for _, s := range body {
		if out, ok := s.(*syntax.Output); ok {
			w.expr(out.X)
		}
	}
}

// expr notes what evaluating x always evaluates.
func (w *walker) expr(x syntax.Expr) {
	switch x := x.(type) {
	case *syntax.Name:
		if _, known := global(x.ID); !known && !w.own[x.ID] && !w.own["*"] {
			w.needs = append(w.needs, Need{Name: x.ID, Pos: w.pos})
		}
	case *syntax.Filter:
		if x.Name == "default" || x.Name == "d" || x.Name == "ansible.builtin.default" {
			return
		}
		if x.X != nil {
			w.expr(x.X)
		}
	case *syntax.Test:
		if x.Name != "defined" && x.Name != "undefined" {
			w.expr(x.X)
		}
	case *syntax.Cond:
		w.expr(x.Test)
	case *syntax.Binary:
		w.expr(x.L)
		if x.Op != "and" && x.Op != "or" {
			w.expr(x.R)
		}
	case *syntax.Compare:
		w.expr(x.X)
		w.expr(x.Operands[0])
	case *syntax.Call:
		w.call(x)
	case *syntax.List, *syntax.Tuple, *syntax.Dict, *syntax.Unary, *syntax.Concat, *syntax.GetAttr, *syntax.GetItem:
		syntax.Children(x, w.expr)
	}
}

// call looks at a lookup's name; the arguments of a call may be anything.
func (w *walker) call(x *syntax.Call) {
	f, ok := x.Func.(*syntax.Name)
	if !ok {
		w.expr(x.Func)
		return
	}
	if f.ID != "lookup" && f.ID != "query" && f.ID != "q" || len(x.Args.Pos) == 0 {
		return
	}
	name, ok := x.Args.Pos[0].(*syntax.String)
	if !ok {
		return
	}
	if w.e.HasLookup(name.Text) {
		return
	}
	d := diag.Errorf(w.pos, "no lookup named %q", name.Text)
	names := lookups.Set.Names()
	if near := diag.Nearest(name.Text, names); near != "" {
		d = d.Hint("did you mean %q?", near)
	} else {
		d = d.Hint("there are: %s", strings.Join(names, ", "))
	}
	w.wrong.Add(d)
}
