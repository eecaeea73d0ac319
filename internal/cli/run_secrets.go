package cli

import (
	"bytes"
	"context"
	"crypto/subtle"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	kimaiansible "github.com/seed-6d8ad27c/kimai-ansible"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/config"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/secret"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/term"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
)

// demoPassword is the file with the demo's vault password, which is public by design, within a kit.
const demoPassword = "inventories/demo/vault-password.public.txt"

// runSecrets opens what is vaulted in a run, and tells the redactor what came out.
type runSecrets struct {
	ring     *vault.Keyring
	all      []*vault.Secret
	redactor *secret.Redactor
	environ  []string // for programs that the run starts: without the variables that passwords came from
}

// newRunSecrets gets the vault secrets that the options and the settings name; for the demo, without any, the public one.
func newRunSecrets(ctx context.Context, env *Env, settings *config.Settings, req runRequest, warn func(string), redactor *secret.Redactor) (*runSecrets, error) {
	request := vault.Request{
		IDs:           append(settings.List("DEFAULT_VAULT_IDENTITY_LIST"), req.options.vaultIDs...),
		PasswordFiles: req.options.passwordFiles,
		Ask:           req.options.askVaultPass || settings.Bool("DEFAULT_ASK_VAULT_PASS"),
		SettingFile:   settings.Path("DEFAULT_VAULT_PASSWORD_FILE"),
		DefaultID:     settings.String("DEFAULT_VAULT_IDENTITY"),
	}
	specs := request.Specs()
	if len(specs) == 0 && req.demo {
		specs = append(specs, vault.Spec{ID: vault.DefaultID, Source: filepath.Join(req.kit.dir, demoPassword), NamedID: true})
	}
	prompter := &term.Prompter{In: env.Stdin, Err: env.Stderr, NoTTY: env.StdinFile() == nil}
	loader := &vault.Loader{
		Dir: env.Dir, Environ: env.Environ, Expand: settings.Expand, Ask: prompter.Secret, Stdin: env.Stdin, Stderr: env.Stderr,
		Warn: warn, Strict: !req.dropIn, Public: isPublicPasswordFile,
	}
	secrets, err := loader.Load(ctx, specs, false)
	loader.Close()
	if err != nil {
		return nil, withCode(ExitError, err)
	}
	if !req.demo && !req.dropIn {
		if err := refuseDemoPassword(secrets); err != nil {
			return nil, err
		}
	}
	s := &runSecrets{ring: vault.NewKeyring(secrets), all: secrets, redactor: redactor, environ: vault.WithoutSources(env.Environ, specs)}
	s.ring.Strict = settings.Bool("DEFAULT_VAULT_ID_MATCH")
	s.ring.OnOpen = s.opened
	for _, one := range secrets {
		redactor.Add("the vault password "+one.ID, string(one.Reveal()))
	}
	return s, nil
}

// refuseDemoPassword refuses the password that everybody knows for anything but the demo.
func refuseDemoPassword(secrets []*vault.Secret) error {
	public, err := kimaiansible.Kit.ReadFile(demoPassword)
	if err != nil {
		return err
	}
	public = bytes.TrimSpace(public)
	for _, s := range secrets {
		if subtle.ConstantTimeCompare(s.Reveal(), public) == 1 {
			return withCode(ExitError, diag.Errorf(noPos, "the vault password of id %q (%s) is the demo's, which is public", s.ID, s.Origin).
				Hint("choose one of your own: kimai-ansible vault rekey gives vaulted files and values a new password"))
		}
	}
	return nil
}

// opened masks an inline value from now on. What is in a whole file is masked value by value: see mask.
func (s *runSecrets) opened(plaintext []byte, pos source.Pos) {
	if pos.Line > 0 {
		s.redactor.Add(inlineKey(pos), string(plaintext))
	}
}

// fileOpened masks every scalar of a file that was vaulted as a whole.
func (s *runSecrets) fileOpened(_ string, v value.Value) { s.mask("", v) }

func (s *runSecrets) mask(key string, v value.Value) {
	switch v := v.(type) {
	case *value.Dict:
		for it := v.Iterate(); it.Next(); {
			name, _ := value.Text(it.Key())
			if key != "" {
				name = key + "." + name
			}
			s.mask(name, it.Stored())
		}
	case *value.List:
		for i, e := range v.Stored() {
			s.mask(fmt.Sprintf("%s[%d]", key, i), e)
		}
	case value.NoneType, value.Bool, value.Deferred:
	default:
		if text, err := value.Text(v); err == nil {
			s.redactor.Add(key, text)
		}
	}
}

// inlineKey names an inline value by the key that stands before it in its line, else by its place.
func inlineKey(pos source.Pos) string {
	if key, _, ok := strings.Cut(strings.TrimSpace(pos.Text()), ":"); ok && key != "" {
		return strings.Trim(strings.TrimLeft(key, "- "), `"'`)
	}
	return pos.String()
}

// decrypt opens a file that is a vault as a whole; vaulted is false for any other, which is returned as it is.
func (s *runSecrets) decrypt(text []byte, where source.Pos) (plain []byte, vaulted bool, err error) {
	if !bytes.HasPrefix(text, []byte("$ANSIBLE_VAULT")) {
		return text, false, nil
	}
	plain, _, err = s.ring.Open(text, where)
	return plain, true, err
}

// readFile reads a file of the control node; secret tells that it came out of a vault.
func (s *runSecrets) readFile(name string) (text []byte, secret bool, err error) {
	text, err = os.ReadFile(name)
	if err != nil {
		return nil, false, err
	}
	plain, vaulted, err := s.decrypt(text, source.At(source.NewFile(name, ""), 0, 0))
	if err != nil {
		return nil, false, fmt.Errorf("opening the vault: %w", err)
	}
	if vaulted {
		s.redactor.Add("the content of "+filepath.Base(name), string(plain))
	}
	return plain, vaulted, nil
}

// ReadFile makes runSecrets the files that actions read.
func (s *runSecrets) ReadFile(name string) ([]byte, bool, error) { return s.readFile(name) }
