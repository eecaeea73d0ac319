package files_test

import (
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/files"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/moduletest"
)

func TestEveryFault(t *testing.T) {
	conf := map[string]string{"f": "old = 1\nkept = 2\n"}
	moduletest.RunFaults(t, &files.Set, modules.Find, []moduletest.Fault{
		{Name: "copy", Module: "copy", Args: `{"dest": "@W@/f", "content": "new\ncontent\n", "mode": "0600", "backup": true}`, Files: conf},
		{Name: "copy a new file", Module: "copy", Args: `{"dest": "@W@/g", "content": "new\ncontent\n", "validate": "true %s"}`},
		{Name: "copy on the target", Module: "copy", Args: `{"src": "@W@/g", "dest": "@W@/f", "remote_src": true}`, Files: map[string]string{"f": "old\n", "g": "new\n"}},
		{Name: "file, link", Module: "file", Args: `{"src": "@W@/g", "dest": "@W@/f", "state": "link", "force": true}`, Files: map[string]string{"f": "old\n", "g": "new\n"}},
		{Name: "file, hard link", Module: "file", Args: `{"src": "@W@/g", "dest": "@W@/f", "state": "hard", "force": true}`, Files: map[string]string{"f": "old\n", "g": "new\n"}},
		{Name: "lineinfile", Module: "lineinfile", Args: `{"path": "@W@/f", "regexp": "^old", "line": "old = 3", "mode": "0600", "backup": true, "validate": "true %s"}`, Files: conf},
		{Name: "lineinfile, absent", Module: "lineinfile", Args: `{"path": "@W@/f", "regexp": "^old", "state": "absent"}`, Files: conf},
		{Name: "lineinfile, create", Module: "lineinfile", Args: `{"path": "@W@/g", "line": "new", "create": true}`},
		{Name: "replace", Module: "replace", Args: `{"path": "@W@/f", "regexp": "=", "replace": ":", "backup": true}`, Files: conf},
		{Name: "blockinfile", Module: "blockinfile", Args: `{"path": "@W@/f", "block": "a\nb", "backup": true}`, Files: conf},
		{Name: "blockinfile, create", Module: "blockinfile", Args: `{"path": "@W@/g", "block": "a\nb", "create": true, "mode": "0600"}`},
		{Name: "assemble", Module: "assemble", Args: `{"src": "@W@/d", "dest": "@W@/f", "backup": true, "mode": "0600", "validate": "true %s"}`, Files: conf, Setup: []string{"mkdir d; echo one > d/1; echo two > d/2; touch -d 2024-01-02 d/*"}},
		{Name: "ini_file", Module: "ini_file", Args: `{"path": "@W@/f", "option": "kept", "value": "3", "backup": true}`, Files: conf},
		{Name: "ini_file, new", Module: "ini_file", Args: `{"path": "@W@/g", "section": "s", "option": "kept", "value": "3", "mode": "0600"}`},
		{Name: "file, touch", Module: "file", Args: `{"path": "@W@/g", "state": "touch", "mode": "0600"}`},
		{Name: "file, directory", Module: "file", Args: `{"path": "@W@/d/e", "state": "directory", "mode": "0700"}`},
		{Name: "file, absent", Module: "file", Args: `{"path": "@W@/f", "state": "absent"}`, Files: conf},
	}, map[string]string{
		"find":         "it reads",
		"slurp":        "it reads",
		"stat":         "it reads",
		"tempfile":     "an empty file or folder is all that it makes, in one call",
		"acl":          "setfacl writes",
		"capabilities": "setcap writes",
		"synchronize":  "rsync writes",
	})
}
