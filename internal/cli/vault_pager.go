package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/term"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
)

// page shows a text as ansible-core does: through the pager of the settings ($PAGER, else less) when stdout is a
// terminal, else as it is with a line end at its end.
func (s *vaultSession) page(ctx context.Context, text []byte) error {
	pager := s.settings.String("PAGER")
	if !term.Is(s.env.Stdout) || pager == "" {
		return s.print(text)
	}
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", pager)
	cmd.Dir = s.env.Dir
	cmd.Env = vault.WithoutSources(s.env.Environ, s.specs)
	if words := strings.Fields(pager); len(words) > 0 && (words[0] == "less" || strings.HasSuffix(words[0], "/less")) {
		// less shows a short text at once and leaves it on the screen; it keeps no history of what was searched for
		cmd.Env = append(append([]string(nil), cmd.Env...), "LESS=FRSX", "LESSHISTFILE=-")
	}
	cmd.Stdin = bytes.NewReader(text)
	cmd.Stdout, cmd.Stderr = s.env.Stdout, s.env.Stderr
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &exit), errors.Is(err, syscall.EPIPE):
		return nil // a pager that is left early, or says what it does not like by itself
	case err != nil:
		return plainFailure(fmt.Errorf("starting the pager %q: %w", pager, err))
	}
	return nil
}

// print writes text and, when it has none, a line end.
func (s *vaultSession) print(text []byte) error {
	if _, err := s.env.Stdout.Write(text); err != nil {
		return plainFailure(fmt.Errorf("writing to stdout: %w", err))
	}
	if len(text) == 0 || text[len(text)-1] != '\n' {
		fmt.Fprintln(s.env.Stdout)
	}
	return nil
}
