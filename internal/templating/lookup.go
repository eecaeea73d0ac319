package templating

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/lookups"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Lookup is a lookup plugin of another room: it gives a list of values for its terms.
type Lookup func(ctx context.Context, s *Scope, terms []value.Value, options *value.Dict) ([]value.Value, error)

// lookupOne is the function lookup: it gives one value, or texts joined with commas, unless a list is asked for.
func lookupOne(c *jinja.Call) (value.Value, error) { return lookupCall(c, "lookup", false) }

// lookupAll is the function query: it gives a list.
func lookupAll(c *jinja.Call) (value.Value, error) { return lookupCall(c, "query", true) }

// lookupCall is one call of lookup or query.
// Source: https://docs.ansible.com/ansible/latest/plugins/lookup.html
func lookupCall(c *jinja.Call, fn string, wantList bool) (value.Value, error) {
	if len(c.Args) == 0 {
		return nil, missingArgument(fn)
	}
	var plugin string
	switch name := c.Args[0].(type) {
	case value.Str:
		if plugin = name.String(); value.IsSecret(name) {
			return nil, &Error{Msg: "The name of a lookup plugin can't be secret.", Kind: PluginNotFound}
		}
	case *value.Undefined:
		return name, nil
	default:
		return nil, &Error{Msg: fmt.Sprintf("The lookup plugin %s failed to load: unsupported type <class '%s'>", pluginText(name), typeName(name)), Kind: BadType}
	}
	kwargs, w, err := argument(c.Kwargs, "wantlist")
	if err != nil {
		return nil, err
	}
	if u, ok := w.(*value.Undefined); ok {
		return u, nil
	}
	if w != nil {
		if wantList, err = value.Truth(w); err != nil {
			return nil, err
		}
	}
	kwargs, onError, err := argument(kwargs, "errors")
	if err != nil {
		return nil, err
	}
	if u, ok := onError.(*value.Undefined); ok {
		return u, nil
	}
	s := scopeOf(c.Ctx())
	out, err := s.lookup(c.Ctx(), plugin, c.Args[1:], kwargs)
	if err != nil {
		return s.lookupFailed(err, onError, wantList)
	}
	if wantList {
		return value.NewList(out...), nil
	}
	return joined(out)
}

func pluginText(v value.Value) string {
	t, err := value.Text(v)
	if err != nil || value.HasSecret(v) {
		return typeName(v)
	}
	return t
}

// lookupFailed is what comes of a lookup that failed, as its argument errors says. A failure travels on as that of a filter does.
func (s *Scope) lookupFailed(err error, onError value.Value, wantList bool) (value.Value, error) {
	if u := markerIn(err); u != nil {
		return u, nil
	}
	var failed *pluginError
	how, _ := onError.(value.Str)
	if errors.As(err, &failed) && (how.String() == "ignore" || how.String() == "warn") {
		if how.String() == "warn" {
			s.warn(fmt.Sprintf("An error occurred while running the lookup plugin '%s': %v", failed.name, failed.text()), source.Pos{})
		}
		if wantList {
			return value.NewList(), nil
		}
		return value.None, nil
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return nil, err
	}
	return captured(err), nil
}

// joined is what lookup gives without wantlist: the one value, or several texts joined with commas.
func joined(out []value.Value) (value.Value, error) {
	if len(out) == 1 {
		return out[0], nil
	}
	if len(out) == 0 {
		return value.NewList(), nil
	}
	parts := make([]string, len(out))
	for i, v := range out {
		s, ok := v.(value.Str)
		if !ok {
			return value.NewList(out...), nil
		}
		parts[i] = s.String()
	}
	return value.Derive(value.NewStr(strings.Join(parts, ",")), out...), nil
}

// lookup runs a lookup plugin. The literals among terms may hold templates.
func (s *Scope) lookup(ctx context.Context, plugin string, terms []value.Value, kwargs *value.Dict) ([]value.Value, error) {
	if s.waits != nil {
		s.waits()
	}
	name := short(plugin)
	own := s.e.o.Lookups[plugin]
	if own == nil {
		own = s.e.o.Lookups[name]
	}
	def := lookups.Set.Find(name)
	if own == nil && def == nil {
		if collection, _, ok := strings.Cut(plugin, "."); ok && strings.Count(plugin, ".") >= 2 && name == plugin {
			s.warn(fmt.Sprintf("Error loading plugin '%s': No module named 'ansible_collections.%s'", plugin, collection), source.Pos{})
		}
		return nil, &Error{Msg: fmt.Sprintf("The lookup plugin '%s' was not found.", plugin), Kind: PluginNotFound, Missing: Missing{"lookup", plugin}}
	}
	args := make([]value.Value, len(terms))
	for i, t := range terms {
		v, err := s.embedded(t)
		if err != nil {
			return nil, err
		}
		if v, err = value.Force(v); err != nil {
			return nil, err
		}
		if u, ok := v.(*value.Undefined); ok {
			return nil, &value.UndefinedError{Value: u}
		}
		if m, ok := v.(jinja.Markup); ok {
			v = m.Text
		}
		args[i] = v
	}
	out, err := s.runLookup(ctx, plugin, own, def, args, kwargs)
	if err == nil || undefinedIn(err) != nil || isLink(err) {
		return out, err
	}
	return nil, &pluginError{LookupFailed, plugin, err, secretsIn(append(args, kwargs)...)}
}

