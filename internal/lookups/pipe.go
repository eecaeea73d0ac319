package lookups

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var (
	_ = Set.Add(&Def{Name: "pipe", Run: runPipe})
	_ = Set.Add(&Def{Name: "lines", Run: runLines})
)

// runPipe gives what commands print; a command runs in a shell on the control node.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/pipe_lookup.html
func runPipe(ctx context.Context, c *Call) ([]value.Value, error) {
	var out []value.Value
	for _, t := range c.Terms {
		s, err := c.shell(ctx, t)
		if err != nil {
			return nil, err
		}
		out = append(out, value.Derive(value.NewStr(strings.TrimRight(s, pythonSpace)), t))
	}
	return out, nil
}

// runLines gives the lines that commands print.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/lines_lookup.html
func runLines(ctx context.Context, c *Call) ([]value.Value, error) {
	var out []value.Value
	for _, t := range c.Terms {
		s, err := c.shell(ctx, t)
		if err != nil {
			return nil, err
		}
		for _, line := range splitLines(s) {
			out = append(out, value.Derive(value.NewStr(line), t))
		}
	}
	return out, nil
}

// shell runs a command in the folder of the playbook and returns what it prints. What it writes to its standard error
// goes to that of the program.
func (c *Call) shell(ctx context.Context, term value.Value) (string, error) {
	command, err := text(term)
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", command)
	cmd.Dir, cmd.Env = c.Dir(), c.Environ()
	var stdout bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, os.Stderr
	done := make(chan error, 1)
	go func() { done <- cmd.Run() }()
	select {
	case err = <-done:
	case <-ctx.Done(): // what the shell has started may live on, and hold the output open
		return "", ctx.Err()
	}
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		if value.HasSecret(term) {
			command = "********"
		}
		return "", fmt.Errorf("lookup_plugin.%s(%s) returned %d", c.def.Name, command, exit.ExitCode())
	case err != nil:
		return "", err
	}
	return stdout.String(), nil
}

// splitLines is Python's str.splitlines() for what programs print.
func splitLines(s string) []string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
	if s == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(s, "\n"), "\n")
}
