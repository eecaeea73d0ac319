package actions

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// find looks for a file of the control node: an absolute name as it is, any other in the folder kind ("files",
// "templates") of each search folder and in the search folder itself.
// Source: https://docs.ansible.com/ansible/latest/playbook_guide/playbook_pathing.html
func (c *Call) find(kind, name string) (string, error) {
	path, _, err := c.look(kind, name)
	return path, err
}

// look is find that also tells what is there.
func (c *Call) look(kind, name string) (string, fs.FileInfo, error) {
	if strings.HasPrefix(name, "~") {
		if home, err := os.UserHomeDir(); err == nil && (name == "~" || strings.HasPrefix(name, "~/")) {
			name = home + name[1:]
		}
	}
	candidates := []string{name}
	if !filepath.IsAbs(name) {
		candidates = c.candidates(kind, name)
	}
	for _, path := range candidates {
		if c.Reads != nil {
			c.Reads(path)
		}
		if info, err := os.Stat(path); err == nil {
			if strings.HasSuffix(name, "/") {
				path = filepath.Clean(path) + "/"
			}
			return path, info, nil
		}
	}
	if filepath.IsAbs(name) {
		return "", nil, &notFoundError{name: name}
	}
	return "", nil, &notFoundError{name: name, searched: candidates}
}

func (c *Call) candidates(kind, name string) []string {
	dirs := c.Search
	if len(dirs) == 1 {
		dirs = []string{dirs[0], dirs[0]} // outside of roles Ansible looks, and says that it looks, twice
	}
	var out []string
	for _, dir := range dirs {
		out = append(out, filepath.Join(dir, kind, name), filepath.Join(dir, name))
	}
	return out
}

const remedy = " on the Ansible Controller.\nIf you are using a module and expect the file to exist on the remote, see the remote_src option"

// notFoundError is a file of the control node that is not there.
type notFoundError struct {
	name     string
	searched []string
}

// Error says what was looked for, and where, as Ansible does.
func (e *notFoundError) Error() string {
	text := "Could not find or access '" + e.name + "'"
	if len(e.searched) > 0 {
		text += "\nSearched in:\n\t" + strings.Join(e.searched, "\n\t")
	}
	return text + remedy
}
