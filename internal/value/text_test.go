package value_test

import (
	"math"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

func TestReprOfNestedContainers(t *testing.T) {
	d := value.DictOf("a", value.NewList(value.NewInt(1), value.NewFloat(1), value.None), "b'", value.NewTuple(value.True))
	loop := value.NewList()
	loop.Append(loop)
	d.SetStr("c", loop)
	got, err := value.Repr(d)
	if want := `{'a': [1, 1.0, None], "b'": (True,), 'c': [[...]]}`; got != want || err != nil {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
}

func TestSecretIsInherited(t *testing.T) {
	secret := value.NewMarkedStr("x", value.Marks{Secret: true, Trusted: true})
	s, err := value.TextStr(value.NewList(value.DictOf("k", secret)))
	if err != nil || !value.IsSecret(s) || value.IsTrusted(s) {
		t.Errorf("text of a list with a secret: secret=%v trusted=%v %v", value.IsSecret(s), value.IsTrusted(s), err)
	}
	plain, _ := value.TextStr(value.NewList(value.NewStr("x")))
	if value.IsSecret(plain) {
		t.Error("a plain list became secret")
	}
}

func TestUndefinedSurfaces(t *testing.T) {
	u := &value.Undefined{Name: "x", Msg: "'x' is undefined"}
	if _, err := value.Text(value.NewList(u)); err == nil || err.Error() != "'x' is undefined" {
		t.Errorf("got %v", err)
	}
	if _, err := value.Equal(u, u); err == nil {
		t.Error("comparing an undefined must fail")
	}
}

func TestHashOfEqualNumbers(t *testing.T) {
	d := value.NewDict()
	for _, k := range []value.Value{value.NewInt(1), value.NewFloat(1), value.True, value.NewInt(math.MaxInt64 - 1023), value.NewFloat(math.MaxInt64 - 1023)} {
		if err := d.Set(k, value.None); err != nil {
			t.Fatal(err)
		}
	}
	if d.Len() != 2 {
		t.Errorf("got %d keys, want 2", d.Len())
	}
}
