package locate

import (
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

// Edit gives the edit that puts a fresh vault in the place of an old one. In a block scalar only the characters of the
// vault's lines change: its header, a comment there, the indentation and the line ends stay. In quotes the vault is written
// in one line of double quotes.
func (t *Text) Edit(v *Value, fresh []byte) yaml.Edit {
	all := t.Src.Text()
	if v.Scalar == nil {
		return yaml.Edit{Start: 0, End: len(all), Text: asLines(all, fresh)}
	}
	ended := string(fresh)
	if !strings.HasSuffix(v.Scalar.Value, "\n") {
		ended = strings.TrimSuffix(ended, "\n")
	}
	switch s := v.Scalar; s.Style {
	case yaml.Literal, yaml.Folded:
		if e, ok := block(all, s, fresh); ok {
			return e
		}
	case yaml.SingleQuoted, yaml.DoubleQuoted:
		return yaml.Edit{Start: s.Text, End: s.End, Text: `"` + strings.ReplaceAll(ended, "\n", `\n`) + `"`}
	}
	return vault.Replace(*v.Scalar, t.Src, v.Scalar.Tag, ended)
}

// asLines writes a vault that is a whole file with the line ends of the old one, and without the last if that had none.
func asLines(old string, fresh []byte) string {
	out := string(fresh)
	if !strings.HasSuffix(old, "\n") {
		out = strings.TrimSuffix(out, "\n")
	}
	if i := strings.IndexByte(old, '\n'); i > 0 && old[i-1] == '\r' {
		out = strings.ReplaceAll(out, "\n", "\r\n")
	}
	return out
}

// block replaces the lines of a vault within a block scalar. What stands between two lines stays; where the new vault has
// more of them, it is repeated.
func block(all string, s *yaml.Scalar, fresh []byte) (yaml.Edit, bool) {
	var starts, ends []int
	at := s.Body
	for line := range strings.Lines(all[s.Body:s.End]) {
		if words := strings.TrimSpace(line); words != "" {
			start := at + strings.Index(line, words)
			starts, ends = append(starts, start), append(ends, start+len(words))
		}
		at += len(line)
	}
	if len(starts) < 2 || !strings.HasPrefix(all[starts[0]:], vaultfmt.Header) {
		return yaml.Edit{}, false
	}
	var b strings.Builder
	for i, line := range strings.Split(strings.TrimSuffix(string(fresh), "\n"), "\n") {
		if i > 0 {
			old := min(i, len(starts)-1)
			b.WriteString(all[ends[old-1]:starts[old]])
		}
		b.WriteString(line)
	}
	return yaml.Edit{Start: starts[0], End: ends[len(ends)-1], Text: b.String()}, true
}
