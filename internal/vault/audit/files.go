package audit

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/tree"
)

// A File is what a finding can stand in.
type File struct {
	Name string      // as it is shown
	Path string      // from the root, with "/" between folders
	Mode fs.FileMode // of a file on disk, else 0
	Info fs.FileInfo // nil for what is staged
	Read func() ([]byte, error)
}

// FromTree gives the files of a tree.
func FromTree(t *tree.Tree) []File {
	var out []File
	for _, f := range t.Files {
		rel, err := filepath.Rel(t.Root, f.Path)
		if err != nil {
			rel = f.Name
		}
		out = append(out, File{Name: f.Name, Path: filepath.ToSlash(rel), Mode: f.Info.Mode(), Info: f.Info, Read: func() ([]byte, error) { return os.ReadFile(f.Path) }})
	}
	return out
}

// Staged gives the files that the next commit adds or changes, as they are in git's index, and the top of the work tree. Links and
// repositories within are left out.
func Staged(ctx context.Context, dir string, environ []string) (files []File, top string, err error) {
	g := gitCaller{dir: dir, environ: environ}
	out, err := g.run(ctx, "rev-parse", "--show-toplevel")
	if err != nil {
		return nil, "", err
	}
	top = strings.TrimSuffix(string(out), "\n")
	list, err := g.run(ctx, "diff", "--cached", "--raw", "-z", "--no-abbrev", "--no-renames", "--diff-filter=ACMT", "--no-ext-diff")
	if err != nil {
		return nil, "", err
	}
	var blobs []string
	fields := strings.Split(string(list), "\x00")
	for i := 0; i+1 < len(fields); i += 2 {
		words := strings.Fields(fields[i]) // :mode mode blob blob status
		if len(words) != 5 || !strings.HasPrefix(words[1], "100") {
			continue
		}
		blobs = append(blobs, words[3])
		files = append(files, File{Name: fields[i+1], Path: fields[i+1]})
	}
	texts, err := g.contents(ctx, blobs)
	if err != nil {
		return nil, "", err
	}
	for i := range files {
		files[i].Read = func() ([]byte, error) { return texts[i], nil }
	}
	return files, top, nil
}

// A gitCaller runs git in a folder. No program that the repository's configuration names is started.
type gitCaller struct {
	dir     string
	environ []string
}

func (g gitCaller) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-c", "core.quotePath=false", "-c", "core.fsmonitor=false"}, args...)...)
	cmd.Dir, cmd.Env = g.dir, slices.Concat(g.environ, []string{"LC_ALL=C", "GIT_OPTIONAL_LOCKS=0"})
	return cmd
}

func (g gitCaller) run(ctx context.Context, args ...string) ([]byte, error) {
	cmd := g.command(ctx, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil, fmt.Errorf("git %s: %s", args[0], strings.TrimSpace(errs.String()))
	}
	if err != nil {
		return nil, fmt.Errorf("git %s: %w", args[0], err)
	}
	return out.Bytes(), nil
}

// contents reads blobs.
func (g gitCaller) contents(ctx context.Context, blobs []string) ([][]byte, error) {
	cmd := g.command(ctx, "cat-file", "--batch")
	cmd.Stdin = strings.NewReader(strings.Join(blobs, "\n") + "\n")
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("git cat-file: %w", err)
	}
	r := bufio.NewReader(bytes.NewReader(out))
	var texts [][]byte
	for range blobs {
		head, err := r.ReadString('\n')
		var name, kind string
		var size int
		if err == nil {
			_, err = fmt.Sscan(head, &name, &kind, &size)
		}
		if err != nil {
			return nil, fmt.Errorf("git cat-file: %w", err)
		}
		text := make([]byte, size+1)
		if _, err := io.ReadFull(r, text); err != nil {
			return nil, fmt.Errorf("git cat-file: %w", err)
		}
		texts = append(texts, text[:size])
	}
	return texts, nil
}
