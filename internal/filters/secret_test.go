package filters_test

import (
	"context"
	"errors"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/filters"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

func apply(t *testing.T, name string, args ...value.Value) (value.Value, error) {
	t.Helper()
	def := filters.All.Lookup(name)
	if def == nil {
		t.Fatalf("no filter %s", name)
	}
	return def.Call(context.Background(), nil, args, nil)
}

func TestResultsOfSecretsAreSecret(t *testing.T) {
	secret := value.NewMarkedStr("s3cret", value.Marks{Secret: true})
	dict := value.DictOf("k", secret)
	for name, args := range map[string][]value.Value{
		"b64encode":     {secret},
		"hash":          {secret},
		"quote":         {secret},
		"regex_replace": {secret, value.NewStr("3"), value.NewStr("e")},
		"to_json":       {dict},
		"to_nice_yaml":  {dict},
		"comment":       {secret},
		"basename":      {secret},
		"to_uuid":       {value.NewStr("x"), value.NewMarkedStr("6ba7b810-9dad-11d1-80b4-00c04fd430c8", value.Marks{Secret: true})},
	} {
		v, err := apply(t, name, args...)
		if err != nil || !value.IsSecret(v) {
			t.Errorf("%s: secret=%v, %v", name, value.IsSecret(v), err)
		}
		plain := make([]value.Value, len(args))
		for i, a := range args {
			plain[i] = value.WithMarks(a, value.Marks{})
		}
		if _, isDict := args[0].(*value.Dict); isDict {
			plain[0] = value.DictOf("k", value.NewStr("x"))
		}
		if v, err := apply(t, name, plain...); err != nil || value.HasSecret(v) {
			t.Errorf("%s: without a secret it is secret=%v, %v", name, value.HasSecret(v), err)
		}
	}
}

func TestStructuralFiltersLeaveMarksAlone(t *testing.T) {
	secret := value.NewMarkedStr("s3cret", value.Marks{Secret: true})
	open := value.NewStr("open")
	v, err := apply(t, "combine", value.DictOf("a", open), value.DictOf("b", secret))
	if err != nil {
		t.Fatal(err)
	}
	a, b := v.(*value.Dict).Stored("a"), v.(*value.Dict).Stored("b")
	if value.IsSecret(a) || !value.IsSecret(b) || value.IsSecret(v) {
		t.Errorf("combine: a secret=%v, b secret=%v, dict secret=%v", value.IsSecret(a), value.IsSecret(b), value.IsSecret(v))
	}
}

func TestResultsAreNeverTrusted(t *testing.T) {
	trusted := value.NewMarkedStr("'{{ x }}'", value.Marks{Trusted: true})
	for _, name := range []string{"regex_replace", "b64encode", "quote", "split", "from_yaml", "to_json", "comment", "urldecode", "expandvars"} {
		v, err := apply(t, name, trusted)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if l, ok := v.(*value.List); ok {
			v = l.Stored()[0]
		}
		if value.IsTrusted(v) {
			t.Errorf("%s gives a trusted text", name)
		}
	}
}

func TestUndefinedValues(t *testing.T) {
	u := &value.Undefined{Name: "x", Msg: "'x' is undefined"}
	var undefined *value.UndefinedError
	if _, err := apply(t, "quote", u); !errors.As(err, &undefined) {
		t.Errorf("quote: got %v", err)
	}
	if _, err := apply(t, "to_json", value.NewList(u)); !errors.As(err, &undefined) {
		t.Errorf("to_json of a list: got %v", err)
	}
	if _, err := apply(t, "mandatory", u); err == nil || err.Error() != "Mandatory variable 'x' not defined." {
		t.Errorf("mandatory: got %v", err)
	}
	if v, err := apply(t, "type_debug", u); err != nil || v.(value.Str).String() != "UndefinedMarker" {
		t.Errorf("type_debug: got %v, %v", v, err)
	}
}

func TestVaultRoundTrip(t *testing.T) {
	text, err := apply(t, "vault", value.NewStr("plain é"), value.NewStr("pw"))
	if err != nil || value.IsSecret(text) {
		t.Fatalf("%v, a vault is no secret", err)
	}
	plain, err := apply(t, "unvault", text, value.NewStr("pw"))
	if err != nil || plain.(value.Str).String() != "plain é" || !value.IsSecret(plain) {
		t.Errorf("got %v, %v", plain, err)
	}
	if _, err := apply(t, "unvault", text, value.NewStr("wrong")); err == nil {
		t.Error("a wrong password opened it")
	}
}
