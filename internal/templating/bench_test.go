package templating_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// rows is a variable as a vars file gives it: a list of dicts, one entry of each a template.
func rows(n int) value.Value {
	l := value.NewList()
	for i := range n {
		l.Append(value.DictOf("name", trusted(fmt.Sprintf("host%d", i)), "addr", trusted(fmt.Sprintf("10.0.%d.%d", i/256, i%256)),
			"fqdn", trusted("h"+fmt.Sprint(i)+".{{ domain }}"), "port", value.NewInt(int64(8000+i)), "up", value.Bool(i%2 == 0)))
	}
	return l
}

const rowsTemplate = `# {{ ansible_managed }}
{% for r in rows %}
{{ r.name }} {{ r.fqdn }} {{ r.addr }}:{{ r.port }}{% if r.up %} up{% endif %} {{ r.name | upper }} {{ r.missing | default('-') }}
{% endfor %}
`

// BenchmarkTemplateTask is what a task with a template of 1,000 rows costs in the template engine: a scope of its own,
// variables evaluated, the template from the cache.
func BenchmarkTemplateTask(b *testing.B) {
	vars := templating.Map{"rows": rows(1000), "domain": trusted("example.org")}
	e := templating.New(templating.Options{Dir: b.TempDir()})
	f := source.NewFile("rows.j2", rowsTemplate)
	b.ReportAllocs()
	for b.Loop() {
		s := e.Scope(context.Background(), vars, nil).ForTemplate("rows.j2", "rows.j2", "/etc/rows")
		out, err := s.RenderFile(f, templating.DefaultFileOptions())
		if err != nil || len(out) < 40000 {
			b.Fatal(len(out), err)
		}
	}
}

// BenchmarkArguments is what finalizing the arguments of a task without templates costs.
func BenchmarkArguments(b *testing.B) {
	args := value.DictOf("path", trusted("/etc/motd"), "owner", trusted("root"), "mode", trusted("0644"), "n", value.NewInt(3),
		"list", value.NewList(trusted("a"), trusted("b")))
	e := templating.New(templating.Options{})
	b.ReportAllocs()
	for b.Loop() {
		s := e.Scope(context.Background(), templating.Map{}, nil)
		if _, err := s.Finalize(args); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCondition is a condition as tasks have it.
func BenchmarkCondition(b *testing.B) {
	vars := templating.Map{"os": value.DictOf("family", value.NewStr("Debian"), "version", value.NewStr("13"))}
	e := templating.New(templating.Options{})
	cond := trusted("os.family == 'Debian' and os.version is version('12', '>=')")
	b.ReportAllocs()
	for b.Loop() {
		s := e.Scope(context.Background(), vars, nil)
		if ok, err := s.Condition(cond); err != nil || !ok {
			b.Fatal(ok, err)
		}
	}
}
