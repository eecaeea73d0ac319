package jmespath_test

import (
	"bufio"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jmespath"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// search gives a result as JSON, or the text of the error and its class: "jmespath" for an *Error.
func search(text string, data value.Value) (result, failure, class string) {
	v, err := jmespath.Search(text, data)
	if err == nil {
		var b []byte
		if b, err = value.AppendJSON(nil, v, value.JSONOptions{}); err == nil {
			return string(b), "", ""
		}
	}
	var wrong *jmespath.Error
	if errors.As(err, &wrong) {
		return "", err.Error(), "jmespath"
	}
	return "", err.Error(), "python"
}

func fromJSON(t *testing.T, text string) value.Value {
	t.Helper()
	v, err := value.FromJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestRecorded holds results and errors of made-up expressions against those of Python's library.
func TestRecorded(t *testing.T) {
	t.Parallel()
	f, err := os.Open("testdata/random.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n := 0
	for s := bufio.NewScanner(f); s.Scan(); n++ {
		c := fromJSON(t, s.Text()).(*value.Dict)
		get := func(k string) string {
			v, _, _ := c.GetStr(k)
			text, _ := v.(value.Str)
			return text.String()
		}
		data, _, _ := c.GetStr("d")
		result, failure, class := search(get("e"), data)
		want := map[bool]string{c.Has("j"): "jmespath", c.Has("p"): "python"}[true]
		if result != get("r") || failure != get("j")+get("p") || class != want {
			t.Errorf("%s\n got %s%s (%s)", s.Text(), result, failure, class)
		}
	}
	if n < 1000 {
		t.Errorf("%d cases: it checks nothing", n)
	}
}

func TestSearch(t *testing.T) {
	t.Parallel()
	const data = `{"z":1,"a":{"y":2.0,"b":[3,1,2]},"hosts":[{"name":"b","n":2},{"name":"a","n":1},{"n":3}],"s":"héllo","none":null}`
	for _, c := range []struct{ name, expr, want string }{
		{"order of keys", "keys(@)", `["z", "a", "hosts", "s", "none"]`},
		{"order of values", "a.*", `[2.0, [3, 1, 2]]`},
		{"order of an expression", "{z: z, a: z, m: z}", `{"z": 1, "a": 1, "m": 1}`},
		{"numbers stay what they are", "[z, a.y, abs(`-2`), abs(`-2.0`)]", `[1, 2.0, 2, 2.0]`},
		{"float as text", "to_string(a)", `"{\"y\":2.0,\"b\":[3,1,2]}"`},
		{"sum of ints", "sum(hosts[].n)", `6`},
		{"sum of floats", "sum(`[0.1, 0.2, 0.3]`)", `0.6`},
		{"big ints", "sum(`[99999999999999999999, 1]`)", `100000000000000000000`},
		{"missing keys leave no trace", "hosts[*].name", `["b", "a"]`},
		{"a list of expressions keeps them", "hosts[*].[name]", `[["b"], ["a"], [null]]`},
		{"filter", "hosts[?n > `1`].n", `[2, 3]`},
		{"word between backticks", "hosts[?name == `a`].n", `[1]`},
		{"sort_by", "sort_by(hosts, &n)[].n", `[1, 2, 3]`},
		{"characters", "[length(s), reverse(s)]", `[5, "oll\u00e9h"]`},
		{"true is not 1", "`true` == `1`", `false`},
		{"but within lists", "`[true]` == `[1]`", `true`},
		{"a slice of an index is no projection", "hosts[0][1:].x", `null`},
		{"a value of .* has one name", "@.*.b.c", `null`},
		{"negative step", "a.b[::-1]", `[2, 1, 3]`},
		{"index that is too large", "a.b[99999999999999999999]", `null`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, failure, _ := search(c.expr, fromJSON(t, data))
			if got != c.want || failure != "" {
				t.Errorf("%s: got %s%s, want %s", c.expr, got, failure, c.want)
			}
		})
	}
}

type resolver func(value.Value) (value.Value, error)

func (f resolver) Resolve(v value.Value) (value.Value, error) { return f(v) }

// TestLazy holds that only what an expression reaches is resolved.
func TestLazy(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	lazy := resolver(func(v value.Value) (value.Value, error) {
		switch name, _ := v.(value.Str); name.String() {
		case "broken":
			return nil, broken
		case "undefined":
			return &value.Undefined{Msg: "'x' is undefined"}, nil
		}
		return v, nil
	})
	list := value.NewLazyList([]value.Value{value.NewInt(1), value.NewStr("broken"), value.NewInt(3)}, lazy, value.Marks{})
	data := value.NewLazyDict(value.DictOf("u", value.NewStr("undefined"), "b", value.NewStr("broken"), "l", list), lazy, value.Marks{})
	for expr, want := range map[string]string{
		"l[0]": "1", "l[::2]": "[1, 3]", "keys(@)": `["u", "b", "l"]`, "length(l)": "3", "type(l)": `"array"`,
		"u": "'x' is undefined", "u.x": "'x' is undefined", "[u]": "'x' is undefined", "not_null(u, l)": "'x' is undefined",
		"b": "A captured exception marker was tripped: broken", "l[1]": "A captured exception marker was tripped: broken",
		"l[*]": "A captured exception marker was tripped: broken", "to_string(l)": "broken", "*": "'x' is undefined",
	} {
		got, failure, _ := search(expr, data)
		if got+failure != want {
			t.Errorf("%s: got %s%s, want %s", expr, got, failure, want)
		}
	}
}

// TestLiteralsAreNew holds that changing a result leaves the compiled expression alone.
func TestLiteralsAreNew(t *testing.T) {
	t.Parallel()
	const expr = "`{\"a\": [1]}`.a"
	v, err := jmespath.Search(expr, value.None)
	if err != nil {
		t.Fatal(err)
	}
	v.(*value.List).Append(value.NewInt(2))
	if got, _, _ := search(expr, value.None); got != "[1]" {
		t.Errorf("got %s the second time", got)
	}
}

func TestSecretsStayOutOfErrors(t *testing.T) {
	t.Parallel()
	secret := value.NewMarkedStr("hunter2", value.Marks{Secret: true})
	for _, expr := range []string{"abs(@)", "sum([@])", "sort_by([@], &`true`)", "max_by([@], &[@])", "keys([@])"} {
		_, failure, _ := search(expr, secret)
		if strings.Contains(failure, "hunter2") || !strings.Contains(failure, "********") {
			t.Errorf("%s: %s", expr, failure)
		}
	}
}

// TestBounds holds that no expression takes long or fills the memory.
func TestBounds(t *testing.T) {
	t.Parallel()
	long := func(begin, middle, end string, n int) string {
		return begin + strings.Repeat(middle, n) + end
	}
	for name, expr := range map[string]string{
		"lists that double":  long("@", " | [@, @]", "", 200),
		"hashes that double": long("@", " | {a: @, b: @}", "", 200),
		"flattened":          long("[@]", " | [@, @][]", "", 200),
		"texts that double":  long("@", " | to_string([@, @])", "", 200),
		"joined":             long("'x'", " | join(@, ['xx', 'yy', @, @])", "", 200),
		"merged":             long("{a: @}", " | merge(@, {b: @, c: @})", "", 200),
		"compared":           long("@", " | [@, @]", " | [@ == @]", 25),
		"mapped":             "`[1,2,3,4,5,6,7,8,9,10]`" + long("", " | map(&[@, @][], [@, @])", "", 40),
		"nested brackets":    strings.Repeat("(", 100_000) + "a",
		"nested lists":       strings.Repeat("[", 100_000) + "a",
		"nested not":         strings.Repeat("!", 100_000) + "a",
		"many tokens":        long("a", ".a", "", 60_000),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begin := time.Now()
			_, err := jmespath.Search(expr, value.NewStr("x"))
			if took := time.Since(begin); took > 20*time.Second {
				t.Errorf("it took %s", took)
			}
			if class := value.ClassOf(err); class != "MemoryError" && class != "RecursionError" {
				t.Errorf("got %v", err)
			}
		})
	}
	if _, err := jmespath.Search(long("a", ".a", "", 20_000), value.None); err != nil {
		t.Errorf("a long path: %v", err)
	}
}

