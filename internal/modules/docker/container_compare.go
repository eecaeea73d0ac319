package docker

import (
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/engine"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// How options are compared.
const (
	strict    = "strict"
	ignore    = "ignore"
	allowMore = "allow_more_present"
)

// optionKinds are the options that comparisons may name, with what they are.
var optionKinds = func() map[string]kind {
	out := map[string]kind{}
	for _, o := range simpleOptions {
		out[o.arg] = o.kind
	}
	for name, k := range map[string]kind{
		"command": ordered, "entrypoint": ordered, "env": set, "healthcheck": dict, "labels": dict, "links": set, "log_options": dict, "networks": dicts,
		"mounts": dicts, "volumes": set, "exposed_ports": set, "published_ports": dict, "restart_retries": single, "detach": single, "publish_all_ports": single,
	} {
		out[name] = k
	}
	return out
}()

// comparisons reads how options are compared.
func (ct *container) comparisons() *module.Result {
	ct.compare = map[string]string{}
	d := ct.p.Dict("comparisons")
	if d == nil {
		return nil
	}
	fail := func(format string, args ...any) *module.Result {
		r := module.Fail(format, args...)
		return &r
	}
	if all := d.Stored("*"); all != nil {
		mode, _ := value.Text(all) // what is no text is no mode either
		if mode != strict && mode != ignore {
			return fail("The wildcard can only be used with comparison modes 'strict' and 'ignore'!")
		}
		for name := range optionKinds {
			if name == "networks" && mode == strict && !ct.p.Has("networks") {
				// what the task does not name is not taken off, unless it says so of the networks themselves
				continue
			}
			ct.compare[name] = mode
		}
		ct.compare["volume_binds"] = mode // which can't be named
	}
	for it := d.Iterate(); it.Next(); {
		name, _, _ := it.Name()
		if name == "*" {
			continue
		}
		name = optionName(name)
		k, known := optionKinds[name]
		if !known {
			return fail("Unknown module option '%s' in comparisons dict!", name)
		}
		mode, _ := value.Text(it.Stored())
		switch {
		case mode != strict && mode != ignore && mode != allowMore:
			return fail("Unknown comparison mode '%s'!", mode)
		case mode == allowMore && k == single:
			return fail("Option '%s' is a value and not a set/list/dict, so its comparison cannot be %s", name, mode)
		}
		ct.compare[name] = mode
	}
	return nil
}

// optionName gives an option's name for one of its aliases.
func optionName(name string) string {
	if a := containerArgs.Find(name); a != nil {
		return a.Name
	}
	return name
}

// mode is how an option is compared.
func (ct *container) mode(w want) string {
	if m := ct.compare[w.name]; m != "" {
		return m
	}
	switch {
	case w.weak:
		return ignore
	case w.kind == single, w.kind == ordered:
		return strict
	}
	return allowMore
}

// equal compares what is wanted with what a container has.
func equal(k kind, mode string, wanted, have value.Value) bool {
	if have == nil || have == value.None {
		if k == single {
			return wanted == value.None
		}
		return empty(wanted)
	}
	switch k {
	case ordered:
		if mode == strict {
			return same(wanted, have)
		}
		return inOrder(engine.List(wanted), engine.List(have))
	case set, dicts:
		match := func(a, b value.Value) bool { return same(a, b) }
		if k == dicts {
			match = within
		}
		w, h := engine.List(wanted), engine.List(have)
		for _, e := range w {
			if !slices.ContainsFunc(h, func(x value.Value) bool { return match(e, x) }) {
				return false
			}
		}
		return mode != strict || !slices.ContainsFunc(h, func(x value.Value) bool {
			return !slices.ContainsFunc(w, func(e value.Value) bool { return match(e, x) })
		})
	case dict:
		if mode == strict {
			return same(wanted, have)
		}
		return within(wanted, have)
	}
	return same(wanted, have)
}

func empty(v value.Value) bool {
	switch v := v.(type) {
	case *value.List:
		return v.Len() == 0
	case *value.Dict:
		return v.Len() == 0
	}
	return v == value.None
}

// inOrder reports whether the elements of a stand in b, in that order, others between them.
func inOrder(a, b []value.Value) bool {
	for _, e := range b {
		if len(a) > 0 && same(a[0], e) {
			a = a[1:]
		}
	}
	return len(a) == 0
}

// within reports whether all that the dict a has is in b.
func within(a, b value.Value) bool {
	x, ok := a.(*value.Dict)
	if !ok {
		return same(a, b)
	}
	for it := x.Iterate(); it.Next(); {
		name, _, _ := it.Name()
		if it.Stored() == value.None {
			continue
		}
		if !same(it.Stored(), engine.At(b, name)) {
			return false
		}
	}
	return true
}

// shown gives a value as differences tell it: what has no order is sorted.
func shown(k kind, v value.Value) value.Value {
	l, ok := v.(*value.List)
	if !ok || k != set && k != dicts {
		return orNone(v)
	}
	if k == set {
		return strs(sortedTexts(l))
	}
	type keyed struct {
		key string
		v   value.Value
	}
	var list []keyed
	for _, e := range l.Stored() {
		list = append(list, keyed{sortKey(e), e})
	}
	slices.SortStableFunc(list, func(a, b keyed) int { return strings.Compare(a.key, b.key) })
	out := value.NewList()
	for _, e := range list {
		out.Append(e.v)
	}
	return out
}

// sortKey is by what dicts are sorted: their keys in order, each with its value as Python shows it.
func sortKey(v value.Value) string {
	d, ok := v.(*value.Dict)
	if !ok {
		return ""
	}
	names := keys(d)
	slices.Sort(names)
	var b strings.Builder
	for _, name := range names {
		text, _ := value.Text(d.Stored(name)) // of an answer of JSON
		b.WriteString(name + "\x00" + text + "\x01")
	}
	return b.String()
}

// differing gives the options by which a container is another than it should be, with what it has.
func (ct *container) differing(info *value.Dict) (anew, update []want) {
	for _, w := range ct.wants {
		if w.have == nil || w.name == "image" {
			continue
		}
		mode := ct.mode(w)
		if mode == ignore || w.name == "volumes" && empty(w.value) || equal(w.kind, mode, w.value, w.have(info)) {
			continue
		}
		if w.update != "" {
			update = append(update, w)
		} else {
			anew = append(anew, w)
		}
	}
	return anew, update
}

// note tells where a container is another. With list the names are told too.
func (ct *container) note(info *value.Dict, list []want, toList bool) {
	for _, w := range list {
		have, wanted := shown(w.kind, w.have(info)), shown(w.kind, w.value)
		ct.noteValue(w.name, wanted, have, toList)
	}
}

func (ct *container) noteValue(name string, wanted, have value.Value, toList bool) {
	ct.show(name, have, wanted)
	if toList {
		ct.differences.Append(value.DictOf(name, value.DictOf("parameter", wanted, "container", have)))
	}
}
