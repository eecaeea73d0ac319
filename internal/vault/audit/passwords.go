package audit

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/strength"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/tree"
	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

// LeastBits is how strong a vault password has to be unless the policy says otherwise: 2^60 guesses at 10,000 rounds of PBKDF2 each
// keep a hundred graphics cards busy for centuries.
const LeastBits = 60

// passwords looks at the given passwords, and at the files that they are in.
func (a *auditor) passwords() {
	least := float64(LeastBits)
	if a.Policy.MinBits > 0 {
		least = a.Policy.MinBits
	}
	for _, s := range a.Secrets {
		file, isFile := strings.CutPrefix(s.Origin, "file ")
		if isFile && a.Public != nil && a.Public(file) {
			continue
		}
		password := s.Reveal()
		bits := strength.Bits(string(password))
		clear(password)
		if bits < least {
			f := Finding{Rule: WeakPassword, Message: fmt.Sprintf("the vault password of %q (%s) takes about 2^%.0f guesses; 2^%.0f are wanted", s.ID, s.Origin, bits, least)}
			if isFile {
				f.File, f.path = a.shown(file)
				f.Line = 1
			}
			a.add(f)
		}
	}
	for _, p := range a.Passwords {
		a.passwordFile(p)
	}
}

// shown gives the name of an absolute path for people, and from the root: the path itself where it is not below that.
func (a *auditor) shown(file string) (name, rel string) {
	real, err := filepath.EvalSymlinks(file)
	if err != nil {
		real = file
	}
	for _, f := range a.Files {
		if filepath.Join(a.Root, filepath.FromSlash(f.Path)) == real {
			return f.Name, f.Path
		}
	}
	if rel, err := filepath.Rel(a.Root, real); err == nil && tree.Within(real, a.Root) {
		return filepath.ToSlash(rel), filepath.ToSlash(rel)
	}
	return file, file
}

// passwordFile looks at a file that was given as one with a password.
func (a *auditor) passwordFile(p PasswordFile) {
	info, err := os.Stat(p.Path)
	if err != nil || !info.Mode().IsRegular() || a.Public != nil && a.Public(p.Path) {
		return
	}
	script := info.Mode().Perm()&0o111 != 0
	name, rel := a.shown(p.Path)
	if !script && readable(info.Mode()) && !isVaultText(p.Path) {
		a.add(Finding{Rule: OpenFile, File: name, path: rel, Line: 1, Message: fmt.Sprintf("the password file of %q can be read by others (mode %04o)", p.ID, info.Mode().Perm())})
	}
	if !script && a.git.tracked[rel] && !isVaultText(p.Path) {
		a.add(Finding{Rule: CommittedFile, File: name, path: rel, Line: 1, Message: fmt.Sprintf("the password file of %q is in git", p.ID)})
	}
}

func readable(mode fs.FileMode) bool { return mode.Perm()&0o044 != 0 }

func isVaultText(path string) bool {
	head := make([]byte, len(vaultfmt.Header))
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	_, _ = f.Read(head)
	return vaultfmt.IsEncrypted(head)
}

// passwordIn looks for vault passwords in a file of the repository: by its name, and by the given ones.
func (a *auditor) passwordIn(s *scanned, data []byte) {
	full := filepath.Join(a.Root, filepath.FromSlash(s.file.Path))
	for _, p := range a.Passwords {
		if p.Path == full {
			return // it is looked at in its own right
		}
	}
	if a.Public != nil && a.Public(full) {
		return
	}
	if named(s.file.Path) && s.file.Mode.Perm()&0o111 == 0 && looksLikePassword(data) {
		switch {
		case a.Staged:
			s.add(CommittedFile, source.Pos{}, "", "is a file with a vault password by its name, and would be committed")
		case a.git.tracked[s.file.Path]:
			s.add(CommittedFile, source.Pos{}, "", "is a file with a vault password by its name, and is in git")
		case a.Git:
			s.add(CommittedFile, source.Pos{}, "", "is a file with a vault password by its name, and .gitignore does not keep it out of git")
		}
		if readable(s.file.Mode) {
			s.add(OpenFile, source.Pos{}, "", "is a file with a vault password by its name, and can be read by others (mode %04o)", s.file.Mode.Perm())
		}
		return
	}
	for _, secret := range a.Secrets {
		if file, ok := strings.CutPrefix(secret.Origin, "file "); ok && a.Public != nil && a.Public(file) {
			continue
		}
		if at, ok := a.exposed(secret, data); ok {
			src := source.NewSensitiveFile(s.file.Name, string(data))
			s.add(Exposed, src.Pos(at), "", "holds the vault password of %q", secret.ID)
		}
	}
}

// exposed looks for a password in a text. A short one is found only where it is all that a file holds.
func (a *auditor) exposed(secret *vault.Secret, data []byte) (at int, ok bool) {
	password := secret.Reveal()
	defer clear(password)
	if bytes.Equal(bytes.TrimSpace(data), password) {
		return 0, true
	}
	if len(password) < 12 {
		return 0, false
	}
	at = bytes.Index(data, password)
	return at, at >= 0
}

// named reports whether a file is one with a vault password by its name.
func named(name string) bool {
	base := strings.ToLower(strings.TrimPrefix(path.Base(name), "."))
	base = strings.NewReplacer("-", "_", " ", "_").Replace(base)
	for _, ext := range []string{".txt", ".key", ".pass", ".pw", ".secret"} {
		base = strings.TrimSuffix(base, ext)
	}
	for _, word := range []string{"vault_pass", "vault_passwd", "vault_password", "vaultpass", "vaultpassword", "vault_password_file", "vault_pass_file", "ansible_vault_password"} {
		if base == word || strings.HasPrefix(base, word+"_") || strings.HasPrefix(base, word+".") || strings.HasSuffix(base, "_"+word) || strings.HasSuffix(base, "."+word) {
			return true
		}
	}
	return false
}

// looksLikePassword reports whether a file has one line and nothing that says that it is something else.
func looksLikePassword(data []byte) bool {
	text := bytes.TrimSpace(data)
	return len(text) > 0 && len(data) <= 4096 && !bytes.ContainsAny(text, "\n") && !bytes.HasPrefix(text, []byte("#!")) && !bytes.Contains(text, []byte("{{")) && !vaultfmt.IsEncrypted(text)
}
