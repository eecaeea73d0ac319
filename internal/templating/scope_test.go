package templating_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// TestLoopsOfVariables: variables that refer to each other in a circle are an error, by whatever way.
func TestLoopsOfVariables(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "self.j2"), []byte(`{{ lookup('template', 'self.j2') }}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "inc.j2"), []byte(`{% include 'inc.j2' %}`), 0o644); err != nil {
		t.Fatal(err)
	}
	vars := templating.Map{
		"me": trusted("{{ me }}"), "p": trusted("{{ q }}"), "q": trusted("a{{ p }}"),
		"d": value.DictOf("k", trusted("{{ d.k }}")), "l": value.NewList(trusted("{{ l[0] }}")),
		"v": trusted("{{ vars.v }}"), "lk": trusted("{{ lookup('vars', 'lk') }}"),
		"f": trusted("{{ lookup('template', 'self.j2') }}"), "i": trusted("{% include 'inc.j2' %}"),
	}
	s := templating.New(templating.Options{Dir: dir}).Scope(context.Background(), vars, []string{dir})
	for _, text := range []string{"me", "p", "d.k", "l[0]", "v", "lk", "f", "i", "d", "l", "me | default('x')", "me is defined"} {
		_, err := s.Finalize(trusted("{{ " + text + " }}"))
		if err == nil || !strings.Contains(err.Error(), "Recursive loop detected in template: maximum recursion depth exceeded") ||
			templating.KindOf(err) != templating.Recursion {
			t.Errorf("%s: got %v", text, err)
		}
	}
}

// TestVariablesAreEvaluatedOnce counts evaluations of a variable that many others use.
func TestVariablesAreEvaluatedOnce(t *testing.T) {
	r := &recorder{}
	e := templating.New(templating.Options{Lookups: map[string]templating.Lookup{"pipe": r.pipe}})
	vars := templating.Map{
		"x": trusted("{{ lookup('pipe', 'x') }}"), "a": trusted("{{ x }}"), "d": value.DictOf("k", trusted("{{ lookup('pipe', 'k') }}"), "other", trusted("{{ 1/0 }}")),
	}
	s := e.Scope(context.Background(), vars, nil)
	v, err := s.Finalize(trusted("{{ a }}{{ a }}{{ x }}{{ d.k }}{{ d.k }}{{ d | length }}"))
	if err != nil || v.(value.Str).String() != "ranranranranran2" {
		t.Fatalf("%v, %v", v, err)
	}
	if got := strings.Join(r.commands, " "); got != "x k" {
		t.Errorf("ran %s", got)
	}
}

// TestTemplatesDoNotChangeVariables: what a template appends to a list stays in that template.
func TestTemplatesDoNotChangeVariables(t *testing.T) {
	stored := value.NewList(trusted("a"), value.NewInt(1))
	vars := templating.Map{"l": stored, "d": value.DictOf("k", value.NewInt(1))}
	e := templating.New(templating.Options{Extensions: []string{"jinja2.ext.do"}})
	for range 2 {
		s := e.Scope(context.Background(), vars, nil)
		v, err := s.Finalize(trusted("{% do l.append(2) %}{% do d.update({'n': 2}) %}{{ l }}{{ d }}"))
		if err != nil || v.(value.Str).String() != "['a', 1, 2]{'k': 1, 'n': 2}" {
			t.Fatalf("%v, %v", v, err)
		}
	}
	if stored.Len() != 2 {
		t.Error("the variable was changed")
	}
}

// TestEngineIsShared uses one engine and one set of variables from many goroutines; it is for the race detector.
func TestEngineIsShared(t *testing.T) {
	vars := templating.Map{"rows": rows(20), "domain": trusted("example.org"), "s": sealed{}}
	e := templating.New(templating.Options{Dir: t.TempDir()})
	f := source.NewFile("rows.j2", rowsTemplate)
	var group sync.WaitGroup
	for i := range 8 {
		group.Add(1)
		go func() {
			defer group.Done()
			for n := range 5 {
				s := e.Scope(context.Background(), vars, nil)
				if _, err := s.ForTemplate("rows.j2", "rows.j2", "x").RenderFile(f, templating.DefaultFileOptions()); err != nil {
					t.Error(err)
				}
				if ok, err := s.Condition(trusted(fmt.Sprintf("rows | length == 20 and %d >= 0 and '{{ domain }}' is defined", i*n))); !ok || err != nil {
					t.Error(ok, err)
				}
				if _, err := s.Finalize(trusted("{{ rows | map(attribute='fqdn') | list }} {{ s }}")); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	group.Wait()
}

// TestCancelled: a cancelled run ends templates, and the error is that of the context.
func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	s := templating.New(templating.Options{}).Scope(ctx, templating.Map{}, nil)
	_, err := s.Finalize(trusted("{% for i in range(100000000) %}{% set x = i * i %}{% endfor %}"))
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	start := time.Now()
	_, err = s.Finalize(trusted("{{ lookup('pipe', 'sleep 600') }}"))
	if err == nil || time.Since(start) > time.Minute {
		t.Errorf("got %v after %v", err, time.Since(start))
	}
}

// TestWithItems evaluates loops that are written as with_NAME.
func TestWithItems(t *testing.T) {
	vars := templating.Map{"l": value.NewList(value.NewInt(1), value.NewList(value.NewInt(2), value.NewInt(3))), "d": value.DictOf("k", value.NewInt(1))}
	for _, c := range []struct {
		name  string
		terms value.Value
		want  string
	}{
		{"items", trusted("{{ l }}"), "[1, 2, 3]"},
		{"list", trusted("{{ l }}"), "[1, [2, 3]]"},
		{"dict", trusted("{{ d }}"), "[{'key': 'k', 'value': 1}]"},
		{"nested", value.NewList(value.NewList(trusted("a"), trusted("b")), trusted("{{ l[1] }}")), "[['a', 2], ['a', 3], ['b', 2], ['b', 3]]"},
		{"sequence", trusted("start=1 end=3 format=n%d"), "['n1', 'n2', 'n3']"},
		{"indexed_items", value.NewList(trusted("a"), trusted("b")), "[[0, 'a'], [1, 'b']]"},
		{"together", value.NewList(value.NewList(trusted("a")), value.NewList(trusted("b"))), "[['a', 'b']]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := templating.New(templating.Options{}).Scope(context.Background(), vars, nil)
			items, err := s.LookupItems(context.Background(), c.name, c.terms, "files")
			if err != nil {
				t.Fatal(err)
			}
			if r, _ := value.Repr(value.NewList(items...)); r != c.want {
				t.Errorf("got %s, want %s", r, c.want)
			}
		})
	}
	s := templating.New(templating.Options{}).Scope(context.Background(), vars, nil)
	if _, err := s.LookupItems(context.Background(), "items", trusted("{{ nope }}"), "files"); templating.KindOf(err) != templating.Undefined {
		t.Errorf("undefined items give %v", err)
	}
}

// TestWarningsHavePlaces: a warning is about the text that was being evaluated.
func TestWarningsHavePlaces(t *testing.T) {
	var got []string
	note := func(n templating.Notice) { got = append(got, n.Pos.String()+" "+strings.SplitN(n.Text, " ", 3)[0]) }
	e := templating.New(templating.Options{Tell: note})
	at := func(line int, s string) value.Value {
		return value.NewMarkedStr(s, value.Marks{Trusted: true, Origin: source.At(source.NewFile("p.yml", ""), line, 7)})
	}
	s := e.Scope(context.Background(), templating.Map{"inner": at(2, "{{ 'maybe' | bool }}")}, nil)
	_, _ = s.Finalize(at(5, "{{ inner }} {{ lookup('env', '{{ inner }}') }}"))
	_, _ = s.Condition(at(6, "{{ true }}"))
	if want := " The|p.yml:5:7 Jinja|p.yml:6:7 Conditionals"; strings.Join(got, "|") != want {
		t.Errorf("got %s, want %s", strings.Join(got, "|"), want)
	}
}

// TestNearestPlugin offers names.
func TestNearestPlugin(t *testing.T) {
	for _, c := range []struct{ kind, name, want string }{
		{"filter", "to_nise_yaml", "to_nice_yaml"}, {"filter", "uper", "upper"}, {"test", "defind", "defined"}, {"filter", "zzzzzz", ""},
	} {
		if got := templating.NearestPlugin(c.kind, c.name); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
