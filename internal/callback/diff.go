package callback

import (
	"fmt"
	"strings"

	"github.com/pmezard/go-difflib/difflib"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// diff shows what a result changed, where diffs are asked for.
func (d *Display) diff(r *result.Result, o Options) {
	if (!o.Diff && r.Diff != result.DiffShown) || r.Diff == result.DiffHidden || !r.Changed || r.NoLog || r.Values == nil {
		return
	}
	for _, diff := range diffsOf(r) {
		if text := d.diffText(diff, newDumper(o)); text != "" {
			d.line("", text)
		}
	}
}

// diffsOf gives the diffs of a result.
func diffsOf(r *result.Result) []*value.Dict {
	var all []*value.Dict
	switch v := r.Values.Stored("diff").(type) {
	case *value.Dict:
		if v.Len() > 0 {
			all = append(all, v)
		}
	case *value.List:
		for _, e := range v.Stored() {
			if one, ok := e.(*value.Dict); ok {
				all = append(all, one)
			}
		}
	}
	return all
}

// diffText gives one diff as text.
func (d *Display) diffText(diff *value.Dict, dump dumper) string {
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
		b.WriteString(d.unified(diff, dump))
	}
	if v := diff.Stored("prepared"); v != nil {
		b.WriteString(textOf(dump.masked(v)))
	}
	return b.String()
}

// unified gives the unified diff of "before" and "after", or "" when they do not differ.
func (d *Display) unified(diff *value.Dict, dump dumper) string {
	before, after := side(diff.Stored("before"), dump), side(diff.Stored("after"), dump)
	fromFile, toFile := "before", "after"
	if h := diff.Stored("before_header"); h != nil && h != value.None {
		fromFile += ": " + textOf(h)
	}
	if h := diff.Stored("after_header"); h != nil && h != value.None {
		toFile += ": " + textOf(h)
	}
	text, err := difflib.GetUnifiedDiffString(difflib.UnifiedDiff{
		A: lines(before), B: lines(after), FromFile: fromFile, ToFile: toFile, Context: dump.context,
	})
	if err != nil {
		return ""
	}
	return d.paintDiff(text)
}

// side gives one side of a diff as text: a dict or list as indented JSON with sorted keys.
func side(v value.Value, dump dumper) string {
	v = dump.masked(v)
	if d, ok := v.(*value.Dict); ok && dump.format.YAML {
		return strings.TrimLeft(dump.yaml(d, "    "), "\n") + "\n\n"
	}
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
	parts[last] += "\n" + noNewline + "\n"
	return parts
}

// noNewline is told of a last line that has no end.
const noNewline = `\ No newline at end of file`

func (d *Display) paintDiff(text string) string {
	if d.colours == nil {
		return text
	}
	parts := strings.SplitAfter(strings.ReplaceAll(text, "\n"+noNewline, "\x00"+noNewline), "\n")
	for i, l := range parts {
		l = strings.Replace(l, "\x00", "\n", 1) // what is said of a line belongs to it
		role := Role("")
		switch {
		case strings.HasPrefix(l, "+"):
			role = RoleDiffAdd
		case strings.HasPrefix(l, "-"):
			role = RoleDiffRemove
		case strings.HasPrefix(l, "@@"):
			role = RoleDiffLines
		}
		parts[i] = d.paint(role, l) // with its line end: the next line begins with an empty colour, as Ansible's does
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