func isLink(err error) bool {
	var link *Error
	var inner *pluginError
	return errors.As(err, &link) || errors.As(err, &inner) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

func (s *Scope) runLookup(ctx context.Context, plugin string, own Lookup, def *lookups.Def, args []value.Value, kwargs *value.Dict) ([]value.Value, error) {
	if own != nil {
		out, err := own(ctx, s, args, kwargs)
		for i, v := range out {
			if out[i], err = value.Untrust(v); err != nil {
				return nil, err
			}
		}
		return out, err
	}
	if u := lookups.CheckDefined(def, kwargs); u != nil {
		return nil, &value.UndefinedError{Value: u}
	}
	call, err := lookups.NewCall(def, plugin, lookupHost{s}, args, kwargs)
	if err != nil {
		return nil, err
	}
	return def.Run(ctx, call)
}

// LookupItems evaluates a loop that is written as with_NAME: terms is what it was given. kind is the folder where files for
// the task's action are: files, templates, vars.
func (s *Scope) LookupItems(ctx context.Context, plugin string, terms value.Value, kind string) ([]value.Value, error) {
	ctx = lookups.WithKind(ctx, kind)
	pos := value.OriginOf(terms)
	v, err := s.Finalize(terms)
	if err != nil {
		return nil, err
	}
	list := []value.Value{v}
	if l, ok := v.(*value.List); ok {
		list = l.Stored()
	}
	out, err := s.lookup(context.WithValue(ctx, scopeKey{}, s), plugin, list, value.NewDict())
	if err != nil {
		if u := undefinedIn(err); u != nil {
			return nil, surface(&value.UndefinedError{Value: u}, pos)
		}
		var failed *pluginError
		if errors.As(err, &failed) && failed.kind == LookupFailed {
			return nil, &Error{Msg: failed.Error(), Kind: LoopFailed, Pos: invoked}
		}
		return nil, renderError("template", err, pos)
	}
	for i, e := range out {
		if out[i], err = s.Finalize(e); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// invoked is the place that ansible-core 2.19 tells of a lookup of a loop that fails.
var invoked = source.Pos{File: source.NewFile("<unknown>", "invoke_lookup()")}

// lookupHost is what lookups reach of the control node.
type lookupHost struct{ s *Scope }

func (h lookupHost) Variable(name string) (value.Value, bool, error) { return h.s.Lookup(name) }
func (h lookupHost) Variables() []string                             { return h.s.Names() }
func (h lookupHost) Search() []string                                { return h.s.search }
func (h lookupHost) Dir() string                                     { return h.s.e.o.Dir }
func (h lookupHost) Read(name string) ([]byte, bool, error)          { return h.s.e.o.Read(name) }
func (h lookupHost) Getenv(name string) (string, bool)               { return h.s.e.o.Getenv(name) }
func (h lookupHost) Environ() []string                               { return h.s.e.o.Environ }

func (h lookupHost) Opened(where string, v value.Value) {
	if h.s.e.o.Opened != nil {
		h.s.e.o.Opened(where, v)
	}
}

func (h lookupHost) Warn(text string) { h.s.warn(text, source.Pos{}) }

func (h lookupHost) Deprecated(text string) { h.s.deprecated(text, source.Pos{}) }

func (h lookupHost) Hosts(pattern string) ([]string, bool, error) {
	if h.s.e.o.Hosts == nil {
		return nil, false, nil
	}
	hosts, err := h.s.e.o.Hosts(pattern)
	return hosts, true, err
}

func (h lookupHost) Setting(q lookups.Query) (lookups.Setting, bool, error) {
	if h.s.e.o.Setting == nil {
		return lookups.Setting{}, false, nil
	}
	return h.s.e.o.Setting(q)
}

func (h lookupHost) Render(t lookups.Template) (value.Value, error) { return h.s.renderLookup(t) }

var _ lookups.Host = lookupHost{}
