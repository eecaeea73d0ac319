package yaml

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// emitter lays out nodes as libyaml 0.2.5 does: the same line breaks, blanks and quotes.
type emitter struct {
	b         strings.Builder
	o         DumpOptions
	indent    int // of the collection that is being written; -1 outside
	step      int
	width     int
	column    int
	depth     int  // of brackets
	blank     bool // the last character was a blank or an indicator that counts as one
	indention bool // nothing but indentation and indicators was written in this line
	anchors   int
	openEnded bool // the last thing written was a block scalar that keeps its line breaks
}

func newEmitter(o DumpOptions) *emitter {
	e := &emitter{o: o, indent: -1, step: o.Indent, width: o.Width, blank: true, indention: true}
	if e.step < 2 || e.step > 9 {
		e.step = 2
	}
	if e.width >= 0 && e.width <= 2*e.step {
		e.width = 80
	}
	if e.width < 0 {
		e.width = math.MaxInt
	}
	return e
}

// within says where a node stands.
type within struct {
	mapping   bool
	simpleKey bool
}

func (e *emitter) document(n *node) {
	if e.o.ExplicitStart || e.o.Canonical {
		e.writeIndent()
		e.indicator("---", true, false, false)
		if e.o.Canonical {
			e.writeIndent()
		}
	}
	e.node(n, within{})
	e.writeIndent()
	if e.o.ExplicitEnd || e.openEnded {
		e.indicator("...", true, false, false)
		e.writeIndent()
	}
}

func (e *emitter) node(n *node, in within) {
	if n.uses > 1 {
		if n.anchor != "" {
			e.indicator("*", true, false, false)
			e.put(n.anchor)
			e.blank = false
			return
		}
		e.anchors++
		n.anchor = fmt.Sprintf("id%03d", e.anchors)
		e.indicator("&", true, false, false)
		e.put(n.anchor)
		e.blank = false
	}
	switch n.kind {
	case scalarNode:
		e.scalar(n, in)
	case sequenceNode:
		e.tag(n, tagSeq)
		if e.brackets(n) {
			e.flowSequence(n)
		} else {
			e.blockSequence(n, in)
		}
	default:
		e.tag(n, tagMap)
		if e.brackets(n) {
			e.flowMapping(n)
		} else {
			e.blockMapping(n)
		}
	}
}

func (e *emitter) brackets(n *node) bool {
	return e.depth > 0 || e.o.Canonical || n.flow || len(n.children) == 0
}

// tag writes the tag of a collection that is not the usual one.
func (e *emitter) tag(n *node, usual string) {
	if n.tag != usual || e.o.Canonical {
		e.writeTag(n.tag)
	}
}

func (e *emitter) writeTag(tag string) {
	if !e.blank {
		e.put(" ")
	}
	e.put(tag)
	e.blank, e.indention = false, false
}

// deeper goes one level in and gives what restores the level.
func (e *emitter) deeper(flow, indentless bool) (back func()) {
	was := e.indent
	switch {
	case e.indent < 0 && flow:
		e.indent = e.step
	case e.indent < 0:
		e.indent = 0
	case !indentless:
		e.indent += e.step
	}
	return func() { e.indent = was }
}

func (e *emitter) blockSequence(n *node, in within) {
	back := e.deeper(false, in.mapping && !e.indention)
	for _, child := range n.children {
		e.writeIndent()
		e.indicator("-", true, false, true)
		e.node(child, within{})
	}
	back()
}

func (e *emitter) blockMapping(n *node) {
	back := e.deeper(false, false)
	for i := 0; i < len(n.children); i += 2 {
		e.writeIndent()
		if e.simpleKey(n.children[i]) {
			e.node(n.children[i], within{mapping: true, simpleKey: true})
			e.indicator(":", false, false, false)
		} else {
			e.indicator("?", true, false, true)
			e.node(n.children[i], within{mapping: true})
			e.writeIndent()
			e.indicator(":", true, false, true)
		}
		e.node(n.children[i+1], within{mapping: true})
	}
	back()
}

func (e *emitter) flowSequence(n *node) {
	e.indicator("[", true, true, false)
	back := e.deeper(true, false)
	e.depth++
	for i, child := range n.children {
		if i > 0 {
			e.indicator(",", false, false, false)
		}
		if e.o.Canonical || e.column > e.width {
			e.writeIndent()
		}
		e.node(child, within{})
	}
	e.close("]", len(n.children) > 0, back)
}

