package record_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/record"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

const canary = "canary-7f3a-secret"

// maker makes records in a folder of a test.
type maker struct {
	*testing.T
	path   string
	sealed bool
}

// seal stands for a vault: it keeps the key in no readable way.
func (m *maker) seal(key []byte) ([]byte, error) {
	return []byte("$ANSIBLE_VAULT;" + base64.StdEncoding.EncodeToString(mirror(key))), nil
}

func mirror(b []byte) []byte {
	out := make([]byte, len(b))
	for i, c := range b {
		out[i] = c ^ 0x5a
	}
	return out
}

func (m *maker) options() record.Options {
	o := record.Options{
		Path: m.path, Header: record.Header{Started: time.Now(), Dir: "/there", Args: []string{"inventory=prod"}},
		Sensitive: func(text string) bool { return strings.Contains(text, canary) },
		Broken:    func(err error) { m.Errorf("broken: %v", err) },
	}
	if m.sealed {
		o.Seal, o.Header.Label, o.Hidden = m.seal, "prod", []byte("hidden "+canary)
	}
	return o
}

func newMaker(t *testing.T, sealed bool) *maker {
	return &maker{T: t, path: filepath.Join(t.TempDir(), "state", "one.run"), sealed: sealed}
}

func (m *maker) begin() *record.Record {
	m.Helper()
	r, err := record.New(m.options())
	if err != nil {
		m.Fatal(err)
	}
	return r
}

func (m *maker) resume() *record.Record {
	m.Helper()
	e, err := record.Open(m.path)
	if err != nil {
		m.Fatal(err)
	}
	var key []byte
	if text, ok := strings.CutPrefix(e.Sealed(), "$ANSIBLE_VAULT;"); ok {
		b, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			m.Fatal(err)
		}
		key = mirror(b)
	}
	r, err := e.Resume(m.options(), key)
	if err != nil {
		m.Fatal(err)
	}
	r.Restore.Vault = func(text string, at source.Pos) (value.Value, error) { return &inline{text, at}, nil }
	r.Restore.Secret = func(string) {}
	return r
}

// kill leaves the file as a killed process does.
func (m *maker) kill(r *record.Record) {
	m.Helper()
	b, err := os.ReadFile(m.path)
	if err != nil {
		m.Fatal(err)
	}
	if err := r.End(false); err != nil {
		m.Fatal(err)
	}
	if err := os.WriteFile(m.path, b, 0o600); err != nil {
		m.Fatal(err)
	}
}

// inline is an inline vault that nobody opened.
type inline struct {
	text string
	at   source.Pos
}

func (*inline) Type() string                  { return "str" }
func (*inline) Resolve() (value.Value, error) { return nil, errors.New("no password") }
func (i *inline) Ciphertext() string          { return i.text }
func (i *inline) Pos() source.Pos             { return i.at }

func key(host string, n int) record.Key {
	return record.Key{Task: record.ID{byte(n), 7}, N: uint32(n), Host: host}
}

func said(text string) record.Outcome {
	return record.Outcome{Result: &result.Result{Values: value.DictOf("msg", value.NewStr(text))}}
}

