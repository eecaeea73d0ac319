package jinja

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja/builtin"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja/eval"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja/syntax"
)

// The types of the library; each is documented where it stands.
type (
	Env        = eval.Env        // the world that templates are compiled and rendered in
	Template   = eval.Template   // a compiled template
	Expr       = eval.Expr       // a compiled expression
	Func       = eval.Func       // a filter, test or global function
	Set        = eval.Set        // a collection of them
	Lookup     = eval.Lookup     // finds one by its name
	Call       = eval.Call       // one call of a Func
	Vars       = eval.Vars       // the variables of a rendering
	DictVars   = eval.DictVars   // those of a dict
	Loader     = eval.Loader     // gives templates for include, import and extends
	Limits     = eval.Limits     // bound what a template may use up
	Undefineds = eval.Undefineds // how missing values behave
	Missing    = eval.Missing    // what was looked for in vain
	Markup     = eval.Markup     // a text that needs no escaping
	Macro      = eval.Macro      // a macro of a template, as a value
	Generator  = eval.Generator  // the lazy result of a filter such as map

	Options = syntax.Options // the dialect
	Source  = syntax.Source  // a template's text and where it stands

	SyntaxError           = eval.SyntaxError
	RuntimeError          = eval.RuntimeError
	UnknownNameError      = eval.UnknownNameError
	TemplateNotFoundError = eval.TemplateNotFoundError
	TemplateError         = eval.TemplateError
	LimitError            = eval.LimitError
)

// What was looked for in vain; see Missing.
const (
	MissingName  = eval.MissingName
	MissingAttr  = eval.MissingAttr
	MissingItem  = eval.MissingItem
	MissingElse  = eval.MissingElse
	MissingParam = eval.MissingParam
	MissingOther = eval.MissingOther
)

// The filters, tests and global functions of Jinja2 3.1.
var (
	Filters = &builtin.Filters
	Tests   = &builtin.Tests
	Globals = builtin.Global
)

// New gives an environment with Jinja2's filters, tests and globals and its default dialect.
func New() *Env {
	return &Env{Filters: Filters.Lookup, Tests: Tests.Lookup, Globals: Globals}
}
