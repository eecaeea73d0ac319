package vault_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
)

func write(t *testing.T, dir, name, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestParseSpec(t *testing.T) {
	tests := []struct {
		text string
		want vault.Spec
	}{
		{"prod@pw", vault.Spec{ID: "prod", Source: "pw", NamedID: true}},
		{"pw", vault.Spec{ID: "zoo", Source: "pw"}},
		{"@pw", vault.Spec{ID: "zoo", Source: "pw"}},
		{"a@b@pw", vault.Spec{ID: "a", Source: "b@pw", NamedID: true}},
		{"prod@", vault.Spec{ID: "prod", NamedID: true}},
		{"prompt", vault.Spec{ID: "zoo", Source: "prompt"}},
	}
	for _, tt := range tests {
		if got := vault.ParseSpec(tt.text, "zoo"); got != tt.want {
			t.Errorf("%q: got %+v, want %+v", tt.text, got, tt.want)
		}
	}
}

// The texts are ansible-core 2.19.11's for the same files.
func TestLoadFiles(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "pw", " secret \r\n\n", 0o600)
	write(t, dir, "empty", "\n", 0o600)
	write(t, dir, "ok.sh", "#!/bin/sh\nprintf 'secret\\n\\n'\n", 0o700)
	write(t, dir, "none.sh", "#!/bin/sh\n", 0o700)
	write(t, dir, "fail.sh", "#!/bin/sh\nexit 3\n", 0o700)
	write(t, dir, "noshebang", "noshebang\n", 0o700)
	write(t, dir, "badshebang", "#!/nosuch\n", 0o700)
	write(t, dir, "my-client.sh", "#!/bin/sh\necho \"$@\" >&2\ntest \"$2\" = prod && { echo secret; exit 0; }\nexit 2\n", 0o700)
	write(t, dir, "my-client", "#!/bin/sh\nexit 7\n", 0o700)
	tests := []struct{ name, spec, want, warning string }{
		{"blanks are stripped", "pw", "secret", ""},
		{"label", "prod@pw", "secret", ""},
		{"script", "ok.sh", "secret", ""},
		{"client script", "prod@my-client.sh", "secret", ""},
		{"variable", "x@env:VAULT_PW", "from env", ""},
		{"empty variable", "x@env:EMPTY", "", "Error in vault password file loading (x): the environment variable EMPTY is empty"},
		{"no variable", "x@env:NOSUCH", "", "Error getting vault password file (x): the environment variable NOSUCH is not set"},
		{"no descriptor", "x@fd:one", "", `Error getting vault password file (x): "one" is no file descriptor`},
		{"missing", "prod@nosuch", "", "Error getting vault password file (prod): The vault password file DIR/nosuch was not found"},
		{"missing without label", "nosuch", "", "Error getting vault password file (None): The vault password file DIR/nosuch was not found"},
		{"folder", "prod@", "", "Error getting vault password file (prod): The vault password file provided 'DIR' can not be a directory"},
		{"empty", "a@empty", "", "Error in vault password file loading (a): Invalid vault password was provided from file (DIR/empty)"},
		{"script without output", "a@none.sh", "", "Error in vault password file loading (a): Invalid vault password was provided from script (DIR/none.sh)"},
		{"script that fails", "a@fail.sh", "", "Error in vault password file loading (a): Vault password script DIR/fail.sh returned non-zero (3): None"},
		{"no script", "a@noshebang", "", "Error in vault password file loading (a): Problem running vault password script DIR/noshebang ([Errno 8] Exec format error: 'DIR/noshebang'). If this is not a script, remove the executable bit from the file."},
		{"no interpreter", "a@badshebang", "", "Error in vault password file loading (a): Problem running vault password script DIR/badshebang ([Errno 2] No such file or directory: 'DIR/badshebang'). If this is not a script, remove the executable bit from the file."},
		{"client does not know", "dev@my-client.sh", "", `Error in vault password file loading (dev): Vault password client script DIR/my-client.sh did not find a secret for vault-id=dev: b'--vault-id dev\n'`},
		{"client without label", "my-client.sh", "", `Error in vault password file loading (None): Vault password client script DIR/my-client.sh did not find a secret for vault-id=None: b'\n'`},
		{"client fails", "dev@my-client", "", `Error in vault password file loading (dev): Vault password client script DIR/my-client returned non-zero (7) when getting secret for vault-id=dev: b''`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var warnings []string
			l := &vault.Loader{Dir: dir, Environ: []string{"PATH=" + os.Getenv("PATH"), "VAULT_PW=from env", "EMPTY="}, Warn: func(s string) { warnings = append(warnings, s) }}
			secrets, err := l.Load(context.Background(), []vault.Spec{vault.ParseSpec(tt.spec, "default")}, false)
			if tt.want == "" {
				want := strings.ReplaceAll(tt.warning, "DIR", dir)
				if err == nil || !slices.Equal(warnings, []string{want}) || !strings.HasSuffix(want, ": "+err.Error()) {
					t.Errorf("got %v\nwarnings %q\nwant     %q", err, warnings, want)
				}
				return
			}
			if err != nil || len(secrets) != 1 || string(secrets[0].Reveal()) != tt.want || len(warnings) != 0 {
				t.Errorf("got %v, %v, %q", secrets, err, warnings)
			}
		})
	}
}

