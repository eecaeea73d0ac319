package eval

import (
	"context"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja/syntax"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// foldErrors finds what Jinja2's optimizer finds when it computes the constant parts of a template: a constant that is
// missing and whose truth or text is needed, as in `”|first or 1`, is an error of the template even where it would never
// be evaluated. Other failures of constants wait until they are evaluated.
func (e *Env) foldErrors(tree *syntax.Template) error {
	var err error
	var expr func(syntax.Expr)
	expr = func(x syntax.Expr) {
		if x == nil || err != nil {
			return
		}
		syntax.Children(x, expr)
		if err == nil {
			err = e.foldError(tree.Text, x)
		}
	}
	var body func([]syntax.Stmt)
	body = func(stmts []syntax.Stmt) {
		for _, s := range stmts {
			syntax.Parts(s, expr, body)
		}
	}
	body(tree.Body)
	return err
}

// foldError is foldErrors for one expression whose parts are in order.
func (e *Env) foldError(text *syntax.Text, x syntax.Expr) error {
	switch x := x.(type) {
	case *syntax.Binary:
		if x.Op == "and" || x.Op == "or" {
			_, err := e.needed(text, x.L, x.Off)
			return err
		}
	case *syntax.Cond:
		_, err := e.needed(text, x.Test, x.Off)
		return err
	case *syntax.Concat:
		for _, item := range x.Items {
			if constant, err := e.needed(text, item, x.Off); !constant || err != nil {
				return err
			}
		}
	}
	return nil
}

// needed computes x when it is constant; the error is that of a constant that is missing.
func (e *Env) needed(text *syntax.Text, x syntax.Expr, off syntax.Off) (constant bool, err error) {
	if !e.isConstant(text, x) {
		return false, nil
	}
	switch x.(type) {
	case *syntax.Const, *syntax.Number, *syntax.String:
		return true, nil
	}
	v, ok := e.constant(text, x)
	if !ok {
		return false, nil
	}
	if u, ok := v.(*value.Undefined); ok {
		return true, &RuntimeError{Pos: text.Pos(int32(off)), Cause: undefinedErr(u)}
	}
	return true, nil
}

// constant computes a constant; ok is false when it can't be, which the evaluation says should it come to that.
func (e *Env) constant(text *syntax.Text, x syntax.Expr) (v value.Value, ok bool) {
	t, err := e.compile(&syntax.Template{Text: text, Body: []syntax.Stmt{&syntax.Output{Off: syntax.Off(x.At()), X: x}}})
	if err != nil {
		return nil, false
	}
	v, err = (&Expr{t}).Eval(context.Background(), DictVars{})
	return v, err == nil
}

// truth is the truth of a constant; known is false for what is none.
func (e *Env) truth(text *syntax.Text, x syntax.Expr) (ok, known bool) {
	if !e.isConstant(text, x) {
		return false, false
	}
	v, ok := e.constant(text, x)
	if !ok {
		return false, false
	}
	ok, err := Truth(v)
	return ok, err == nil
}

// isConstant reports whether the value of x depends on nothing outside of it.
func (e *Env) isConstant(text *syntax.Text, x syntax.Expr) bool {
	switch x := x.(type) {
	case *syntax.Name, *syntax.NSRef, *syntax.Call:
		return false
	case *syntax.Cond:
		ok, known := e.truth(text, x.Test)
		switch {
		case !known:
			return false
		case ok:
			return e.isConstant(text, x.Then)
		}
		return x.Else != nil && e.isConstant(text, x.Else) // what stands for a missing else is made while a template runs
	case *syntax.Binary:
		if x.Op == "and" || x.Op == "or" {
			ok, known := e.truth(text, x.L)
			return known && (ok == (x.Op == "or") || e.isConstant(text, x.R))
		}
	case *syntax.Filter:
		if x.X == nil || ofContext[x.Name] {
			return false
		}
	}
	all := true
	syntax.Children(x, func(part syntax.Expr) { all = all && e.isConstant(text, part) })
	return all
}

// ofContext are the filters that see the variables of the template, or call such filters.
var ofContext = map[string]bool{"map": true, "select": true, "reject": true, "selectattr": true, "rejectattr": true, "random": true}
