package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/config"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/term"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

// A vaultSession is one call of a vault command: the settings, the secrets, and how it talks to the user.
type vaultSession struct {
	env      *Env
	opts     vaultOptions
	settings *config.Settings
	loader   *vault.Loader
	ring     *vault.Keyring
	specs    []vault.Spec
	colour   bool
	mu       sync.Mutex      // guards told
	told     map[string]bool // warnings, each is told once
	out      bytes.Buffer    // what finish writes to stdout
}

// newVaultSession reads the settings and gets ready. From here on the process leaves no core dump: it would hold
// passwords and plaintext.
func newVaultSession(env *Env, opts vaultOptions) (*vaultSession, error) {
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
	s := &vaultSession{env: env, opts: opts, told: map[string]bool{}}
	settings, err := config.Load(config.Options{Environ: env.Environ, Dir: env.Dir})
	if err != nil {
		return s, err
	}
	s.settings = settings
	s.colour = settings.Bool("ANSIBLE_FORCE_COLOR") ||
		!settings.Bool("ANSIBLE_NOCOLOR") && term.Is(env.Stdout) && env.Getenv("TERM") != "dumb"
	s.opts.ask = opts.ask || settings.Bool("DEFAULT_ASK_VAULT_PASS")
	s.opts.verbosity = max(opts.verbosity, settings.Int("DEFAULT_VERBOSITY"))
	for _, w := range settings.Warnings() {
		s.warn(w)
	}
	if !opts.dropIn {
		for _, e := range settings.Unknown() {
			s.warn(strings.TrimSuffix(e.Detail(), "\n"))
		}
	}
	s.tellVersion()
	prompter := &term.Prompter{In: env.Stdin, Err: env.Stderr, NoTTY: env.StdinFile() == nil, Unmasked: func() {
		fmt.Fprintln(env.Stderr, "Warning: Password input may be echoed.")
	}}
	s.loader = &vault.Loader{
		Dir: env.Dir, Environ: env.Environ, Expand: settings.Expand, Ask: prompter.Secret,
		Stdin: env.Stdin, Stderr: env.Stderr, Warn: s.warn, Trace: s.trace, Strict: !opts.dropIn,
		Public: isPublicPasswordFile,
	}
	return s, nil
}

// isPublicPasswordFile knows the demo's password file, which is public by design.
func isPublicPasswordFile(path string) bool {
	return strings.HasSuffix(filepath.Base(path), ".public.txt")
}

// tellVersion is what -v and -vv tell first, on stdout as ansible-core does it.
func (s *vaultSession) tellVersion() {
	if s.opts.verbosity >= 2 {
		fmt.Fprint(s.env.Stdout, s.env.vaultVersionText(s.settings))
	}
	switch {
	case s.opts.verbosity < 1:
	case s.settings.File() == "":
		s.trace(1, "No config file found; using defaults")
	default:
		s.trace(1, fmt.Sprintf("Using %s as config file", s.settings.File()))
	}
}

// vaultVersionText is what --version tells: ansible-core's lines, without those that only make sense for Python.
func (e *Env) vaultVersionText(settings *config.Settings) string {
	file := "None"
	if settings != nil && settings.File() != "" {
		file = settings.File()
	}
	exe, err := os.Executable()
	if err != nil {
		exe = e.Name
	}
	return fmt.Sprintf("%s [core %s]\n  config file = %s\n  executable location = %s\n  kimai-ansible version = %s\n", e.Name, e.Version.Core, file, exe, e.Version.Program)
}

// request is what the command line and the settings say about where secrets come from.
func (s *vaultSession) request() (vault.Request, error) {
	settings := s.settings
	request := vault.Request{
		IDs:           append(settings.List("DEFAULT_VAULT_IDENTITY_LIST"), s.opts.vaultIDs...),
		PasswordFiles: s.absAll(s.opts.passwordFiles),
		Ask:           s.opts.ask,
		SettingFile:   settings.Path("DEFAULT_VAULT_PASSWORD_FILE"),
		DefaultID:     settings.String("DEFAULT_VAULT_IDENTITY"),
		AutoPrompt:    true,
	}
	return request, validIDs(request.IDs)
}

// validIDs refuses what can't stand in a header.
func validIDs(ids []string) error {
	for _, id := range ids {
		if strings.Contains(id, ";") {
			return usageFailure("'%s' is not a valid vault id. The character ';' is not allowed in vault ids", id)
		}
	}
	return nil
}

// secrets gets all secrets that the command line and the settings name. fresh: they are to encrypt with.
func (s *vaultSession) secrets(ctx context.Context, fresh bool) ([]*vault.Secret, error) {
	request, err := s.request()
	if err != nil {
		return nil, err
	}
	s.specs = request.Specs()
	secrets, err := s.loader.Load(ctx, s.specs, fresh)
	if err != nil {
		return nil, loadFailure(err)
	}
	if !s.opts.dropIn {
		secrets = vault.Distinct(secrets)
	}
	return secrets, nil
}

