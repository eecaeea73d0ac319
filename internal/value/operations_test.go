package value_test

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// operation is a line of testdata/operations.jsonl, which testdata/record.py makes with the real Python.
type operation struct {
	F string                     `json:"f"`
	A []json.RawMessage          `json:"a"`
	K map[string]json.RawMessage `json:"k"`
	R *string                    `json:"r"`
	S *string                    `json:"s"`
	E string                     `json:"e"`
}

func TestOperationsAsPython(t *testing.T) {
	file, err := os.Open("testdata/operations.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	n := 0
	for lines := bufio.NewScanner(file); lines.Scan(); {
		n++
		var o operation
		if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
			t.Fatalf("line %d: %v", n, err)
		}
		check(t, n, lines.Text(), o)
	}
	if n < 5000 {
		t.Errorf("only %d recorded operations", n)
	}
}

func check(t *testing.T, n int, line string, o operation) {
	t.Helper()
	args := make([]value.Value, len(o.A))
	for i, a := range o.A {
		args[i] = decode(t, a)
	}
	kwargs := value.NewDict()
	for name, raw := range o.K {
		kwargs.SetStr(name, decode(t, raw))
	}
	got, err := perform(o.F, args, kwargs)
	switch {
	case o.R == nil:
		if err == nil {
			r, _ := value.Repr(got)
			t.Errorf("%d: %s\n got %s, want the error %s", n, line, r, o.E)
		} else if text := className(err) + ": " + err.Error(); text != o.E {
			t.Errorf("%d: %s\n got the error %s\nwant %s", n, line, text, o.E)
		}
		return
	case err != nil:
		t.Errorf("%d: %s\n got the error %v, want %s", n, line, err, *o.R)
		return
	}
	if r, err := value.Repr(got); r != *o.R || err != nil {
		t.Errorf("%d: %s\n got %s (%v)\nwant %s", n, line, r, err, *o.R)
	}
	if o.S != nil {
		if r, _ := value.Repr(args[0]); r != *o.S {
			t.Errorf("%d: %s\nafterwards %s\n      want %s", n, line, r, *o.S)
		}
	}
}

func className(err error) string {
	if _, ok := err.(*value.JSONError); ok {
		return "JSONDecodeError"
	}
	return value.ClassOf(err)
}

func boolOf(b bool, err error) (value.Value, error) { return value.Bool(b), err }

func strOf(s string, err error) (value.Value, error) { return value.NewStr(s), err }

func perform(f string, a []value.Value, k *value.Dict) (value.Value, error) {
	kind, name, _ := strings.Cut(f, ":")
	switch kind {
	case "op":
		switch name {
		case "<", "<=", ">", ">=":
			return boolOf(value.Order(name, a[0], a[1]))
		case "==":
			return boolOf(value.Equal(a[0], a[1]))
		}
		return value.Binary(name, a[0], a[1])
	case "unary":
		return value.Unary(name, a[0])
	case "method", "attr":
		m, ok, err := value.Attr(a[0], name)
		if err != nil || !ok {
			return nil, fmt.Errorf("no attribute %s: %v", name, err)
		}
		if kind == "attr" {
			return m, nil
		}
		return value.Call(m, a[1:], k)
	case "repr":
		return strOf(value.Repr(a[0]))
	case "str":
		return strOf(value.Text(a[0]))
	case "bool":
		return boolOf(value.Truth(a[0]))
	case "len":
		n, err := value.Len(a[0])
		return value.NewInt(int64(n)), err
	case "list":
		elems, err := value.Elems(a[0])
		return value.NewList(elems...), err
	case "in":
		return boolOf(value.Contains(a[1], a[0]))
	case "index":
		return value.Index(a[0], a[1])
	case "slice":
		return value.Slice(a[0], a[1], a[2], a[3])
	case "format":
		return strOf(value.FormatSpec(a[0], a[1].(value.Str).String()))
	case "int":
		base := int64(10)
		if len(a) > 1 {
			base, _ = a[1].(value.Int).Int64()
		}
		return value.ParseInt(a[0].(value.Str).String(), int(base))
	case "float":
		x, err := value.ParseFloat(a[0].(value.Str).String())
		return value.NewFloat(x), err
	case "log":
		x, err := value.AsFloat(a[0])
		return value.NewFloat(value.Log(x)), err
	case "loads":
		return value.FromJSON([]byte(a[0].(value.Str).String()))
	case "dumps":
		return dumps(a[0], k)
	case "sorted":
		elems, err := value.Elems(a[0])
		if err == nil {
			elems, err = value.Sorted(elems, nil, k.Has("reverse"))
		}
		return value.NewList(elems...), err
	}
	return nil, fmt.Errorf("unknown operation %s", f)
}

