package filters

import "github.com/seed-6d8ad27c/kimai-ansible/internal/value"

// deepTargets are the keys that the filters of ansible.utils look for.
func deepTargets(c *Call) ([]keyMatch, error) {
	how, err := c.Text("matching_parameter")
	if err != nil {
		return nil, err
	}
	targets, err := value.Elems(c.Get("target"))
	if err != nil {
		return nil, fail("target must be a list of keys: %s", err)
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

// walk rebuilds dicts and lists at any depth: entry says what becomes of an entry, whose value is rebuilt unless whole.
func walk(v value.Value, depth int, dict func(d *value.Dict, inner func(value.Value) (value.Value, error)) (value.Value, error)) (value.Value, error) {
	if depth > 200 {
		return nil, value.Raise("RecursionError", "maximum recursion depth exceeded")
	}
	v, err := value.Force(v)
	if err != nil {
		return nil, err
	}
	inner := func(v value.Value) (value.Value, error) { return walk(v, depth+1, dict) }
	switch v := v.(type) {
	case *value.Dict:
		return dict(v, inner)
	case *value.List:
		out := value.NewList()
		for i := range v.Len() {
			e, err := v.At(i)
			if err != nil {
				return nil, err
			}
			if e, err = inner(e); err != nil {
				return nil, err
			}
			out.Append(e)
		}
		return out, nil
	}
	return v, nil
}

func deepRemove(c *Call) (value.Value, error) {
	ms, err := deepTargets(c)
	if err != nil {
		return nil, err
	}
	return walk(c.First(), 0, func(d *value.Dict, inner func(value.Value) (value.Value, error)) (value.Value, error) {
		out := value.NewDict()
		for it := d.Iterate(); it.Next(); {
			hit, err := anyKey(ms, it.Key())
			if err != nil {
				return nil, err
			}
			if hit {
				continue
			}
			e, err := it.Value()
			if err != nil {
				return nil, err
			}
			if e, err = inner(e); err != nil {
				return nil, err
			}
			if err := out.Set(it.Key(), e); err != nil {
				return nil, err
			}
		}
		return out, nil
	})
}

// deepKeep keeps the entries that are meant, and the way to them.
func deepKeep(c *Call) (value.Value, error) {
	ms, err := deepTargets(c)
	if err != nil {
		return nil, err
	}
	return walk(c.First(), 0, func(d *value.Dict, inner func(value.Value) (value.Value, error)) (value.Value, error) {
		out := value.NewDict()
		for it := d.Iterate(); it.Next(); {
			hit, err := anyKey(ms, it.Key())
			if err != nil {
				return nil, err
			}
			e, err := it.Value()
			if err != nil {
				return nil, err
			}
			if !hit {
				switch e.(type) {
				case *value.Dict, *value.List:
				default:
					continue
				}
				if e, err = inner(e); err != nil {
					return nil, err
				}
				if some, err := holdsDict(e); err != nil || !some {
					if err != nil {
						return nil, err
					}
					continue
				}
			}
			if err := out.Set(it.Key(), e); err != nil {
				return nil, err
			}
		}
		return out, nil
	})
}

// holdsDict reports whether anything was kept in what walk rebuilt.
func holdsDict(v value.Value) (bool, error) {
	switch v := v.(type) {
	case *value.Dict:
		return v.Len() > 0, nil
	case *value.List:
		for i := range v.Len() {
			e, err := v.At(i)
			if err != nil {
				return false, err
			}
			if some, err := holdsDict(e); err != nil || some {
				return some, err
			}
		}
	}
	return false, nil
}

// deepReplace renames keys; renamed entries come last, as they do in Ansible.
func deepReplace(c *Call) (value.Value, error) {
	how, err := c.Text("matching_parameter")
	if err != nil {
		return nil, err
	}
	changes, err := renamings(c, how)
	if err != nil {
		return nil, err
	}
	return walk(c.First(), 0, func(d *value.Dict, inner func(value.Value) (value.Value, error)) (value.Value, error) {
		out, renamed := value.NewDict(), value.NewDict()
		for it := d.Iterate(); it.Next(); {
			key, err := renamedKey(changes, it.Key())
			if err != nil {
				return nil, err
			}
			e, err := it.Value()
			if err != nil {
				return nil, err
			}
			if e, err = inner(e); err != nil {
				return nil, err
			}
			to := out
			if same, err := value.Equal(key, it.Key()); err != nil {
				return nil, err
			} else if !same {
				to = renamed
			}
			if err := to.Set(key, e); err != nil {
				return nil, err
			}
		}
		for it := renamed.Iterate(); it.Next(); {
			if err := out.Set(it.Key(), it.Stored()); err != nil {
				return nil, err
			}
		}
		return out, nil
	})
}
