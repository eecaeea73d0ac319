package yaml_test

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"os"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

// recorded is a text with what PyYAML made of it (testdata/record.py).
type recorded struct {
	Name  string
	Text  string
	Docs  []any
	Error string
	At    []int
}

func recordings(t *testing.T, name string) []recorded {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []recorded
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<22)
	for lines.Scan() {
		var r recorded
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

// typed writes a value in the form of the recordings.
func typed(t *testing.T, v value.Value) any {
	t.Helper()
	list := func(vs []value.Value) any {
		out := []any{}
		for _, v := range vs {
			out = append(out, typed(t, v))
		}
		return out
	}
	switch v := v.(type) {
	case value.NoneType:
		return []any{"none"}
	case value.Bool:
		if v {
			return []any{"bool", "True"}
		}
		return []any{"bool", "False"}
	case value.Int:
		return []any{"int", v.String()}
	case value.Float:
		return []any{"float", v.Float64()}
	case value.Str:
		return []any{"str", v.String()}
	case value.Bytes:
		return []any{"bytes", base64.StdEncoding.EncodeToString(v.Bytes())}
	case value.Date:
		return []any{"date", v.Time.Format("2006-01-02")}
	case value.DateTime:
		form := "2006-01-02T15:04:05"
		if v.Time.Nanosecond() != 0 {
			form += ".000000"
		}
		if v.Aware {
			form += "-07:00"
		}
		return []any{"datetime", v.Time.Format(form)}
	case *value.List:
		return []any{"list", list(v.Stored())}
	case value.Tuple:
		return []any{"tuple", list(v.Elems())}
	case *value.Set:
		members := list(v.Members()).([]any)
		sort.Slice(members, func(i, j int) bool {
			a, _ := json.Marshal(members[i])
			b, _ := json.Marshal(members[j])
			return string(a) < string(b)
		})
		return []any{"set", members}
	case *value.Dict:
		out := []any{}
		for it := v.Iterate(); it.Next(); {
			out = append(out, []any{typed(t, it.Key()), typed(t, it.Stored())})
		}
		return []any{"dict", out}
	}
	t.Fatalf("unexpected value %T", v)
	return nil
}

// floats turns the recorded repr of floats into numbers, so that they compare as numbers.
func floats(x any) any {
	a, ok := x.([]any)
	if !ok {
		return x
	}
	if len(a) == 2 && a[0] == "float" {
		if s, ok := a[1].(string); ok {
			f, err := strconv.ParseFloat(s, 64)
			if err != nil {
				panic(err)
			}
			return []any{"float", f}
		}
	}
	for i := range a {
		a[i] = floats(a[i])
	}
	return a
}

func same(got, want any) bool { return asJSON(got) == asJSON(want) }

func asJSON(x any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(nan(x))
	return strings.TrimSuffix(b.String(), "\n")
}

// nan replaces what JSON cannot hold.
func nan(x any) any {
	switch x := x.(type) {
	case []any:
		out := make([]any, len(x))
		for i := range x {
			out[i] = nan(x[i])
		}
		return out
	case float64:
		return strconv.FormatFloat(x, 'g', -1, 64)
	}
	return x
}

func TestRecorded(t *testing.T) {
	for _, file := range []string{"testdata/scalars.jsonl", "testdata/documents.jsonl"} {
		for _, r := range recordings(t, file) {
			t.Run(r.Name, func(t *testing.T) {
				docs, err := yaml.LoadAll(source.NewFile("f.yml", r.Text), yaml.Options{})
				if r.Error != "" {
					checkError(t, r, docs, err)
					return
				}
				if err != nil {
					t.Fatalf("LoadAll(%q): %v\nPyYAML gives %v", r.Text, err, r.Docs)
				}
				got := []any{}
				for _, d := range docs {
					got = append(got, typed(t, d))
				}
				want := floats(r.Docs)
				if !same(got, want) {
					t.Errorf("LoadAll(%q)\n got %v\nwant %v", r.Text, got, want)
				}
			})
		}
	}
}

func checkError(t *testing.T, r recorded, docs []value.Value, err error) {
	t.Helper()
	if err == nil {
		var got []any
		for _, d := range docs {
			got = append(got, typed(t, d))
		}
		t.Fatalf("LoadAll(%q) gave %v, PyYAML refuses it: %s", r.Text, got, r.Error)
	}
	e, ok := err.(*diag.Error)
	if !ok {
		t.Fatalf("LoadAll(%q): error %T is no diag.Error", r.Text, err)
	}
	if !e.Pos.IsValid() {
		t.Errorf("LoadAll(%q): the error has no place: %v", r.Text, err)
	}
}

func TestNoUTF8(t *testing.T) {
	for text, want := range map[string]string{
		"a: b\nc: \xff":  "f.yml:2:4: the file is no UTF-8: byte 0xff at offset 8",
		"\xff\xfea\x00:": "f.yml:1:1: the file is no UTF-8: byte 0xff at offset 0",
	} {
		_, err := yaml.Load(source.NewFile("f.yml", text), yaml.Options{})
		if err == nil || err.Error() != want {
			t.Errorf("Load(%q): %v, want %s", text, err, want)
		}
		if _, err := yaml.Scalars(source.NewFile("f.yml", text)); err == nil {
			t.Errorf("Scalars(%q) gave no error", text)
		}
	}
}
