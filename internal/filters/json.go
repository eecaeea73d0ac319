package filters

import (
	"strings"
	"sync"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var (
	_ = All.Add(Def{
		Name: "ansible.builtin.to_json", Func: toJSON,
		Sig: "to_json(a, profile=None, vault_to_text=None, preprocess_unsafe=None, **kw)",
	})
	_ = All.Add(Def{
		Name: "ansible.builtin.to_nice_json", Func: toNiceJSON,
		Sig: "to_nice_json(a, indent=4, sort_keys=True, **kw)",
	})
	_ = All.Add(Def{Name: "ansible.builtin.from_json", Func: fromJSON, Sig: "from_json(a, profile=None, **kwargs)"})
)

// profiles are the names of Ansible's ways to write JSON. Of what a template has they all make the same, but for those that write marks.
var profiles = map[string]bool{
	"tagless": true, "legacy": true, "inventory_legacy": true, "fallback_to_str": true,
	"module_legacy_c2m": true, "cache_persistence": false, "module_legacy_m2c": false, "module_modern_c2m": false, "module_modern_m2c": false,
}

// checkProfile is the error of a profile that is none.
func checkProfile(v value.Value) error {
	if v == value.None {
		return nil
	}
	name, ok := strOf(v)
	if !ok {
		return value.Raise("TypeError", "Name is <class '%s'> instead of <class 'str'> or <class 'module'>.", v.Type())
	}
	switch plain, known := profiles[name]; {
	case !known:
		return fail("Unknown profile name '%s'.", name)
	case !plain:
		return fail("the profile '%s' is not supported", name)
	}
	return nil
}

func toJSON(c *Call) (value.Value, error) {
	if !c.IsNone("profile") && (!c.IsNone("vault_to_text") || !c.IsNone("preprocess_unsafe")) {
		return nil, fail("Only one of `vault_to_text` or `profile` can be specified.")
	}
	if err := checkProfile(c.Get("profile")); err != nil {
		return nil, err
	}
	o := value.JSONOptions{Default: jsonDefault}
	if err := jsonOptions(&o, c.Extra); err != nil {
		return nil, err
	}
	return dumpJSON(c.First(), o)
}

func toNiceJSON(c *Call) (value.Value, error) {
	o := value.JSONOptions{Default: jsonDefault}
	sorted, err := c.Truth("sort_keys")
	if err != nil {
		return nil, err
	}
	o.SortKeys = sorted
	if err := jsonIndent(&o, c.Get("indent")); err != nil {
		return nil, err
	}
	o.Separators = &[2]string{",", ": "}
	if err := jsonOptions(&o, c.Extra); err != nil {
		return nil, err
	}
	return dumpJSON(c.First(), o)
}

// jsonEncoder words complaints.
var jsonEncoder = sync.OnceValue(func() *value.Signature {
	return value.ParseSignature("JSONEncoder.__init__(*, skipkeys=False, ensure_ascii=True, check_circular=True, allow_nan=True, sort_keys=False, indent=None, separators=None, default=None)")
})

var jsonDecoder = sync.OnceValue(func() *value.Signature {
	return value.ParseSignature("JSONDecoder.__init__(*, object_hook=None, parse_float=None, parse_int=None, parse_constant=None, strict=True, object_pairs_hook=None)")
})

func dumpJSON(v value.Value, o value.JSONOptions) (value.Value, error) {
	b, err := value.AppendJSON(nil, v, o)
	if err != nil {
		return nil, err
	}
	return str(string(b)), nil
}

// jsonDefault gives what stands for values that JSON has no form for.
func jsonDefault(v value.Value) (value.Value, error) {
	switch x := v.(type) {
	case value.DateTime:
		return str(x.ISO("T")), nil
	case value.Date:
		s, err := value.Text(x)
		return str(s), err
	case *value.Set, *value.View, *value.Range, value.Iterabler:
		elems, err := value.Elems(x)
		return value.NewList(elems...), err
	}
	return nil, value.Raise("TypeError", "Object of type '%s' is not JSON serializable by the 'tagless' profile.", v.Type())
}

func jsonIndent(o *value.JSONOptions, v value.Value) error {
	switch x := v.(type) {
	case value.NoneType:
		o.Multiline = false
	case value.Str:
		o.Multiline, o.Indent = true, x.String()
	case value.Int, value.Bool:
		n, err := toInt(x)
		if err != nil {
			return err
		}
		if n > 1000 {
			return fail("an indent of more than 1000 is not supported")
		}
		o.Multiline, o.Indent = true, strings.Repeat(" ", max(n, 0))
	case *value.List: // Ansible's own lists say it so
		return value.Raise("TypeError", "'str' object cannot be interpreted as an integer")
	default:
		return value.Raise("TypeError", "can't multiply sequence by non-int of type '%s'", v.Type())
	}
	return nil
}

func jsonOptions(o *value.JSONOptions, kw *value.Dict) error {
	if kw == nil {
		return nil
	}
	for it := kw.Iterate(); it.Next(); {
		name, _ := strOf(it.Key())
		v, err := it.Value()
		if err != nil {
			return err
		}
		yes, err := value.Truth(v)
		if err != nil {
			return err
		}
		switch name {
		case "indent":
			err = jsonIndent(o, v)
		case "separators":
			err = jsonSeparators(o, v)
		case "sort_keys":
			o.SortKeys = yes
		case "ensure_ascii":
			o.Unicode = !yes
		case "allow_nan":
			o.NoNaN = !yes
		case "skipkeys":
			o.SkipKeys = yes
		case "profile":
			err = checkProfile(v)
		case "check_circular", "preprocess_unsafe", "vault_to_text":
			// without effect here: circles are always found, and there are neither unsafe nor vaulted objects
		case "cls":
			err = value.Raise("TypeError", "json.dumps() got multiple values for keyword argument 'cls'")
		case "default":
			if v != value.None {
				err = value.Raise("TypeError", "'%s' object is not callable", v.Type())
			}
		default:
			err = jsonEncoder().Unexpected(name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func jsonSeparators(o *value.JSONOptions, v value.Value) error {
	if v == value.None {
		return nil
	}
	elems, err := value.Elems(v)
	if value.ClassOf(err) == "TypeError" {
		return value.Raise("TypeError", "cannot unpack non-iterable %s object", v.Type())
	}
	if err != nil {
		return err
	}
	if len(elems) != 2 {
		return value.Raise("ValueError", "not enough values to unpack (expected 2, got %d)", len(elems))
	}
	o.Separators = &[2]string{}
	for i, e := range elems {
		s, ok := strOf(e)
		if !ok {
			return value.Raise("TypeError", "make_encoder() argument %d must be str, not %s", 5+i, e.Type())
		}
		o.Separators[i] = s
	}
	return nil
}

func fromJSON(c *Call) (value.Value, error) {
	if p := c.Get("profile"); p != value.None {
		name, _ := strOf(p)
		if err := checkProfile(p); err != nil && name != "cache_persistence" { // which reads plain JSON as well
			return nil, err
		}
	}
	switch c.First().(type) {
	case value.Str, value.Bytes:
		if _, err := jsonDecoder().Bind(nil, c.Extra); err != nil {
			return nil, err
		}
	}
	switch x := c.First().(type) {
	case value.Str:
		return value.FromJSON([]byte(x.String()))
	case value.Bytes:
		return value.FromJSON(x.Bytes())
	}
	return nil, value.Raise("TypeError", "the JSON object must be str, bytes or bytearray, not %s", c.First().Type())
}
