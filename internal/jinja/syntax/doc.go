// Package syntax reads Jinja2 3.1 templates: a lexer and a parser that give a tree with positions, and the options of
// the dialect (delimiters, whitespace control, extensions). It knows no values and evaluates nothing.
//
// A template may begin in the middle of a file, as the text of a YAML scalar does: Source says where.
//
// What the language is: https://jinja.palletsprojects.com/en/stable/templates/. The error messages are worded as
// Jinja2 words them, since people look for them.
package syntax
