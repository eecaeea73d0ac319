package term_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/term"
)

func TestSecretWithoutTerminal(t *testing.T) {
	var asked bytes.Buffer
	unmasked := 0
	in := strings.NewReader("first\r\nsecond\nlast")
	p := &term.Prompter{In: in, Err: &asked, NoTTY: true, Unmasked: func() { unmasked++ }}
	for _, want := range []string{"first", "second", "last"} {
		got, err := p.Secret(context.Background(), "? ")
		if err != nil || got != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
	if _, err := p.Secret(context.Background(), "? "); !errors.Is(err, term.ErrEOF) || !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
	if asked.String() != "? \n? \n? \n? " || unmasked != 4 {
		t.Errorf("asked %q, %d", asked.String(), unmasked)
	}
}

// ReadLine takes nothing of the next line, which is for somebody else.
func TestReadLineLeavesTheRest(t *testing.T) {
	r := strings.NewReader("line\nrest")
	if got, err := term.ReadLine(r); err != nil || got != "line" {
		t.Fatalf("%q, %v", got, err)
	}
	if rest, _ := io.ReadAll(r); string(rest) != "rest" {
		t.Errorf("left %q", rest)
	}
}

func TestCode(t *testing.T) {
	tests := map[string]string{
		"red": "0;31", "bright purple": "1;35", "dark gray": "1;30", "color208": "38;5;208", "rgb123": "38;5;67", "gray0": "38;5;232",
		"": "", "no such": "", "color256": "", "rgb126": "", "gray24": "", "color-1": "",
	}
	for name, want := range tests {
		if got := term.Code(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func TestPaint(t *testing.T) {
	if got, want := term.Paint("a\nb", "red"), "\x1b[0;31ma\x1b[0m\n\x1b[0;31mb\x1b[0m"; got != want {
		t.Errorf("got %q", got)
	}
	if got := term.Paint("a", "no such"); got != "a" {
		t.Errorf("got %q", got)
	}
}

func TestIs(t *testing.T) {
	if term.Is(&bytes.Buffer{}) || term.Is(nil) || term.Width(&bytes.Buffer{}) != term.DefaultWidth {
		t.Error("a buffer is no terminal")
	}
}