// outcome is one with everything that an outcome can have.
func outcome(t *testing.T) record.Outcome {
	t.Helper()
	name := filepath.Join(t.TempDir(), "vars.yml")
	if err := os.WriteFile(name, []byte("a: b\nc: d\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	at := source.At(source.NewFile(name, "a: b\nc: d\n"), 2, 4)
	set, _ := value.NewSet(value.NewInt(1), value.NewStr("x"))
	marked := value.NewMarkedStr("{{ a }}", value.Marks{Origin: at, Trusted: true})
	all := value.DictOf(
		"none", value.None, "yes", value.True, "no", value.False, "int", value.NewInt(-12), "float", value.NewFloat(1.5), "nan", value.NewFloat(math.Inf(-1)),
		"big", value.NewBigInt(new(big.Int).Lsh(big.NewInt(1), 90)), "str", value.NewStr("ü\x00\n"), "bytes", value.NewBytes([]byte{0, 255}),
		"list", value.NewList(value.NewInt(1), value.NewList()), "tuple", value.NewTuple(value.NewStr("t")), "set", set, "marked", marked,
		"when", value.DateTime{Time: time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)}, "zone", value.DateTime{Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("", 3600)), Aware: true},
		"day", value.Date{Time: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)}, "delta", value.TimeDelta(time.Minute),
		"vault", &inline{"$ANSIBLE_VAULT;1.1;AES256\n00\n", at},
		"vaulted", value.NewMarkedStr("x", value.Marks{Vault: "$ANSIBLE_VAULT;1.1;AES256\n11\n"}),
	)
	if err := all.Set(value.NewInt(5), value.NewStr("a key that is no text")); err != nil {
		t.Fatal(err)
	}
	return record.Outcome{
		Delegated: "other", Notify: []string{"one", "two"},
		Includes: []record.Include{{Kind: 1, Args: value.DictOf("file", marked), Vars: value.DictOf("item", value.NewInt(3)), Label: "3", Item: true}},
		Result: &result.Result{
			Status: result.Failed, Changed: true, Values: all, Ignored: true, Quiet: true, Unmet: true, Attempts: 3, Loop: true, Cacheable: true,
			Fault: &result.Fault{Msg: "Task failed.", Pos: at, Cause: &result.Fault{Msg: "no space", Hint: "make some", Apart: true}},
			Facts: value.DictOf("f", marked), FactsOf: "third", Included: value.DictOf("i", marked), Stats: value.DictOf("s", value.True),
			Items: []*result.Result{
				{Status: result.Skipped, Item: &result.Item{Var: "item", Value: marked, Label: value.NewStr("l"), More: value.DictOf("i", value.NewInt(1))}, Diff: result.DiffShown},
				{VerboseAlways: true, Include: true, Item: &result.Item{Var: "item", Value: value.None}},
			},
			Warnings:     []result.Warning{{Text: "w", Pos: at, Help: "h"}},
			Deprecations: []result.Warning{{Text: "d"}},
		},
	}
}

// shape shows an outcome with its marks and places, to compare.
func shape(o record.Outcome) string {
	var b strings.Builder
	var show func(v reflect.Value, depth int)
	show = func(v reflect.Value, depth int) {
		if v.IsValid() && v.CanInterface() {
			switch x := v.Interface().(type) {
			case source.Pos:
				fmt.Fprintf(&b, "@%s %q", x, x.Text())
				return
			case *inline:
				fmt.Fprintf(&b, "vault %q @%s", x.text, x.at)
				return
			case *value.Dict:
				if x == nil {
					b.WriteString("nil")
					return
				}
				b.WriteString("{")
				for it := x.Iterate(); it.Next(); {
					show(reflect.ValueOf(it.Key()), depth+1)
					b.WriteString(": ")
					show(reflect.ValueOf(it.Stored()), depth+1)
					b.WriteString(", ")
				}
				b.WriteString("}")
				return
			case *value.List:
				for _, e := range x.Stored() {
					show(reflect.ValueOf(e), depth+1)
				}
				return
			case value.Value:
				text, _ := value.Repr(x)
				m := value.MarksOf(x)
				fmt.Fprintf(&b, "%s %s trusted=%v secret=%v vault=%q @%s %q", x.Type(), text, m.Trusted, m.Secret, m.Vault, m.Origin, m.Origin.Text())
				return
			}
		}
		switch v.Kind() {
		case reflect.Pointer, reflect.Interface:
			if v.IsNil() {
				b.WriteString("nil")
				return
			}
			show(v.Elem(), depth+1)
		case reflect.Struct:
			for i := range v.NumField() {
				fmt.Fprintf(&b, "%s=", v.Type().Field(i).Name)
				show(v.Field(i), depth+1)
				b.WriteString("; ")
			}
		case reflect.Slice:
			for i := range v.Len() {
				show(v.Index(i), depth+1)
				b.WriteString(", ")
			}
		default:
			fmt.Fprintf(&b, "%v", v)
		}
	}
	show(reflect.ValueOf(o), 0)
	return b.String()
}

