package vault

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

const (
	stageGet  = "Error getting vault password file"
	stageLoad = "Error in vault password file loading"
)

// fromPath reads a password file, or runs it when it is executable.
func (l *Loader) fromPath(ctx context.Context, spec Spec, before []*Secret) (*Secret, error) {
	path := l.path(spec.Source)
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, &LoadError{Spec: spec, Msg: fmt.Sprintf("The vault password file %s was not found", path), Cause: err, stage: stageGet}
	case info.IsDir():
		return nil, &LoadError{Spec: spec, Msg: fmt.Sprintf("The vault password file provided '%s' can not be a directory", path), stage: stageGet}
	case info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0:
		return l.fromScript(ctx, spec, path)
	}
	l.trace(5, "Reading vault password file: %s", spec.Source)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, &LoadError{Spec: spec, Msg: fmt.Sprintf("Could not read vault password file %s: %s", path, reason(err)), Cause: err, stage: stageLoad}
	}
	if l.Strict && info.Mode().IsRegular() && info.Mode().Perm()&0o044 != 0 && (l.Public == nil || !l.Public(path)) {
		l.warn(fmt.Sprintf("the vault password file %s can be read by other users (mode %04o); chmod 600 %s", path, info.Mode().Perm(), path))
	}
	if vaultfmt.IsEncrypted(text) {
		if text, _, err = NewKeyring(before).Open(text, source.At(source.NewSensitiveFile(path, ""), 0, 0)); err != nil {
			msg := "A vault password must be specified to decrypt data."
			if len(before) > 0 {
				msg = err.Error()
			}
			return nil, &LoadError{Spec: spec, Msg: msg, Cause: err, stage: stageLoad}
		}
	}
	return l.secret(spec, "file "+path, string(text), stageLoad, fmt.Sprintf("Invalid vault password was provided from file (%s)", path))
}

// isClient reports whether a script wants to be told the vault id: its name ends in "-client", whatever the extension.
func isClient(path string) bool {
	name := filepath.Base(path)
	return strings.HasSuffix(strings.TrimSuffix(name, filepath.Ext(name)), "-client")
}
