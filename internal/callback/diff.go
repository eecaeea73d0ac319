package callback

import (
	"fmt"
	"strings"

	"github.com/pmezard/go-difflib/difflib"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// diff shows what a result changed, where diffs are asked for.
func (d *Default) diff(r *result.Result) {
	if !d.o.Diff || !r.Changed || r.NoLog || r.Values == nil {
		return
	}
	switch v := r.Values.Stored("diff").(type) {
	case *value.Dict:
		d.oneDiff(v)
	case *value.List:
		for _, e := range v.Stored() {
			if one, ok := e.(*value.Dict); ok {
				d.oneDiff(one)
			}
		}
	}
}

func (d *Default) oneDiff(diff *value.Dict) {
	var b strings.Builder
	if diff.Has("dst_binary") {
		b.WriteString("diff skipped: destination file appears to be binary\n")
	}
	if diff.Has("src_binary") {
		b.WriteString("diff skipped: source file appears to be binary\n")
	}
	if v := diff.Stored("dst_larger"); v != nil {
		fmt.Fprintf(&b, "diff skipped: destination file size is greater than %s\n", textOf(v))
	}
	if v := diff.Stored("src_larger"); v != nil {
		fmt.Fprintf(&b, "diff skipped: source file size is greater than %s\n", textOf(v))
	}
	if diff.Has("before") && diff.Has("after") {
		b.WriteString(d.unified(diff))
	}
	if v := diff.Stored("prepared"); v != nil {
		b.WriteString(textOf(d.masked(v)))
	}
	if b.Len() > 0 {
		fmt.Fprintln(d.out, b.String())
	}
}

// unified gives the unified diff of "before" and "after", or "" when they do not differ.
func (d *Default) unified(diff *value.Dict) string {
	before, after := d.side(diff.Stored("before")), d.side(diff.Stored("after"))
	fromFile, toFile := "before", "after"
	if h := diff.Stored("before_header"); h != nil && h != value.None {
		fromFile += ": " + textOf(h)
	}
	if h := diff.Stored("after_header"); h != nil && h != value.None {
		toFile += ": " + textOf(h)
	}
	text, err := difflib.GetUnifiedDiffString(difflib.UnifiedDiff{
		A: lines(before), B: lines(after), FromFile: fromFile, ToFile: toFile, Context: 3,
	})
	if err != nil {
		return ""
	}
	return d.paintDiff(text)
}

// side gives one side of a diff as text: a dict or list as indented JSON with sorted keys.
func (d *Default) side(v value.Value) string {
	v = d.masked(v)
	switch v.(type) {
	case *value.Dict, *value.List:
		text, err := value.AppendJSON(nil, v, value.JSONOptions{Multiline: true, Indent: "    ", SortKeys: true, Unicode: true, Default: reprOf})
		if err != nil {
			return ""
		}
		return string(text) + "\n"
	case value.NoneType:
		return ""
	}
	return textOf(v)
}

// lines cuts a text into lines that keep their ends; a last line without an end is told as such.
func lines(text string) []string {
	if text == "" {
		return nil
	}
	parts := strings.SplitAfter(text, "\n")
	last := len(parts) - 1
	if parts[last] == "" {
		return parts[:last]
	}
	parts[last] += "\n\\ No newline at end of file\n"
	return parts
}

func (d *Default) paintDiff(text string) string {
	if !d.o.Color {
		return text
	}
	parts := strings.SplitAfter(text, "\n")
	for i, l := range parts {
		colour := ""
		switch {
		case strings.HasPrefix(l, "+"):
			colour = colourAdded
		case strings.HasPrefix(l, "-"):
			colour = colourRemoved
		case strings.HasPrefix(l, "@@"):
			colour = colourHunk
		}
		parts[i] = d.paint(colour, l) // with its line end: the next line begins with an empty colour, as Ansible's does
	}
	return strings.Join(parts, "")
}

func textOf(v value.Value) string {
	text, err := value.Text(v)
	if err != nil {
		return ""
	}
	return text
}
