package conformance_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/shellwords"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
)

// screen is what a program shows at a terminal, while it runs.
type screen struct {
	mu   sync.Mutex
	text bytes.Buffer
	done chan struct{}
}

func (s *screen) read(tty *os.File) {
	defer close(s.done)
	buf := make([]byte, 4096)
	for {
		n, err := tty.Read(buf)
		s.mu.Lock()
		s.text.Write(buf[:n])
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// await waits until something is shown after the first from bytes, and returns where it ends.
func (s *screen) await(t *testing.T, from int, what string) int {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		s.mu.Lock()
		at := bytes.Index(s.text.Bytes()[from:], []byte(what))
		s.mu.Unlock()
		if at >= 0 {
			return from + at + len(what)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t.Fatalf("%q does not come; what came:\n%s", what, s.text.String()[from:])
	return 0
}

// dialogue runs a command line at a terminal and does what a script says: "expect TEXT" waits until it is shown, "type TEXT",
// in Go's escapes, types it. It returns all that was shown.
func dialogue(t *testing.T, dir, script string, environ []string, argv ...string) (shown string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), argv[0], argv[1:]...)
	cmd.Dir, cmd.Env = dir, environ
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 80})
	needs.That(t, err == nil, fmt.Sprintf("a pseudo-terminal: %v", err))
	defer tty.Close()
	s := &screen{done: make(chan struct{})}
	go s.read(tty)
	at := 0
	for line := range strings.Lines(script) {
		verb, text, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		switch verb {
		case "expect":
			at = s.await(t, at, text)
		case "type":
			keys, err := strconv.Unquote(`"` + text + `"`)
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			time.Sleep(150 * time.Millisecond) // what is typed before the terminal is ready for it is dropped
			if _, err := tty.WriteString(keys); err != nil {
				t.Fatal(err)
			}
		default:
			t.Fatalf("a script has no %q", verb)
		}
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	<-s.done
	return s.text.String(), cmd.ProcessState.ExitCode()
}

var pausedFor = regexp.MustCompile(`Paused for [0-9.]+ `)

// TestTalks holds dialogues at a terminal against those with the real Ansible, byte by byte: questions, what is echoed, what
// Ctrl-C does; -record makes the recordings anew. Each case of testdata/talk has cmd and talk, the script of what is typed, and what was shown.
func TestTalks(t *testing.T) {
	cases, err := filepath.Glob(filepath.Join(testdata, "talk/*/cmd"))
	if err != nil || len(cases) == 0 {
		t.Fatalf("no recorded dialogues: %v", err)
	}
	program := filepath.Join(t.TempDir(), "ansible-playbook")
	if err := os.Symlink(binary(t), program); err != nil {
		t.Fatal(err)
	}
	for _, cmd := range cases {
		testcase := filepath.Dir(cmd)
		t.Run(filepath.Base(testcase), func(t *testing.T) {
			t.Parallel()
			dir, err := filepath.EvalSymlinks(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			if err := os.CopyFS(dir, os.DirFS(testcase)); err != nil {
				t.Fatal(err)
			}
			argv, err := shellwords.Split(read(t, testcase, "cmd"))
			if err != nil {
				t.Fatal(err)
			}
			env := append(environ(dir), "ANSIBLE_NOCOLOR=1", "ANSIBLE_NOCOWS=1", "ANSIBLE_PYTHON_INTERPRETER=/usr/bin/python3")
			argv[0] = program
			if *record {
				env = append(env, "HOME="+os.Getenv("HOME"))
				argv = append(append(strings.Fields(os.Getenv("ANSIBLE_ORACLE")), "ansible-playbook"), argv[1:]...)
			}
			shown, code := dialogue(t, dir, read(t, testcase, "talk"), env, argv...)
			shown = pausedFor.ReplaceAllString(strings.ReplaceAll(shown, dir, "@DIR@"), "Paused for @TIME@ ")
			shown = strings.ReplaceAll(shown, "\r\n", "\n") + "exit code " + strconv.Itoa(code) + "\n"
			if *record {
				if err := os.WriteFile(filepath.Join(testcase, "shown"), []byte(shown), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if want := read(t, testcase, "shown"); shown != want {
				t.Errorf("not as recorded: %s\nall of it:\n%s", firstDifference(shown, want), shown)
			}
		})
	}
}
