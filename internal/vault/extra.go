package vault

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/hcv"
)

// Sources that ansible-core does not have. They keep a password out of files where a CI system hands it over otherwise.

// fromEnv takes the password from an environment variable, "env:NAME".
func (l *Loader) fromEnv(spec Spec) (*Secret, error) {
	name := strings.TrimPrefix(spec.Source, "env:")
	if v, ok := l.lookup(name); ok {
		return l.secret(spec, "variable "+name, v, stageLoad, fmt.Sprintf("the environment variable %s is empty", name))
	}
	return nil, &LoadError{Spec: spec, Msg: fmt.Sprintf("the environment variable %s is not set", name), stage: stageGet}
}

// fromFD reads the password from an open file descriptor of the process to its end, "fd:N".
func (l *Loader) fromFD(spec Spec) (*Secret, error) {
	text := strings.TrimPrefix(spec.Source, "fd:")
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return nil, &LoadError{Spec: spec, Msg: fmt.Sprintf("%q is no file descriptor", text), Cause: err, stage: stageGet}
	}
	f := os.NewFile(uintptr(n), spec.Source)
	if f == nil {
		return nil, &LoadError{Spec: spec, Msg: fmt.Sprintf("file descriptor %d is not open", n), stage: stageGet}
	}
	defer f.Close()
	password, err := io.ReadAll(io.LimitReader(f, 1<<20))
	if err != nil {
		return nil, &LoadError{Spec: spec, Msg: fmt.Sprintf("file descriptor %d: %s", n, reason(err)), Cause: err, stage: stageLoad}
	}
	defer clear(password)
	return l.secret(spec, fmt.Sprintf("file descriptor %d", n), string(password), stageLoad, fmt.Sprintf("file descriptor %d gave no password", n))
}

// WithoutSources gives environ without the variables that specs take passwords from, for children that need none.
func WithoutSources(environ []string, specs []Spec) []string {
	drop := map[string]bool{}
	for _, s := range specs {
		if name, ok := strings.CutPrefix(s.Source, "env:"); ok {
			drop[name] = true
		}
		if strings.HasPrefix(s.Source, hcv.Scheme) {
			for _, name := range hcv.SecretVariables() {
				drop[name] = true
			}
		}
	}
	if len(drop) == 0 {
		return environ
	}
	kept := make([]string, 0, len(environ))
	for _, kv := range environ {
		if name, _, _ := strings.Cut(kv, "="); !drop[name] {
			kept = append(kept, kv)
		}
	}
	return kept
}
