package syntax

import (
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
)

// Source is the text of a template and where it stands.
type Source struct {
	Text   string
	Base   source.Pos // where the text begins; the zero Pos when it stands in no file
	Indent int        // columns by which every line but the first is indented in the file, as in a YAML block scalar
	Name   string     // name of the template, as include and extends give it; may be ""
}

// Text is the text of a template with normalised line ends. Places in it are byte offsets.
type Text struct {
	src   Source
	text  string
	lines []int32 // where each line begins
}

func newText(src Source, keepTrailingNewline bool) *Text {
	t := &Text{src: src, text: normalizeNewlines(src.Text, "\n")}
	if !keepTrailingNewline {
		t.text = strings.TrimSuffix(t.text, "\n")
	}
	t.lines = []int32{0}
	for at := 0; ; {
		n := strings.IndexByte(t.text[at:], '\n')
		if n < 0 {
			break
		}
		at += n + 1
		t.lines = append(t.lines, int32(at))
	}
	return t
}

func normalizeNewlines(s, newline string) string {
	if !strings.Contains(s, "\r") {
		if newline == "\n" {
			return s
		}
		return strings.ReplaceAll(s, "\n", newline)
	}
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	if newline == "\n" {
		return s
	}
	return strings.ReplaceAll(s, "\n", newline)
}

// Name returns the name of the template, or "".
func (t *Text) Name() string { return t.src.Name }

// String returns the text with its line ends normalised to "\n".
func (t *Text) String() string { return t.text }

// Line returns the line, from 1, of an offset within the template itself.
func (t *Text) Line(off int32) int { return t.lineAt(clamp(off, len(t.text))) + 1 }

// lineAt returns the number, from 0, of the line of an offset.
func (t *Text) lineAt(off int) int {
	return sort.Search(len(t.lines), func(i int) bool { return int(t.lines[i]) > off }) - 1
}

func clamp(off int32, n int) int { return max(0, min(int(off), n)) }

// Pos returns the position of an offset in the file that the template stands in.
func (t *Text) Pos(off int32) source.Pos {
	base := t.src.Base
	if base.Line == 0 {
		base.Line, base.Col = 1, 1
	}
	o := clamp(off, len(t.text))
	line := int32(t.lineAt(o))
	col := int32(utf8.RuneCountInString(t.text[t.lines[line]:o]))
	if line == 0 {
		col += max(base.Col, 1)
	} else {
		col += int32(t.src.Indent) + 1
	}
	return source.Pos{File: base.File, Line: base.Line + line, Col: col}
}

// Error is a template that is no Jinja2: what is wrong, in Jinja2's words, and where.
type Error struct {
	Pos    source.Pos
	Line   int    // within the template, from 1
	Name   string // of the template, or ""
	Msg    string // as Jinja2 words it
	Assert bool   // the text parses, but says what can't be (Jinja2's TemplateAssertionError)
	Cause  error  // what lies beneath, such as an unknown filter; may be nil
}

// Error gives "position: message".
func (e *Error) Error() string {
	if p := e.Pos.String(); p != "" {
		return p + ": " + e.Msg
	}
	return e.Msg
}

// Unwrap returns the Cause.
func (e *Error) Unwrap() error { return e.Cause }

// As gives the error as a *diag.Error.
func (e *Error) As(target any) bool {
	d, ok := target.(**diag.Error)
	if ok {
		*d = &diag.Error{Pos: e.Pos, Msg: e.Msg, Cause: e.Cause}
	}
	return ok
}

// Errorf makes an *Error at an offset of the template.
func (t *Text) Errorf(off int32, msg string) *Error {
	return &Error{Pos: t.Pos(off), Line: t.Line(off), Name: t.src.Name, Msg: msg}
}
