package filters

import (
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// CSV and INI, as Python's csv and configparser have them.
// Source: https://docs.ansible.com/ansible/latest/collections/community/general/from_csv_filter.html, from_ini and to_ini
var (
	_ = All.Add(Def{
		Name: "community.general.from_csv", Func: fromCSV,
		Sig: "from_csv(data, dialect='excel', fieldnames=None, delimiter=None, skipinitialspace=None, strict=None)",
	})
	_ = All.Add(Def{Name: "community.general.from_ini", Func: fromINI, Sig: "from_ini(obj)"})
	_ = All.Add(Def{Name: "community.general.to_ini", Func: toINI, Sig: "to_ini(obj)"})
)

func fromCSV(c *Call) (value.Value, error) {
	dialect, err := c.Text("dialect")
	if err != nil {
		return nil, err
	}
	comma := ','
	switch dialect {
	case "excel", "unix":
	case "excel-tab":
		comma = '\t'
	default:
		return nil, fail("Dialect '%s' is not supported by your version of python.", dialect)
	}
	if !c.IsNone("delimiter") {
		d, err := c.Text("delimiter")
		if err != nil {
			return nil, err
		}
		r := []rune(d)
		if len(r) != 1 {
			return nil, value.Raise("TypeError", "\"delimiter\" must be a 1-character string")
		}
		comma = r[0]
	}
	skip, err := c.Truth("skipinitialspace")
	if err != nil {
		return nil, err
	}
	text, ok := strOf(c.First())
	if !ok {
		return nil, fail("Unable to process file: %s", className(c.First()))
	}
	rows := csvRows(text, comma, skip)
	var names []value.Value
	if c.IsNone("fieldnames") {
		if len(rows) == 0 {
			return value.NewList(), nil
		}
		for _, cell := range rows[0] {
			names = append(names, str(cell))
		}
		rows = rows[1:]
	} else if names, err = value.Elems(c.Get("fieldnames")); err != nil {
		return nil, err
	}
	out := value.NewList()
	for _, row := range rows {
		d, err := csvDict(names, row)
		if err != nil {
			return nil, err
		}
		out.Append(d)
	}
	return out, nil
}

// csvDict gives a row as a dict: what is missing is None, what is too much a list under None.
func csvDict(names []value.Value, row []string) (*value.Dict, error) {
	d := value.NewDict()
	for i, n := range names {
		var cell value.Value = value.None
		if i < len(row) {
			cell = str(row[i])
		}
		if err := d.Set(n, cell); err != nil {
			return nil, err
		}
	}
	if len(row) > len(names) {
		rest := value.NewList()
		for _, cell := range row[len(names):] {
			rest.Append(str(cell))
		}
		return d, d.Set(value.None, rest)
	}
	return d, nil
}

// csvRows cuts a text into rows of cells; empty lines are left out. A cell in double quotes can hold commas and newlines, a
// double quote in it is written twice.
func csvRows(text string, comma rune, skipBlank bool) [][]string {
	var rows [][]string
	var row []string
	var cell strings.Builder
	quoted, fresh, any := false, true, false
	endRow := func() {
		if any || len(row) > 0 || cell.Len() > 0 {
			rows = append(rows, append(row, cell.String()))
		}
		row, fresh, any = nil, true, false
		cell.Reset()
	}
	in := []rune(text)
	for i := 0; i < len(in); i++ {
		r := in[i]
		switch {
		case quoted && r == '"' && i+1 < len(in) && in[i+1] == '"':
			cell.WriteRune('"')
			i++
		case quoted && r == '"':
			quoted = false
		case quoted:
			cell.WriteRune(r)
		case r == '"' && fresh:
			quoted, fresh, any = true, false, true
		case r == comma:
			row, fresh, any = append(row, cell.String()), true, true
			cell.Reset()
		case r == '\n' || r == '\r':
			endRow()
		case r == ' ' && skipBlank && fresh && cell.Len() == 0:
		default:
			cell.WriteRune(r)
			fresh, any = false, true
		}
	}
	endRow()
	return rows
}

var iniOption = lazyregexp.New(`^(.*?)\s*(?:([=:])\s*(.*))?$`)

// fromINI makes a dict of sections. Keys keep their case; a text goes on in lines that are indented deeper.
func fromINI(c *Call) (value.Value, error) {
	text, ok := strOf(c.First())
	if !ok {
		return nil, fail("from_ini requires a str, got %s", className(c.First()))
	}
	bad := func(format string, args ...any) error {
		return fail("from_ini failed to parse given string: "+format, args...)
	}
	out := value.NewDict()
	defaults := value.NewDict()
	var section *value.Dict
	name, last := "", ""
	for n, line := range strings.Split(text, "\n") {
		trimmed := strings.TrimSpace(line)
		switch {
		case trimmed == "" || trimmed[0] == '#' || trimmed[0] == ';':
			continue
		case section != nil && last != "" && (line[0] == ' ' || line[0] == '\t'):
			old, _, err := section.GetStr(last)
			if err != nil {
				return nil, err
			}
			before, _ := strOf(old)
			section.SetStr(last, str(before+"\n"+trimmed))
			continue
		case trimmed[0] == '[' && strings.Contains(trimmed, "]"):
			name, last = trimmed[1:strings.LastIndexByte(trimmed, ']')], ""
			if name == "DEFAULT" {
				section = defaults
				continue
			}
			if out.Has(name) {
				return nil, bad("While reading from '<???>' [line %2d]: section '%s' already exists", n+1, name)
			}
			section = value.NewDict()
			out.SetStr(name, section)
			continue
		case section == nil:
			return nil, bad("File contains no section headers.\nfile: '<???>', line: %d\n%s", n+1, shownRepr(str(line+"\n")))
		}
		m := iniOption().FindStringSubmatch(trimmed)
		if m[2] == "" {
			return nil, bad("Source contains parsing errors: '<???>'\n\t[line %2d]: %s", n+1, shownRepr(str(line+"\n")))
		}
		if section.Has(m[1]) {
			return nil, bad("While reading from '<???>' [line %2d]: option '%s' in section '%s' already exists", n+1, m[1], name)
		}
		last = m[1]
		section.SetStr(last, str(m[3]))
	}
	if defaults.Len() > 0 {
		out.SetStr("DEFAULT", defaults)
	}
	return out, nil
}

func toINI(c *Call) (value.Value, error) {
	d, ok := c.First().(*value.Dict)
	if !ok {
		return nil, fail("to_ini requires a dict, got %s", className(c.First()))
	}
	if d.Len() == 0 {
		return nil, fail("to_ini received an empty dict. An empty dict cannot be converted.")
	}
	var b strings.Builder
	for it := d.Iterate(); it.Next(); {
		v, err := it.Value()
		if err != nil {
			return nil, err
		}
		section, ok := v.(*value.Dict)
		if !ok {
			return nil, fail("to_ini failed to parse given dict:'%s' object has no attribute 'items'", v.Type())
		}
		name, err := value.Text(it.Key())
		if err != nil {
			return nil, err
		}
		b.WriteString("[" + name + "]\n")
		for it := section.Iterate(); it.Next(); {
			key, err := value.Text(it.Key())
			if err != nil {
				return nil, err
			}
			v, err := it.Value()
			if err != nil {
				return nil, err
			}
			switch v.(type) {
			case value.NoneType, value.Bool, *value.List, *value.Dict:
				return nil, fail("to_ini failed to parse given dict:option values must be strings")
			}
			text, err := value.Text(v)
			if err != nil {
				return nil, err
			}
			b.WriteString(key + " = " + strings.ReplaceAll(text, "\n", "\n\t") + "\n")
		}
		b.WriteString("\n")
	}
	return str(strings.TrimSuffix(b.String(), "\n")), nil
}