func TestOutcomesComeBack(t *testing.T) {
	for _, sealed := range []bool{false, true} {
		m := newMaker(t, sealed)
		want := outcome(t)
		r := m.begin()
		r.Add(key("h", 1), want)
		m.kill(r)
		r = m.resume()
		got, _, ok := r.Earlier(key("h", 1))
		if !ok {
			t.Fatal("it is not there")
		}
		if g, w := shape(got), shape(want); g != w {
			t.Errorf("sealed %v: got\n%s\nwant\n%s", sealed, g, w)
		}
		if _, _, ok := r.Earlier(key("h", 1)); ok {
			t.Error("it is there twice")
		}
	}
}

// Wherever a kill cuts the file, what was written whole before is there, and what follows the resumption too.
func TestCutAnywhere(t *testing.T) {
	m := newMaker(t, true)
	r := m.begin()
	var ends []int64 // of the file, after each result
	for n := range 4 {
		r.Add(key("h", n), said(fmt.Sprint(n)))
		info, err := os.Stat(m.path)
		if err != nil {
			t.Fatal(err)
		}
		ends = append(ends, info.Size())
	}
	m.kill(r)
	whole, err := os.ReadFile(m.path)
	if err != nil {
		t.Fatal(err)
	}
	for size := ends[0]; size <= int64(len(whole)); size += 2 {
		if err := os.WriteFile(m.path, whole[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		r := m.resume()
		for n, end := range ends {
			if has := r.Has(key("h", n)); has != (end <= size) {
				t.Fatalf("cut to %d bytes: result %d is there: %v", size, n, has)
			}
		}
		r.Add(key("h", 9), said("9"))
		m.kill(r)
		r = m.resume()
		if !r.Has(key("h", 9)) || !r.Has(key("h", 0)) {
			t.Fatalf("cut to %d bytes: what was added then is gone", size)
		}
		m.kill(r)
	}
}

func TestLostHosts(t *testing.T) {
	failed := func() record.Outcome {
		return record.Outcome{Result: &result.Result{Status: result.Failed, Values: value.NewDict()}}
	}
	for name, c := range map[string]struct {
		do   func(r *record.Record)
		want string // the numbers of host h's results that are there; * for one that was forgiven
	}{
		"nothing lost": {func(r *record.Record) { r.Add(key("h", 1), said("")); r.Add(key("h", 2), said("")) }, "1 2"},
		"its failure and what follows": {func(r *record.Record) {
			r.Add(key("h", 1), said(""))
			r.Add(key("h", 2), failed())
			k := key("h", 2)
			r.Lost("h", &k)
			r.Add(key("h", 3), said("an always part"))
		}, "1"},
		"the failure of another": {func(r *record.Record) {
			r.Add(key("h", 1), said(""))
			r.Lost("h", nil)
			r.Add(key("h", 3), said("an always part"))
		}, "1"},
		"another host": {func(r *record.Record) { r.Add(key("h", 1), said("")); r.Lost("g", nil) }, "1"},
		"forgiven": {func(r *record.Record) {
			r.Add(key("h", 1), failed())
			k := key("h", 1)
			r.Lost("h", &k)
			r.Add(key("h", 2), said(""))
			r.Forgiven()
			r.Add(key("h", 3), said(""))
		}, "1* 2 3"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMaker(t, false)
			r := m.begin()
			c.do(r)
			m.kill(r)
			// twice: the second run adds nothing
			for range 2 {
				r = m.resume()
				var got []string
				for n := range 5 {
					if !r.Has(key("h", n)) {
						continue
					}
					_, forgiven, _ := r.Earlier(key("h", n))
					text := fmt.Sprint(n)
					if forgiven {
						text += "*"
					}
					got = append(got, text)
				}
				if g := strings.Join(got, " "); g != c.want {
					t.Errorf("got %q, want %q", g, c.want)
				}
				m.kill(r)
			}
		})
	}
}

// A host that was lost in one run and went on in the next has the results of both.
func TestLostThenResumed(t *testing.T) {
	m := newMaker(t, false)
	r := m.begin()
	r.Add(key("h", 1), said(""))
	r.Lost("h", nil)
	r.Add(key("h", 2), said("dropped"))
	m.kill(r)
	r = m.resume()
	r.Add(key("h", 2), said("new"))
	m.kill(r)
	o, _, ok := m.resume().Earlier(key("h", 2))
	if !ok || o.Result.Values.Stored("msg").(value.Str).String() != "new" {
		t.Errorf("got %v %v", o, ok)
	}
}

// With a vault id no plaintext is in the file; without one what holds a secret is not kept.
func TestNoSecretInFile(t *testing.T) {
	marked := value.NewMarkedStr(canary, value.Marks{Secret: true})
	outcomes := map[string]record.Outcome{
		"in a text":        said("x " + canary + " y"),
		"marked":           {Result: &result.Result{Values: value.DictOf("a", value.NewList(marked))}},
		"no_log":           {Result: &result.Result{NoLog: true, Values: value.DictOf("a", value.NewStr("short"))}},
		"an item":          {Result: &result.Result{Items: []*result.Result{{NoLog: true, Values: value.DictOf("a", value.NewStr("short"))}}}},
		"typed unseen":     said("the answer hunter2 was typed"),
		"a fact":           {Result: &result.Result{Facts: value.DictOf("f", marked)}},
		"an include's":     {Result: &result.Result{}, Includes: []record.Include{{Args: value.DictOf("f", marked)}}},
		"a handler":        {Result: &result.Result{}, Notify: []string{canary}},
		"short and marked": {Result: &result.Result{Values: value.DictOf("a", value.NewMarkedStr("short", value.Marks{Secret: true}))}},
	}
	for _, sealed := range []bool{false, true} {
		for name, o := range outcomes {
			t.Run(fmt.Sprintf("%s sealed=%v", name, sealed), func(t *testing.T) {
				m := newMaker(t, sealed)
				r := m.begin()
				r.Hide("hunter2")
				r.Add(key("h", 1), o)
				m.kill(r)
				b, err := os.ReadFile(m.path)
				if err != nil {
					t.Fatal(err)
				}
				for _, text := range []string{canary, "short", "hunter2"} {
					if bytes.Contains(b, []byte(text)) {
						t.Errorf("%q is in the file", text)
					}
				}
				if kept := m.resume().Has(key("h", 1)); kept != sealed {
					t.Errorf("kept: %v", kept)
				}
			})
		}
	}
	// the test sees a text that is no secret
	m := newMaker(t, false)
	r := m.begin()
	r.Add(key("h", 1), said("harmless text"))
	m.kill(r)
	if b, _ := os.ReadFile(m.path); !bytes.Contains(b, []byte("harmless text")) {
		t.Error("the search finds nothing at all")
	}
}

func TestHidden(t *testing.T) {
	m := newMaker(t, true)
	r := m.begin()
	r.Add(key("h", 1), said(""))
	m.kill(r)
	e, err := record.Open(m.path)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	b, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(e.Sealed(), "$ANSIBLE_VAULT;"))
	hidden, err := e.Hidden(mirror(b))
	if err != nil || string(hidden) != "hidden "+canary {
		t.Errorf("got %q, %v", hidden, err)
	}
	wrong := make([]byte, len(b))
	_, _ = rand.Read(wrong)
	if _, err := e.Hidden(wrong); err == nil {
		t.Error("a wrong key opens it")
	}
}

