package main

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

// The repository that is rotated: files that are vaults as a whole, and files with inline values.
const (
	rotateFiles  = 2000
	rotateInline = 3000
	rotateEach   = 10 // inline values in a file
	rotateMemory = 300 << 20
	// derivations are measured in portions of this many, one portion before and one behind each thing
	portion = 1000
)

// rotated are the figures of a repository's rotation, as elapsed times: all processors are used, and the disk is waited for.
type rotated struct {
	rotate, open          time.Duration
	derivations, openOnly time.Duration // what 2 and 1 derivations of the standard library for each secret take meanwhile
	memory                int64         // in bytes, the most that the process had at once
}

func (r rotated) bounds() []bound {
	return []bound{
		times("vault rotate, 5,000 secrets", "two PBKDF2 each, all cores", r.rotate, r.derivations, 1.3),
		times("vault rotate --dry-run, which opens them", "one PBKDF2 each, all cores", r.open, r.openOnly, 1.2),
		memory("vault rotate, memory", float64(r.memory)/(1<<20), rotateMemory>>20),
	}
}

// rotateRows rotates the repository once.
func rotateRows(program string) ([]bound, error) {
	dir, err := os.MkdirTemp("", "kimai-ansible-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if program, err = built(program, dir); err != nil {
		return nil, err
	}
	r, err := measureRotate(program, dir)
	return r.bounds(), err
}

func measureRotate(program, dir string) (rotated, error) {
	repo, err := rotateRepo(dir)
	if err != nil {
		return rotated{}, err
	}
	const secrets = rotateFiles + rotateInline
	var r rotated
	run := func(args ...string) (time.Duration, int64, time.Duration, error) {
		before := derive()
		cmd := exec.Command(program, append([]string{"vault", "rotate", "--from-vault-id", "../old", "--to-vault-id", "../new"}, args...)...)
		cmd.Dir = repo
		begin := time.Now()
		out, err := cmd.CombinedOutput()
		took := time.Since(begin)
		if err != nil || !strings.Contains(string(out), fmt.Sprintf("%d values in %d files", secrets, rotateFiles+rotateInline/rotateEach)) {
			return 0, 0, 0, fmt.Errorf("vault rotate %q: %w: %.1000s", args, err, out)
		}
		return took, cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10, (before + derive()) / 2, nil
	}
	var one time.Duration
	if r.open, _, one, err = run("--dry-run"); err != nil {
		return r, err
	}
	r.openOnly = one * secrets / portion
	if r.rotate, r.memory, one, err = run(); err != nil {
		return r, err
	}
	r.derivations = one * 2 * secrets / portion
	return r, nil
}

// derive gives how long a portion of derivations takes on all cores.
func derive() time.Duration {
	salt := make([]byte, vaultfmt.SaltSize)
	begin := time.Now()
	vault.Each(portion, func(int) {
		if _, err := pbkdf2.Key(sha256.New, "a password for the benchmark", salt, 10000, 80); err != nil {
			panic(err)
		}
	})
	return time.Since(begin)
}

// rotateRepo writes the repository. Values repeat after a while, which nothing makes use of: each costs its keys.
func rotateRepo(dir string) (string, error) {
	const old = "the old password for the benchmark"
	texts := make([]string, 40)
	errs := make([]error, len(texts))
	vault.Each(len(texts), func(i int) {
		e, err := vaultfmt.Encrypt([]byte(fmt.Sprintf("the secret number %d: %s\n", i, strings.Repeat("x", 17*i))), []byte(old), "")
		if err != nil {
			errs[i] = err
			return
		}
		text, err := e.MarshalText()
		texts[i], errs[i] = string(text), err
	})
	repo := filepath.Join(dir, "repo")
	write := func(name, text string) {
		path := filepath.Join(repo, name)
		errs = append(errs, os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600))
	}
	write("../old", old)
	write("../new", "the new password for the benchmark")
	for i := range rotateFiles {
		write(fmt.Sprintf("hosts/%d/vault-%d.yml", i%50, i), texts[i%len(texts)])
	}
	for i := range rotateInline / rotateEach {
		var b strings.Builder
		for j := range rotateEach {
			text := strings.TrimSuffix(texts[(i+j)%len(texts)], "\n")
			fmt.Fprintf(&b, "# value %d\nuser_%d: name\npassword_%d: !vault |\n  %s\n", j, j, j, strings.ReplaceAll(text, "\n", "\n  "))
		}
		write(fmt.Sprintf("group_vars/g%d/vars.yml", i), b.String())
	}
	return repo, errors.Join(errs...)
}
