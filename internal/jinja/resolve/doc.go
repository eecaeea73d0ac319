// Package resolve finds out, before a template runs, where the value of each name is kept: which variable of which
// function, or the context. It follows Jinja2's rules: loops, macros, blocks, with, call, filter and set blocks have
// variables of their own, if has not; a name that is assigned in a body is that body's own from its beginning; what is
// assigned at the top of a template is seen by blocks and includes. It also makes the checks that need no values.
package resolve
