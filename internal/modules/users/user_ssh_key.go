package users

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// sshKey makes a key pair unless there is one, and tells its public half.
func (a *account) sshKey(ctx context.Context, u target.User, r *module.Result) error {
	file := a.p.Str("ssh_key_file")
	if file == "" {
		file = ".ssh/id_" + a.p.Str("ssh_key_type")
	}
	if !path.IsAbs(file) {
		file = path.Join(u.Home, file)
	}
	if _, err := a.sys.Stat(u.Home); err != nil {
		return a.keyFailed(1, fmt.Sprintf("User %s home directory does not exist", a.name))
	}
	_, err := a.sys.Stat(file)
	if err != nil || a.p.Bool("force") {
		a.changed = true
		if !a.p.Check {
			if err := a.makeKey(ctx, u, file); err != nil {
				return err
			}
		}
	}
	if err == nil && !a.p.Bool("force") {
		a.p.Warn(fmt.Sprintf("Found existing ssh key private file \"%s\", no force, so skipping ssh-keygen generation", file))
	}
	r.Set("ssh_key_file", file)
	fingerprint := ""
	if _, err := a.sys.Stat(file); err == nil {
		out, err := programs.Call(ctx, a.sys, "ssh-keygen", "-l", "-f", file)
		if err != nil {
			return err
		}
		fingerprint = strings.TrimSpace(out.Stdout)
		if out.RC != 0 {
			fingerprint = strings.TrimSpace(out.Stderr)
		}
	}
	r.Set("ssh_fingerprint", fingerprint)
	public, err := target.ReadFile(a.sys, file+".pub")
	if err != nil {
		r.Set("ssh_public_key", value.None)
		return nil //nolint:nilerr // there is none in check mode
	}
	r.Set("ssh_public_key", strings.TrimSpace(string(public)))
	return nil
}

func (a *account) keyFailed(rc int, msg string) error {
	return &programs.Failed{Result: module.Fail("%s", msg).With("name", a.name).With("rc", rc)}
}

func (a *account) makeKey(ctx context.Context, u target.User, file string) error {
	dir := path.Dir(file)
	if _, err := a.sys.Stat(dir); err != nil {
		if err := a.sys.Mkdir(dir, 0o700); err != nil {
			return a.keyFailed(1, fmt.Sprintf("Failed to create %s: %v", dir, err))
		}
		if err := a.sys.Lchown(dir, u.UID, u.GID); err != nil {
			return a.keyFailed(1, fmt.Sprintf("Failed to change owner of %s: %v", dir, err))
		}
	}
	if a.p.Bool("force") {
		for _, f := range [][2]string{{"private", file}, {"public", file + ".pub"}} {
			if _, err := a.sys.Stat(f[1]); err == nil {
				a.p.Warn(fmt.Sprintf("Overwriting existing ssh key %s file \"%s\"", f[0], f[1]))
				if err := a.sys.Remove(f[1]); err != nil {
					return a.osError(err, f[1])
				}
			}
		}
	}
	if a.p.Str("ssh_key_passphrase") != "" {
		if err := a.makeSecretKey(file); err != nil {
			return err
		}
	} else {
		argv := []string{"ssh-keygen", "-t", a.p.Str("ssh_key_type")}
		if n := a.p.Int("ssh_key_bits"); n > 0 {
			argv = append(argv, "-b", a.number("ssh_key_bits"))
		}
		argv = append(argv, "-C", a.p.Str("ssh_key_comment"), "-f", file, "-N", "")
		out, err := programs.Call(ctx, a.sys, argv...)
		if err != nil {
			return err
		}
		if out.RC != 0 {
			return a.keyFailed(out.RC, out.Stderr)
		}
	}
	for _, f := range []string{file, file + ".pub"} {
		if err := a.sys.Lchown(f, u.UID, u.GID); err != nil {
			return a.osError(err, f)
		}
	}
	return nil
}

// SecretKey makes a key pair of a kind that ssh-keygen(1) has, with a private half that is encrypted with a passphrase: the contents of the
// two files. 0 bits is the kind's default. It is nil in programs that can't: the package sshkey sets it.
var SecretKey func(kind string, bits int, comment, passphrase string) (private, public []byte, err error)

// makeSecretKey makes a key that is encrypted with the passphrase, which no program gets to see.
func (a *account) makeSecretKey(file string) error {
	if SecretKey == nil {
		return errors.New("this program makes no keys with a passphrase, the call was for another one; this is a mistake in kimai-ansible")
	}
	private, public, err := SecretKey(a.p.Str("ssh_key_type"), int(a.p.Int("ssh_key_bits")), a.p.Str("ssh_key_comment"), a.p.Str("ssh_key_passphrase"))
	if err != nil {
		return a.keyFailed(255, err.Error())
	}
	if err := a.place(file, private, 0o600); err != nil {
		return err
	}
	return a.place(file+".pub", public, 0o644&^a.sys.Umask())
}

// place puts a file in place, whole.
func (a *account) place(file string, content []byte, mode uint32) error {
	tmp, err := fileattr.NewTemp(a.sys, file, bytes.NewReader(content))
	if err == nil {
		err = tmp.PlaceAs(mode, -1, -1)
	}
	if err != nil {
		return a.osError(err, file)
	}
	return nil
}
