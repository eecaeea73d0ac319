// Package templating is Ansible on top of Jinja: which texts are templates (trusted ones alone), lazily evaluated
// variables, native results, undefined values that surface where they are used, conditions, template files, lookups. It
// sees variables through an interface and knows nothing of inventories, playbooks or hosts.
//
// An Engine holds what does not change in a run; a Scope is made of it for each task on each host, and evaluates with the
// variables of that task.
package templating

import (
	"context"
	"sync"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Options are the settings of a run that touch templates, and what templates may reach.
type Options struct {
	Dir     string                                  // the folder that relative names are taken from when nothing else is known
	Getenv  func(name string) (string, bool)        // the environment of the control node
	Read    func(name string) ([]byte, bool, error) // reads a file of the control node; secret: it came out of a vault
	Warn    func(text string, pos source.Pos)       // takes warnings; may be nil
	Depr    func(text string, pos source.Pos)       // takes deprecations; may be nil
	Lookups map[string]Lookup                       // by full name
}

// Engine evaluates templates. It is safe for concurrent use.
type Engine struct {
	o     Options
	env   *jinja.Env // of values in YAML
	texts sync.Map   // text -> *compiled
	exprs sync.Map   // text -> *compiledExpr
	files sync.Map   // fileKey -> *compiled
}

type compiled struct {
	t   *jinja.Template
	err error
}

type compiledExpr struct {
	x   *jinja.Expr
	err error
}

// New gives an engine.
func New(o Options) *Engine {
	e := &Engine{o: o}
	e.env = e.newEnv(jinja.Options{LiteralBackslashes: true})
	return e
}

// newEnv gives a Jinja environment with Ansible's filters, tests and globals and its way with missing values.
func (e *Engine) newEnv(o jinja.Options) *jinja.Env {
	env := jinja.New()
	env.Syntax = o
	env.Native = true
	env.LateNames = true
	env.TrustLiterals = true
	env.Undefined = jinja.Undefineds{Chain: true}
	env.Filters, env.Tests = e.filter, e.test
	env.Globals = e.global
	env.Loader = nil // see file.go: only template files include others
	env.Result = untrustResult
	return env
}

// untrustResult takes the trusted mark off what filters, tests and functions give: it is data. A value that they were
// given and hand on unchanged keeps it.
func untrustResult(c *jinja.Call, v value.Value, err error) (value.Value, error) {
	if err != nil || !value.IsTrusted(v) || v == c.Value {
		return v, err
	}
	m := value.MarksOf(v)
	m.Trusted = false
	return value.WithMarks(v, m), nil
}

func (e *Engine) compile(text string, pos source.Pos) (*jinja.Template, error) {
	if c, ok := e.texts.Load(text); ok {
		return c.(*compiled).t, c.(*compiled).err
	}
	t, err := e.env.Parse(jinja.Source{Text: text, Base: pos})
	e.texts.Store(text, &compiled{t, err})
	return t, err
}

func (e *Engine) compileExpr(text string, pos source.Pos) (*jinja.Expr, error) {
	if c, ok := e.exprs.Load(text); ok {
		return c.(*compiledExpr).x, c.(*compiledExpr).err
	}
	x, err := e.env.ParseExpr(jinja.Source{Text: text, Base: pos})
	e.exprs.Store(text, &compiledExpr{x, err})
	return x, err
}

// Scope gives an evaluation with variables vars; search are the folders in which lookups and includes look for files.
func (e *Engine) Scope(ctx context.Context, vars Vars, search []string) *Scope {
	return &Scope{e: e, ctx: ctx, vars: vars, search: search, memo: map[string]value.Value{}, active: map[string]bool{}}
}
