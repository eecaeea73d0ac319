package eval

import (
	"context"
	"sync/atomic"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja/syntax"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Template is a compiled template. It is immutable and safe for concurrent use.
type Template struct {
	env    *Env
	text   *syntax.Text
	root   *function
	blocks map[string]*function
	names  []string
	size   atomic.Int64 // of the last text, as a hint for the next
}

// Name returns the name of the template, or "".
func (t *Template) Name() string { return t.text.Name() }

// Env returns the environment that the template was compiled in.
func (t *Template) Env() *Env { return t.env }

// Free returns the names of the variables that the template may look up in its context, sorted.
func (t *Template) Free() []string { return t.names }

// Render evaluates the template. Without Env.Native the value is a str (or Markup, which see). Errors are
// *RuntimeError, *SyntaxError of a template that was included, or that of ctx.
func (t *Template) Render(ctx context.Context, vars Vars) (value.Value, error) {
	return t.render(ctx, vars)
}

// Expr is a compiled expression. It is immutable and safe for concurrent use.
type Expr struct{ t *Template }

// Eval evaluates the expression. The value may be a *value.Undefined.
func (e *Expr) Eval(ctx context.Context, vars Vars) (value.Value, error) {
	return e.t.evalExpr(ctx, vars)
}

// Free returns the names of the variables that the expression may look up, sorted.
func (e *Expr) Free() []string { return e.t.names }
