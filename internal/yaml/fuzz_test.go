package yaml_test

import (
	"errors"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

// FuzzLoad: any text gives a value or a diag.Error, and !unsafe keeps its promise.
func FuzzLoad(f *testing.F) {
	for _, name := range []string{"testdata/scalars.jsonl", "testdata/documents.jsonl"} {
		for i, r := range recordings(&testing.T{}, name) {
			if i%4 == 0 {
				f.Add(r.Text)
			}
		}
	}
	vault := func(text string, pos source.Pos) (value.Value, error) { return value.NewStr(text), nil }
	f.Fuzz(func(t *testing.T, text string) {
		for _, json := range []bool{false, true} {
			opts := yaml.Options{Trusted: true, Vault: vault, JSONFirst: json, Warn: func(yaml.Warning) error { return nil }}
			start := time.Now()
			v, err := yaml.Load(source.NewFile("f.yml", text), opts)
			if took := time.Since(start); took > 20*time.Second {
				t.Fatalf("%d bytes took %v", len(text), took)
			}
			if err == nil {
				if v == nil {
					t.Fatal("no value and no error")
				}
				continue
			}
			var e *diag.Error
			if !errors.As(err, &e) {
				t.Fatalf("%T is no diag.Error: %v", err, err)
			}
			_ = e.Detail()
		}
	})
}
