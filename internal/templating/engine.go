// Package templating is Ansible on top of Jinja: which texts are templates (trusted ones alone), lazily evaluated
// variables, native results, undefined values that surface where they are used, conditions, template files, lookups. It
// sees variables through an interface and knows nothing of inventories, playbooks or hosts.
//
// An Engine holds what does not change in a run; a Scope is made of it for each task on each host, and evaluates with the
// variables of that task.
package templating

import (
	"context"
	"os"
	"sync"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/lookups"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Options are the settings of a run that touch templates, and what templates may reach. The zero Options are those of
// a run without settings; what is nil is not there, except where a default is named.
type Options struct {
	Dir     string                                  // the folder of the playbook; relative names are taken from it when nothing else is known
	Getenv  func(name string) (string, bool)        // the environment of the control node; nil means os.LookupEnv
	Environ []string                                // the environment of programs that lookups start; nil is that of this process
	Read    func(name string) ([]byte, bool, error) // reads a file of the control node and opens a vaulted one; secret: it came out of a vault. nil means os.ReadFile
	Opened  func(where string, v value.Value)       // takes a secret that a lookup got from elsewhere, to mask it; may be nil
	Now     func() time.Time                        // the clock; nil means time.Now
	Tell    func(n Notice)                          // takes what the user should know, unless the scope has somebody else for it; may be nil
	Lookups map[string]Lookup                       // lookups besides those of package lookups, by full or short name; they come first

	Extensions             []string                                             // jinja2_extensions: "jinja2.ext.do", "jinja2.ext.loopcontrols"
	AllowBrokenConditional bool                                                 // allow_broken_conditionals
	NoEmbeddedTemplates    bool                                                 // allow_embedded_templates is off
	Managed                string                                               // the variable ansible_managed; "" means "Ansible managed"
	Hosts                  func(pattern string) ([]string, error)               // the hosts of the inventory that a pattern means, for inventory_hostnames
	Setting                func(q lookups.Query) (lookups.Setting, bool, error) // a setting for the lookup config; nil knows none
}

// Engine evaluates templates. It is safe for concurrent use.
type Engine struct {
	o     Options
	env   *jinja.Env // of values in YAML
	texts sync.Map   // text -> *compiled
	exprs sync.Map   // text -> *compiledExpr
	files sync.Map   // fileKey -> *compiled
	envs  sync.Map   // FileOptions -> *jinja.Env
}

type compiled struct {
	t   *jinja.Template
	err error
}

type compiledExpr struct {
	x        *jinja.Expr
	literals map[string]value.Str // the embedded templates of a condition, by the names that stand for them
	err      error
}

// New gives an engine.
func New(o Options) *Engine {
	if o.Getenv == nil {
		o.Getenv = os.LookupEnv
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Read == nil {
		o.Read = func(name string) ([]byte, bool, error) {
			b, err := os.ReadFile(name)
			return b, false, err
		}
	}
	if o.Managed == "" {
		o.Managed = "Ansible managed"
	}
	e := &Engine{o: o}
	e.env = e.newEnv(jinja.Options{LiteralBackslashes: true, TrimBlocks: true})
	return e
}

// newEnv gives a Jinja environment with Ansible's filters, tests and globals and its way with missing values.
func (e *Engine) newEnv(o jinja.Options) *jinja.Env {
	for _, x := range e.o.Extensions {
		switch x {
		case "jinja2.ext.do", "do":
			o.Do = true
		case "jinja2.ext.loopcontrols", "loopcontrols":
			o.LoopControls = true
		}
	}
	env := jinja.New()
	env.Syntax = o
	env.Native = true
	env.ListViews = true
	env.LiteralMarks = e.literalMarks
	env.Text = printed
	env.Undefined = jinja.Undefineds{Chain: true, EagerCalls: true, Capture: failedCall, New: newUndefined}
	env.Filters, env.Tests = findFilter, findTest
	env.Globals = global
	env.Loader = loader{}
	env.Result = pluginResult
	return env
}

// literalMarks lets a literal that holds a template be evaluated where Ansible does so: as an argument of a lookup.
func (e *Engine) literalMarks(text string, _ source.Pos) value.Marks {
	return value.Marks{Trusted: !e.o.NoEmbeddedTemplates && hasTemplate(text)}
}

func (e *Engine) compile(text string, pos source.Pos) (*jinja.Template, error) {
	if c, ok := e.texts.Load(text); ok {
		return c.(*compiled).t, c.(*compiled).err
	}
	env, body, err := e.dialect(e.env, text)
	var t *jinja.Template
	if err == nil {
		t, err = env.Parse(jinja.Source{Text: body, Base: pos})
	}
	e.texts.Store(text, &compiled{t, err})
	return t, err
}

// Scope gives an evaluation with variables vars; search are the folders in which lookups and includes look for files,
// the most special first and that of the playbook last.
func (e *Engine) Scope(ctx context.Context, vars Vars, search []string) *Scope {
	s := &Scope{e: e, vars: vars, search: search}
	s.ctx = context.WithValue(ctx, scopeKey{}, s)
	return s
}

type scopeKey struct{}

// scopeOf returns the scope whose evaluation runs in ctx.
func scopeOf(ctx context.Context) *Scope {
	s, _ := ctx.Value(scopeKey{}).(*Scope)
	return s
}

// Notice is something that the user should know about a template.
type Notice struct {
	Deprecated bool       // it is a deprecation, else a warning
	Text       string     // what is the matter
	Pos        source.Pos // the text that was being evaluated; the zero Pos where Ansible shows no place
	Help       string     // what to do, "" for nothing
}

// Tell hands what the user should know to tell, in the place of Options.Tell. It holds for the scopes made by With.
func (s *Scope) Tell(tell func(n Notice)) { s.tell = tell }

func (s *Scope) notice(n Notice) {
	switch {
	case s.tell != nil:
		s.tell(n)
	case s.e.o.Tell != nil:
		s.e.o.Tell(n)
	}
}

func (s *Scope) warn(text string, pos source.Pos) { s.notice(Notice{Text: text, Pos: pos}) }

func (s *Scope) deprecated(text string, pos source.Pos) {
	s.notice(Notice{Deprecated: true, Text: text, Pos: pos})
}
