package value_test

import (
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Whatever a template hands to the formatters, they answer with a text or a Python error.
func FuzzFormat(f *testing.F) {
	for _, s := range []string{"%5.2f|%-8s|%+d", "%(a)s %(b)05d", "{:>8}{!r}", "{a[k].real:{w}}", "{0}{}", "%", "{", "*^+#010,.2f", "%*.*f"} {
		f.Add(s, "äb", int64(-42), 3.25)
	}
	f.Fuzz(func(t *testing.T, format, s string, n int64, x float64) {
		if len(format) > 200 {
			return
		}
		args := []value.Value{value.NewStr(s), value.NewInt(n), value.NewFloat(x), value.None}
		named := value.DictOf("a", args[0], "b", args[1], "w", value.NewInt(n%50))
		check := func(v value.Value, err error) {
			if err == nil {
				if _, err := value.Text(v); err != nil {
					t.Errorf("%q: %v", format, err)
				}
			} else if value.ClassOf(err) == "" {
				t.Errorf("%q: %v is no Python error", format, err)
			}
		}
		check(value.FormatPercent(value.NewStr(format), value.NewTuple(args...)))
		check(value.FormatPercent(value.NewStr(format), named))
		check(value.Format(value.NewStr(format), args, named))
		for _, a := range args {
			text, err := value.FormatSpec(a, format)
			check(value.NewStr(text), err)
		}
	})
}

// What is written as JSON reads back as the same value.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{"a": [1, 2.5, null, true, "\u00e9\ud83d\ude00"]}`, `[1e400, -0, 123456789012345678901]`, `"\udc80"`, `{"a": 1, "a": 2}`, "[NaN]"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := value.FromJSON(text)
		if err != nil {
			return
		}
		once, err := value.AppendJSON(nil, v, value.JSONOptions{})
		if err != nil {
			return // an integer of too many digits
		}
		again, err := value.FromJSON(once)
		if err != nil {
			t.Fatalf("%q gives %q, which does not read: %v", text, once, err)
		}
		twice, err := value.AppendJSON(nil, again, value.JSONOptions{})
		if err != nil || string(once) != string(twice) {
			t.Errorf("%q: %q, then %q (%v)", text, once, twice, err)
		}
	})
}
