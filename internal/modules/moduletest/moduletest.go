// Package moduletest compares modules with the real Ansible's: lists of cases, each a few tasks on a fresh directory,
// are run once under ansible-core (recorded) and under ours at every test, on the real machine, and results and the
// resulting trees must be equal after one list of normalisations (normalise.go).
//
// A file testdata/NAME.json holds the cases, testdata/NAME.recorded.json what ansible-core gave:
//
//	[{"name": "touch", "setup": ["mkdir d"], "tasks": [{"file": {"path": "@W@/d/f", "state": "touch"}}]}]
//
// "@W@" stands for the case's directory, in which the setup lines run as shell commands. Beside the module's name a task may have
// "check": true, "diff": true and "env": {...}. A case with "root": true needs root rights.
//
//	ANSIBLE_ORACLE=COMMAND go test ./internal/modules/files -run 'TestAsAnsible/file' -record
//
// records again with the given command before "ansible-playbook" (empty: that of $PATH). "sameas" gives a reason for
// a task whose result differs from Ansible's on purpose; it must then differ.
package moduletest

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/server"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var record = flag.Bool("record", false, "record what the real Ansible gives, with the command in $ANSIBLE_ORACLE")

// Case is a list of tasks on a fresh directory.
type Case struct {
	Name  string
	Setup []string
	Tasks []Task
	Root  bool // needs root rights

	Copy  map[string]string // files of testdata that are put into the directory first: name there, name below testdata
	Exact bool              // what is made of keys is not random: texts in PEM and fingerprints are compared too

	TreeDiffers string // why the tree at the end is not Ansible's

	Mask   []string // keys of results whose values are random or change
	MaskRE []string // expressions of what is random in texts
	Sort   []string // keys of lists whose order is random

	Registry bool // of cases on an engine: it needs a registry at localhost:5000

	Slow bool // of cases on an engine: it takes long there, so that it is not played on a real one at every test

	// of cases on a machine of their own
	Machine string   // the root that it is played on; "" is a plain one
	Watch   []string // files that are compared at the end
}

// evened gives a result without what the case names as random.
func (c Case) evened(t *testing.T, r []byte) []byte {
	t.Helper()
	if len(c.Mask)+len(c.MaskRE)+len(c.Sort) == 0 {
		return r
	}
	return []byte(indentJSON(maskMachine(t, r, c)))
}

func (c Case) masks() []*regexp.Regexp {
	var out []*regexp.Regexp
	for _, m := range c.MaskRE {
		out = append(out, regexp.MustCompile(m))
	}
	return out
}

// Task is one call of a module.
type Task struct {
	Module      string
	Args        json.RawMessage
	Check, Diff bool
	Env         map[string]string
	Differs     string // why the result is not Ansible's
}

