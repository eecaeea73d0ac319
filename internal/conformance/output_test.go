package conformance_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/cli"
)

// outputSigns are what is put in the place of what differs from run to run, or names the machine.
var outputSigns = []struct {
	what *regexp.Regexp
	sign string
}{
	{regexp.MustCompile(`(?m)("?)\b(start|end|stop)\b"?: ?["'][^"'\n]*["']`), `$1$2: @TIME@`},
	{regexp.MustCompile(`("?)\bdelta\b"?: ?["'][^"'\n]*["']`), `$1$delta: @TIME@`},
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z`), `@TIME@`},
	{regexp.MustCompile(`"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"`), `"@ID@"`},
	{regexp.MustCompile(`(?m)-+ \d+\.\d\ds$`), `@SECONDS@`},
	{regexp.MustCompile(`took 0 days, 0 hours, \d+ minutes, \d+ seconds`), `took @TIME@`},
	{regexp.MustCompile(` time="[0-9.]+"`), ` time="@SECONDS@"`},
	{regexp.MustCompile(`(?m)^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} p=\d+ u=\S+ n=ansible `), `@LOG@ `},
	{regexp.MustCompile(`"?\b(owner|group)\b"?: ("[^"]*"|\w+)`), `$1: @OWNER@`},
	{regexp.MustCompile(`"?\b(uid|gid)\b"?: [0-9]+`), `$1: @ID@`},
	{regexp.MustCompile(`"?\bsrc\b"?: ?"?[^ "\n]*(/\.ansible/tmp|/\.ansible_|ansible-tmp|ansible-local)[^ "\n]*"?`), `src: @SENT@`},
	{regexp.MustCompile(`"?\bsrc\b"?: ?(""|'')`), `src: @SENT@`},
	{regexp.MustCompile(`"_original_basename": ?("[^"]*"|null)`), `"_original_basename": @SENT@`},
	// of a host that another runs a task for, the native engine knows only the name
	{regexp.MustCompile(`(?s)("_ansible_delegated_vars": ?\{\s*)("ansible_connection": ?"local",\s*)?("ansible_host": ?"\w+")[^}]*?\s*\}`), `$1$3}`},
	{regexp.MustCompile(`(Using module file|<h1>|<h2>)[^\n]*\n`), ``},
	// what the real one tells of itself at -vv
	{regexp.MustCompile(`(?s)(\x1b\[[0-9;]*m)?ansible-playbook \[core.*?pyyaml version[^\n]*\n`), ``},
}

// outputStamp is a line of profile_tasks. Its stars fill it up to the width, so that their number depends on the
// names of the day and of the month: what counts is where the line ends.
var outputStamp = regexp.MustCompile(`\b\w+day \d\d \w+ \d{4}  \d\d:\d\d:\d\d [+-]\d{4} \(\d:\d\d:\d\d\.\d+\)       \d:\d\d:\d\d\.\d+ (\*+ )?`)

func outputText(dir, text string) string {
	text = strings.ReplaceAll(text, dir, "@DIR@")
	text = outputStamp.ReplaceAllStringFunc(text, func(stamp string) string {
		return fmt.Sprintf("@TIMES@ of %d characters", len(stamp))
	})
	for _, s := range outputSigns {
		text = s.what.ReplaceAllString(text, s.sign)
	}
	return text
}

// outputCase is a line of testdata/output/cases.
type outputCase struct {
	play, name   string
	environ, opt []string
}

func outputCases(t *testing.T) []outputCase {
	t.Helper()
	var cases []outputCase
	for line := range strings.Lines(read(t, testdata, "output", "cases")) {
		parts := strings.SplitN(strings.TrimSpace(line), "|", 3)
		if len(parts) != 3 || strings.HasPrefix(line, "#") {
			continue
		}
		c := outputCase{play: parts[0], name: parts[1]}
		for _, w := range strings.Fields(parts[2]) {
			if strings.HasPrefix(w, "-") {
				c.opt = append(c.opt, w)
			} else {
				c.environ = append(c.environ, w)
			}
		}
		cases = append(cases, c)
	}
	return cases
}

// run runs the case with the native engine in a copy of its playbook.
func (c outputCase) run(t *testing.T) (dir string, got outcome) {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(testdata, "output", "plays", c.play))); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "out"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	env := environ(dir)
	for i, e := range env {
		if strings.HasPrefix(e, "ANSIBLE_NOCOLOR=") && strings.Contains(strings.Join(c.environ, " "), "FORCE_COLOR") {
			env[i] = "ANSIBLE_NOCOLOR=0"
		}
	}
	for _, e := range c.environ {
		env = append(env, strings.ReplaceAll(e, "@DIR@", dir))
	}
	env = append(env, "TZ=UTC")
	var stdout, stderr bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	args := append([]string{"-f1", "-i", "hosts.ini"}, c.opt...)
	code := cli.Main(ctx, &cli.Env{
		Name: "ansible-playbook", Args: append(args, "play.yml"), Environ: env, Dir: dir,
		Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Now: func() time.Time { return time.Now().UTC() },
		Version: cli.Version{Program: "test", Core: "2.19.11"},
	})
	return dir, outcome{stdout.String(), ahead.ReplaceAllString(stderr.String(), ""), code}
}

// reports are the files that a run made in its folder out, without the times in their names.
func reports(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files[regexp.MustCompile(`-\d+\.\d+\.xml$`).ReplaceAllString(name, ".xml")] = read(t, dir, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestOutput shows the same playbooks under many settings: every callback writes what the real Ansible's writes.
func TestOutput(t *testing.T) {
	cases := outputCases(t)
	if len(cases) < 60 {
		t.Fatalf("%d recorded cases of output", len(cases))
	}
	replay(t, "output", cases, func(c outputCase) string { return c.play + "/" + c.name }, outputDifferences)
}

func outputDifferences(t *testing.T, c outputCase) []string {
	t.Helper()
	where := filepath.Join(testdata, "output", c.play, c.name)
	dir, got := c.run(t)
	want := recorded(t, where)
	var diffs []string
	compare := func(what, got, want string) {
		got, want = outputText(dir, got), outputText(dir, want)
		if c.name == "per_host_start" { // when a task is told to start depends on when a worker is free
			got, want = sortedLines(got), sortedLines(want)
		}
		if got != want {
			diffs = append(diffs, what+" "+firstDifference(got, want))
			if out := os.Getenv("OUTPUT_OUT"); out != "" {
				base := filepath.Join(out, c.play+"."+c.name+"."+strings.ReplaceAll(what, "/", "_"))
				_ = os.WriteFile(base+".got", []byte(got), 0o600)
				_ = os.WriteFile(base+".want", []byte(want), 0o600)
			}
		}
	}
	compare("exit code", strconv.Itoa(got.code), strconv.Itoa(want.code))
	compare("stdout", got.stdout, want.stdout)
	compare("stderr", got.stderr, want.stderr)
	made, wanted := reports(t, filepath.Join(dir, "out")), map[string]string{}
	if _, err := os.Stat(filepath.Join(where, "files")); err == nil {
		wanted = reports(t, filepath.Join(where, "files"))
	}
	compare("the reports' names", fmt.Sprint(names(made)), fmt.Sprint(names(wanted)))
	for name, text := range wanted {
		compare("report "+name, made[name], text)
	}
	return diffs
}

func sortedLines(text string) string {
	lines := strings.Split(text, "\n")
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}

func names(files map[string]string) []string {
	var out []string
	for n := range files {
		out = append(out, n)
	}
	sort.Strings(out)
	return out
}
