package conformance_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/cli"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/cli/ansiblehelp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/shellwords"
)

// Ansible's other commands are held against recordings of the real ones. A folder below testdata/commands has a tree of
// files and many command lines for it:
//
//	files/          the tree; each command line runs in a copy of its own
//	cases           NAME: [VARIABLE=value...] command [; command...], a line each; # begins a comment
//	skiplist.txt    where it is there: what we do not do as recorded, NAME: REASON
//	recorded.txtar  what came of them, in files NAME/stdout, NAME/stderr and NAME/rc
//
// Besides Ansible's commands there are `cd FOLDER`, `cat FILE`, `tree DIR` (its files, with their modes), and `rm PATH`.
//
//	ANSIBLE_ORACLE=path/to/ansible-2.19 go test ./internal/conformance -run TestCommands/FOLDER/NAME -record
//
// makes the recordings anew; ANSIBLE_ORACLE is put before each command.
var record = flag.Bool("record", false, "make the recordings of the commands anew with the real Ansible")

// commandCase is a line of a file cases.
type commandCase struct{ name, line string }

func commandCases(t *testing.T, folder string) []commandCase {
	t.Helper()
	var cases []commandCase
	for line := range strings.Lines(read(t, folder, "cases")) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		name, cmd, ok := strings.Cut(line, ": ")
		if !ok || slices.ContainsFunc(cases, func(c commandCase) bool { return c.name == name }) {
			t.Fatalf("%s/cases: %q has no name, or another line's", folder, line)
		}
		cases = append(cases, commandCase{name, cmd})
	}
	return cases
}

// commandRun runs the commands of a line with run, in a copy of the tree.
func commandRun(t *testing.T, folder, line string, run func(t *testing.T, dir string, env []string, argv ...string) outcome) outcome {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(folder, "files")); err == nil {
		if err := os.CopyFS(dir, os.DirFS(filepath.Join(folder, "files"))); err != nil {
			t.Fatal(err)
		}
	}
	words, err := shellwords.Split(strings.ReplaceAll(line, "@DIR@", dir))
	if err != nil {
		t.Fatal(err)
	}
	var all outcome
	at := dir
	for part := range slices.Values(splitWords(words)) {
		var env []string
		for len(part) > 0 && regexp.MustCompile(`^[A-Z_]+=`).MatchString(part[0]) {
			env, part = append(env, part[0]), part[1:]
		}
		var o outcome
		b := commandBuiltins[part[0]]
		switch {
		case part[0] == "cd":
			at = filepath.Join(dir, part[1])
			continue
		case b != nil:
			o.stdout = b(t, filepath.Join(at, part[1]))
		default:
			o = run(t, at, env, part...)
		}
		all.stdout += o.stdout
		all.stderr += o.stderr
		all.code = o.code
	}
	all.stdout, all.stderr = commandNormal(dir, all.stdout), commandNormal(dir, all.stderr)
	return all
}

func splitWords(words []string) [][]string {
	parts := [][]string{nil}
	for _, w := range words {
		if w == ";" {
			parts = append(parts, nil)
			continue
		}
		parts[len(parts)-1] = append(parts[len(parts)-1], w)
	}
	return parts
}

var commandBuiltins = map[string]func(t *testing.T, path string) string{
	"cat": func(t *testing.T, path string) string { return read(t, path) },
	"rm": func(t *testing.T, path string) string {
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
		return ""
	},
	"tree": func(t *testing.T, path string) string {
		var b strings.Builder
		err := filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
			if err != nil || p == path {
				return err
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			rel, _ := filepath.Rel(path, p)
			fmt.Fprintf(&b, "%s %s\n", info.Mode(), rel)
			return nil
		})
		if err != nil {
			return "no such tree\n"
		}
		return b.String()
	},
}

var (
	localTemp   = regexp.MustCompile(`/ansible-local-[A-Za-z0-9_@]+`)
	tagsOfPlay  = regexp.MustCompile(`(?m)^  play #.*TAGS: \[.*,.*\]$`)
	caseHome    = regexp.MustCompile(`@DIR@[^ :\n']*/\.home\b`)
	traceback   = regexp.MustCompile(`(?s)\n+Traceback \(most recent call last\):\n.*\z`)
	listedHosts = regexp.MustCompile(`(?m)^    hosts \(\d+\):\n(?:      \S.*\n)+`)
	homePath    = regexp.MustCompile(`/root\b`)
)

// commandNormal puts signs in the place of what differs from run to run and machine to machine.
func commandNormal(dir, text string) string {
	text = caseHome.ReplaceAllString(normalise(dir, ansiblehelp.Outline(text)), "@HOME@")
	text = homePath.ReplaceAllString(text, "@HOME@")
	text = traceback.ReplaceAllString(text, "\n")                         // Python's lines are not kept
	text = listedHosts.ReplaceAllStringFunc(text, func(m string) string { // the real one has them in no order
		lines := strings.SplitAfter(m, "\n")
		slices.Sort(lines[1 : len(lines)-1])
		return strings.Join(lines, "")
	})
	text = tagsOfPlay.ReplaceAllStringFunc(text, func(m string) string {
		before, list, _ := strings.Cut(strings.TrimSuffix(m, "]"), "TAGS: [")
		tags := strings.Split(list, ",")
		slices.Sort(tags)
		return before + "TAGS: [" + strings.Join(tags, ",") + "]"
	})
	return localTemp.ReplaceAllString(text, "") // a folder that only the real one makes
}

