package facts

import (
	"maps"
	"slices"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// addValue sets a key to v, or to a list of all its values when it is there already.
func addValue(d *value.Dict, key, v string) {
	switch old := d.Stored(key).(type) {
	case nil:
		d.SetStr(key, value.Of(v))
	case *value.List:
		old.Append(value.Of(v))
	default:
		d.SetStr(key, value.NewList(old, value.Of(v)))
	}
}

// appendTo appends to the list of a key.
func appendTo(d *value.Dict, key string, v value.Value) {
	if l, ok := d.Stored(key).(*value.List); ok {
		l.Append(v)
		return
	}
	d.SetStr(key, value.NewList(v))
}

// sortedKeys returns the keys of a map in order.
func sortedKeys[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }
