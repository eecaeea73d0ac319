package runner

import (
	"sort"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// customStats are the values of set_stats: of hosts, and of the run under "".
type customStats map[string]*value.Dict

// add takes the values of a result for a host; own is false where the result is that of a run_once task on another host, of
// which only the values of hosts count.
func (c customStats) add(host string, r *result.Result, own bool) error {
	data, _ := r.Stats.Stored("data").(*value.Dict)
	if data == nil {
		return nil
	}
	if r.Stats.Stored("per_host") != value.Value(value.True) {
		if !own {
			return nil
		}
		host = ""
	}
	if c[host] == nil {
		c[host] = value.NewDict()
	}
	aggregate := r.Stats.Stored("aggregate") == value.Value(value.True)
	for it := data.Iterate(); it.Next(); {
		name, err := value.Text(it.Key())
		if err != nil {
			return err
		}
		v, err := it.Value()
		if err != nil {
			return err
		}
		if old := c[host].Stored(name); old != nil && aggregate {
			if v, err = aggregated(old, v); err != nil {
				return err
			}
		}
		c[host].SetStr(name, v)
	}
	return nil
}

// aggregated adds a value to one of the same type: sums of numbers, texts and lists behind each other, mappings as one. A
// value of another type changes nothing.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/set_stats_module.html#parameter-aggregate
func aggregated(old, v value.Value) (value.Value, error) {
	if old.Type() != v.Type() {
		return old, nil
	}
	if d, ok := old.(*value.Dict); ok {
		return mergedStats(d, v.(*value.Dict))
	}
	return value.Binary("+", old, v)
}

// mergedStats is strong over weak, to any depth.
func mergedStats(weak, strong *value.Dict) (value.Value, error) {
	out := weak.Copy()
	for it := strong.Iterate(); it.Next(); {
		v := it.Stored()
		key, isStr := it.Key().(value.Str)
		inner, isDict := v.(*value.Dict)
		if isStr && isDict {
			if old, ok := out.Stored(key.String()).(*value.Dict); ok {
				m, err := mergedStats(old, inner)
				if err != nil {
					return nil, err
				}
				v = m
			}
		}
		if err := out.Set(it.Key(), v); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// all gives the values in the order in which they are told: those of hosts, then those of the run.
func (c customStats) all() []event.CustomStats {
	var out []event.CustomStats
	for host, d := range c {
		out = append(out, event.CustomStats{Host: host, Values: d})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Host < out[j].Host })
	if len(out) > 0 && out[0].Host == "" {
		out = append(out[1:], out[0])
	}
	return out
}
