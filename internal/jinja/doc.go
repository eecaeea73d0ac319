// Package jinja is Jinja2 3.1 as a library over the values of package value. It knows nothing of Ansible.
//
//	env := jinja.New()
//	t, err := env.Parse(jinja.Source{Text: "Hello {{ name | upper }}!"})     // *jinja.SyntaxError
//	v, err := t.Render(ctx, jinja.DictVars{Dict: value.DictOf("name", value.NewStr("ann"))})
//
// An Env holds the dialect (delimiters, whitespace control, extensions), the filters, tests and globals, the Loader for
// include, import and extends, how missing values behave (Undefineds), whether results keep their type (Native) and the
// limits. It is filled first, then shared. Env.Parse compiles a template, Env.ParseExpr a bare expression; what they give
// is immutable, may be cached and used by many goroutines at once.
//
// A filter, a test or a global function is a Func: a name, a Python signature by which arguments are checked and
// sorted, and Run, which gets a Call. Missing values are *value.Undefined; strict by default, they travel when
// Undefineds.Chain is set.
//
// The way of a template: package syntax reads it, package resolve finds out where each name is kept, package eval compiles
// and evaluates; package builtin holds what Jinja2 brings along.
package jinja