func (e *emitter) flowMapping(n *node) {
	e.indicator("{", true, true, false)
	back := e.deeper(true, false)
	e.depth++
	for i := 0; i < len(n.children); i += 2 {
		if i > 0 {
			e.indicator(",", false, false, false)
		}
		if e.o.Canonical || e.column > e.width {
			e.writeIndent()
		}
		if !e.o.Canonical && e.simpleKey(n.children[i]) {
			e.node(n.children[i], within{mapping: true, simpleKey: true})
			e.indicator(":", false, false, false)
		} else {
			e.indicator("?", true, false, false)
			e.node(n.children[i], within{mapping: true})
			if e.o.Canonical || e.column > e.width {
				e.writeIndent()
			}
			e.indicator(":", true, false, false)
		}
		e.node(n.children[i+1], within{mapping: true})
	}
	e.close("}", len(n.children) > 0, back)
}

func (e *emitter) close(bracket string, some bool, back func()) {
	e.depth--
	back()
	if e.o.Canonical && some {
		e.indicator(",", false, false, false)
		e.writeIndent()
	}
	e.indicator(bracket, false, false, false)
}

// simpleKey tells whether a key can stand before a colon without a question mark.
func (e *emitter) simpleKey(n *node) bool {
	length := 0
	if n.uses > 1 {
		length = len("id001")
		if n.anchor != "" {
			return true
		}
	}
	if n.kind != scalarNode {
		if n.tag != tagSeq && n.tag != tagMap {
			length += len(n.tag)
		}
		return len(n.children) == 0 && length <= 128
	}
	if e.showsTag(n) {
		length += len(n.tag)
	}
	return !analyse(n.text, e.o.Unicode).multiline && length+len(n.text) <= 128
}

func (e *emitter) showsTag(n *node) bool {
	return e.o.Canonical || resolvePlain(n.text) != n.tag && n.tag != tagStr
}

// scalar chooses a style for n and writes it.
func (e *emitter) scalar(n *node, in within) {
	a := analyse(n.text, e.o.Unicode)
	style := n.style
	plain, quoted := resolvePlain(n.text) == n.tag, n.tag == tagStr
	noTag := !e.showsTag(n)
	if e.o.Canonical || in.simpleKey && a.multiline {
		style = '"'
	}
	if style == 0 {
		allowed := a.blockPlain
		if e.depth > 0 {
			allowed = a.flowPlain
		}
		if !allowed || n.text == "" && (e.depth > 0 || in.simpleKey) || noTag && !plain {
			style = '\''
		}
	}
	if style == '\'' && !a.single {
		style = '"'
	}
	if (style == '|' || style == '>') && (!a.block || e.depth > 0 || in.simpleKey) {
		style = '"'
	}
	switch {
	case !noTag:
		e.writeTag(n.tag)
	case !quoted && style != 0:
		e.writeTag("!")
	}
	e.openEnded = false
	back := e.deeper(true, false)
	folds := !in.simpleKey
	switch style {
	case 0:
		e.plain(n.text, folds)
	case '\'':
		e.singleQuoted(n.text, folds)
	case '"':
		e.doubleQuoted(n.text, folds)
	case '|':
		e.literal(n.text)
	default:
		e.folded(n.text)
	}
	back()
}

// put writes text that has no line break.
func (e *emitter) put(s string) {
	e.b.WriteString(s)
	e.column += utf8.RuneCountInString(s)
}

func (e *emitter) putBreak() {
	e.b.WriteByte('\n')
	e.column = 0
}

// writeBreak writes a line break of a text.
func (e *emitter) writeBreak(r rune) {
	if r == '\n' {
		e.putBreak()
		return
	}
	e.b.WriteRune(r)
	e.column = 0
}

func (e *emitter) writeIndent() {
	indent := max(e.indent, 0)
	if !e.indention || e.column > indent || e.column == indent && !e.blank {
		e.putBreak()
	}
	for e.column < indent {
		e.put(" ")
	}
	e.blank, e.indention = true, true
}

func (e *emitter) indicator(s string, needBlank, isBlank, isIndention bool) {
	if needBlank && !e.blank {
		e.put(" ")
	}
	e.put(s)
	e.openEnded = false
	e.blank = isBlank
	e.indention = e.indention && isIndention
}