// UnmarshalJSON reads a task as a playbook has it: the module's name is the key that is no keyword.
func (t *Task) UnmarshalJSON(b []byte) error {
	var m map[string]json.RawMessage
	if err := json.Unmarshal(b, &m); err != nil {
		return err
	}
	for k, v := range m {
		var err error
		switch k {
		case "check":
			err = json.Unmarshal(v, &t.Check)
		case "diff":
			err = json.Unmarshal(v, &t.Diff)
		case "env":
			err = json.Unmarshal(v, &t.Env)
		case "differs":
			err = json.Unmarshal(v, &t.Differs)
		default:
			if t.Module != "" {
				err = fmt.Errorf("two modules: %s and %s", t.Module, k)
			}
			t.Module, t.Args = k, v
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Recorded is what came of a case: the normalised results, and the tree at the end.
type Recorded struct {
	Name    string            `json:"name"`
	Results []json.RawMessage `json:"results"`
	Tree    map[string]string `json:"tree"`
}

// Run replays all testdata/*.json of the calling package's directory.
func Run(t *testing.T, find func(name string) *module.Def) { RunWith(t, find, nil) }

// places are what stands for things of this run in cases and recordings: the addresses of servers.
type places map[string]string

func (p places) in(s string) string {
	for name, is := range p {
		s = strings.ReplaceAll(s, name, is)
	}
	return s
}

func (p places) out(s string) string {
	for name, is := range p {
		s = strings.ReplaceAll(s, is, name)
	}
	return s
}

// put gives a case with what the names stand for in this run.
func (p places) put(c Case) Case {
	if len(p) == 0 {
		return c
	}
	c.Setup, c.Tasks = slices.Clone(c.Setup), slices.Clone(c.Tasks)
	for i := range c.Setup {
		c.Setup[i] = p.in(c.Setup[i])
	}
	for i, t := range c.Tasks {
		t.Args, t.Env = json.RawMessage(p.in(string(t.Args))), maps.Clone(t.Env)
		for k, v := range t.Env {
			t.Env[k] = p.in(v)
		}
		c.Tasks[i] = t
	}
	return c
}

// What was recorded was so with this umask and in this time zone, whatever those are here. Both are set before anything asks for them.
var _ = func() struct{} {
	syscall.Umask(0o022)
	time.Local = time.UTC
	if err := os.Setenv("TZ", "UTC"); err != nil {
		panic(err)
	}
	return struct{}{}
}()

// RunWith is Run with names that stand for things of this run, as Web gives them: a name in a case becomes what it stands
// for, and that becomes the name in results.
func RunWith(t *testing.T, find func(name string) *module.Def, names map[string]string) {
	here := places(names)
	list, err := filepath.Glob("testdata/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		if strings.HasSuffix(f, ".recorded.json") {
			continue
		}
		t.Run(strings.TrimSuffix(filepath.Base(f), ".json"), func(t *testing.T) {
			var cases []Case
			readJSON(t, f, &cases)
			out := strings.TrimSuffix(f, ".json") + ".recorded.json"
			if *record {
				recordCases(t, cases, here, out)
			}
			var rec []Recorded
			readJSON(t, out, &rec)
			byName := map[string]Recorded{}
			for _, r := range rec {
				byName[r.Name] = r
			}
			for _, c := range cases {
				t.Run(c.Name, func(t *testing.T) {
					t.Parallel()
					replay(t, here.put(c), here, byName[c.Name], find)
				})
			}
		})
	}
}

func readJSON(t *testing.T, file string, into any) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

func replay(t *testing.T, c Case, here places, want Recorded, find func(string) *module.Def) {
	if c.Root {
		needs.Root(t)
	}
	if len(want.Results) != len(c.Tasks) {
		t.Fatalf("%d results recorded for %d tasks: record again", len(want.Results), len(c.Tasks))
	}
	base, err := filepath.EvalSymlinks(needs.Folder(t))
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(base, "0")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	setup(t, c, dir)
	for i, task := range c.Tasks {
		args, err := value.FromJSON(bytes.ReplaceAll(task.Args, []byte("@W@"), []byte(dir)))
		if err != nil {
			t.Fatal(err)
		}
		got := normalise(t, []byte(here.out(string(resultJSON(t, call(t, dir, task, args, find))))), dir, c.Exact)
		wanted := normalise(t, want.Results[i], dir, c.Exact)
		got, wanted = asException(t, c.evened(t, got), c.evened(t, wanted))
		same := bytes.Equal(got, wanted)
		switch {
		case task.Differs != "" && same:
			t.Errorf("task %d is listed as different (%s) but is the same", i+1, task.Differs)
		case task.Differs == "" && !same:
			t.Errorf("task %d: %s %s\n%s", i+1, task.Module, task.Args, lineDiff(string(wanted), string(got)))
		}
	}
	got, wanted := maskText(here.out(treeText(tree(t, dir, c.Exact))), c), maskText(treeText(want.Tree), c)
	switch {
	case c.TreeDiffers != "" && got == wanted:
		t.Errorf("the tree is listed as different (%s) but is the same", c.TreeDiffers)
	case c.TreeDiffers == "" && got != wanted:
		t.Errorf("tree\n%s", lineDiff(wanted, got))
	}
}

func setup(t *testing.T, c Case, dir string) {
	t.Helper()
	for to, from := range c.Copy {
		b, err := os.ReadFile(filepath.Join("testdata", from))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, to), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, line := range c.Setup {
		cmd := exec.Command("sh", "-c", "umask 022; "+strings.ReplaceAll(line, "@W@", dir))
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("setup %q: %v\n%s", line, err, out)
		}
	}
}

// call runs a task. What the action of copy does on the control node is done here: content or the local file is sent along.
func call(t *testing.T, dir string, task Task, args value.Value, find func(string) *module.Def) *value.Dict {
	t.Helper()
	d, ok := args.(*value.Dict)
	if s, isText := args.(value.Str); isText {
		d, ok = value.DictOf("_raw_params", s), true
	}
	if !ok {
		t.Fatalf("arguments are a %s", args.Type())
	}
	def := find(task.Module)
	if def == nil {
		t.Fatalf("no module %s", task.Module)
	}
	sys, err := target.NewReal(filepath.Dir(dir)) // where the recording's playbook was
	if err != nil {
		t.Fatal(err)
	}
	// the environment of the recording
	task.Env = withEnv(envIn(task.Env, dir), "HOME=/root", "XDG_CONFIG_HOME=/nonexistent", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "TMPDIR=/tmp")
	return callDef(t, sys, task, d, def)
}

// envIn gives an environment with the case's directory for "@W@".
func envIn(env map[string]string, dir string) map[string]string {
	out := maps.Clone(env)
	for k, v := range out {
		out[k] = strings.ReplaceAll(v, "@W@", dir)
	}
	return out
}

func withEnv(env map[string]string, more ...string) map[string]string {
	out := map[string]string{}
	for _, e := range more {
		k, v, _ := strings.Cut(e, "=")
		out[k] = v
	}
	maps.Copy(out, env)
	return out
}

// callOn runs a task on a machine.
func callOn(t *testing.T, sys target.System, task Task, args value.Value, find func(string) *module.Def) *value.Dict {
	t.Helper()
	d, ok := args.(*value.Dict)
	if !ok {
		d = value.DictOf("_raw_params", args)
	}
	def := find(task.Module)
	if def == nil {
		t.Fatalf("no module %s", task.Module)
	}
	return callDef(t, sys, task, forModule(def, d), def)
}

// forModule takes out what is for Ansible's action, which chooses the module.
func forModule(def *module.Def, args *value.Dict) *value.Dict {
	for name, arg := range map[string]string{"service": "use", "package": "use", "dnf": "use_backend"} {
		if def.ShortName() == name {
			args = args.Copy()
			args.DeleteStr(arg)
		}
	}
	return args
}

func callDef(t *testing.T, sys target.System, task Task, d *value.Dict, def *module.Def) *value.Dict {
	t.Helper()
	c := server.Call{Module: task.Module, Args: d, Check: task.Check, Diff: task.Diff, Verbose: 3}
	for k, v := range task.Env {
		c.Env = append(c.Env, k+"="+v)
	}
	if def.ShortName() == "copy" {
		c.Args, c.Content = copyContent(t, d)
		if c.Content != nil {
			c.Module = "ansible.legacy.copy" // as Ansible's action calls it
		}
	}
	if def.ShortName() == "unarchive" {
		_, c.Content = copyContent(t, d) // src is told too
	}
	if byAction[def.ShortName()] {
		c.Module = "ansible.legacy." + def.ShortName()
	}
	r := server.RunDef(context.Background(), sys, def, c)
	return r.Dict()
}

// byAction are the modules that Ansible's actions call, by these names.
var byAction = map[string]bool{"assemble": true, "unarchive": true, "uri": true}

func copyContent(t *testing.T, args *value.Dict) (*value.Dict, *module.Content) {
	t.Helper()
	if remote, _ := args.Stored("remote_src").(value.Bool); bool(remote) {
		return args, nil
	}
	args = args.Copy()
	var b []byte
	c := &module.Content{}
	if v := args.Stored("content"); v != nil {
		s, _ := value.Text(v)
		if _, text := v.(value.Str); !text {
			s = string(resultJSON(t, v)) // a dict or list is written as JSON
		}
		b, c.Dynamic = []byte(s), true
		args.DeleteStr("content")
	} else if v := args.Stored("src"); v != nil {
		s, _ := value.Text(v)
		var err error
		if b, err = os.ReadFile(s); err != nil {
			t.Fatal(err)
		}
		c.Label = s
		args.DeleteStr("src")
		if m, ok := args.Stored("mode").(value.Str); ok && m.String() == "preserve" {
			info, _ := os.Stat(s)
			args.SetStr("mode", value.NewStr(fmt.Sprintf("%04o", info.Mode().Perm())))
		}
	}
	c.Size, c.SHA1 = int64(len(b)), fmt.Sprintf("%x", sha1.Sum(b))
	c.Open = func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }
	return args, c
}