// open makes the keyring to decrypt with.
func (s *vaultSession) open(ctx context.Context) error {
	secrets, err := s.secrets(ctx, false)
	if err != nil {
		return err
	}
	s.ring = vault.NewKeyring(secrets)
	s.ring.Strict = s.settings.Bool("DEFAULT_VAULT_ID_MATCH")
	s.ring.Trace = s.trace
	return nil
}

// encryptSecret chooses the secret to encrypt with among secrets.
func (s *vaultSession) encryptSecret(secrets []*vault.Secret) (*vault.Secret, error) {
	wanted := s.opts.encryptID
	if wanted == "" {
		wanted = s.settings.String("DEFAULT_VAULT_ENCRYPT_IDENTITY")
	}
	secret, err := vault.EncryptSecret(secrets, wanted)
	if err != nil {
		return nil, encryptIDFailure(err)
	}
	return secret, nil
}

// encrypt makes the text of a vault with the label, or with the secret's vault id when label is "". With the setting
// vault_encrypt_salt the drop-in obeys and warns, kimai-ansible refuses.
func (s *vaultSession) encrypt(plaintext []byte, secret *vault.Secret, label string) ([]byte, error) {
	if label == "" {
		label = secret.ID
	}
	var e *vaultfmt.Envelope
	var err error
	password := secret.Reveal()
	defer clear(password)
	salt := s.settings.String("VAULT_ENCRYPT_SALT")
	switch {
	case salt == "":
		e, err = vaultfmt.Encrypt(plaintext, password, label)
	case s.opts.dropIn:
		s.warn("vault_encrypt_salt is set: everything that is encrypted with the same salt and password can be decrypted from each other without the password")
		e, err = vaultfmt.EncryptWithSalt(plaintext, password, []byte(salt), label)
	default:
		return nil, saltFailure(s.settings.Origin("VAULT_ENCRYPT_SALT"))
	}
	if err != nil {
		return nil, plainFailure(err)
	}
	return e.MarshalText()
}

// abs makes a path from the command line absolute.
func (s *vaultSession) abs(path string) string {
	if path == "-" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(s.env.Dir, path)
}

// absAll makes paths of password files absolute, which also tells a file named "prompt" from the source of that name.
func (s *vaultSession) absAll(paths []string) []string {
	out := make([]string, len(paths))
	for i, p := range paths {
		out[i] = filepath.Clean(s.abs(s.settings.Expand(p)))
	}
	return out
}

// read reads a file, or stdin for "-".
func (s *vaultSession) read(path string) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(s.env.Stdin)
	}
	data, err := os.ReadFile(s.abs(path))
	if err != nil {
		return nil, readFailure(s.abs(path), err)
	}
	return data, nil
}

// mustExist is the error of a file that is not there: nobody is to type a password for it. The drop-in asks first, as Ansible's does.
func (s *vaultSession) mustExist() error {
	if s.opts.dropIn {
		return nil
	}
	if _, err := s.request(); err != nil { // what is wrong with an option comes first
		return err
	}
	for _, path := range s.opts.args {
		if path == "-" {
			continue
		}
		if _, err := os.Stat(s.abs(path)); err != nil {
			return readFailure(s.abs(path), err)
		}
	}
	return nil
}

// decrypt opens the text of a whole file. shown is the file's name for ansible-core's message.
func (s *vaultSession) decrypt(text []byte, path, shown string) ([]byte, *vault.Secret, error) {
	plaintext, secret, err := s.ring.OpenWith(text, source.At(source.NewFile(path, string(text)), 0, 0))
	if err != nil {
		return nil, nil, openFailure(err, shown)
	}
	return plaintext, secret, nil
}

// warn tells a warning on stderr, each once.
func (s *vaultSession) warn(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.told[text] {
		return
	}
	s.told[text] = true
	fmt.Fprintln(s.env.Stderr, s.paint("[WARNING]: "+text, "bright purple"))
}

// trace tells what is done, on stdout as ansible-core does it, when there are enough -v.
func (s *vaultSession) trace(level int, text string) {
	if s.opts.verbosity >= level {
		fmt.Fprintln(s.env.Stdout, s.paint(text, "blue"))
	}
}

func (s *vaultSession) paint(text, colour string) string {
	if !s.colour {
		return text
	}
	return term.Paint(text, colour)
}

// note tells how it went, on stderr, when somebody sits there.
func (s *vaultSession) note(text string) {
	if term.Is(s.env.Stdout) {
		fmt.Fprintln(s.env.Stderr, text)
	}
}