func TestOpenRefuses(t *testing.T) {
	m := newMaker(t, false)
	r := m.begin()
	r.Add(key("h", 1), said(""))
	if _, err := record.Open(m.path); !errors.Is(err, record.ErrRunning) {
		t.Errorf("a record in use: %v", err)
	}
	if all := record.List(filepath.Dir(m.path)); len(all) != 1 || !all[0].Running || all[0].Ended || all[0].ID() != "one" || all[0].Dir != "/there" {
		t.Errorf("listed: %+v", all)
	}
	if err := r.End(false); err != nil {
		t.Fatal(err)
	}
	if i, err := record.Look(m.path); err != nil || i.Running || !i.Ended {
		t.Errorf("ended: %+v, %v", i, err)
	}
	if err := os.Chmod(m.path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := record.Open(m.path); err == nil || !strings.Contains(err.Error(), "mode 0640") {
		t.Errorf("a record that others can read: %v", err)
	}
	if err := os.WriteFile(m.path, []byte("something else"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(m.path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := record.Open(m.path); err == nil || !strings.Contains(err.Error(), "no record") {
		t.Errorf("another file: %v", err)
	}
}

func TestEndsWell(t *testing.T) {
	m := newMaker(t, true)
	r := m.begin()
	if err := r.End(true); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(m.path); err == nil {
		t.Error("a run without results leaves a file")
	}
	r = m.begin()
	r.Add(key("h", 1), said(""))
	if info, err := os.Stat(m.path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	if err := r.End(true); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(m.path); err == nil {
		t.Error("the file is left")
	}
}

func TestIdentify(t *testing.T) {
	m := newMaker(t, false)
	r := m.begin()
	at := source.At(source.NewFile("f", ""), 3, 4)
	same := [][]any{
		{"a", value.Value(value.NewStr("x"))},
		{"a", value.Value(value.NewMarkedStr("x", value.Marks{Origin: at, Trusted: true}))},
	}
	if r.Identify(same[0]...) != r.Identify(same[1]...) {
		t.Error("the place counts")
	}
	seen := map[record.ID]int{}
	for i, parts := range [][]any{
		{"a", "b"},
		{"ab"},
		{"a", nil},
		{"a", value.Value(value.NewStr("b")), nil},
		{"a", value.Value(value.NewInt(1))},
		{"a", value.Value(value.DictOf("k", value.NewStr("v")))},
		{record.ID{1}},
		{"a", value.Value(value.True)},
	} {
		id := r.Identify(parts...)
		if other, taken := seen[id]; taken {
			t.Errorf("%d and %d are the same", i, other)
		}
		seen[id] = i
	}
	if r.Identify("a") == newMaker(t, false).begin().Identify("a") {
		t.Error("two records name a task alike")
	}
}

// A disk that is full is told once; the run goes on.
func TestBroken(t *testing.T) {
	m := newMaker(t, false)
	if err := os.WriteFile(filepath.Dir(m.path), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	o := m.options()
	told := 0
	o.Broken = func(error) { told++ }
	r, err := record.New(o)
	if err != nil {
		t.Fatal(err)
	}
	r.Add(key("h", 1), said(""))
	r.Add(key("h", 2), said(""))
	if told != 1 || r.Kept() {
		t.Errorf("told %d times, kept %v", told, r.Kept())
	}
}

// What is no record, or a damaged one, is never a panic.
func FuzzEntries(f *testing.F) {
	m := &maker{path: filepath.Join(f.TempDir(), "x", "one.run")}
	o := m.options()
	o.Broken = nil
	r, err := record.New(o)
	if err != nil {
		f.Fatal(err)
	}
	r.Add(key("h", 1), said("text"))
	_ = r.End(false)
	b, err := os.ReadFile(m.path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b[bytes.Index(b, []byte("}"))+1:])
	f.Fuzz(func(_ *testing.T, body []byte) {
		record.DecodeOutcome(body)
	})
}

// TestLeftLock: what a killed run was just starting holds its lock for a moment, however long that is. It is waited for.
func TestLeftLock(t *testing.T) {
	t.Parallel()
	m := newMaker(t, false)
	m.begin().Add(key("h", 1), said(""))
	// a process takes the lock, hands it to a child that ends with our pipe, and is gone
	path := filepath.Join(t.TempDir(), "record")
	text, err := os.ReadFile(m.path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestLockChild$")
	cmd.Env = append(os.Environ(), "KIMAI_TEST_LOCK="+path)
	r, pipe, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdin = r
	if out, err := cmd.Output(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	opened := make(chan error, 1)
	go func() {
		_, err := record.Open(path)
		opened <- err
	}()
	select {
	case err := <-opened:
		t.Fatalf("it was not waited for: %v", err)
	case <-time.After(1300 * time.Millisecond): // longer than for a run that is at work
	}
	if err := pipe.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-opened; err != nil {
		t.Error(err)
	}
}

// TestLockChild is the process that takes the lock.
func TestLockChild(t *testing.T) {
	path := os.Getenv("KIMAI_TEST_LOCK")
	if path == "" {
		t.Skip("it is started by TestLeftLock")
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		t.Fatal(err)
	}
	child := exec.Command("cat")
	child.Stdin, child.ExtraFiles = os.Stdin, []*os.File{f}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
}
