package templating

import (
	"context"
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Lookup is a lookup plugin: it gives a list of values for its terms.
type Lookup func(ctx context.Context, s *Scope, terms []value.Value, options *value.Dict) ([]value.Value, error)

func (e *Engine) filter(name string) (*jinja.Func, error) {
	if f := jinja.Filters.Get(short(name)); f != nil {
		return f, nil
	}
	return nil, nil
}

func (e *Engine) test(name string) (*jinja.Func, error) {
	if f := jinja.Tests.Get(short(name)); f != nil {
		return f, nil
	}
	return nil, nil
}

// short is the name of a plugin of ansible.builtin without its collection.
func short(name string) string {
	for _, p := range []string{"ansible.builtin.", "ansible.legacy."} {
		if s, ok := strings.CutPrefix(name, p); ok {
			return s
		}
	}
	return name
}

func (e *Engine) global(name string) (value.Value, bool) {
	switch name {
	case "omit":
		return OmitValue, true
	case "lookup", "query", "q":
		return e.lookupFunc(name), true
	}
	return jinja.Globals(name)
}

// lookupFunc is the global function lookup, or query, which always gives a list.
func (e *Engine) lookupFunc(name string) *jinja.Func {
	return &jinja.Func{Name: name, Run: func(c *jinja.Call) (value.Value, error) {
		if len(c.Args) == 0 {
			return nil, fmt.Errorf("%s() needs the name of a lookup", name)
		}
		plugin, err := value.Text(c.Args[0])
		if err != nil {
			return nil, err
		}
		options, wantList := c.Kwargs, name != "lookup"
		if options == nil {
			options = value.NewDict()
		}
		if w, ok, err := options.GetStr("wantlist"); err != nil {
			return nil, err
		} else if ok {
			options = options.Copy()
			options.DeleteStr("wantlist")
			if wantList, err = value.Truth(w); err != nil {
				return nil, err
			}
		}
		s, ok := c.Vars().(*Scope)
		if !ok {
			return nil, fmt.Errorf("%s() is not to be had here", name)
		}
		out, err := s.lookup(c.Ctx, plugin, c.Args[1:], options)
		if err != nil {
			return nil, err
		}
		if wantList {
			return value.NewList(out...), nil
		}
		return joined(out)
	}}
}

// joined is what lookup gives without wantlist: the one value, or several texts joined with commas.
func joined(out []value.Value) (value.Value, error) {
	if len(out) == 1 {
		return out[0], nil
	}
	parts := make([]string, len(out))
	for i, v := range out {
		if _, ok := v.(value.Str); !ok {
			return value.NewList(out...), nil
		}
		parts[i], _ = value.Text(v)
	}
	return value.Derive(value.NewStr(strings.Join(parts, ",")), out...), nil
}

func (s *Scope) lookup(ctx context.Context, plugin string, terms []value.Value, options *value.Dict) ([]value.Value, error) {
	l := s.e.o.Lookups[short(plugin)]
	if l == nil {
		return nil, &Error{Msg: fmt.Sprintf("The lookup plugin '%s' was not found.", plugin)}
	}
	out, err := l(ctx, s, terms, options)
	if err != nil {
		return nil, fmt.Errorf("The lookup plugin '%s' failed: %w", plugin, err) //nolint:staticcheck // Ansible's words
	}
	for i, v := range out {
		if out[i], err = value.Untrust(v); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// LookupItems evaluates a loop that is written as with_NAME: terms is what it was given.
func (s *Scope) LookupItems(ctx context.Context, plugin string, terms value.Value) ([]value.Value, error) {
	v, err := s.Finalize(terms)
	if err != nil {
		return nil, err
	}
	list := []value.Value{v}
	if l, ok := v.(*value.List); ok {
		list = l.Stored()
	}
	return s.lookup(ctx, plugin, list, value.NewDict())
}
