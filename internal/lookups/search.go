package lookups

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// find looks for a file: an absolute name as it is, any other in the folder kind ("files", "templates") of each search
// folder and in the search folder itself. It returns "" when there is none.
// Source: https://docs.ansible.com/ansible/latest/playbook_guide/playbook_pathing.html
func (c *Call) find0(kind, name string) string {
	name = c.expand(name)
	if filepath.IsAbs(name) {
		if exists(name) {
			return name
		}
		return ""
	}
	for _, dir := range c.dirs() {
		for _, p := range []string{filepath.Join(dir, kind, name), filepath.Join(dir, name)} {
			if exists(p) {
				return p
			}
		}
	}
	return ""
}

// find is find0 with a warning when there is no such file.
func (c *Call) file(kind, name string) string {
	p := c.find0(kind, name)
	if p == "" {
		c.Warn("Unable to find '" + name + "' in expected paths (use -vvvvv to see paths)")
	}
	return p
}

func (c *Call) dirs() []string {
	if dirs := c.Search(); len(dirs) > 0 {
		return dirs
	}
	return []string{c.Dir()}
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// expand replaces a leading "~" by the home folder.
func (c *Call) expand(name string) string {
	if name != "~" && !strings.HasPrefix(name, "~/") {
		return name
	}
	if home, ok := c.Getenv("HOME"); ok && home != "" {
		return home + name[1:]
	}
	return name
}

// notPath is Python's complaint about a file name that is none.
func notPath(what string) error {
	return value.Raise("TypeError", "expected str, bytes or os.PathLike object, not %s", what)
}
