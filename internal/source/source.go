// Package source holds named texts and positions in them: where a value, a task or an error came from, and the excerpt
// that shows it to a reader. It is the lowest floor of the house and knows neither YAML nor Ansible.
package source

import (
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"
)

// File is a text with the name under which it is shown to the user. It is immutable after NewFile, except that a
// reader may mark it sensitive before it is shared.
type File struct {
	name      string
	text      string
	lines     []int // byte offset at which each line starts
	sensitive bool
}

// NewFile gives a file named name (a path as the user knows it, or a description such as "<CLI option '-e'>") with the
// content text.
func NewFile(name, text string) *File {
	f := &File{name: name, text: text, lines: []int{0}}
	for i := 0; i < len(text); i++ {
		if text[i] == '\n' {
			f.lines = append(f.lines, i+1)
		}
	}
	return f
}

// NewSensitiveFile is NewFile for a text that came out of a vault: its lines are never shown in an excerpt.
func NewSensitiveFile(name, text string) *File {
	f := NewFile(name, text)
	f.sensitive = true
	return f
}

// Name returns the name under which the file is shown.
func (f *File) Name() string { return f.name }

// Text returns the whole content.
func (f *File) Text() string { return f.text }

// Sensitive reports whether the content came out of a vault and may not be shown.
func (f *File) Sensitive() bool { return f.sensitive }

// Lines returns the number of lines; a text that ends in a newline has no empty last line.
func (f *File) Lines() int {
	n := len(f.lines)
	if n > 1 && f.lines[n-1] == len(f.text) {
		n--
	}
	return n
}

// Line returns line n (from 1) without its line end, or "" when there is none.
func (f *File) Line(n int) string {
	if n < 1 || n > len(f.lines) {
		return ""
	}
	start, end := f.lines[n-1], len(f.text)
	if n < len(f.lines) {
		end = f.lines[n] - 1
	}
	return strings.TrimSuffix(f.text[start:end], "\r")
}

// Offset returns the byte offset of a position, clamped to the text.
func (f *File) Offset(p Pos) int {
	if p.Line < 1 {
		return 0
	}
	if int(p.Line) > len(f.lines) {
		return len(f.text)
	}
	off := f.lines[p.Line-1]
	for c := int32(1); c < p.Col && off < len(f.text) && f.text[off] != '\n'; c++ {
		_, n := utf8.DecodeRuneInString(f.text[off:])
		off += n
	}
	return off
}

// Pos returns the position of a byte offset, clamped to the text.
func (f *File) Pos(offset int) Pos {
	offset = max(0, min(offset, len(f.text)))
	line := sort.Search(len(f.lines), func(i int) bool { return f.lines[i] > offset })
	col := utf8.RuneCountInString(f.text[f.lines[line-1]:offset]) + 1
	return Pos{File: f, Line: int32(line), Col: int32(col)}
}

// Pos is a place in a file. The zero Pos is "nowhere". Lines and columns count from 1, columns in characters.
type Pos struct {
	File *File
	Line int32
	Col  int32
}

// At returns the position of line and column (both from 1) in file.
func At(file *File, line, col int) Pos { return Pos{File: file, Line: int32(line), Col: int32(col)} }

// IsValid reports whether p names a place.
func (p Pos) IsValid() bool { return p.File != nil }

// String gives "file:line:column", less what is not known.
func (p Pos) String() string {
	switch {
	case p.File == nil:
		return ""
	case p.Line == 0:
		return p.File.name
	case p.Col == 0:
		return fmt.Sprintf("%s:%d", p.File.name, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File.name, p.Line, p.Col)
}

// Less orders positions by file name, line and column.
func (p Pos) Less(q Pos) bool {
	pn, qn := "", ""
	if p.File != nil {
		pn = p.File.name
	}
	if q.File != nil {
		qn = q.File.name
	}
	if pn != qn {
		return pn < qn
	}
	if p.Line != q.Line {
		return p.Line < q.Line
	}
	return p.Col < q.Col
}

// Text returns the line at p, or "" when there is none or it may not be shown.
func (p Pos) Text() string {
	if p.File == nil || p.File.sensitive {
		return ""
	}
	return p.File.Line(int(p.Line))
}

// Excerpt draws the line at p with a caret under the column:
//
//	14 |       ansible.builtin.templat:
//	   |       ^
//
// It is "" when the line is not known or came out of a vault.
func (p Pos) Excerpt() string {
	text := p.Text()
	if strings.TrimSpace(text) == "" {
		return ""
	}
	num := fmt.Sprintf("%4d", p.Line)
	pad := strings.Repeat(" ", len(num))
	var b strings.Builder
	fmt.Fprintf(&b, "%s | %s\n", num, text)
	if p.Col > 0 {
		// tabs stay tabs, so that the caret stands under its character
		lead := []rune(text)
		lead = lead[:min(len(lead), int(p.Col)-1)]
		for i, r := range lead {
			if r != '\t' {
				lead[i] = ' '
			}
		}
		fmt.Fprintf(&b, "%s | %s^\n", pad, string(lead))
	}
	return b.String()
}
