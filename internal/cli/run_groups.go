package cli

import "sync"

// once gives a find that asks for each group of modules once: which modules are in it stands in a file of its collection.
func once(find func(group, dir string) ([]string, bool)) func(group, dir string) ([]string, bool) {
	type key struct{ group, dir string }
	type found struct {
		actions []string
		ok      bool
	}
	var known sync.Map
	return func(group, dir string) ([]string, bool) {
		k := key{group, dir}
		if f, ok := known.Load(k); ok {
			return f.(found).actions, f.(found).ok
		}
		actions, ok := find(group, dir)
		known.Store(k, found{actions, ok})
		return actions, ok
	}
}
