package filters

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/pyregex"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Ways into nested data.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/utils/to_paths_filter.html, get_path and index_of
var (
	_ = All.Add(Def{Name: "ansible.utils.to_paths", Keeps: true, Func: toPaths, Sig: "_to_paths(var, prepend=None, wantlist=None)"})
	_ = All.Add(Def{Name: "ansible.utils.get_path", Keeps: true, Func: getPath, Sig: "_get_path(var, path, wantlist=None)"})
	_ = All.Add(Def{
		Name: "ansible.utils.index_of", Func: indexOf,
		Sig: "_index_of(data, test, value=None, key=None, wantlist=None, fail_on_missing=False)",
	})
)

func toPaths(c *Call) (value.Value, error) {
	out := value.NewDict()
	prefix := ""
	if !c.IsNone("prepend") {
		var err error
		if prefix, err = c.Text("prepend"); err != nil {
			return nil, err
		}
	}
	if err := addPaths(out, prefix, c.First(), 0); err != nil {
		return nil, err
	}
	return listIfWanted(c, out)
}

// listIfWanted puts v into a list when the argument wantlist says so.
func listIfWanted(c *Call, v value.Value) (value.Value, error) {
	if want, err := c.Truth("wantlist"); err != nil || !want {
		return v, err
	}
	return value.NewList(v), nil
}

var plainKey = lazyregexp.New(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

func addPaths(out *value.Dict, path string, v value.Value, depth int) error {
	if depth > 200 {
		return value.Raise("RecursionError", "maximum recursion depth exceeded")
	}
	v, err := value.Force(v)
	if err != nil {
		return err
	}
	switch v := v.(type) {
	case *value.Dict:
		if v.Len() == 0 {
			break
		}
		for it := v.Iterate(); it.Next(); {
			key := ""
			switch k := it.Key().(type) {
			case value.Str:
				if key = k.String(); !plainKey().MatchString(key) {
					key = "['" + key + "']"
				}
			default:
				text, err := value.Text(k)
				if err != nil {
					return err
				}
				key = "[" + text + "]"
			}
			if path != "" && key[0] != '[' {
				key = "." + key
			}
			e, err := it.Value()
			if err != nil {
				return err
			}
			if err := addPaths(out, path+key, e, depth+1); err != nil {
				return err
			}
		}
		return nil
	case *value.List:
		for i := range v.Len() {
			e, err := v.At(i)
			if err != nil {
				return err
			}
			if err := addPaths(out, path+"["+strconv.Itoa(i)+"]", e, depth+1); err != nil {
				return err
			}
		}
		if v.Len() > 0 {
			return nil
		}
	}
	out.SetStr(path, v)
	return nil
}

var pathStep = lazyregexp.New(`^(?:\.?([A-Za-z_][A-Za-z0-9_]*)|\.([0-9]+)|\[(-?[0-9]+)\]|\['([^']*)'\]|\["([^"]*)"\])`)

func getPath(c *Call) (value.Value, error) {
	path, err := c.Text("path")
	if err != nil {
		return nil, err
	}
	v := c.First()
	for rest := path; rest != ""; {
		m := pathStep().FindStringSubmatch(rest)
		if m == nil || rest == path && rest[0] == '.' {
			return nil, fail("get_path: no path: %s", path)
		}
		rest = rest[len(m[0]):]
		var key value.Value = str(m[1] + m[4] + m[5])
		if n := m[2] + m[3]; n != "" {
			i, err := strconv.Atoi(n)
			if err != nil {
				return nil, fail("get_path: no path: %s", path)
			}
			key = value.NewInt(int64(i))
		}
		if v, err = item(v, key); err != nil {
			return nil, err
		}
		if u, ok := v.(*value.Undefined); ok {
			return u, nil
		}
	}
	return listIfWanted(c, v)
}

// comparisons are the tests that index_of knows; other tests are refused.
var comparisons = map[string]string{
	"eq": "==", "==": "==", "equalto": "==", "ne": "!=", "!=": "!=", "lt": "<", "<": "<", "lessthan": "<", "le": "<=", "<=": "<=",
	"gt": ">", ">": ">", "greaterthan": ">", "ge": ">=", ">=": ">=",
}

func indexOf(c *Call) (value.Value, error) {
	bad := func(format string, args ...any) error {
		return fail("Error when using plugin 'index_of': "+format, args...)
	}
	test, err := c.Text("test")
	if err != nil {
		return nil, err
	}
	data, err := value.Elems(c.First())
	if _, isList := c.First().(*value.List); !isList || err != nil {
		data = []value.Value{c.First()}
	}
	fatal, err := c.Truth("fail_on_missing")
	if err != nil {
		return nil, err
	}
	out := value.NewList()
	var missing []string
	for i, e := range data {
		if e, err = value.Force(e); err != nil {
			return nil, err
		}
		if !c.IsNone("key") {
			d, ok := e.(*value.Dict)
			if !ok {
				return nil, bad("When a key name is provided, all list entries are required to be dictionaries, got str")
			}
			v, has, err := d.Get(c.Get("key"))
			if err != nil {
				return nil, err
			}
			if !has {
				missing = append(missing, fmt.Sprintf("'%s' was not found in '%s' at [%d]", shownText(c.Get("key")), shownText(e), i))
				continue
			}
			e = v
		}
		hit, err := indexTest(test, e, c.Get("value"))
		if err != nil {
			return nil, bad("Error encountered when testing value '%s' (type=%s) against '%s' (type=%s) with '%s'.  Error was: %s",
				shownText(e), e.Type(), shownText(c.Get("value")), c.Get("value").Type(), test, err)
		}
		if hit {
			out.Append(value.NewInt(int64(i)))
		}
	}
	if fatal && len(missing) > 0 {
		return nil, bad("%s. fail_on_missing=True", strings.Join(missing, " and "))
	}
	if want, err := c.Truth("wantlist"); err != nil || want || out.Len() != 1 {
		return out, err
	}
	return out.At(0)
}

// indexTest applies a test. Those on one value get no second one.
func indexTest(test string, v, with value.Value) (bool, error) {
	if op, ok := comparisons[test]; ok {
		switch op {
		case "==":
			return value.Equal(v, with)
		case "!=":
			eq, err := value.Equal(v, with)
			return !eq, err
		}
		return value.Order(op, v, with)
	}
	switch test {
	case "in":
		return value.Contains(with, v)
	case "contains":
		return value.Contains(v, with)
	case "string":
		return v.Type() == "str", nil
	case "number":
		return v.Type() == "int" || v.Type() == "float" || v.Type() == "bool", nil
	case "mapping":
		return v.Type() == "dict", nil
	case "none":
		return v == value.None, nil
	case "regex", "search", "match":
		text, err := value.Text(v)
		if err != nil {
			return false, err
		}
		pattern, err := value.Text(with)
		if err != nil {
			return false, err
		}
		re, err := pyregex.Compile(pattern, 0)
		if err != nil {
			return false, err
		}
		find := re.Search
		if test == "match" {
			find = re.MatchStart
		}
		m, err := find(text)
		return m != nil, err
	}
	return false, fmt.Errorf("the test '%s' was not found.", test) //nolint:staticcheck // Ansible's words
}
