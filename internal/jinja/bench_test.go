package jinja_test

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// benchData is what testdata/bench/data.py makes.
func benchData(n int) *value.Dict {
	str := func(format string, args ...any) value.Value { return value.NewStr(fmt.Sprintf(format, args...)) }
	num := func(n int) value.Value { return value.NewInt(int64(n)) }
	settings := value.NewDict()
	for i := 0; i < 40; i += 2 {
		settings.SetStr(fmt.Sprintf("opt%d", i), str("value %d", i))
	}
	hosts := value.NewList()
	for i := range n {
		hosts.Append(value.DictOf(
			"name", str("Host%d.example.org", i), "aliases", value.NewList(str("a%d", i), str("b%d", i)),
			"port", num(8000+i%100), "ssl", value.Bool(i%3 == 0),
			"protocols", value.NewList(str("TLSv1.2"), str("TLSv1.3")), "weight", num(i%4),
			"locations", value.NewList(
				value.DictOf("path", str("/"), "backend", str("app"), "port", num(i%50), "cache", num(20)),
				value.DictOf("path", str("/static"), "backend", str("cdn"), "port", num(1)),
			),
		))
	}
	return value.DictOf("name", str("example"), "settings", settings, "hosts", hosts)
}

func benchText(b testing.TB, name string) string {
	text, err := os.ReadFile("testdata/bench/" + name + ".j2")
	if err != nil {
		b.Fatal(err)
	}
	return string(text)
}

func benchEnv(native bool) *jinja.Env {
	env := jinja.New()
	env.Syntax.TrimBlocks = true
	env.Native = native
	env.Undefined.Chain = native
	return env
}

func BenchmarkRender(b *testing.B) {
	vars := jinja.DictVars{Dict: benchData(1000)}
	for _, name := range []string{"servers", "loop"} {
		for _, native := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/native=%v", name, native), func(b *testing.B) {
				t, err := benchEnv(native).Parse(jinja.Source{Text: benchText(b, name)})
				if err != nil {
					b.Fatal(err)
				}
				b.ReportAllocs()
				for b.Loop() {
					if _, err := t.Render(context.Background(), vars); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkFirst(b *testing.B) {
	vars := jinja.DictVars{Dict: benchData(1)}
	for _, name := range []string{"servers", "loop"} {
		b.Run(name, func(b *testing.B) {
			env, text := benchEnv(false), benchText(b, name)
			b.ReportAllocs()
			for b.Loop() {
				t, err := env.Parse(jinja.Source{Text: text})
				if err != nil {
					b.Fatal(err)
				}
				if _, err := t.Render(context.Background(), vars); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestBesideJinja2 prints the least CPU time of several renderings, in microseconds, as testdata/bench/jinja2.py does for
// Jinja2. testdata/bench/compare.sh runs both and divides.
func TestBesideJinja2(t *testing.T) {
	if os.Getenv("JINJA_BENCH") == "" {
		t.Skip("JINJA_BENCH is not set; see testdata/bench/compare.sh")
	}
	cpu := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			t.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	best := func(rounds, times int, f func()) float64 {
		least := time.Hour
		for range rounds {
			begin := cpu()
			for range times {
				f()
			}
			least = min(least, (cpu()-begin)/time.Duration(times))
		}
		return float64(least.Nanoseconds()) / 1000
	}
	big, small := jinja.DictVars{Dict: benchData(1000)}, jinja.DictVars{Dict: benchData(1)}
	for _, name := range []string{"servers", "loop"} {
		env, text := benchEnv(false), benchText(t, name)
		render := func(tmpl *jinja.Template, vars jinja.Vars) string {
			v, err := tmpl.Render(context.Background(), vars)
			if err != nil {
				t.Fatal(err)
			}
			return v.(value.Str).String()
		}
		parse := func() *jinja.Template {
			tmpl, err := env.Parse(jinja.Source{Text: text})
			if err != nil {
				t.Fatal(err)
			}
			return tmpl
		}
		tmpl := parse()
		fmt.Printf("render %s %.0f\n", name, best(15, 10, func() { render(tmpl, big) }))
		fmt.Printf("first %s %.0f\n", name, best(15, 20, func() { render(parse(), small) }))
		if out := os.Getenv("JINJA_BENCH_OUT"); out != "" {
			if err := os.WriteFile(out+"."+name, []byte(render(tmpl, big)), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}
