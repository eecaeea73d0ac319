package value_test

import (
	"errors"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

type failing struct{ err error }

func (f failing) Resolve(value.Value) (value.Value, error) { return nil, f.err }

func TestLazyElementsHonourErrors(t *testing.T) {
	broken := errors.New("broken template")
	l := value.NewLazyList([]value.Value{value.NewStr("{{ x }}")}, failing{broken}, value.Marks{})
	d := value.NewLazyDict(value.DictOf("k", value.NewStr("{{ x }}")), failing{broken}, value.Marks{})
	for name, use := range map[string]func() error{
		"repr":     func() error { _, err := value.Repr(l); return err },
		"equal":    func() error { _, err := value.Equal(l, value.NewList(value.None)); return err },
		"order":    func() error { _, err := value.Order("<", l, value.NewList(value.None)); return err },
		"iterate":  func() error { _, err := value.Elems(l); return err },
		"index":    func() error { _, err := value.Index(l, value.NewInt(0)); return err },
		"slice":    func() error { _, err := value.Slice(l, nil, nil, nil); return err },
		"contains": func() error { _, err := value.Contains(l, value.None); return err },
		"add":      func() error { _, err := value.Binary("+", l, l); return err },
		"json":     func() error { _, err := value.AppendJSON(nil, d, value.JSONOptions{}); return err },
		"to go":    func() error { _, err := value.ToGo(d); return err },
		"get":      func() error { _, err := value.CallMethod(d, "get", value.NewStr("k")); return err },
		"values":   func() error { v, _ := value.CallMethod(d, "values"); _, err := value.Elems(v); return err },
	} {
		if err := use(); !errors.Is(err, broken) {
			t.Errorf("%s: got %v, want the error of the element", name, err)
		}
	}
	if keys, err := value.Elems(d); err != nil || len(keys) != 1 {
		t.Errorf("the keys need no value: %v", err)
	}
}

func TestResultsAreBounded(t *testing.T) {
	big := value.NewInt(1 << 40)
	for name, use := range map[string]func() error{
		"repeat": func() error { _, err := value.Binary("*", value.NewStr("ab"), big); return err },
		"power":  func() error { _, err := value.Binary("**", value.NewInt(7), big); return err },
		"center": func() error { _, err := value.CallMethod(value.NewStr("a"), "center", big); return err },
		"zfill":  func() error { _, err := value.CallMethod(value.NewStr("a"), "zfill", big); return err },
		"tabs":   func() error { _, err := value.CallMethod(value.NewStr("\t\t"), "expandtabs", big); return err },
		"percent": func() error {
			_, err := value.Binary("%", value.NewStr("%1999999999d"), value.NewInt(1))
			return err
		},
		"format": func() error { _, err := value.FormatSpec(value.NewInt(1), "01999999999,"); return err },
		"digits": func() error {
			v, err := value.Binary("**", value.NewInt(10), value.NewInt(5000))
			if err != nil {
				t.Fatal(err)
			}
			_, err = value.Text(v)
			return err
		},
		"nesting": func() error {
			v := value.NewList()
			for range 5000 {
				v = value.NewList(v)
			}
			_, err := value.Repr(v)
			return err
		},
	} {
		if err := use(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestSecretMarkFollowsOperations(t *testing.T) {
	s := value.NewMarkedStr("s3cret word", value.Marks{Secret: true, Trusted: true})
	for name, use := range map[string]func() (value.Value, error){
		"method":  func() (value.Value, error) { return value.CallMethod(s, "upper") },
		"as arg":  func() (value.Value, error) { return value.CallMethod(value.NewStr("-"), "join", value.NewList(s)) },
		"format":  func() (value.Value, error) { return value.CallMethod(value.NewStr("<{}>"), "format", s) },
		"percent": func() (value.Value, error) { return value.Binary("%", value.NewStr("<%s>"), s) },
		"concat":  func() (value.Value, error) { return value.Binary("~", value.NewInt(1), s) },
		"add":     func() (value.Value, error) { return value.Binary("+", s, value.NewStr("x")) },
		"slice":   func() (value.Value, error) { return value.Slice(s, value.NewInt(1), nil, nil) },
		"index":   func() (value.Value, error) { return value.Index(s, value.NewInt(1)) },
		"split": func() (value.Value, error) {
			v, err := value.CallMethod(s, "split")
			return v.(*value.List).Stored()[1], err
		},
		"iterate": func() (value.Value, error) { e, err := value.Elems(s); return e[0], err },
		"json":    func() (value.Value, error) { return value.JSON(value.NewList(s), value.JSONOptions{}) },
	} {
		v, err := use()
		if err != nil || !value.IsSecret(v) || value.IsTrusted(v) {
			t.Errorf("%s: secret=%v trusted=%v, %v", name, value.IsSecret(v), value.IsTrusted(v), err)
		}
	}
}
