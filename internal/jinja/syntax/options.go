package syntax

import (
	"fmt"
	"strings"
)

// Options is the dialect of a template. The zero value of a field means Jinja2's default.
type Options struct {
	BlockStart, BlockEnd       string // "{%" and "%}"
	VariableStart, VariableEnd string // "{{" and "}}"
	CommentStart, CommentEnd   string // "{#" and "#}"
	LineStatementPrefix        string // none; a line that begins with it is a statement
	LineCommentPrefix          string // none; the rest of the line after it is a comment
	TrimBlocks                 bool   // the first newline after a block tag is removed
	LstripBlocks               bool   // blanks before a block tag that begins a line are removed
	KeepTrailingNewline        bool   // the last newline of a template stays
	NewlineSequence            string // "\n"; or "\r\n" or "\r"

	Do           bool // the extension jinja2.ext.do: {% do expression %}
	LoopControls bool // the extension jinja2.ext.loopcontrols: {% break %} and {% continue %}

	// LiteralBackslashes makes every backslash in a string literal of a print statement stand for itself, also one that
	// keeps a quote from ending the literal. In block tags and bare expressions escapes are read as ever.
	LiteralBackslashes bool
}

func (o Options) withDefaults() Options {
	set := func(p *string, def string) {
		if *p == "" {
			*p = def
		}
	}
	set(&o.BlockStart, "{%")
	set(&o.BlockEnd, "%}")
	set(&o.VariableStart, "{{")
	set(&o.VariableEnd, "}}")
	set(&o.CommentStart, "{#")
	set(&o.CommentEnd, "#}")
	set(&o.NewlineSequence, "\n")
	return o
}

// Check says what is wrong with the options, or nil.
func (o Options) Check() error {
	o = o.withDefaults()
	if o.BlockStart == o.VariableStart || o.VariableStart == o.CommentStart || o.BlockStart == o.CommentStart {
		return fmt.Errorf("block, variable and comment start strings must be different")
	}
	if !strings.Contains("\r\n\r", o.NewlineSequence) {
		return fmt.Errorf(`newline_sequence must be one of '\n', '\r\n' or '\r'`)
	}
	return nil
}
