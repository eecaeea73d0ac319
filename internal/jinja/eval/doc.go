// Package eval compiles the tree of a Jinja2 template into nodes that evaluate it, and evaluates it. Package jinja is
// its public face.
//
// A compiled template is immutable and may be rendered by many goroutines at once; what changes during a rendering is
// kept in an activation (the variables of one function: the template's body, a macro, a block) and in the context of the
// template.
package eval
