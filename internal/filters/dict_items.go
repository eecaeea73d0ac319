package filters

import (
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var (
	_ = All.Add(Def{
		Name: "ansible.builtin.dict2items", Keeps: true, Func: dict2items,
		Sig: "dict_to_list_of_dict_key_value_elements(mydict, key_name='key', value_name='value')",
	})
	_ = All.Add(Def{
		Name: "ansible.builtin.items2dict", Keeps: true, Func: items2dict,
		Sig: "list_of_dict_key_value_elements_to_dict(mylist, key_name='key', value_name='value')",
	})
	_ = All.Add(Def{Name: "ansible.builtin.subelements", Keeps: true, Func: subelements, Sig: "subelements(obj, subelements, skip_missing=False)"})
	_ = All.Add(Def{Name: "ansible.builtin.rekey_on_member", Keeps: true, Func: rekeyOnMember, Sig: "rekey_on_member(data, key, duplicates='error')"})
	_ = All.Add(Def{Name: "ansible.builtin.extract", Keeps: true, Func: extract, Sig: "extract(!env, item, container, morekeys=None)"})
)

func dict2items(c *Call) (value.Value, error) {
	d, ok := c.First().(*value.Dict)
	if !ok {
		return nil, fail("dict2items requires a dictionary, got %s instead.", className(c.First()))
	}
	out := value.NewList()
	for it := d.Iterate(); it.Next(); {
		v, err := it.Value()
		if err != nil {
			return nil, err
		}
		item := value.NewDict()
		if err := item.Set(c.Get("key_name"), it.Key()); err != nil {
			return nil, err
		}
		if err := item.Set(c.Get("value_name"), v); err != nil {
			return nil, err
		}
		out.Append(item)
	}
	return out, nil
}

func items2dict(c *Call) (value.Value, error) {
	switch c.First().(type) {
	case *value.List, value.Tuple:
	default:
		return nil, fail("items2dict requires a list, got %s instead.", className(c.First()))
	}
	elems, err := value.Elems(c.First())
	if err != nil {
		return nil, err
	}
	shown := func() string {
		if value.HasSecret(c.First()) {
			return "a list with secrets"
		}
		r, _ := value.Repr(c.First())
		return r
	}
	out := value.NewDict()
	for _, e := range elems {
		e, err := value.Force(e)
		if err != nil {
			return nil, err
		}
		d, ok := e.(*value.Dict)
		if !ok {
			return nil, fail("items2dict requires a list of dictionaries, got %s instead.", shown())
		}
		k, ok1, err := d.Get(c.Get("key_name"))
		if err != nil {
			return nil, err
		}
		v, ok2, err := d.Get(c.Get("value_name"))
		if err != nil {
			return nil, err
		}
		if !ok1 || !ok2 {
			names, _ := value.Repr(c.Get("key_name"))
			second, _ := value.Repr(c.Get("value_name"))
			return nil, fail("items2dict requires each dictionary in the list to contain the keys %s and %s, got %s instead.", names, second, shown())
		}
		if err := out.Set(k, v); err != nil {
			return nil, fail("items2dict requires a list of dictionaries, got %s instead.", shown())
		}
	}
	return out, nil
}

func subelements(c *Call) (value.Value, error) {
	elems, err := listOrValues(c.First())
	if err != nil || elems == nil {
		if err == nil {
			err = fail("obj must be a list of dicts or a nested dict")
		}
		return nil, err
	}
	skip, err := c.Truth("skip_missing")
	if err != nil {
		return nil, err
	}
	var path []value.Value
	switch s := c.Get("subelements").(type) {
	case value.Str:
		for _, p := range strings.Split(s.String(), ".") {
			path = append(path, value.Derive(str(p), s))
		}
	case *value.List:
		if path, err = s.Elems(); err != nil {
			return nil, err
		}
	default:
		return nil, fail("subelements must be a list or a string")
	}
	out := value.NewList()
	for _, e := range elems {
		subs, err := subelement(e, path, skip)
		if err != nil {
			return nil, err
		}
		for _, s := range subs {
			out.Append(value.NewTuple(e, s))
		}
	}
	return out, nil
}

// listOrValues gives the elements of a list or the values of a dict, else nil.
func listOrValues(v value.Value) ([]value.Value, error) {
	var elems []value.Value
	var err error
	switch x := v.(type) {
	case *value.Dict:
		elems, err = value.Elems(value.ValuesView(x))
	case *value.List, value.Tuple, *value.Set:
		elems, err = value.Elems(x)
	default:
		return nil, nil
	}
	if elems == nil {
		elems = []value.Value{}
	}
	return elems, err
}

func subelement(e value.Value, path []value.Value, skip bool) ([]value.Value, error) {
	v := e
	for _, key := range path {
		k, _ := value.Text(key)
		next, err := value.Index(v, key)
		switch value.ClassOf(err) {
		case "":
			if err != nil {
				return nil, err
			}
		case "KeyError":
			if skip {
				return nil, nil
			}
			return nil, fail("could not find %s key in iterated item %s", quotedRepr(key), shownRepr(v))
		case "TypeError":
			shown, _ := value.Text(v)
			if value.HasSecret(v) {
				shown = "a secret value"
			}
			return nil, fail("the key %s should point to a dictionary, got '%s': %s", k, shown, err)
		default:
			return nil, err
		}
		if v, err = value.Force(next); err != nil {
			return nil, err
		}
	}
	l, ok := v.(*value.List)
	if !ok {
		return nil, fail("the key %s should point to a list, got %s", quotedRepr(path[len(path)-1]), shownRepr(v))
	}
	return l.Elems()
}

func quotedRepr(v value.Value) string {
	r, _ := value.Repr(v)
	return r
}

// shownRepr is the repr of a value in an error; secrets are not shown.
func shownRepr(v value.Value) string {
	if value.HasSecret(v) {
		return "a value with secrets"
	}
	return quotedRepr(v)
}

func rekeyOnMember(c *Call) (value.Value, error) {
	duplicates, _ := strOf(c.Get("duplicates"))
	if duplicates != "error" && duplicates != "overwrite" {
		return nil, fail("duplicates parameter to rekey_on_member has unknown value %s", quotedRepr(c.Get("duplicates")))
	}
	elems, err := listOrValues(c.First())
	if err != nil {
		return nil, err
	}
	if elems == nil {
		return nil, fail("Type is not a valid list, set, or dict")
	}
	out := value.NewDict()
	for _, e := range elems {
		e, err := value.Force(e)
		if err != nil {
			return nil, err
		}
		d, ok := e.(*value.Dict)
		if !ok {
			return nil, fail("List item is not a valid dict")
		}
		k, ok, err := d.Get(c.Get("key"))
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, fail("Key %s was not found.", quotedRepr(c.Get("key")))
		}
		has, err := out.Contains(k)
		if err != nil {
			return nil, err
		}
		if has && duplicates == "error" {
			return nil, fail("Key %s is not unique, cannot convert to dict.", shownRepr(k))
		}
		if err := out.Set(k, d); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func extract(c *Call) (value.Value, error) {
	v, err := item(c.Get("container"), c.Get("item"))
	if err != nil || c.IsNone("morekeys") {
		return v, err
	}
	keys := []value.Value{c.Get("morekeys")}
	if l, ok := c.Get("morekeys").(*value.List); ok {
		if keys, err = l.Elems(); err != nil {
			return nil, err
		}
	}
	for _, k := range keys {
		if v, err = item(v, k); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// item is what v[key] means in a template: an item, else an attribute, else an undefined value.
func item(v, key value.Value) (value.Value, error) {
	v, err := value.Force(v)
	if err != nil {
		return nil, err
	}
	if u, ok := v.(*value.Undefined); ok {
		return u, nil
	}
	e, err := value.Index(v, key)
	if err == nil {
		return e, nil
	}
	if value.ClassOf(err) == "" || value.ClassOf(err) == "UndefinedError" {
		return nil, err
	}
	if name, ok := strOf(key); ok {
		if a, ok, err := value.Attr(v, name); ok || err != nil {
			return a, err
		}
	}
	if some, err := value.Truth(key); err == nil && !some { // told in Jinja2's words
		if _, text := key.(value.Str); text {
			return &value.Undefined{Msg: "'" + v.Type() + " object' has no attribute " + quotedRepr(key)}, nil
		}
		return &value.Undefined{Msg: v.Type() + " object has no element " + quotedRepr(key)}, nil
	}
	if v.Type() == "HostVars" {
		return &value.Undefined{Msg: "hostvars[" + quotedRepr(key) + "]"}, nil
	}
	return &value.Undefined{Msg: "object of type '" + v.Type() + "' has no attribute " + quotedRepr(key)}, nil
}