func TestLoadDescriptor(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	go func() { w.WriteString("secret\n"); w.Close() }()
	fd := r.Fd()
	l := &vault.Loader{Dir: t.TempDir()}
	s, err := l.LoadOne(context.Background(), vault.ParseSpec("x@fd:"+itoa(int(fd)), "default"), false)
	if err != nil || string(s.Reveal()) != "secret" {
		t.Errorf("got %v, %v", s, err)
	}
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + itoa(n%10)
}

func TestLoadSeveral(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "pw", "secret\n", 0o600)
	var warnings []string
	l := &vault.Loader{Dir: dir, Warn: func(s string) { warnings = append(warnings, s) }}
	specs := vault.Request{IDs: []string{"prod@nosuch", "x@pw"}, PasswordFiles: []string{"pw"}, SettingFile: filepath.Join(dir, "pw"), AutoPrompt: true}.Specs()
	secrets, err := l.Load(context.Background(), specs, false)
	if err != nil || len(warnings) != 1 {
		t.Fatalf("%v, warnings %q", err, warnings)
	}
	if got := vault.NewKeyring(secrets).IDs(); !slices.Equal(got, []string{"x", "default", "default"}) {
		t.Errorf("ids %q", got)
	}
	if got := len(vault.Distinct(secrets)); got != 2 {
		t.Errorf("%d distinct secrets", got)
	}
}

func TestPermissionWarning(t *testing.T) {
	dir := t.TempDir()
	open := write(t, dir, "open", "secret\n", 0o644)
	write(t, dir, "closed", "secret\n", 0o600)
	tests := []struct {
		name, file     string
		strict, public bool
		want           int
	}{
		{"others can read", "open", true, false, 1},
		{"public by design", "open", true, true, 0},
		{"as ansible-vault", "open", false, false, 0},
		{"closed", "closed", true, false, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := 0
			l := &vault.Loader{Dir: dir, Strict: tt.strict, Warn: func(string) { n++ }, Public: func(path string) bool { return tt.public && path == open }}
			if _, err := l.LoadOne(context.Background(), vault.ParseSpec(tt.file, "default"), false); err != nil || n != tt.want {
				t.Errorf("%d warnings, want %d; %v", n, tt.want, err)
			}
		})
	}
}

func TestPrompt(t *testing.T) {
	tests := []struct {
		name, spec string
		fresh      bool
		answers    []string
		questions  []string
		err        string
	}{
		{"one", "prod@prompt", false, []string{"secret"}, []string{"Vault password (prod): "}, ""},
		{"ask pass", "prod@prompt_ask_vault_pass", false, []string{"secret"}, []string{"Vault password: "}, ""},
		{"fresh", "prod@prompt", true, []string{"secret", "secret"}, []string{"New vault password (prod): ", "Confirm new vault password (prod): "}, ""},
		{"fresh ask pass", "prompt_ask_vault_pass", true, []string{"a", "b"}, []string{"New Vault password: ", "Confirm New Vault password: "}, "Passwords do not match"},
		{"empty", "prompt", false, []string{" "}, []string{"Vault password (default): "}, "Invalid vault password was provided"},
		{"end", "prompt", false, nil, []string{"Vault password (default): "}, "EOFError (ctrl-d) on prompt for (default)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var asked []string
			l := &vault.Loader{Ask: func(_ context.Context, q string) (string, error) {
				asked = append(asked, q)
				if len(asked) > len(tt.answers) {
					return "", io.EOF
				}
				return tt.answers[len(asked)-1], nil
			}}
			s, err := l.LoadOne(context.Background(), vault.ParseSpec(tt.spec, "default"), tt.fresh)
			if !slices.Equal(asked, tt.questions) {
				t.Errorf("asked %q", asked)
			}
			if tt.err != "" {
				if err == nil || err.Error() != tt.err {
					t.Errorf("error %v", err)
				}
				return
			}
			if err != nil || string(s.Reveal()) != tt.answers[0] {
				t.Errorf("%v, %v", s, err)
			}
		})
	}
}

func TestPromptCancelled(t *testing.T) {
	l := &vault.Loader{Ask: func(context.Context, string) (string, error) { return "", context.Canceled }}
	if _, err := l.Load(context.Background(), []vault.Spec{vault.ParseSpec("prompt", "default")}, false); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestSecretDoesNotPrint(t *testing.T) {
	s := vault.NewSecret("prod", "file /x", "hunter2hunter2")
	if got := s.String(); strings.Contains(got, "hunter2") {
		t.Error(got)
	}
}

func TestWithoutSources(t *testing.T) {
	got := vault.WithoutSources([]string{"A=1", "PW=x", "B=2"}, []vault.Spec{{Source: "env:PW"}, {Source: "file"}})
	if !slices.Equal(got, []string{"A=1", "B=2"}) {
		t.Errorf("got %q", got)
	}
	got = vault.WithoutSources([]string{"VAULT_ADDR=a", "VAULT_TOKEN=x", "ANSIBLE_HASHI_VAULT_SECRET_ID=x"}, []vault.Spec{{Source: "hcv:secret/data/a#b"}})
	if !slices.Equal(got, []string{"VAULT_ADDR=a"}) {
		t.Errorf("got %q", got)
	}
}
