package conformance_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	kimaiansible "github.com/seed-6d8ad27c/kimai-ansible"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/cli"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/shellwords"
)

// outcome is what a command line gave.
type outcome struct {
	stdout, stderr string
	code           int
}

// all is everything that came out.
func (o outcome) all() string { return o.stdout + o.stderr }

// kitDir gives a new folder with the kit, and the files of a case where it has some.
func kitDir(t *testing.T, testcase string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, kimaiansible.Kit); err != nil {
		t.Fatal(err)
	}
	if testcase == "" {
		return dir
	}
	files := filepath.Join(testcase, "files")
	err = filepath.WalkDir(files, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		to := filepath.Join(dir, strings.TrimPrefix(path, files))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		return os.WriteFile(to, text, info.Mode().Perm())
	})
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return dir
}

// environ is the environment of a run, the same for all engines; nothing of the one who runs the tests comes in.
func environ(dir string) []string {
	return []string{
		"HOME=" + filepath.Join(dir, ".home"), "PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "LANG=C.UTF-8", "TERM=dumb",
		"TMPDIR=" + os.TempDir(), "ANSIBLE_NOCOLOR=1", "ANSIBLE_NOCOWS=1",
	}
}

// native runs a command line, in which argv[0] is a program of ours, in dir with the native engine, within this process.
func native(t *testing.T, dir string, argv ...string) outcome {
	t.Helper()
	return nativeTyped(t, dir, "", argv...)
}

// nativeTyped is native with something typed on stdin.
func nativeTyped(t *testing.T, dir, typed string, argv ...string) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := nativeInto(t, dir, typed, &stdout, &stderr, argv...)
	return outcome{stdout.String(), ahead.ReplaceAllString(stderr.String(), ""), code}
}

// nativeInto is native with the output and the errors written where the test wants them.
func nativeInto(t *testing.T, dir, typed string, stdout, stderr io.Writer, argv ...string) int {
	t.Helper()
	t.Chdir(dir) // what runs on a local target is started there
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	return cli.Main(ctx, &cli.Env{
		Name: argv[0], Args: argv[1:], Environ: environ(dir), Dir: dir,
		Stdin: strings.NewReader(typed), Stdout: stdout, Stderr: stderr, Now: time.Now,
		Version: cli.Version{Program: "test", Core: "2.19.11"},
	})
}

// ahead are the lines of preflight as ansible-playbook, which Ansible has not.
var ahead = regexp.MustCompile(`(?m)^kimai-ansible: ahead: .*\n`)

// process runs a command line as a process of its own in dir.
func process(t *testing.T, dir string, argv ...string) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	var stdout, stderr bytes.Buffer
	// an oracle may keep its root below the home of the one who runs the tests
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, append(environ(dir), "HOME="+os.Getenv("HOME")), &stdout, &stderr
	err := cmd.Run()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s: %v", argv[0], err)
	}
	return outcome{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// commandLines are those of a case, for a kit in dir.
func commandLines(t *testing.T, testcase, dir string) [][]string {
	t.Helper()
	var lines [][]string
	for line := range strings.Lines(read(t, testcase, "cmd")) {
		words, err := shellwords.Split(strings.ReplaceAll(line, "@DIR@", dir))
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, words)
	}
	return lines
}

var (
	temporary = regexp.MustCompile(`[^ ]*/ansible-local-[^/ ]+/[^/ ]+/`)
	delta     = regexp.MustCompile(`"delta": "[^"]*"`)
	startEnd  = regexp.MustCompile(`"(start|end)": "[^"]*"`)
	job       = regexp.MustCompile(`j[0-9]{5,}\.[0-9]+`)
	jobs      = regexp.MustCompile(`[^ "]*/\.ansible_async/`)
)

// normalise puts signs in the place of what differs from run to run, as record-kit.sh does.
func normalise(dir, text string) string {
	text = strings.ReplaceAll(text, filepath.Join(dir, ".home"), "@HOME@")
	text = strings.ReplaceAll(text, dir, "@DIR@")
	text = temporary.ReplaceAllString(text, "@TMP@/")
	text = job.ReplaceAllString(text, "@JID@")
	text = jobs.ReplaceAllString(text, "@ASYNC@/")
	text = delta.ReplaceAllString(text, `"delta": "@DELTA@"`)
	return startEnd.ReplaceAllString(text, `"$1": "@TIME@"`)
}

// recorded is what the real Ansible gave in a case.
func recorded(t *testing.T, testcase string) outcome {
	t.Helper()
	code, err := strconv.Atoi(strings.TrimSpace(read(t, testcase, "rc")))
	if err != nil {
		t.Fatal(err)
	}
	return outcome{read(t, testcase, "stdout"), read(t, testcase, "stderr"), code}
}
