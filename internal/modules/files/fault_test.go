package files_test

import (
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/moduletest"
)

func TestAnyFault(t *testing.T) {
	conf := map[string]string{"f": "old = 1\nkept = 2\n"}
	moduletest.RunFaults(t, modules.Find, []moduletest.Fault{
		{Name: "copy", Module: "copy", Args: `{"dest": "@W@/f", "content": "new\ncontent\n", "mode": "0600", "backup": true}`, Files: conf},
		{Name: "copy a new file", Module: "copy", Args: `{"dest": "@W@/g", "content": "new\ncontent\n", "validate": "true %s"}`},
		{Name: "copy on the target", Module: "copy", Args: `{"src": "@W@/g", "dest": "@W@/f", "remote_src": true}`, Files: map[string]string{"f": "old\n", "g": "new\n"}},
		{Name: "file, link", Module: "file", Args: `{"src": "@W@/g", "dest": "@W@/f", "state": "link", "force": true}`, Files: map[string]string{"f": "old\n", "g": "new\n"}},
		{Name: "file, hard link", Module: "file", Args: `{"src": "@W@/g", "dest": "@W@/f", "state": "hard", "force": true}`, Files: map[string]string{"f": "old\n", "g": "new\n"}},
	})
}
