package filters

import (
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/pyregex"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// The filters of community.general that keep, remove and rename keys of a list of dicts; those of ansible.utils that do so
// at any depth.
// Source: https://docs.ansible.com/ansible/latest/collections/community/general/keep_keys_filter.html and
// https://docs.ansible.com/ansible/latest/collections/ansible/utils/keep_keys_filter.html
var (
	_ = All.Add(Def{Name: "community.general.keep_keys", Keeps: true, Func: pickKeys(true), Sig: "keep_keys(data, target=None, matching_parameter='equal')"})
	_ = All.Add(Def{Name: "community.general.remove_keys", Keeps: true, Func: pickKeys(false), Sig: "remove_keys(data, target=None, matching_parameter='equal')"})
	_ = All.Add(Def{Name: "community.general.replace_keys", Keeps: true, Func: renameKeys, Sig: "replace_keys(data, target=None, matching_parameter='equal')"})
	_ = All.Add(Def{Name: "ansible.utils.keep_keys", Keeps: true, Func: deepKeep, Sig: "_keep_keys(data, target, matching_parameter='equality')"})
	_ = All.Add(Def{Name: "ansible.utils.remove_keys", Keeps: true, Func: deepRemove, Sig: "_remove_keys(data, target, matching_parameter='equality')"})
	_ = All.Add(Def{Name: "ansible.utils.replace_keys", Keeps: true, Func: deepReplace, Sig: "_replace_keys(data, target, matching_parameter='equality')"})
)

// keyMatch tells whether a key is meant.
type keyMatch func(key string) (bool, error)

// matcher makes a keyMatch of what to look for and how.
func matcher(how, text string) (keyMatch, error) {
	switch how {
	case "starts_with":
		return func(k string) (bool, error) { return strings.HasPrefix(k, text), nil }, nil
	case "ends_with":
		return func(k string) (bool, error) { return strings.HasSuffix(k, text), nil }, nil
	case "regex":
		re, err := pyregex.Compile(text, 0)
		if err != nil {
			return nil, err
		}
		return func(k string) (bool, error) {
			m, err := re.MatchStart(k)
			return m != nil, err
		}, nil
	}
	return func(k string) (bool, error) { return k == text, nil }, nil
}

// dictsOf gives the dicts of a list.
func dictsOf(v value.Value) ([]*value.Dict, error) {
	elems, err := value.Elems(v)
	if err != nil {
		return nil, fail("First argument must be a list. %s is %s", shownText(v), className(v))
	}
	out := make([]*value.Dict, len(elems))
	for i, e := range elems {
		if e, err = value.Force(e); err != nil {
			return nil, err
		}
		d, ok := e.(*value.Dict)
		if !ok {
			return nil, fail("The data items must be dictionaries. %s is %s", shownText(e), className(e))
		}
		out[i] = d
	}
	return out, nil
}

// shownText is a value in a message.
func shownText(v value.Value) string {
	if value.HasSecret(v) {
		return "a secret value"
	}
	s, err := value.Text(v)
	if err != nil {
		return "a value"
	}
	return s
}

// keyTargets are the matchers of the arguments target and matching_parameter.
func keyTargets(c *Call) ([]keyMatch, error) {
	how, err := matchingParameter(c)
	if err != nil {
		return nil, err
	}
	targets := []value.Value{c.Get("target")}
	if _, ok := c.Get("target").(value.Str); !ok {
		if targets, err = value.Elems(c.Get("target")); err != nil {
			return nil, fail("The target must be a string or a list. target=%s", shownText(c.Get("target")))
		}
	}
	if len(targets) == 0 {
		return nil, fail("The target can't be empty.")
	}
	var out []keyMatch
	for _, t := range targets {
		text, err := value.Text(t)
		if err != nil {
			return nil, err
		}
		m, err := matcher(how, text)
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

func matchingParameter(c *Call) (string, error) {
	how, err := c.Text("matching_parameter")
	if err != nil {
		return "", err
	}
	switch how {
	case "equal", "starts_with", "ends_with", "regex":
		return how, nil
	}
	return "", fail("The matching_parameter must be one of ['equal', 'starts_with', 'ends_with', 'regex']. matching_parameter=%s", how)
}

func anyKey(ms []keyMatch, key value.Value) (bool, error) {
	s, ok := strOf(key)
	if !ok {
		return false, nil
	}
	for _, m := range ms {
		if hit, err := m(s); err != nil || hit {
			return hit, err
		}
	}
	return false, nil
}

func pickKeys(keep bool) Func {
	return func(c *Call) (value.Value, error) {
		dicts, err := dictsOf(c.First())
		if err != nil {
			return nil, err
		}
		ms, err := keyTargets(c)
		if err != nil {
			return nil, err
		}
		out := value.NewList()
		for _, d := range dicts {
			picked := value.NewDict()
			for it := d.Iterate(); it.Next(); {
				hit, err := anyKey(ms, it.Key())
				if err != nil {
					return nil, err
				}
				if hit == keep {
					if err := picked.Set(it.Key(), it.Stored()); err != nil {
						return nil, err
					}
				}
			}
			out.Append(picked)
		}
		return out, nil
	}
}

// renaming is one change of a key.
type renaming struct {
	match keyMatch
	after value.Value
}

// renamings reads a list of dicts with before and after.
func renamings(c *Call, how string) ([]renaming, error) {
	elems, err := value.Elems(c.Get("target"))
	if err != nil {
		return nil, fail("The target must be a list of dictionaries with before and after")
	}
	var out []renaming
	for _, e := range elems {
		if e, err = value.Force(e); err != nil {
			return nil, err
		}
		d, ok := e.(*value.Dict)
		if !ok || !d.Has("before") || !d.Has("after") {
			return nil, fail("All items of target must be dictionaries with the attributes before and after. %s is %s", shownText(e), className(e))
		}
		before, _, err := d.GetStr("before")
		if err != nil {
			return nil, err
		}
		text, err := value.Text(before)
		if err != nil {
			return nil, err
		}
		m, err := matcher(how, text)
		if err != nil {
			return nil, err
		}
		after, _, err := d.GetStr("after")
		if err != nil {
			return nil, err
		}
		out = append(out, renaming{m, after})
	}
	return out, nil
}

func renameKeys(c *Call) (value.Value, error) {
	dicts, err := dictsOf(c.First())
	if err != nil {
		return nil, err
	}
	how, err := matchingParameter(c)
	if err != nil {
		return nil, err
	}
	changes, err := renamings(c, how)
	if err != nil {
		return nil, err
	}
	out := value.NewList()
	for _, d := range dicts {
		renamed := value.NewDict()
		for it := d.Iterate(); it.Next(); {
			key, err := renamedKey(changes, it.Key())
			if err != nil {
				return nil, err
			}
			if err := renamed.Set(key, it.Stored()); err != nil {
				return nil, err
			}
		}
		out.Append(renamed)
	}
	return out, nil
}

func renamedKey(changes []renaming, key value.Value) (value.Value, error) {
	s, ok := strOf(key)
	if !ok {
		return key, nil
	}
	for _, r := range changes {
		if hit, err := r.match(s); err != nil || hit {
			return r.after, err
		}
	}
	return key, nil
}
