package inventory_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/inventory"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// cipher stands for a vaulted value that nobody opens.
type cipher string

func (cipher) Type() string         { return "str" }
func (c cipher) Ciphertext() string { return string(c) }

// caseArgs reads the file "args" of a case.
func caseArgs(t *testing.T, dir string) (sources []string, playbookDir string) {
	t.Helper()
	words := strings.Fields(readFile(t, filepath.Join(dir, "args")))
	for i := 0; i+1 < len(words); i += 2 {
		switch words[i] {
		case "-i":
			sources = append(sources, words[i+1])
		case "--playbook-dir":
			playbookDir = filepath.Join(dir, words[i+1])
		default:
			t.Fatalf("unknown argument %s", words[i])
		}
	}
	return sources, playbookDir
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// load loads sources below dir and gives what it warned of as Ansible prints it.
func load(t *testing.T, dir string, sources ...string) (*inventory.Inventory, *strings.Builder) {
	t.Helper()
	abs, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	warnings := new(strings.Builder)
	told := map[string]bool{}
	inv, err := inventory.Load(context.Background(), sources, inventory.Options{
		Dir:   abs,
		Vault: func(text string, _ source.Pos) (value.Value, error) { return cipher(text), nil },
		Warn: func(w inventory.Warning) {
			kind := "[WARNING]: "
			if w.Deprecated {
				kind = "[DEPRECATION WARNING]: "
			}
			text := kind + strings.ReplaceAll(w.Text, abs+"/", "@DIR@/") + "\n"
			if !told[text] {
				told[text] = true
				warnings.WriteString(text)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return inv, warnings
}

// unlike are cases in which a file differs from Ansible's, with the reason.
var unlike = map[string]string{}

func TestRecordedCases(t *testing.T) {
	dirs, err := filepath.Glob("testdata/cases/*")
	if err != nil || len(dirs) < 60 {
		t.Fatalf("%d cases, %v", len(dirs), err)
	}
	for _, dir := range dirs {
		name := filepath.Base(dir)
		t.Run(name, func(t *testing.T) {
			sources, playbookDir := caseArgs(t, dir)
			inv, warnings := load(t, dir, sources...)
			if why := unlike[name]; why != "" {
				t.Skip(why)
			}
			lister := &inventory.Lister{Inventory: inv, PlaybookDir: playbookDir, BaseDir: playbookDir}
			var listing, graph strings.Builder
			if err := lister.JSON(&listing); err != nil {
				t.Fatal(err)
			}
			if want := readFile(t, filepath.Join(dir, "list.json")); listing.String() != want {
				t.Errorf("list: got\n%s\nwant\n%s", listing.String(), want)
			}
			if err := lister.Graph(&graph, inv.Group("all"), true); err != nil {
				t.Fatal(err)
			}
			if want := readFile(t, filepath.Join(dir, "graph.txt")); graph.String() != want && want != "" { // empty: a vault without a secret
				t.Errorf("graph: got\n%s\nwant\n%s", graph.String(), want)
			}
			hosts, err := inv.Match(inventory.Limit{}, "all")
			if err != nil {
				t.Fatal(err)
			}
			order := ""
			for _, h := range hosts {
				order += h.Name() + "\n"
			}
			if want := readFile(t, filepath.Join(dir, "hosts.txt")); order != want {
				t.Errorf("order: got\n%s\nwant\n%s", order, want)
			}
			if got, want := told(warnings.String()), told(readFile(t, filepath.Join(dir, "stderr.txt"))); got != want {
				t.Errorf("warnings: got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// told takes from what Ansible prints the parts that the one who prints adds: excerpts, origins of single values.
func told(s string) string {
	var out []string
	for _, line := range strings.Split(s, "\n") {
		switch {
		case strings.TrimSpace(line) == "", strings.HasPrefix(line, "[WARNING]: Error loading plugin 'foo.bar.baz'"), strings.HasPrefix(line, "[WARNING]: Deprecation warnings can be disabled"),
			strings.HasPrefix(line, "Origin: <inventory script output"):
			continue
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

func TestPatterns(t *testing.T) {
	f, err := os.Open("testdata/patterns.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var r struct {
			Limit    *string
			Pattern  []string
			Hosts    []string
			Error    string
			Warnings []string
		}
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		limit := "none"
		if r.Limit != nil {
			limit = *r.Limit
		}
		t.Run(fmt.Sprintf("%s limit %s", r.Pattern, limit), func(t *testing.T) {
			var got, warnings []string
			wd, _ := os.Getwd()
			inv, err := inventory.Load(context.Background(), []string{"cases/patterns/h"}, inventory.Options{
				Dir:  filepath.Join(wd, "testdata"),
				Warn: func(w inventory.Warning) { warnings = append(warnings, w.Text) },
			})
			if err != nil {
				t.Fatal(err)
			}
			var lim inventory.Limit
			if r.Limit != nil {
				lim, err = inv.NewLimit(*r.Limit)
			}
			var hosts []*inventory.Host
			if err == nil {
				hosts, err = inv.Match(lim, r.Pattern...)
			}
			if r.Error != "" {
				if err == nil || err.Error() != r.Error {
					t.Errorf("error: got %v, want %s", err, r.Error)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range hosts {
				got = append(got, h.Name())
			}
			if fmt.Sprint(got) != fmt.Sprint(r.Hosts) {
				t.Errorf("got %v, want %v", got, r.Hosts)
			}
			if fmt.Sprint(warnings) != fmt.Sprint(r.Warnings) {
				t.Errorf("warnings: got %q, want %q", warnings, r.Warnings)
			}
		})
	}
}

// typed writes a value in the form of testdata/values.py.
func typed(t *testing.T, v value.Value) any {
	list := func(vs []value.Value) []any {
		out := []any{}
		for _, v := range vs {
			out = append(out, typed(t, v))
		}
		return out
	}
	switch v := v.(type) {
	case value.NoneType:
		return []any{"none"}
	case value.Bool:
		return []any{"bool", map[value.Bool]string{true: "True", false: "False"}[v]}
	case value.Int:
		return []any{"int", v.String()}
	case value.Float:
		text, err := value.Text(v)
		if err != nil {
			t.Fatal(err)
		}
		return []any{"float", text}
	case value.Str:
		return []any{"str", v.String()}
	case value.Bytes:
		return []any{"bytes", base64.StdEncoding.EncodeToString(v.Bytes())}
	case *value.List:
		return []any{"list", list(v.Stored())}
	case *value.Dict:
		out := []any{}
		for it := v.Iterate(); it.Next(); {
			out = append(out, []any{typed(t, it.Key()), typed(t, it.Stored())})
		}
		return []any{"dict", out}
	}
	t.Fatalf("unexpected %T", v)
	return nil
}

// otherValues are texts that ansible-core reads otherwise, with the reason.
var otherValues = map[string]string{
	"1+2j": "complex numbers", "1j": "complex numbers", "[1j]": "complex numbers", "1 + 2j": "complex numbers", "-1-2j": "complex numbers",
	"'\\N{LATIN SMALL LETTER A}'": "names of characters",
	"{b'k': 1}":                   "bytes as a key", "{(1,2): 3}": "a tuple as a key",
	"b'\\xff'": "bytes that are no UTF-8",
}

func TestINIValues(t *testing.T) {
	f, err := os.Open("testdata/values.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var r struct {
			Text  string
			Value any
		}
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		t.Run(r.Text, func(t *testing.T) {
			if why := otherValues[r.Text]; why != "" {
				t.Skip(why)
			}
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "h"), []byte("[all:vars]\nv="+r.Text+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			inv, warnings := load(t, dir, "h")
			v := inv.Group("all").Vars().Stored("v")
			if v == nil {
				t.Fatalf("no value: %s", warnings)
			}
			got, _ := json.Marshal(typed(t, v))
			want, _ := json.Marshal(r.Value)
			if string(got) != string(want) {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func TestLayers(t *testing.T) {
	inv, _ := load(t, "testdata/cases/precedence", "inv/h")
	layers, err := inv.Layers(inv.Host("h"), "testdata/cases/precedence/pb")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range layers {
		got = append(got, fmt.Sprintf("%d %s", l.Level, l.Name))
	}
	want := "1 all,2 g,3 all,4 all,5 g,6 g,7 h,8 h,9 h"
	if strings.Join(got, ",") != want {
		t.Errorf("got %s, want %s", strings.Join(got, ","), want)
	}
	if !sort.SliceIsSorted(layers, func(i, j int) bool { return layers[i].Level < layers[j].Level }) {
		t.Error("levels are out of order")
	}
}
