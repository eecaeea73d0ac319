package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/cli/ansiblehelp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
)

// TestVaultRecorded replays sessions with the real ansible-vault: files in testdata/ansible-vault, each a shell line
// behind "$ " with what it wrote ("2> " before a line of stderr) and its exit code behind "? ". With KIMAI_ORACLE set to a
// command that runs its arguments where ansible-core 2.19 is installed, the sessions are recorded anew.
func TestVaultRecorded(t *testing.T) {
	files, err := filepath.Glob("testdata/ansible-vault/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			dir := sessionDir(t, a)
			oracle := os.Getenv("KIMAI_ORACLE")
			got, want := session(t, dir, oracle, string(sessionFile(t, a).Data))
			if oracle != "" {
				sessionFile(t, a).Data = []byte(got)
				if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != want {
				t.Errorf("it went differently:\n%s", firstDifference(got, want))
			}
		})
	}
}

func sessionFile(t *testing.T, a *txtar.Archive) *txtar.File {
	for i := range a.Files {
		if a.Files[i].Name == "session" {
			return &a.Files[i]
		}
	}
	t.Fatal("no file named session")
	return nil
}

// sessionDir makes a folder with the files of the archive; one named *.sh or *-client is executable.
func sessionDir(t *testing.T, a *txtar.Archive) string {
	dir, err := os.MkdirTemp("/tmp", "kimai-session-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	for _, f := range a.Files {
		if f.Name == "session" {
			continue
		}
		mode := os.FileMode(0o600)
		if strings.HasSuffix(f.Name, ".sh") {
			mode = 0o755
		}
		path := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, mode); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// session runs the lines of a session and gives what they did in the form of a session, and what it was.
func session(t *testing.T, dir, oracle, text string) (got, want string) {
	bin := childProgram(t)
	var out strings.Builder
	for line := range strings.Lines(text) {
		command, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "$ ")
		if !ok {
			continue
		}
		ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
		cmd := exec.CommandContext(ctx, "sh", "-c", command)
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // without a terminal to ask
		if oracle != "" {
			cmd = exec.CommandContext(ctx, oracle, "setsid", "-w", "sh", "-c", command)
		}
		cmd.Dir = dir
		cmd.Env = os.Environ()
		if oracle == "" {
			cmd.Env = append(cmd.Env, "PATH="+bin+":"+os.Getenv("PATH"), "LC_ALL=C.UTF-8", "TERM=dumb", "HOME="+dir)
		}
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		err := cmd.Run()
		cancel()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatalf("%s: %v", command, err)
		}
		fmt.Fprintf(&out, "$ %s\n%s%s? %d\n", command, normal(stdout.String(), dir, ""), normal(stderr.String(), dir, "2> "), cmd.ProcessState.ExitCode())
	}
	return out.String(), text
}

var (
	hexLines  = regexp.MustCompile(`(?m)^( *)[0-9a-f]{80}\n( *[0-9a-f]{2,80}\n)*`)
	getpass   = regexp.MustCompile(`(?m)^.*GetPassWarning.*\n.*fallback_getpass.*\n`)
	traceback = regexp.MustCompile(`(?s)\nTraceback \(most recent call last\):.*`)
	tempFiles = regexp.MustCompile(`(/[A-Za-z0-9_.-]+)*/(ansible-local|kimai-ansible-vault)-[A-Za-z0-9_-]+(/[A-Za-z0-9_.-]+)?`)
)

// normal takes out what differs from run to run, Python's tracebacks, which only ansible-core has, and the
// words of its help.
func normal(text, dir, prefix string) string {
	text = ansiblehelp.Outline(strings.ReplaceAll(text, dir, "$WORK"))
	text = getpass.ReplaceAllString(text, "")
	text = traceback.ReplaceAllString(text, "")
	text = hexLines.ReplaceAllString(text, "${1}HEX\n")
	text = tempFiles.ReplaceAllString(text, "TEMP")
	if text == "" {
		return ""
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(prefix + line)
	}
	if !strings.HasSuffix(text, "\n") {
		b.WriteString("\\ no line end\n")
	}
	return b.String()
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	command := ""
	for i := range min(len(g), len(w)) {
		if strings.HasPrefix(w[i], "$ ") {
			command = w[i]
		}
		if g[i] != w[i] {
			return fmt.Sprintf("%s\ngot  %s\nwant %s", command, strings.Join(g[i:min(i+4, len(g))], "\n     "), strings.Join(w[i:min(i+4, len(w))], "\n     "))
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(g), len(w))
}

// childProgram gives a folder with kimai-ansible, ansible-vault and ansible-playbook in it. Where everything is tested that is the
// real program, which does not carry the race detector; else it need not be built.
func childProgram(t *testing.T) string {
	t.Helper()
	if needs.All() {
		return builtProgram(t)
	}
	return selfProgram(t)
}

// selfProgram is childProgram with this test program, which then runs Main.
func selfProgram(t *testing.T) string {
	t.Helper()
	dir := needs.Folder(t)
	for _, name := range []string{"kimai-ansible", "ansible-vault", "ansible-playbook"} {
		script := fmt.Sprintf("#!/bin/sh\nKIMAI_TEST_CHILD=%s exec %s -test.run='^TestVaultChild$' -- \"$@\"\n", name, os.Args[0])
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestVaultChild is the program itself when another test runs it.
func TestVaultChild(t *testing.T) {
	name := os.Getenv("KIMAI_TEST_CHILD")
	if name == "" {
		t.Skip("only as a child of other tests")
	}
	env := ProcessEnv()
	env.Name, env.Args = name, nil
	for i, a := range os.Args {
		if a == "--" {
			env.Args = os.Args[i+1:]
			break
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		<-ctx.Done()
		stop()
	}()
	os.Exit(Main(ctx, env))
}
