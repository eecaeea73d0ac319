package cli

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/rotate"
)

// Progress is a bar on a terminal, lines now and then elsewhere, and nothing with --json.
func TestRotateProgress(t *testing.T) {
	tell := func(stderr any, opts rotateOptions) {
		now := time.Unix(0, 0)
		env := &Env{Now: func() time.Time { now = now.Add(700 * time.Millisecond); return now }}
		switch w := stderr.(type) {
		case *os.File:
			env.Stderr = w
		case *bytes.Buffer:
			env.Stderr = w
		}
		teller := newRotateTeller(env, opts)
		for i := range 10 {
			teller.progress(rotate.Progress{Phase: rotate.Rotating, Done: i + 1, Total: 10})
		}
		teller.close()
	}
	var lines bytes.Buffer
	tell(&lines, rotateOptions{})
	if got := lines.String(); got != "rotating: 3 of 10 values\nrotating: 6 of 10 values\nrotating: 9 of 10 values\n" {
		t.Errorf("lines %q", got)
	}
	lines.Reset()
	tell(&lines, rotateOptions{json: true})
	if lines.Len() > 0 {
		t.Errorf("with --json %q", lines.String())
	}
	master, tty, err := pty.Open()
	needs.That(t, err == nil, "a terminal")
	defer master.Close()
	tell(tty, rotateOptions{})
	tty.Close()
	shown, _ := io.ReadAll(master) // ends with EIO once the terminal is closed
	got := string(shown)
	for _, want := range []string{"\r\x1b[Krotating  [###                           ] 1 of 10 values", "[##############################] 10 of 10 values"} {
		if !strings.Contains(got, want) {
			t.Errorf("the bar %q lacks %q", got, want)
		}
	}
	if !strings.HasSuffix(got, "\r\x1b[K") {
		t.Errorf("the bar stays: %q", got)
	}
}
