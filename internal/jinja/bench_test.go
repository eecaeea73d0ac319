package jinja_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja/jinjabench"
)

func benchEnv(native bool) *jinja.Env {
	env := jinja.New()
	env.Syntax.TrimBlocks = true
	env.Native = native
	env.Undefined.Chain = native
	return env
}

func BenchmarkRender(b *testing.B) {
	vars := jinja.DictVars{Dict: jinjabench.Data(1000)}
	for _, name := range jinjabench.Names {
		for _, native := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/native=%v", name, native), func(b *testing.B) {
				t, err := benchEnv(native).Parse(jinja.Source{Text: jinjabench.Text(name)})
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
	vars := jinja.DictVars{Dict: jinjabench.Data(1)}
	for _, name := range jinjabench.Names {
		b.Run(name, func(b *testing.B) {
			env, text := benchEnv(false), jinjabench.Text(name)
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