func TestConcurrent(t *testing.T) {
	t.Parallel()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 90 { // with 8 times as many, more texts than are kept
				expr := "a" + strings.Repeat("|a", j) + strings.Repeat(" ", i)
				if _, err := jmespath.Search(expr, value.None); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func FuzzSearch(f *testing.F) {
	for _, e := range []string{
		"a.b[?c > `1`].{x: y, \"z\": [0]}", "sort_by(@, &a)[*].b | [::-1]", "!a && 'x\\'' || \"\\u00e9\"", "max_by(l, &x).y", "`[1", "to_string(@)[]",
	} {
		f.Add(e)
	}
	const text = `{"a":{"b":[{"c":2,"y":1}]},"l":[{"x":1,"y":"q"},{"x":2}],"s":"t","n":null}`
	f.Fuzz(func(t *testing.T, expr string) {
		begin := time.Now()
		search(expr, fromJSON(t, text))
		if took := time.Since(begin); took > 20*time.Second {
			t.Errorf("%q took %s", expr, took)
		}
	})
}

func BenchmarkSearch(b *testing.B) {
	host := `{"name":"a","n":600,"tags":[1,2,3],"os":{"family":"debian"}}`
	data, err := value.FromJSON([]byte(`{"l":[` + strings.Repeat(host+",", 999) + host + `]}`))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := jmespath.Search("l[?n > `500` && os.family == 'debian'].{name: name, last: tags[-1]}", data); err != nil {
			b.Fatal(err)
		}
	}
}
