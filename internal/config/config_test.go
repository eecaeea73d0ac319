package config_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/config"
)

// load writes text as ansible.cfg into a folder of its own and loads it; HOME and the folder are named in the results as
// /home and /dir.
func load(t *testing.T, text string, environ ...string) (*config.Settings, string, error) {
	t.Helper()
	dir := private(t)
	if text != "" {
		if err := os.WriteFile(filepath.Join(dir, "ansible.cfg"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := config.Load(config.Options{Dir: dir, Environ: append([]string{"HOME=/home"}, environ...)})
	return s, dir, err
}

// private is a folder that others can't write to, whatever the umask is: no settings are taken from such a one.
func private(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// show gives a setting as text, whatever its type.
func show(s *config.Settings, dir, name string) string {
	d, _ := config.Lookup(name)
	var out string
	switch d.Type {
	case config.Bool:
		out = map[bool]string{true: "True", false: "False"}[s.Bool(name)]
	case config.Int:
		out = string(rune('0'+s.Int(name)/10)) + string(rune('0'+s.Int(name)%10))
	case config.List:
		out = strings.Join(s.List(name), "|")
	case config.Path:
		out = s.Path(name)
	case config.PathSpec, config.PathList:
		out = strings.Join(s.Paths(name), "|")
	default:
		out = s.String(name)
	}
	return strings.ReplaceAll(out, dir, "/dir")
}

// The expected values are what `ansible-config dump` of ansible-core 2.19.11 prints for the same file.
func TestFile(t *testing.T) {
	tests := []struct{ name, text, setting, want string }{
		{"comment after a blank", "[defaults]\nforks = 7 ; comment\n", "DEFAULT_FORKS", "07"},
		{"hash is no inline comment", "[defaults]\nroles_path = a:b # no\n", "DEFAULT_ROLES_PATH", "/dir/a|/dir/b # no"},
		{"colon", "[defaults]\nforks: 8\n", "DEFAULT_FORKS", "08"},
		{"quotes", "[defaults]\nremote_user = \"x y\"\n", "DEFAULT_REMOTE_USER", "x y"},
		{"no interpolation", "[defaults]\nprivate_key_file=%(x)s\n", "DEFAULT_PRIVATE_KEY_FILE", "/dir/%(x)s"},
		{"key in upper case", "[defaults]\nFORKS = 9\n", "DEFAULT_FORKS", "09"},
		{"no boolean", "[defaults]\nask_vault_pass = perhaps\n", "DEFAULT_ASK_VAULT_PASS", "False"},
		{"boolean", "[defaults]\nnocows=on\n", "ANSIBLE_NOCOWS", "True"},
		{"DEFAULT section", "[DEFAULT]\nforks=11\n[defaults]\nnocows=1\n", "DEFAULT_FORKS", "11"},
		{"section in another case", "[Defaults]\nforks=11\n", "DEFAULT_FORKS", "05"},
		{"section with a blank", "[defaults ]\nforks=3\n", "DEFAULT_FORKS", "05"},
		{"CRLF", "[defaults]\r\nforks=11\r\n", "DEFAULT_FORKS", "11"},
		{"semicolons", "[defaults]\nremote_user=a;b ;c\n", "DEFAULT_REMOTE_USER", "a;b"},
		{"home, variable, folder", "[defaults]\nlog_path=~/x/$HOME/{{CWD}}\n", "DEFAULT_LOG_PATH", "/home/x/home/dir"},
		{"pathlist", "[defaults]\ninventory=a,b,/c\n", "DEFAULT_HOST_LIST", "/dir/a|/dir/b|/c"},
		{"list", "[defaults]\nvault_identity_list=dev@pw, prod@../pw ,x\n", "DEFAULT_VAULT_IDENTITY_LIST", "dev@pw|prod@../pw|x"},
		{"underscore in a number", "[defaults]\ntimeout=1_0\n", "DEFAULT_TIMEOUT", "10"},
		{"indented first key", "[defaults]\n  a = 5\n", "DEFAULT_FORKS", "05"},
		{"empty value", "[defaults]\nremote_user =\nforks=6\n", "DEFAULT_REMOTE_USER", ""},
		{"second section wins", "[inventory]\nignore_extensions=.a,.b\n", "INVENTORY_IGNORE_EXTS", ".a|.b"},
		{"plugin", "[ssh_connection]\nssh_args=-C\n", "connection/ssh/ssh_args", "-C"},
		{"default with home", "", "DEFAULT_LOCAL_TMP", "/home/.ansible/tmp"},
		{"default paths", "", "DEFAULT_ROLES_PATH", "/home/.ansible/roles|/usr/share/ansible/roles|/etc/ansible/roles"},
		{"relative password file", "[defaults]\nvault_password_file=../pw\n", "DEFAULT_VAULT_PASSWORD_FILE", "PARENT/pw"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, dir, err := load(t, tt.text)
			if err != nil {
				t.Fatal(err)
			}
			want := strings.ReplaceAll(tt.want, "PARENT", filepath.Dir(dir))
			if got := show(s, dir, tt.setting); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestContinuation(t *testing.T) {
	s, dir, err := load(t, "[defaults]\nFORKS = 9\n; c\n# c\n  # indented\nroles_path = a:\n   b:\n\n   ../c\n")
	if err != nil {
		t.Fatal(err)
	}
	// ansible-core keeps the line ends within the paths; we take blanks around a path away
	if got, want := s.Paths("DEFAULT_ROLES_PATH"), []string{dir + "/a", dir + "/b", filepath.Dir(dir) + "/c"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestErrors(t *testing.T) {
	tests := []struct{ name, text, env, want string }{
		{"number", "[defaults]\nforks=abc\n", "", "ansible.cfg:2:1: Config 'DEFAULT_FORKS' from '/dir/ansible.cfg' has an invalid value: Invalid value provided for 'integer': 'abc'"},
		{"empty number", "[defaults]\nforks=\n", "", "Invalid value provided for 'integer': ''"},
		{"fraction", "[defaults]\nforks=1.5\n", "", "Invalid value provided for 'integer': '1.5'"},
		{"hexadecimal", "[defaults]\nforks=0x10\n", "", "Invalid value provided for 'integer': '0x10'"},
		{"continued by an indented section", "[defaults]\nforks=11\n [diff]\nalways=yes\n", "", "'integer': '11\n[diff]'"},
		{"choice", "[defaults]\ngathering=bogus\n", "", "Invalid value 'bogus' for config 'DEFAULT_GATHERING'. Valid values are: explicit, implicit, smart"},
		{"no section", "bogus=1\n", "", "ansible.cfg:1:1: Error reading config file (/dir/ansible.cfg): File contains no section headers"},
		{"broken header", "[defaults\nforks=1\n", "", "File contains no section headers"},
		{"option twice", "[defaults]\nforks=1\nforks=2\n", "", "ansible.cfg:3:1: Error reading config file (/dir/ansible.cfg): option 'forks' in section 'defaults' already exists"},
		{"section twice", "[defaults]\nforks=1\n[defaults]\na=1", "", "section 'defaults' already exists"},
		{"no value", "[defaults]\nforks\n", "", "ansible.cfg:2:1: Error reading config file (/dir/ansible.cfg): Source contains parsing errors"},
		{"no key", "[defaults]\n= x\n", "", "Source contains parsing errors"},
		{"variable", "", "ANSIBLE_FORKS=abc", "Config 'DEFAULT_FORKS' from 'env: ANSIBLE_FORKS' has an invalid value: Invalid value provided for 'integer': 'abc'"},
		{"variable's choice", "", "ANSIBLE_GATHERING=Smart", "Invalid value 'Smart' for config 'DEFAULT_GATHERING'"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, dir, err := load(t, tt.text, tt.env)
			if err == nil {
				t.Fatal("no error")
			}
			if got := strings.ReplaceAll(err.Error(), dir, "/dir"); !strings.Contains(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestEnvironment(t *testing.T) {
	tests := []struct{ env, setting, want, origin string }{
		{"ANSIBLE_FORKS=5.0", "DEFAULT_FORKS", "05", "env: ANSIBLE_FORKS"},
		{"ANSIBLE_FORKS= 6 ", "DEFAULT_FORKS", "06", "env: ANSIBLE_FORKS"},
		{"ANSIBLE_FORKS=", "DEFAULT_FORKS", "05", "default"},
		{"ANSIBLE_NOCOWS=perhaps", "ANSIBLE_NOCOWS", "False", "env: ANSIBLE_NOCOWS"},
		{"NO_COLOR=1", "ANSIBLE_NOCOLOR", "True", "env: NO_COLOR"},
		{"ANSIBLE_ROLES_PATH=a:~/b", "DEFAULT_ROLES_PATH", "/dir/a|/home/b", "env: ANSIBLE_ROLES_PATH"},
		{"ANSIBLE_REMOTE_USER=\"x\"", "DEFAULT_REMOTE_USER", "\"x\"", "env: ANSIBLE_REMOTE_USER"},
		{"ANSIBLE_VAULT_PASSWORD_FILE=$HOME/x", "DEFAULT_VAULT_PASSWORD_FILE", "/home/x", "env: ANSIBLE_VAULT_PASSWORD_FILE"},
		{"ANSIBLE_HOME=/h", "GALAXY_TOKEN_PATH", "/h/galaxy_token", "default"},
	}
	for _, tt := range tests {
		t.Run(tt.env, func(t *testing.T) {
			s, dir, err := load(t, "", tt.env)
			if err != nil {
				t.Fatal(err)
			}
			if got := show(s, dir, tt.setting); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if got := s.Origin(tt.setting).String(); got != tt.origin {
				t.Errorf("origin %q, want %q", got, tt.origin)
			}
		})
	}
}

func TestPrecedence(t *testing.T) {
	s, _, err := load(t, "[defaults]\nforks=2\n", "ANSIBLE_FORKS=3")
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Int("DEFAULT_FORKS"); got != 3 {
		t.Errorf("the environment does not win: %d", got)
	}
	if err := s.Override("DEFAULT_FORKS", "--forks", "4"); err != nil {
		t.Fatal(err)
	}
	if got := s.Int("DEFAULT_FORKS"); got != 4 || s.Origin("DEFAULT_FORKS").String() != "cli: --forks" {
		t.Errorf("the option does not win: %d", got)
	}
	if err := s.Override("DEFAULT_FORKS", "--forks", "x"); err == nil {
		t.Error("a bad option is taken")
	}
}

func TestSearch(t *testing.T) {
	dir, home := private(t), private(t)
	write := func(path, user string) {
		if err := os.WriteFile(path, []byte("[defaults]\nremote_user="+user+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	load := func(environ ...string) *config.Settings {
		s, err := config.Load(config.Options{Dir: dir, Environ: append([]string{"HOME=" + home}, environ...)})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	write(filepath.Join(dir, "ansible.cfg"), "local")
	write(filepath.Join(home, ".ansible.cfg"), "home")
	write(filepath.Join(home, "ansible.cfg"), "env")

	if s := load("ANSIBLE_CONFIG=" + home); s.String("DEFAULT_REMOTE_USER") != "env" || s.File() != home+"/ansible.cfg" {
		t.Errorf("ANSIBLE_CONFIG with a folder: %s", s.File())
	}
	if s := load("ANSIBLE_CONFIG=nosuch"); s.String("DEFAULT_REMOTE_USER") != "local" {
		t.Errorf("ANSIBLE_CONFIG of a missing file: %s", s.File())
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	s := load()
	if s.String("DEFAULT_REMOTE_USER") != "home" {
		t.Errorf("world-writable folder: %s", s.File())
	}
	want := "Ansible is being run in a world writable directory (" + dir + "), ignoring it as an ansible.cfg source. For more information see https://docs.ansible.com/ansible/devel/reference_appendices/config.html#cfg-in-world-writable-dir"
	if got := s.Warnings(); len(got) != 1 || got[0] != want {
		t.Errorf("warnings %q", got)
	}
}

func TestUnknown(t *testing.T) {
	s, _, err := load(t, "[defaults]\nvault_pasword_file=x\nforks=1\n[difff]\nalways=1\n[of_a_plugin_of_theirs]\nx=1\ny=2\n[galaxy_server.mine]\nurl=x\n")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range s.Unknown() {
		got = append(got, e.Error()[strings.Index(e.Error(), "ansible.cfg"):]+" / "+e.HintText())
	}
	want := []string{
		`ansible.cfg:2:1: no setting "vault_pasword_file" is known in [defaults] / did you mean "vault_password_file"?`,
		`ansible.cfg:5:1: no section [difff] is known / did you mean [diff]?`,
		`ansible.cfg:7:1: no section [of_a_plugin_of_theirs] is known / it has no effect; known are the settings of ansible-core and of its built-in plugins`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestNamesAreUnique(t *testing.T) {
	names := config.Names()
	if n := len(slices.Compact(slices.Clone(names))); n != len(names) || n < 200 {
		t.Errorf("%d names, %d different", len(names), n)
	}
}
