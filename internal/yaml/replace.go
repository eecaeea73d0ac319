package yaml

import (
	"sort"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
)

// Edit replaces the bytes from Start to End by Text.
type Edit struct {
	Start, End int
	Text       string
}

// Apply makes the edits in text, of which no two may overlap, and leaves every other byte.
func Apply(text string, edits ...Edit) string {
	edits = append([]Edit(nil), edits...)
	sort.SliceStable(edits, func(i, j int) bool { return edits[i].Start < edits[j].Start })
	var b strings.Builder
	at := 0
	for _, e := range edits {
		b.WriteString(text[at:e.Start])
		b.WriteString(e.Text)
		at = e.End
	}
	b.WriteString(text[at:])
	return b.String()
}

// Replace gives the edit after which the scalar s of f has the value text and the tag (such as "!vault"; "" for none). The
// anchor stays. A text of several lines is written as a block literal, with the header line of the old one when it was a
// block literal with the same tag, a comment behind the value stays on its line. Within brackets, and where a literal
// cannot hold the text, it is written in double quotes. A text of one line without a tag is written plain when it reads as
// the same str, else in double quotes. Who writes the result to a file reads it first, to be sure: a line of a single tab
// below the value, for instance, is refused behind anything but plain text.
func (s Scalar) Replace(f *source.File, tag, text string) Edit {
	props := ""
	if s.Start == s.End && s.Start > 0 && strings.IndexByte(" \n[{,", f.Text()[s.Start-1]) < 0 {
		props = " " // the colon or dash before an empty value
	}
	if s.Anchor != "" {
		props += "&" + s.Anchor + " "
	}
	if tag != "" {
		props += tag + " "
	}
	if !s.asBlock(f, tag, text) {
		if before := f.Text()[:s.Start]; s.Style == Literal || s.Style == Folded {
			// a block scalar may begin on a line of its own further left than other values
			line := before[strings.LastIndexByte(before, '\n')+1:]
			if len(s.Path) > 0 && len(line) < s.Indent && strings.Trim(line, " ") == "" {
				props = strings.Repeat(" ", s.Indent-len(line)) + props
			}
		}
		return Edit{s.Start, s.End, props + s.inLine(f, tag, text)}
	}
	body := strings.TrimRight(text, "\n")
	chomp := ""
	if body == text {
		chomp = "-" // no line break at the end
	}
	e := Edit{Start: s.Start, End: s.End}
	var b strings.Builder
	if s.Style == Literal && tag == s.Tag && chomp == s.chomp(f) && strings.HasSuffix(f.Text()[:s.Body], "\n") {
		b.WriteString(f.Text()[s.Start:s.Body])
	} else {
		rest := restOfLine(f.Text()[s.Text:])
		if s.Style != Literal && s.Style != Folded {
			rest = restOfLine(f.Text()[s.End:])
			e.End += len(rest)
		} else if i := strings.IndexByte(rest, '#'); i >= 0 {
			rest = " " + rest[i:]
		} else {
			rest = ""
		}
		if strings.HasPrefix(rest, "#") {
			rest = " " + rest
		}
		b.WriteString(props + "|" + chomp + strings.TrimRight(rest, " \t") + s.LineEnd)
	}
	for i, line := range strings.Split(body, "\n") {
		if i > 0 {
			b.WriteString(s.LineEnd)
		}
		if line != "" {
			b.WriteString(strings.Repeat(" ", s.Indent))
		}
		b.WriteString(line)
	}
	if e.End == len(f.Text()) && body != text && tag == "" {
		b.WriteString(s.LineEnd)
	}
	e.Text = b.String()
	return e
}

// asBlock tells whether text is to be written as a block literal in the place of s.
func (s Scalar) asBlock(f *source.File, tag, text string) bool {
	a := analyse(text, true)
	if s.InFlow || !a.multiline && tag == "" || !a.block || strings.Trim(text, "\n") == "" ||
		strings.HasPrefix(text, " ") || strings.HasPrefix(text, "\n") || strings.ContainsAny(text, "\r\u0085\u2028\u2029") {
		return false
	}
	if odd := strings.ReplaceAll(f.Text(), "\r\n", ""); strings.ContainsAny(odd, "\r\u0085\u2028\u2029") {
		return false // line breaks that are none for an editor
	}
	if strings.HasSuffix(text, "\n\n") {
		return false // empty lines that follow would become part of it
	}
	if s.swallows(f.Text()[s.End:]) {
		return false
	}
	if s.Style == Literal || s.Style == Folded {
		return true
	}
	rest := strings.TrimLeft(restOfLine(f.Text()[s.End:]), " \t")
	return rest == "" || rest[0] == '#'
}

// inLine writes text in one line.
func (s Scalar) inLine(f *source.File, tag, text string) string {
	a := analyse(text, true)
	plain := tag == "" && text != "" && !a.multiline && a.blockPlain && resolvePlain(text) == tagStr
	if s.InFlow {
		plain = plain && a.flowPlain
	}
	if next := f.Text()[s.End:]; next != "" && strings.IndexByte(" \t\r\n", next[0]) < 0 && (!s.InFlow || strings.IndexByte(",]}", next[0]) < 0) {
		plain = false
	}
	if plain {
		return text
	}
	e := newEmitter(DumpOptions{Unicode: true, Width: -1})
	e.doubleQuoted(text, false)
	return e.b.String()
}

// chomp gives the indicator in the header of a block scalar that says what happens to line breaks at its end.
func (s Scalar) chomp(f *source.File) string {
	header := restOfLine(f.Text()[s.Text:])
	if i := strings.IndexByte(header, '#'); i >= 0 {
		header = header[:i]
	}
	switch {
	case strings.Contains(header, "-"):
		return "-"
	case strings.Contains(header, "+"):
		return "+"
	}
	return ""
}

func restOfLine(s string) string {
	if i := strings.IndexAny(s, "\r\n"); i >= 0 {
		return s[:i]
	}
	return s
}

// swallows tells whether lines after the one that text begins in would become part of a block scalar there: blanks beyond
// its indentation, and comments that are indented as it is.
func (s Scalar) swallows(text string) bool {
	_, text, more := strings.Cut(text, "\n")
	for more {
		var line string
		line, text, more = strings.Cut(text, "\n")
		line = strings.TrimSuffix(line, "\r")
		words := strings.TrimLeft(line, " ")
		if indent := len(line) - len(words); strings.Trim(words, "\t") != "" {
			return indent >= s.Indent
		} else if indent > s.Indent || words != "" {
			return true
		}
	}
	return false
}
