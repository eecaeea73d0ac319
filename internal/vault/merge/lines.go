package merge

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"golang.org/x/sys/unix"
)

// lines merges texts line by line with `git merge-file`, which knows git's settings for conflict markers. What it reads are
// files in memory, what it writes comes through a pipe.
func (m *Merger) lines(ctx context.Context, v Versions) (text []byte, clash bool, err error) {
	args := []string{"merge-file", "-p", "-L", "ours", "-L", "base", "-L", "theirs"}
	if m.MarkerSize > 0 {
		args = append(args, fmt.Sprintf("--marker-size=%d", m.MarkerSize))
	}
	var files []*os.File
	defer func() {
		for _, f := range files {
			f.Close()
		}
	}()
	for i, text := range [][]byte{v.Ours, v.Base, v.Theirs} {
		f, err := inMemory(text)
		if err != nil {
			return nil, false, err
		}
		files = append(files, f)
		args = append(args, fmt.Sprintf("/proc/self/fd/%d", 3+i))
	}
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir, cmd.Env, cmd.ExtraFiles = m.Dir, m.Environ, files
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return out.Bytes(), false, nil
	case errors.As(err, &exit) && exit.ExitCode() > 0 && exit.ExitCode() < 128:
		return out.Bytes(), true, nil
	case strings.Contains(errs.String(), "binary"):
		return v.Ours, true, nil // as git does it with binary files
	case ctx.Err() != nil:
		return nil, false, ctx.Err()
	}
	return nil, false, fmt.Errorf("git merge-file: %w: %s", err, strings.TrimSpace(errs.String()))
}

// inMemory gives a file with a text that is on no disk.
func inMemory(text []byte) (*os.File, error) {
	fd, err := unix.MemfdCreate("kimai-ansible-merge", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("making a file in memory: %w", err)
	}
	f := os.NewFile(uintptr(fd), "memory")
	if _, err := f.Write(text); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}
