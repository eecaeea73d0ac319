package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
)

// finish tells how it went and then writes what goes to stdout: on a terminal ansible-vault's note comes first.
func (s *vaultSession) finish(note string) error {
	s.note(note)
	defer clear(s.out.Bytes())
	if _, err := s.env.Stdout.Write(s.out.Bytes()); err != nil {
		return plainFailure(fmt.Errorf("writing to stdout: %w", err))
	}
	return nil
}

// put writes what became of the file path: to output, to stdout for "-" (also when stdin was read and there is no
// output), else in the place of the file, which then still has to hold old. r tells how; its path and data are set here.
func (s *vaultSession) put(path, output string, text, old []byte, r vault.Replacement) error {
	if output == "" {
		output = path
	} else {
		old = nil
	}
	if output == "-" {
		s.out.Write(text)
		return nil
	}
	r.Path, r.Data = s.abs(output), text
	if s.opts.dropIn && s.opts.action != "edit" && s.opts.action != "rekey" {
		r.Drop = 0o077 // ansible-vault gives such a file the mode 0600
	}
	if err := writable(filepath.Dir(r.Path)); err != nil {
		return writeFailure(r.Path, err)
	}
	if err := r.Write(old); err != nil {
		return writeFailure(r.Path, err)
	}
	return nil
}

func writable(dir string) error {
	return unix.Access(dir, unix.W_OK)
}

// writeFailure is for a file that can't be written; the old one is whole.
func writeFailure(path string, err error) error {
	d := &diag.Error{Pos: source.At(source.NewFile(path, ""), 0, 0), Msg: "cannot be written: " + err.Error(), Cause: err}
	text := fmt.Sprintf("Destination '%s' not writable", filepath.Dir(path))
	if !errors.Is(err, fs.ErrPermission) && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, unix.EROFS) {
		text = err.Error()
	}
	return &vaultFailure{err: d.Hint("the file is as it was before"), ansible: text, code: vaultExitError}
}

// already is the refusal to encrypt a vault once more.
func (s *vaultSession) already(path string) error {
	d := &diag.Error{Pos: source.At(source.NewFile(path, ""), 0, 0), Msg: "is encrypted already"}
	return &vaultFailure{err: d.Hint("kimai-ansible vault rekey changes its password"), ansible: "input is already encrypted", code: vaultExitError}
}

// exists reports whether something has the name.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
