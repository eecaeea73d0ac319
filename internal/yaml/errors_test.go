package yaml_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

var update = flag.Bool("update", false, "rewrite the golden files")

type recordedError struct {
	Text, Message, Help string
	At                  []int
}

func recordedErrors(t *testing.T) []recordedError {
	t.Helper()
	f, err := os.Open("testdata/errors.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []recordedError
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var r recordedError
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

// differing are texts of which Ansible says something else than we do, with the reason.
var differing = map[string]string{
	"a: &x [*x]":        "a recursive value is refused here",
	"a: &x {b: *x}":     "a recursive value is refused here",
	"a: &a\n  <<: *a\n": "a recursive value is refused here",
	"a: b\n...\nc":      "neither parser gives the place",
	": a: b: c":         "neither parser gives the place",
}

func TestAnsibleErrors(t *testing.T) {
	for _, r := range recordedErrors(t) {
		t.Run(r.Text, func(t *testing.T) {
			if why := differing[r.Text]; why != "" {
				t.Skip(why)
			}
			_, err := yaml.Load(source.NewFile("f.yml", r.Text), yaml.Options{JSONFirst: true})
			if r.Message == "" {
				if err != nil {
					t.Fatalf("Load(%q): %v, Ansible reads it", r.Text, err)
				}
				return
			}
			var e *diag.Error
			var p *yaml.ParserError
			if !errors.As(err, &e) || !errors.As(err, &p) {
				t.Fatalf("Load(%q): error %v has no ParserError; Ansible says %s", r.Text, err, r.Message)
			}
			if p.Message != r.Message || p.Help != r.Help {
				t.Errorf("Load(%q)\n got %s\nwant %s", r.Text, p.Message, r.Message)
			}
			if got := fmt.Sprint([]int32{p.Pos.Line, p.Pos.Col}); got != fmt.Sprint(r.At) {
				t.Errorf("Load(%q): at %s, Ansible says %v: %s", r.Text, got, r.At, p.Message)
			}
		})
	}
}

// TestErrorTexts holds what a reader sees of every mistake.
func TestErrorTexts(t *testing.T) {
	var b strings.Builder
	for _, r := range recordedErrors(t) {
		_, err := yaml.Load(source.NewFile("f.yml", r.Text), yaml.Options{})
		if err != nil {
			fmt.Fprintf(&b, "=== %q\n%s", r.Text, diag.Detail(err))
		}
	}
	golden(t, "testdata/errors.golden", b.String())
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	g, w := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			t.Fatalf("%s:%d\n got %s\nwant %s", name, i+1, g[i], w[i])
		}
	}
	t.Fatalf("%s: got %d lines, want %d", name, len(g), len(w))
}
