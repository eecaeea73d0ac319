package vault

import (
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

// Insert gives the edit that adds a key to a mapping, behind the last scalar in it. value gives the text behind the
// colon for lines that are indented by indent blanks; it ends with a line end. A mapping in brackets, or one without a
// scalar of its own, is refused with a *diag.Error. The caller verifies the result: what stands behind the last scalar
// is not looked at.
func (in *Inline) Insert(path yaml.Path, value func(indent int) string) (yaml.Edit, error) {
	text := in.File.Text()
	last := path[len(path)-1]
	parent := path[:len(path)-1]
	if last.Index >= 0 {
		return yaml.Edit{}, diag.Errorf(source.At(in.File, 0, 0), "there is no element %s", path).Hint("elements of a list can be changed, but not added")
	}
	column, end, found := 0, len(text), len(parent) == 0
	for _, s := range in.All {
		if s.Doc != 0 || len(s.Path) <= len(parent) || !s.Path[:len(parent)].Equal(parent) {
			continue
		}
		if len(s.Path) == len(path) {
			if s.InFlow {
				return yaml.Edit{}, diag.Errorf(s.Pos, "%s is written in brackets", parent).Hint("write it in lines, or change the file with vault edit")
			}
			column, found = keyColumn(text, s.Start), true
		}
		end = lineEnd(text, s.End)
	}
	if !found {
		return yaml.Edit{}, diag.Errorf(source.At(in.File, 0, 0), "there is no %s with a value in it", parent).
			Hint("add it to the file first, or change the file with vault edit")
	}
	var b strings.Builder
	eol := "\n"
	if strings.Contains(text, "\r\n") {
		eol = "\r\n"
	}
	if end > 0 && text[end-1] != '\n' {
		b.WriteString(eol)
	}
	b.WriteString(strings.Repeat(" ", column))
	b.WriteString(key(last.Key))
	b.WriteString(": ")
	b.WriteString(strings.ReplaceAll(value(column+2), "\n", eol))
	return yaml.Edit{Start: end, End: end, Text: b.String()}, nil
}

// keyColumn gives the column of the key in whose line offset at is: behind blanks and the dashes of list elements.
func keyColumn(text string, at int) int {
	start := strings.LastIndexByte(text[:at], '\n') + 1
	i := start
	for i < len(text) && (text[i] == ' ' || text[i] == '-' && i+1 < len(text) && text[i+1] == ' ') {
		i++
	}
	return i - start
}

// lineEnd gives the offset behind the line in which offset at is.
func lineEnd(text string, at int) int {
	if i := strings.IndexByte(text[at:], '\n'); i >= 0 {
		return at + i + 1
	}
	return len(text)
}

// key writes a key so that it is read back as this text.
func key(name string) string {
	if p := (yaml.Path{{Key: name, Index: -1}}).String(); p == name && !strings.ContainsAny(name, ":#{}&*!|>%@`,?-") && !isWord(name) {
		return name
	}
	return strconv.Quote(name)
}

// isWord reports whether YAML would take the text for something else than a text: it begins like a number, or is a word
// of YAML's own.
func isWord(s string) bool {
	switch strings.ToLower(s) {
	case "", "y", "n", "yes", "no", "on", "off", "true", "false", "null", "~":
		return true
	}
	return s[0] >= '0' && s[0] <= '9' || s[0] == '.' || s[0] == '+' || s[0] == '='
}
