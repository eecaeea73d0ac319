package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/hcv"
)

const (
	sourcePrompt  = "prompt"
	sourceAskPass = "prompt_ask_vault_pass" // what --ask-vault-password stands for
)

// A Loader gets secrets from their sources. The zero Loader reads files and runs scripts relative to Dir; what a nil
// field would be needed for is refused.
type Loader struct {
	Dir     string   // the working directory, absolute
	Environ []string // KEY=value, for scripts and for env:NAME
	// Expand replaces "~" and variables in a path; nil leaves paths as they are.
	Expand func(path string) string
	// Ask asks a person; nil when nobody can be asked. An io.EOF says that there was no answer.
	Ask func(ctx context.Context, question string) (string, error)
	// Stdin and Stderr are handed to scripts, so that one can ask a person; nil is nothing.
	Stdin  io.Reader
	Stderr io.Writer
	// Public reports that a password file is public by design, so that nobody is warned that others can read it.
	Public func(path string) bool
	// Warn tells the user a text without a line end, in ansible-core's words where it has them.
	Warn func(text string)
	// Trace tells what is done, for -vvvv and more; nil tells nobody.
	Trace func(level int, text string)
	// Strict adds warnings that ansible-core does not have: a password file that others can read.
	Strict bool

	client *hcv.Client // of HashiCorp Vault, once a source needs it
}

// A LoadError says why a secret could not be had. Its text is ansible-core's.
type LoadError struct {
	Spec  Spec
	Msg   string
	Cause error
	stage string // what the warning begins with, as ansible-core has it
}

// Error gives the text.
func (e *LoadError) Error() string { return e.Msg }

// Unwrap returns the cause.
func (e *LoadError) Unwrap() error { return e.Cause }

// Warning gives the text that ansible-core tells as a warning when the secret is only one of several.
func (e *LoadError) Warning() string {
	id := e.Spec.ID
	if e.anonymous() {
		id = "None"
	}
	text := fmt.Sprintf("%s (%s): %s", e.stage, id, e.Msg)
	if hint := e.HintText(); hint != "" {
		text += " (" + hint + ")"
	}
	return text
}

func (e *LoadError) anonymous() bool { return !e.Spec.NamedID && !isPrompt(e.Spec.Source) }

func isPrompt(source string) bool { return source == sourcePrompt || source == sourceAskPass }

// Load gets all secrets. A source that fails is told as a warning, as ansible-core does it, and the others count; only
// when there is none left, the error is that of the last one (a *[LoadError]). fresh says that the secrets are to
// encrypt with: who is asked for one, is asked twice.
//
// A password file may itself be a vault; it is opened with the secrets that stand before it.
func (l *Loader) Load(ctx context.Context, specs []Spec, fresh bool) ([]*Secret, error) {
	var secrets []*Secret
	var last error
	for _, spec := range specs {
		s, err := l.one(ctx, spec, fresh, secrets)
		if err == nil {
			secrets = append(secrets, s)
			continue
		}
		var le *LoadError
		if !errors.As(err, &le) {
			return nil, err // cancelled
		}
		l.warn(le.Warning())
		last = err
	}
	if len(secrets) == 0 && last != nil {
		return nil, last
	}
	return secrets, nil
}

// LoadOne gets one secret; a failure is only returned, not warned of.
func (l *Loader) LoadOne(ctx context.Context, spec Spec, fresh bool) (*Secret, error) {
	return l.one(ctx, spec, fresh, nil)
}

// LoadEach gets all secrets, one for each source, and ends with the first that fails (a *[LoadError]).
func (l *Loader) LoadEach(ctx context.Context, specs []Spec, fresh bool) ([]*Secret, error) {
	var secrets []*Secret
	for _, spec := range specs {
		s, err := l.one(ctx, spec, fresh, secrets)
		if err != nil {
			return nil, err
		}
		secrets = append(secrets, s)
	}
	return secrets, nil
}

func (l *Loader) one(ctx context.Context, spec Spec, fresh bool, before []*Secret) (*Secret, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	switch {
	case isPrompt(spec.Source):
		return l.fromPrompt(ctx, spec, fresh)
	case strings.HasPrefix(spec.Source, "env:"):
		return l.fromEnv(spec)
	case strings.HasPrefix(spec.Source, "fd:"):
		return l.fromFD(spec)
	case strings.HasPrefix(spec.Source, hcv.Scheme):
		return l.fromHCV(ctx, spec)
	}
	return l.fromPath(ctx, spec, before)
}

// path makes a source absolute.
func (l *Loader) path(source string) string {
	if l.Expand != nil {
		source = l.Expand(source)
	}
	if !filepath.IsAbs(source) {
		source = filepath.Join(l.Dir, source)
	}
	return filepath.Clean(source)
}

func (l *Loader) warn(text string) {
	if l.Warn != nil {
		l.Warn(text)
	}
}

func (l *Loader) trace(level int, format string, args ...any) {
	if l.Trace != nil {
		l.Trace(level, fmt.Sprintf(format, args...))
	}
}

// secret makes a secret of what a source gave, refusing an empty one with the text empty.
func (l *Loader) secret(spec Spec, origin, password, stage, empty string) (*Secret, error) {
	s := NewSecret(spec.ID, origin, password)
	if s.password.IsZero() {
		return nil, &LoadError{Spec: spec, Msg: empty, stage: stage}
	}
	return s, nil
}

// FilePath gives the path of a source that is a password file or could become one, false for every other: a question, a
// variable, an open file, a script.
func (l *Loader) FilePath(spec Spec) (string, bool) {
	if isPrompt(spec.Source) || strings.HasPrefix(spec.Source, "env:") || strings.HasPrefix(spec.Source, "fd:") || strings.HasPrefix(spec.Source, hcv.Scheme) {
		return "", false
	}
	path := l.path(spec.Source)
	info, err := os.Stat(path)
	return path, err != nil || info.Mode().IsRegular() && info.Mode().Perm()&0o111 == 0
}
