package conformance_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/shellwords"
)

var updateMistakes = flag.Bool("update-mistakes", false, "write what is said to the mistakes of testdata/mistakes")

// place is how a finding tells where it is, or what of the command line it is about.
var place = regexp.MustCompile(`(\.yml|\.ini|\.cfg|\.j2|<CLI option '-e'>):\d+:\d+: |kimai-ansible: (no option|there is no inventory|Specified inventory)|sit\.yml: `)

// TestMistakes makes typical mistakes. What we say to each is recorded as "want" in its file, and the first three lines have the
// place and the remedy.
func TestMistakes(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(testdata, "mistakes/*.txtar"))
	if err != nil || len(files) < 60 {
		t.Fatalf("%d mistakes: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			dir, err := filepath.EvalSymlinks(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			want, kept := "", archive.Files[:0]
			for _, f := range archive.Files {
				if f.Name == "want" {
					want = string(f.Data)
					continue
				}
				kept = append(kept, f)
				path := filepath.Join(dir, f.Name)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, f.Data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			words, err := shellwords.Split(strings.TrimSpace(string(archive.Comment)))
			if err != nil {
				t.Fatal(err)
			}
			got := native(t, dir, words...)
			text := strings.ReplaceAll(got.stderr+got.stdout, dir, "@DIR@")
			if *updateMistakes {
				archive.Files = append(kept, txtar.File{Name: "want", Data: []byte(text)})
				if err := os.WriteFile(filepath.Join(mistakesDir, filepath.Base(file)), txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				want = text
			}
			if text != want {
				t.Errorf("got\n%s\nwant\n%s", text, want)
			}
			first := strings.Join(strings.SplitN(text, "\n", 4)[:3], "\n")
			if !place.MatchString(first) {
				t.Errorf("the first three lines have no place:\n%s", first)
			}
			if !strings.Contains(first, "\nhint: ") {
				t.Errorf("the first three lines have no remedy:\n%s", first)
			}
		})
	}
}

// mistakesDir is where the mistakes are, wherever a case changes to.
var mistakesDir = func() string {
	dir, err := filepath.Abs(filepath.Join(testdata, "mistakes"))
	if err != nil {
		panic(err)
	}
	return dir
}()
