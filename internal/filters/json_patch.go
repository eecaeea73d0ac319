package filters

import (
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Changes to a document by RFC 6902.
// Source: https://docs.ansible.com/ansible/latest/collections/community/general/json_patch_filter.html and RFC 6902
var (
	_ = All.Add(Def{
		Name: "community.general.json_patch", Keeps: true, Func: jsonPatch,
		Sig: "json_patch(inp, op, path, value=None, **kwargs)",
	})
	_ = All.Add(Def{Name: "community.general.json_patch_recipe", Keeps: true, Func: jsonPatchRecipe, Sig: "json_patch_recipe(inp, operations, fail_test=False)"})
)

// patchStep is one operation.
type patchStep struct {
	op, path, from string
	value          value.Value
}

func jsonPatch(c *Call) (value.Value, error) {
	s := patchStep{value: c.Get("value")}
	var err error
	if s.op, err = c.Text("op"); err != nil {
		return nil, err
	}
	if s.path, err = c.Text("path"); err != nil {
		return nil, err
	}
	failTest := false
	if c.Extra != nil {
		for it := c.Extra.Iterate(); it.Next(); {
			name, _ := strOf(it.Key())
			v, err := it.Value()
			if err != nil {
				return nil, err
			}
			switch name {
			case "from":
				s.from, err = value.Text(v)
			case "fail_test":
				failTest, err = value.Truth(v)
			default:
				err = fail("json_patch: unknown argument %s", name)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	return applyPatch(c.First(), []patchStep{s}, failTest)
}

func jsonPatchRecipe(c *Call) (value.Value, error) {
	failTest, err := c.Truth("fail_test")
	if err != nil {
		return nil, err
	}
	elems, err := value.Elems(c.Get("operations"))
	if err != nil {
		return nil, fail("json_patch_recipe: operations needs to be a list")
	}
	var steps []patchStep
	for _, e := range elems {
		d, ok := e.(*value.Dict)
		if !ok {
			return nil, fail("json_patch_recipe: operations contains an item that is no dictionary")
		}
		s := patchStep{value: value.None}
		for it := d.Iterate(); it.Next(); {
			v, err := it.Value()
			if err != nil {
				return nil, err
			}
			text, _ := strOf(v)
			switch name, _ := strOf(it.Key()); name {
			case "op":
				s.op = text
			case "path":
				s.path = text
			case "from":
				s.from = text
			case "value":
				s.value = v
			default:
				return nil, fail("json_patch_recipe: operations contains an unknown key %s", name)
			}
		}
		steps = append(steps, s)
	}
	return applyPatch(c.First(), steps, failTest)
}

// applyPatch works on a copy. A test that fails gives None, or the error when failTest says so.
func applyPatch(doc value.Value, steps []patchStep, failTest bool) (value.Value, error) {
	if s, ok := strOf(doc); ok {
		parsed, err := value.FromJSON([]byte(s))
		if err != nil {
			return nil, fail("json_patch: the input is no JSON: %s", err)
		}
		doc = parsed
	}
	for _, s := range steps {
		next, passed, err := s.apply(doc)
		if err != nil {
			return nil, err
		}
		if !passed {
			if failTest {
				return nil, fail("json_patch: the test of %s failed", s.path)
			}
			return value.None, nil
		}
		doc = next
	}
	return doc, nil
}

func (s patchStep) apply(doc value.Value) (out value.Value, passed bool, err error) {
	switch s.op {
	case "add":
		out, err = changeAt(doc, pointer(s.path), s.value, "add")
	case "remove":
		out, err = changeAt(doc, pointer(s.path), nil, "remove")
	case "replace":
		out, err = changeAt(doc, pointer(s.path), s.value, "replace")
	case "test":
		v, err := valueAt(doc, pointer(s.path))
		if err != nil {
			return nil, false, err
		}
		same, err := value.Equal(v, s.value)
		return doc, same, err
	case "copy", "move":
		v, err := valueAt(doc, pointer(s.from))
		if err != nil {
			return nil, false, err
		}
		if s.op == "move" {
			if doc, err = changeAt(doc, pointer(s.from), nil, "remove"); err != nil {
				return nil, false, err
			}
		}
		out, err = changeAt(doc, pointer(s.path), v, "add")
		return out, true, err
	default:
		return nil, false, fail("json_patch: unsupported 'op' argument: %s", s.op)
	}
	return out, true, err
}

// pointer cuts a JSON pointer (RFC 6901) into its steps.
func pointer(path string) []string {
	if path == "" {
		return nil
	}
	steps := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i, s := range steps {
		steps[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(s)
	}
	return steps
}

func valueAt(doc value.Value, steps []string) (value.Value, error) {
	for _, s := range steps {
		at, err := value.Force(doc)
		if err != nil {
			return nil, err
		}
		switch d := at.(type) {
		case *value.Dict:
			v, ok, err := d.GetStr(s)
			if err != nil {
				return nil, err
			}
			if !ok {
				return nil, fail("json_patch: member '%s' not found", s)
			}
			doc = v
		case *value.List:
			i, err := listIndex(s, d.Len()-1)
			if err != nil {
				return nil, err
			}
			if doc, err = d.At(i); err != nil {
				return nil, err
			}
		default:
			return nil, fail("json_patch: '%s' leads nowhere", s)
		}
	}
	return doc, nil
}

func listIndex(step string, most int) (int, error) {
	i, err := strconv.Atoi(step)
	if err != nil || i < 0 || i > most {
		return 0, fail("json_patch: '%s' is no index of the list", step)
	}
	return i, nil
}

// changeAt gives a copy of doc with the change at the end of the steps.
func changeAt(doc value.Value, steps []string, v value.Value, op string) (value.Value, error) {
	if len(steps) == 0 {
		if op == "remove" {
			return value.None, nil
		}
		return v, nil
	}
	doc, err := value.Force(doc)
	if err != nil {
		return nil, err
	}
	step, last := steps[0], len(steps) == 1
	switch d := doc.(type) {
	case *value.Dict:
		old, has, err := d.GetStr(step)
		if err != nil {
			return nil, err
		}
		if !has && (!last || op != "add") {
			return nil, fail("json_patch: can't %s a non-existent object '%s'", op, step)
		}
		out := value.NewDict()
		for it := d.Iterate(); it.Next(); {
			if k, ok := strOf(it.Key()); ok && k == step && last && op == "remove" {
				continue
			}
			if err := out.Set(it.Key(), it.Stored()); err != nil {
				return nil, err
			}
		}
		if last && op == "remove" {
			return out, nil
		}
		if !last {
			if v, err = changeAt(old, steps[1:], v, op); err != nil {
				return nil, err
			}
		}
		out.SetStr(step, v)
		return out, nil
	case *value.List:
		elems, err := d.Elems()
		if err != nil {
			return nil, err
		}
		return changeList(append([]value.Value(nil), elems...), steps, v, op)
	}
	return nil, fail("json_patch: '%s' leads nowhere", step)
}

func changeList(elems []value.Value, steps []string, v value.Value, op string) (value.Value, error) {
	step, last := steps[0], len(steps) == 1
	if last && op == "add" {
		i := len(elems)
		if step != "-" {
			var err error
			if i, err = listIndex(step, len(elems)); err != nil {
				return nil, err
			}
		}
		elems = append(elems[:i], append([]value.Value{v}, elems[i:]...)...)
		return value.NewList(elems...), nil
	}
	i, err := listIndex(step, len(elems)-1)
	if err != nil {
		return nil, err
	}
	switch {
	case last && op == "remove":
		elems = append(elems[:i], elems[i+1:]...)
	case last:
		elems[i] = v
	default:
		if elems[i], err = changeAt(elems[i], steps[1:], v, op); err != nil {
			return nil, err
		}
	}
	return value.NewList(elems...), nil
}