func dumps(v value.Value, k *value.Dict) (value.Value, error) {
	o := value.JSONOptions{SortKeys: k.Has("sort_keys"), Unicode: k.Has("ensure_ascii"), NoNaN: k.Has("allow_nan"), SkipKeys: k.Has("skipkeys")}
	switch indent := k.Stored("indent").(type) {
	case value.Int:
		n, _ := indent.Int64()
		o.Multiline, o.Indent = true, strings.Repeat(" ", int(n))
	case value.Str:
		o.Multiline, o.Indent = true, indent.String()
	}
	if sep, ok := k.Stored("separators").(*value.List); ok {
		o.Separators = &[2]string{sep.Stored()[0].(value.Str).String(), sep.Stored()[1].(value.Str).String()}
	}
	return value.JSON(v, o)
}

// decode reads a value as record.py's enc writes it.
func decode(t *testing.T, raw json.RawMessage) value.Value {
	t.Helper()
	raw = bytes.TrimSpace(raw)
	switch raw[0] {
	case '[':
		return value.NewList(decodeAll(t, raw)...)
	case '{':
		var tagged map[string]json.RawMessage
		if err := json.Unmarshal(raw, &tagged); err != nil {
			t.Fatal(err)
		}
		for tag, inner := range tagged {
			return decodeTagged(t, tag, inner)
		}
	}
	v, err := value.FromJSON(raw)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func decodeAll(t *testing.T, raw json.RawMessage) []value.Value {
	t.Helper()
	var parts []json.RawMessage
	if err := json.Unmarshal(raw, &parts); err != nil {
		t.Fatal(err)
	}
	out := make([]value.Value, len(parts))
	for i, p := range parts {
		out[i] = decode(t, p)
	}
	return out
}

func decodeTagged(t *testing.T, tag string, raw json.RawMessage) value.Value {
	t.Helper()
	var text string
	_ = json.Unmarshal(raw, &text)
	switch tag {
	case "i":
		n, _ := new(big.Int).SetString(text, 10)
		return value.NewBigInt(n)
	case "f":
		x, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		return value.NewFloat(x)
	case "b":
		b, _ := hex.DecodeString(text)
		return value.NewBytes(b)
	case "t":
		return value.NewTuple(decodeAll(t, raw)...)
	case "s":
		s, err := value.NewSet(decodeAll(t, raw)...)
		if err != nil {
			t.Fatal(err)
		}
		return s
	case "d":
		d := value.NewDict()
		for _, p := range decodeAll(t, raw) {
			pair, _ := p.(*value.List).Elems()
			if err := d.Set(pair[0], pair[1]); err != nil {
				t.Fatal(err)
			}
		}
		return d
	case "dt":
		if tm, err := time.Parse("2006-01-02T15:04:05.999999999Z07:00", text); err == nil {
			return value.NewDateTime(tm)
		}
		tm, err := time.Parse("2006-01-02T15:04:05.999999999", text)
		if err != nil {
			t.Fatal(err)
		}
		return value.NewNaiveDateTime(tm)
	case "date":
		tm, err := time.Parse("2006-01-02", text)
		if err != nil {
			t.Fatal(err)
		}
		return value.NewDate(tm)
	case "td":
		us, _ := strconv.ParseInt(string(raw), 10, 64)
		return value.TimeDelta(time.Duration(us) * time.Microsecond)
	}
	t.Fatalf("unknown tag %s", tag)
	return nil
}
