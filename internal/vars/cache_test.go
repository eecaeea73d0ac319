package vars_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vars"
)

func TestFileCache(t *testing.T) {
	now := time.Now()
	c := &vars.FileCache{Dir: filepath.Join(t.TempDir(), "facts"), Prefix: "pp_", Timeout: time.Minute, Now: func() time.Time { return now }}
	if _, ok, err := c.Get("h1"); ok || err != nil {
		t.Fatalf("facts of nothing: %v %v", ok, err)
	}
	hidden := value.NewMarkedStr("geheim", value.Marks{Secret: true})
	if err := c.Set("h1", value.DictOf("a", value.NewInt(1), "s", value.NewStr("é"), "pw", value.NewList(hidden))); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(c.Dir, "pp_s1_h1") // as ansible-core 2.19 names it
	text, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(text), "geheim") {
		t.Fatalf("%v, in the file: %s", err, text)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("others may read the facts: %v", info.Mode())
	}
	got, ok, err := c.Get("h1")
	if shown, _ := value.Repr(got); !ok || err != nil || shown != "{'a': 1, 's': 'é'}" {
		t.Errorf("got %s %v %v", shown, ok, err)
	}
	now = now.Add(2 * time.Minute)
	if _, ok, _ := c.Get("h1"); ok {
		t.Error("facts are still there when they are stale")
	}
	c.Timeout = 0
	if _, ok, _ := c.Get("h1"); !ok {
		t.Error("facts get stale without a timeout")
	}
	for range 2 {
		if err := c.Delete("h1"); err != nil {
			t.Error(err)
		}
	}
	if _, ok, _ := c.Get("h1"); ok {
		t.Error("deleted facts are there")
	}
}

// What ansible-core 2.19 wrote is read: a file with a payload whose values carry tags.
func TestFileCacheOfAnsible(t *testing.T) {
	c := &vars.FileCache{Dir: t.TempDir(), Prefix: "x"}
	text := `{"__payload__": "{\"a\": {\"value\": 1, \"tags\": [{\"path\": \"/p.yml\", \"line_num\": 16, \"col_num\": 21, \"__ansible_type\": \"Origin\"}], \"__ansible_type\": \"_AnsibleTaggedInt\"}, \"b\": [{\"value\": \"x\", \"tags\": [], \"__ansible_type\": \"_AnsibleTaggedStr\"}]}"}`
	if err := os.WriteFile(filepath.Join(c.Dir, "xs1_h"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	got, ok, err := c.Get("h")
	if shown, _ := value.Repr(got); !ok || err != nil || shown != "{'a': 1, 'b': ['x']}" {
		t.Errorf("got %s %v %v", shown, ok, err)
	}
	if err := os.WriteFile(filepath.Join(c.Dir, "xs1_h"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := c.Get("h"); ok || err == nil {
		t.Error("a broken file is no error")
	}
}
