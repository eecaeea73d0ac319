package lookups

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(&Def{Name: "csvfile", Run: runCsvfile, Options: []Option{
	{Name: "col", Type: Int, Word: "int", Default: value.NewInt(1), Help: "The column that is given, from 0."},
	{Name: "keycol", Type: Int, Word: "int", Default: value.NewInt(0), Help: "The column that is searched, from 0."},
	{Name: "default", Help: "What is given when the key is not found."},
	{Name: "delimiter", Type: Str, Default: value.NewStr("TAB"), Help: "The character between columns; TAB is a tab."},
	{Name: "file", Type: Str, Default: value.NewStr("ansible.csv"), Help: "The file."},
	{Name: "encoding", Type: Str, Default: value.NewStr("utf-8"), Help: "The encoding of the file."},
}})

// runCsvfile gives a column of the first row of a CSV file whose key column is the term.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/csvfile_lookup.html
func runCsvfile(_ context.Context, c *Call) ([]value.Value, error) {
	var out []value.Value
	if len(c.Terms) == 0 {
		return nil, fmt.Errorf("Search key is required but was not found") //nolint:staticcheck // Ansible's words
	}
	for _, t := range c.Terms {
		term, ok := t.(value.Str)
		if !ok {
			return nil, missingAttribute(t, "split")
		}
		one := *c
		one.options, one.given = map[string]value.Value{}, map[string]bool{}
		for k, v := range c.options {
			one.options[k] = v
		}
		params, key := parseKV(term.String())
		if key == "" {
			return nil, fmt.Errorf("Search key is required but was not found") //nolint:staticcheck // Ansible's words
		}
		for _, p := range params {
			if _, known := one.options[p.key]; !known {
				return nil, fmt.Errorf("'%s' is not a valid option", p.key)
			}
			if err := one.setNamed(p.key, value.NewStr(p.val)); err != nil {
				return nil, err
			}
		}
		found, err := one.csvRow(key)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

// csvRow looks a key up.
func (c *Call) csvRow(key string) ([]value.Value, error) {
	delimiter := c.str("delimiter")
	if delimiter == "TAB" || delimiter == `\t` {
		delimiter = "\t"
	}
	path := c.file("files", c.str("file"))
	if path == "" {
		return nil, notPath("NoneType")
	}
	if utf8.RuneCountInString(delimiter) != 1 {
		return nil, fmt.Errorf("\"delimiter\" must be a 1-character string")
	}
	content, secret, err := c.Read(path)
	if err != nil {
		return nil, err
	}
	decoded, err := value.Decode(string(content), c.str("encoding"), "strict")
	if err != nil {
		return nil, err
	}
	r := csvReader{rest: decoded, delimiter: delimiter}
	for {
		row, ok := r.next()
		if !ok {
			break
		}
		k, col := int(c.int("keycol")), int(c.int("col"))
		cell, ok := cellOf(row, k)
		if !ok {
			if len(row) == 0 {
				continue
			}
			return nil, value.Raise("IndexError", "list index out of range")
		}
		if cell != key {
			continue
		}
		cell, ok = cellOf(row, col)
		if !ok {
			return nil, value.Raise("IndexError", "list index out of range")
		}
		return []value.Value{made(value.NewStr(cell), secret)}, nil
	}
	switch d := c.option("default").(type) {
	case value.NoneType:
		return nil, nil
	case *value.List:
		return d.Elems()
	default:
		return []value.Value{d}, nil
	}
}

// cellOf is row[i] as Python has it, also from the end.
func cellOf(row []string, i int) (string, bool) {
	if i < 0 {
		i += len(row)
	}
	if i < 0 || i >= len(row) {
		return "", false
	}
	return row[i], true
}

// csvReader reads rows as Python's csv module does in the dialect "excel" with another delimiter: a quote within an
// unquoted cell is a character as any other.
type csvReader struct {
	rest      string
	delimiter string
}

func (r *csvReader) next() ([]string, bool) {
	if r.rest == "" {
		return nil, false
	}
	var row []string
	var cell strings.Builder
	start, quoted, any := true, false, false
	s := r.rest
	for i := 0; i < len(s); {
		switch {
		case quoted && s[i] == '"':
			if i+1 < len(s) && s[i+1] == '"' {
				cell.WriteByte('"')
				i++
			} else {
				quoted = false
			}
			i++
		case quoted:
			cell.WriteByte(s[i])
			i++
		case start && s[i] == '"':
			quoted, start, any = true, false, true
			i++
		case strings.HasPrefix(s[i:], r.delimiter):
			row = append(row, cell.String())
			cell.Reset()
			start, any = true, true
			i += len(r.delimiter)
		case s[i] == '\n' || s[i] == '\r':
			n := 1
			if strings.HasPrefix(s[i:], "\r\n") {
				n = 2
			}
			r.rest = s[i+n:]
			if !any {
				return nil, true
			}
			return append(row, cell.String()), true
		default:
			cell.WriteByte(s[i])
			start, any = false, true
			i++
		}
	}
	r.rest = ""
	return append(row, cell.String()), true
}
