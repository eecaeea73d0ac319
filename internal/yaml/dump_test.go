package yaml_test

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

// untyped makes a value of the form of the recordings; seen are the containers so far.
func untyped(t *testing.T, x any, seen *[]value.Value) value.Value {
	t.Helper()
	a := x.([]any)
	text, _ := a[len(a)-1].(string)
	switch a[0] {
	case "none":
		return value.None
	case "bool":
		return value.Bool(text == "True")
	case "int":
		n, _ := new(big.Int).SetString(text, 10)
		return value.NewBigInt(n)
	case "float":
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		return value.NewFloat(f)
	case "str":
		return value.NewStr(text)
	case "bytes":
		b, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		return value.NewBytes(b)
	case "date":
		d, err := time.Parse("2006-01-02", text)
		if err != nil {
			t.Fatal(err)
		}
		return value.Date{Time: d}
	case "datetime":
		if d, err := time.Parse("2006-01-02T15:04:05-07:00", text); err == nil {
			return value.DateTime{Time: d, Aware: true}
		}
		d, err := time.Parse("2006-01-02T15:04:05", text)
		if err != nil {
			t.Fatal(err)
		}
		return value.DateTime{Time: d}
	case "ref":
		return (*seen)[int(a[1].(float64))]
	}
	return untypedCollection(t, a, seen)
}

func untypedCollection(t *testing.T, a []any, seen *[]value.Value) value.Value {
	items := a[1].([]any)
	switch a[0] {
	case "list":
		l := value.NewList()
		*seen = append(*seen, l)
		for _, x := range items {
			l.Append(untyped(t, x, seen))
		}
		return l
	case "tuple":
		var elems []value.Value
		for _, x := range items {
			elems = append(elems, untyped(t, x, seen))
		}
		return value.NewTuple(elems...)
	case "set":
		s, _ := value.NewSet()
		*seen = append(*seen, s)
		for _, x := range items {
			if err := s.Add(untyped(t, x, seen)); err != nil {
				t.Fatal(err)
			}
		}
		return s
	case "dict":
		d := value.NewDict()
		*seen = append(*seen, d)
		for _, x := range items {
			key := untyped(t, x.([]any)[0], seen)
			if err := d.Set(key, untyped(t, x.([]any)[1], seen)); err != nil {
				t.Fatal(err)
			}
		}
		return d
	}
	t.Fatalf("unknown form %v", a)
	return nil
}

func dumpOptions(t *testing.T, kw map[string]any) yaml.DumpOptions {
	o := yaml.DumpOptions{SortKeys: true}
	for k, v := range kw {
		on, _ := v.(bool)
		switch k {
		case "default_flow_style":
			switch {
			case v == nil:
				o.Flow = yaml.Auto
			case on:
				o.Flow = yaml.Flow
			}
		case "indent":
			o.Indent = int(v.(float64))
		case "width":
			o.Width = int(v.(float64))
		case "sort_keys":
			o.SortKeys = on
		case "allow_unicode":
			o.Unicode = on
		case "explicit_start":
			o.ExplicitStart = on
		case "explicit_end":
			o.ExplicitEnd = on
		case "canonical":
			o.Canonical = on
		case "default_style":
			o.Style = v.(string)[0]
		default:
			t.Fatalf("unknown option %s", k)
		}
	}
	return o
}

func TestDumpRecorded(t *testing.T) {
	f, err := os.Open("testdata/dump.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	failed := 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var r struct {
			Value   any
			Options map[string]any
			Text    string
		}
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		v := untyped(t, r.Value, new([]value.Value))
		got, err := yaml.Dump(v, dumpOptions(t, r.Options))
		if err != nil {
			t.Errorf("Dump(%v, %v): %v", r.Value, r.Options, err)
			continue
		}
		if got != r.Text {
			t.Errorf("Dump(%v, %v)\n got %q\nwant %q", r.Value, r.Options, got, r.Text)
			if failed++; failed > 20 {
				t.FailNow()
			}
		}
	}
}

func TestDumpErrors(t *testing.T) {
	missing := &value.Undefined{Name: "nope", Msg: "'nope' is undefined"}
	tests := []struct {
		name string
		v    value.Value
		want string
	}{
		{"undefined inside", value.NewList(missing), "'nope' is undefined"},
		{"timedelta", value.TimeDelta(time.Second), "cannot represent an object of type timedelta as YAML"},
		{"no UTF-8", value.NewStr("\xff"), "a text that is no UTF-8 cannot be written as YAML"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := yaml.Dump(tt.v, yaml.ToYAML); err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

type vaulted string

func (vaulted) Type() string         { return "str" }
func (v vaulted) Ciphertext() string { return string(v) }

func TestDumpVaulted(t *testing.T) {
	got, err := yaml.Dump(value.DictOf("a", vaulted("$ANSIBLE_VAULT;1.1;AES256\n6162\n")), yaml.ToNiceYAML)
	if want := "a: !vault |\n    $ANSIBLE_VAULT;1.1;AES256\n    6162\n"; err != nil || got != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}

// FuzzDump: what is dumped reads as the same value.
func FuzzDump(f *testing.F) {
	for _, text := range []string{"a: [1, x, {y: z}]", "- 'a\n\n  b'", `{"a": "\u2028 x\t"}`, "? [1]\n: |\n  x\n", "a: !!binary aGk="} {
		f.Add(text, uint8(0))
	}
	f.Fuzz(func(t *testing.T, text string, style uint8) {
		v, err := yaml.Load(source.NewFile("f.yml", text), yaml.Options{})
		if err != nil {
			return
		}
		o := yaml.DumpOptions{Flow: yaml.FlowStyle(style % 3), Unicode: style&4 != 0, Indent: int(style >> 4), Width: int(style&8) * 4}
		out, err := yaml.Dump(v, o)
		if err != nil {
			return
		}
		again, err := yaml.Load(source.NewFile("f.yml", out), yaml.Options{})
		if err != nil {
			t.Fatalf("%q dumps as %q: %v", text, out, err)
		}
		if got, want := asJSON(typed(t, again)), asJSON(typed(t, v)); got != want {
			t.Fatalf("%q dumps as %q\n got %s\nwant %s", text, out, got, want)
		}
	})
}
