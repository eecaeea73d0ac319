package target_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

func spawn(ctx context.Context, t *testing.T, echo bool, line string) target.Terminal {
	t.Helper()
	sys, err := target.NewReal(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	term, err := sys.Spawn(ctx, target.Command{Argv: []string{"/bin/sh", "-c", line}}, echo)
	if err != nil {
		t.Fatal(err)
	}
	return term
}

func TestSpawn(t *testing.T) {
	for _, c := range []struct {
		name, line, typed, want string
		echo                    bool
		code                    int
	}{
		{name: "a question", line: `read x < /dev/tty; echo "got $x"; exit 7`, typed: "a\n", want: "got a\r\n", code: 7},
		{name: "echo", line: `read x; echo "got $x"`, typed: "a\n", want: "a\r\ngot a\r\n", echo: true},
		{name: "a signal", line: `kill -9 $$`, code: -9},
		{name: "much output", line: `i=0; while [ $i -lt 2000 ]; do echo 0123456789; i=$((i+1)); done`, want: strings.Repeat("0123456789\r\n", 2000)},
		{name: "one in the background holds the terminal", line: `trap "" HUP; sleep 5 & echo x`, want: "x\r\n"},
		{name: "lets go of the terminal", line: `exec <&- >&- 2>&-; trap "" HUP; sleep 0.1; exit 3`, code: 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			term := spawn(t.Context(), t, c.echo, c.line)
			if _, err := io.WriteString(term, c.typed); err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(term)
			code, cerr := term.Close()
			if err != nil || cerr != nil || string(got) != c.want || code != c.code {
				t.Errorf("%q, code %d, errors %v and %v; want %q, code %d", got, code, err, cerr, c.want, c.code)
			}
		})
	}
}

func TestSpawnWaitsNoLongerThanItMay(t *testing.T) {
	t.Parallel()
	term := spawn(t.Context(), t, false, "sleep 60")
	if err := term.SetReadDeadline(time.Now().Add(20 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := term.Read(make([]byte, 10)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("reading: %v", err)
	}
	if code, err := term.Close(); code >= 0 || err != nil {
		t.Errorf("the program ended with %d, %v", code, err)
	}
}

func TestSpawnEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	term := spawn(ctx, t, false, "echo begun; sleep 60")
	buf := make([]byte, 100)
	if n, err := term.Read(buf); err != nil || n == 0 {
		t.Fatal(n, err)
	}
	cancel()
	if _, err := io.ReadAll(term); err != nil {
		t.Errorf("reading: %v", err)
	}
	if code, err := term.Close(); code >= 0 || err != nil {
		t.Errorf("the program ended with %d, %v", code, err)
	}
}

func TestSpawnOfNothing(t *testing.T) {
	sys, err := target.NewReal(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	sys = sys.WithEnviron([]string{"PATH=/usr/bin:/bin"}) // all of which can be read
	for name, want := range map[string]error{"/nosuch": fs.ErrNotExist, "nosuchprogram": fs.ErrNotExist, "/etc/passwd": fs.ErrPermission} {
		if _, err := sys.Spawn(t.Context(), target.Command{Argv: []string{name}}, false); !errors.Is(err, want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