func resultJSON(t *testing.T, d value.Value) []byte {
	t.Helper()
	b, err := value.AppendJSON(nil, d, value.JSONOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// tree describes what is below dir: a line a file.
func tree(t *testing.T, dir string, exact bool) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(p string, e fs.DirEntry, err error) error {
		if err != nil || p == dir {
			return err
		}
		if p == filepath.Join(dir, ".ansible") { // of Ansible itself, where the case is the home
			return filepath.SkipDir
		}
		sys, _ := target.NewReal(dir)
		info, err := sys.Lstat(p)
		if err != nil {
			return err
		}
		uid, gid := info.UID, info.GID
		if uid == os.Getuid() {
			uid, gid = 0, 0
		}
		text := fmt.Sprintf("%06o %d:%d", info.Mode, uid, gid)
		if info.IsDir() && isRepository(p) {
			rel, _ := filepath.Rel(dir, p)
			out[rel] = text + " (a repository)" // packs and hooks are those of the git that is there
			return filepath.SkipDir
		}
		switch {
		case info.IsLink():
			to, _ := os.Readlink(p)
			text += " -> " + strings.ReplaceAll(to, dir, "@W@")
		case info.IsRegular():
			b, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			text += " " + contentText(string(b), dir, exact)
			if info.Nlink > 1 {
				text += fmt.Sprintf(" (%d links)", info.Nlink)
			}
		}
		rel, _ := filepath.Rel(dir, p)
		out[normaliseText(rel, dir, true)] = text
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// archiveKind tells an archive by its first bytes, "" for what is none.
func archiveKind(s string) string {
	for magic, kind := range map[string]string{"\x1f\x8b": "gzip", "BZh": "bzip2", "\xfd7zXZ": "xz", "(\xb5/\xfd": "zstd", "PK\x03\x04": "zip"} {
		if strings.HasPrefix(s, magic) {
			return kind
		}
	}
	if len(s) > 262 && s[257:262] == "ustar" {
		return "tar"
	}
	return ""
}

// isRepository reports whether a folder is the inside of a repository of git or Subversion.
func isRepository(dir string) bool {
	has := func(names ...string) bool {
		for _, n := range names {
			if _, err := os.Stat(filepath.Join(dir, n)); err != nil {
				return false
			}
		}
		return true
	}
	return has("HEAD", "objects", "refs") || has("wc.db") || has("format", "db", "hooks")
}

// contentText is a file's content, or what is in it that is not random.
func contentText(s, dir string, exact bool) string {
	s = strings.ReplaceAll(s, dir, "@W@")
	if strings.HasPrefix(s, "-----BEGIN ") && !exact || strings.HasPrefix(s, "-----BEGIN OPENSSH ") {
		return describePEM(s)
	}
	if kind := archiveKind(s); kind != "" { // times and compressors differ
		return "an archive: " + kind
	}
	if !exact {
		s = sshPublic.ReplaceAllString(s, "$1 KEY")
	}
	if len(s) > 200 && !strings.HasPrefix(s, "-----BEGIN ") {
		return fmt.Sprintf("sha1 %x", sha1.Sum([]byte(s)))
	}
	return fmt.Sprintf("%q", s)
}

// sshPublic is a public key of SSH.
var sshPublic = regexp.MustCompile(`^((?:ssh|ecdsa)-[a-z0-9-]+) AAAA[^ ]*`)

func treeText(m map[string]string) string {
	var lines []string
	for k, v := range m {
		lines = append(lines, k+": "+v)
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}

// lineDiff shows the lines that only one of two texts has.
func lineDiff(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	count := map[string]int{}
	for _, l := range w {
		count[strings.TrimSuffix(l, ",")]++
	}
	var b strings.Builder
	for _, l := range g {
		l = strings.TrimSuffix(l, ",")
		if count[l] == 0 {
			b.WriteString("  got  " + l + "\n")
		} else {
			count[l]--
		}
	}
	for _, l := range w {
		l = strings.TrimSuffix(l, ",")
		if count[l] > 0 {
			count[l]--
			b.WriteString("  want " + l + "\n")
		}
	}
	return b.String()
}
