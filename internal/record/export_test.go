package record

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// DecodeOutcome reads the body of an entry.
func DecodeOutcome(b []byte) (Outcome, error) {
	d := decoder{
		b: b, file: func(name string, _ bool) *source.File { return source.NewFile(name, "") },
		vault: func(text string, _ source.Pos) (value.Value, error) { return value.NewStr(text), nil },
		taken: func(string) {},
	}
	return d.outcome(), d.err
}