// commandNative runs a command of ours within this process.
func commandNative(t *testing.T, dir string, env []string, argv ...string) outcome {
	t.Helper()
	t.Chdir(dir)
	var stdout, stderr bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	code := cli.Main(ctx, &cli.Env{
		Name: argv[0], Args: argv[1:], Environ: append(environ(dir), env...), Dir: dir,
		Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Now: time.Now,
		Version: cli.Version{Program: "test", Core: "2.19.11"},
	})
	return outcome{stdout.String(), ahead.ReplaceAllString(stderr.String(), ""), code}
}

// commandReal runs a command of the real Ansible.
func commandReal(t *testing.T, dir string, env []string, argv ...string) outcome {
	t.Helper()
	words := append(strings.Fields(os.Getenv("ANSIBLE_ORACLE")), argv...)
	cmd := exec.CommandContext(t.Context(), words[0], words[1:]...)
	var stdout, stderr bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &stdout, &stderr
	cmd.Env = append(append(environ(dir), "HOME="+os.Getenv("HOME")), env...)
	if exit := new(exec.ExitError); !errors.As(cmd.Run(), &exit) && cmd.ProcessState == nil {
		t.Fatalf("%s did not run", words[0])
	}
	return outcome{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// noNewline stands at the end of a recorded text that has no line end of its own.
const noNewline = "\n\\ no newline at the end\n"

func archived(text string) []byte {
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += noNewline
	}
	return []byte(text)
}

// TestCommands holds the commands of Ansible against the real ones.
func TestCommands(t *testing.T) {
	folders, err := filepath.Glob(filepath.Join(testdata, "commands/*/cases"))
	if err != nil || len(folders) == 0 {
		t.Fatalf("no recorded commands: %v", err)
	}
	for _, f := range folders {
		folder := filepath.Dir(f)
		t.Run(filepath.Base(folder), func(t *testing.T) { testCommands(t, folder) })
	}
}

func testCommands(t *testing.T, folder string) {
	path := filepath.Join(folder, "recorded.txtar")
	texts := map[string]string{}
	if text, err := os.ReadFile(path); err == nil {
		for _, f := range txtar.Parse(text).Files {
			texts[f.Name] = commandNormal("\x00", strings.TrimSuffix(string(f.Data), noNewline))
		}
	}
	cases := commandCases(t, folder)
	skipped := map[string]string{}
	if _, err := os.Stat(filepath.Join(folder, "skiplist.txt")); err == nil {
		skipped = skiplist(t, filepath.Join("commands", filepath.Base(folder)))
	}
	for _, c := range cases {
		reason := skipped[c.name]
		delete(skipped, c.name)
		t.Run(c.name, func(t *testing.T) {
			if *record {
				o := commandRun(t, folder, c.line, commandReal)
				texts[c.name+"/stdout"], texts[c.name+"/stderr"], texts[c.name+"/rc"] = o.stdout, o.stderr, fmt.Sprintln(o.code)
				return
			}
			if texts[c.name+"/rc"] == "" {
				t.Fatal("not recorded")
			}
			o := commandRun(t, folder, c.line, commandNative)
			if reason != "" {
				if fmt.Sprintln(o.code) == texts[c.name+"/rc"] && o.stdout == texts[c.name+"/stdout"] && o.stderr == texts[c.name+"/stderr"] {
					t.Errorf("passes, but stands in skiplist.txt: %s", reason)
				}
				t.Skip(reason)
			}
			for _, one := range []struct{ what, got string }{{"rc", fmt.Sprintln(o.code)}, {"stdout", o.stdout}, {"stderr", o.stderr}} {
				if want := texts[c.name+"/"+one.what]; one.got != want {
					t.Errorf("%s: %s", one.what, firstDifference(one.got, want))
				}
			}
			if t.Failed() && testing.Verbose() {
				t.Logf("all of it:\n%s--- stderr\n%s", o.stdout, o.stderr)
			}
		})
	}
	for name := range skipped {
		t.Errorf("skiplist.txt names %q, which is no case", name)
	}
	if *record {
		var a txtar.Archive
		for _, c := range cases {
			for _, what := range []string{"rc", "stdout", "stderr"} {
				if text := texts[c.name+"/"+what]; text != "" {
					a.Files = append(a.Files, txtar.File{Name: c.name + "/" + what, Data: archived(text)})
				}
			}
		}
		if err := os.WriteFile(path, txtar.Format(&a), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
