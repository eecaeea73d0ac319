package lookups

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(&Def{Name: "first_found", Run: runFirstFound, Options: []Option{
	{Name: "files", Type: List, Default: value.NewList(), Help: "Names of files."},
	{Name: "paths", Type: List, Default: value.NewList(), Help: "Folders to look in."},
	{Name: "skip", Type: Bool, Default: value.False, Help: "Give nothing, rather than failing, when no file is found."},
}})

// runFirstFound gives the path of the first file that exists.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/first_found_lookup.html
func runFirstFound(ctx context.Context, c *Call) ([]value.Value, error) {
	names, skip, err := c.candidates(c.Terms)
	if err != nil {
		return nil, err
	}
	for _, n := range names {
		if p := c.found(kindOf(ctx), n); p != "" {
			return []value.Value{value.NewStr(p)}, nil
		}
	}
	if skip {
		return nil, nil
	}
	return nil, fmt.Errorf("No file was found when using first_found.") //nolint:staticcheck // Ansible's words
}

// kindKey is the key of the folder's name in a context.
type kindKey struct{}

// WithKind says where the files for a task's action are, for lookups of its loop: in files, templates or vars.
func WithKind(ctx context.Context, kind string) context.Context {
	return context.WithValue(ctx, kindKey{}, kind)
}

// kindOf is what WithKind said, "" for a lookup that stands in a template.
func kindOf(ctx context.Context) string {
	kind, _ := ctx.Value(kindKey{}).(string)
	return kind
}

// found looks for a file in the folder kind of each search folder, unless that is "", and in the search folder itself.
func (c *Call) found(kind, name string) string {
	if kind != "" {
		return c.find0(kind, name)
	}
	name = c.expand(name)
	if filepath.IsAbs(name) {
		if exists(name) {
			return name
		}
		return ""
	}
	for _, dir := range c.dirs() {
		if p := filepath.Join(dir, name); exists(p) {
			return p
		}
	}
	return ""
}

// candidates gives the names to try in order; a later term says whether it is no failure to find nothing.
func (c *Call) candidates(terms []value.Value) (names []string, skip bool, err error) {
	skip = c.bool("skip")
	files, err := c.split(c.option("files"), ",;", "files on ',;'", "files")
	if err != nil {
		return nil, false, err
	}
	paths, err := c.split(c.option("paths"), ",:;", `the "paths" option on ',:;'`, `the "paths" option`)
	if err != nil {
		return nil, false, err
	}
	names = joinAll(paths, files)
	for _, t := range terms {
		switch t := t.(type) {
		case *value.Dict:
			one, err := NewCall(c.def, c.Name, c.Host, nil, t)
			if err != nil {
				return nil, false, err
			}
			more, s, err := one.candidates(nil)
			if err != nil {
				return nil, false, err
			}
			names, skip = append(names, more...), s
		case *value.List, value.Tuple:
			elems, err := elemsOf(t)
			if err != nil {
				return nil, false, err
			}
			more, s, err := c.candidates(elems)
			if err != nil {
				return nil, false, err
			}
			names, skip = append(names, more...), s
		case value.Str:
			more, err := c.split(value.NewList(t), ",;", "files on ',;'", "files")
			if err != nil {
				return nil, false, err
			}
			names = append(names, joinAll(paths, more)...)
		default:
			return nil, false, fmt.Errorf("Invalid term supplied. A string, dict or list is required, not '%s').", t.Type()) //nolint:staticcheck // Ansible's words
		}
	}
	return names, skip, nil
}

// split is texts with a deprecation when a text really is split.
func (c *Call) split(v value.Value, seps, what, where string) ([]string, error) {
	elems, err := value.Elems(v)
	if err != nil {
		return nil, err
	}
	out, err := texts(v, seps)
	if err == nil && len(out) > len(elems) {
		c.Deprecated("Automatic splitting of " + what + " is deprecated. This feature will be removed from lookup plugin 'first_found' " +
			"in ansible-core version 2.23.\n\nProvide a list of paths for " + where + " instead.")
	}
	return out, err
}

func joinAll(paths, files []string) []string {
	if len(paths) == 0 {
		return files
	}
	var out []string
	for _, p := range paths {
		for _, f := range files {
			if filepath.IsAbs(f) {
				out = append(out, f)
			} else {
				out = append(out, filepath.Join(p, f))
			}
		}
	}
	return out
}

// texts are the texts of a list, each split at any of the characters seps.
func texts(v value.Value, seps string) ([]string, error) {
	elems, err := value.Elems(v)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range elems {
		s, err := value.Text(e)
		if err != nil {
			return nil, err
		}
		out = append(out, splitAny(s, seps)...)
	}
	return out, nil
}

func splitAny(s, seps string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(seps, r) })
}
