package conformance_test

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// The secrets of the demo inventory, which are public, as they could show up in an output.
var demoSecrets = []string{
	`p@ss/w:o$r#d'é%`,                // kimai_db_password
	`p%40ss%2Fw%3Ao%24r%23d%27`,      // the same in DATABASE_URL
	`p@ss/w:o\$r#d'é%`,               // the same in an environment file
	`$root #1 of this demo`,          // kimai_db_root_password
	`gloBuFmSmhsAjEUq0cYdJf1PRTZNmc`, // kimai_app_secret
}

func kitCases(t *testing.T) []string {
	t.Helper()
	cmds, err := filepath.Glob(filepath.Join(testdata, "kit/*/cmd"))
	if err != nil || len(cmds) == 0 {
		t.Fatalf("no recorded cases of the kit: %v", err)
	}
	var cases []string
	for _, cmd := range cmds {
		cases = append(cases, filepath.Dir(cmd))
	}
	return cases
}

func read(t *testing.T, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestKitRecordingsAreCompleteAndFreeOfSecrets(t *testing.T) {
	for _, dir := range kitCases(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			if strings.TrimSpace(read(t, dir, "rc")) == "" {
				t.Error("rc is empty")
			}
			out := read(t, dir, "stdout") + read(t, dir, "stderr")
			if out == "" {
				t.Error("nothing was recorded")
			}
			for _, secret := range demoSecrets {
				if strings.Contains(out, secret) {
					t.Errorf("the output shows %q", secret)
				}
			}
			for _, path := range []string{"/tmp/", "/root/", "/home/", "kimai-kit."} {
				if strings.Contains(out, path) {
					t.Errorf("the output holds a path of the machine it was recorded on: %q", path)
				}
			}
		})
	}
}

// The check above must be able to fail: the secrets are really in the files that the run writes.
func TestKitSecretsAreTheOnesRendered(t *testing.T) {
	compose := filepath.Join(testdata, "kit", "fresh", "tree", "compose")
	rendered := read(t, compose, "kimai.env") + read(t, compose, "database.env")
	for _, secret := range demoSecrets[1:] {
		if !strings.Contains(rendered, secret) {
			t.Errorf("no environment file holds %q", secret)
		}
	}
}

// readEnv reads an environment file by the rules of Compose for values in double quotes: a backslash takes the meaning
// from the backslash, quote or dollar sign after it, a dollar sign without one would be replaced.
// https://docs.docker.com/compose/how-tos/environment-variables/variable-interpolation/#env-file-syntax
func readEnv(t *testing.T, text string) map[string]string {
	t.Helper()
	env := map[string]string{}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "#") || line == "" {
			continue
		}
		name, quoted, _ := strings.Cut(line, "=")
		if len(quoted) < 2 || quoted[0] != '"' || quoted[len(quoted)-1] != '"' {
			t.Fatalf("%s is not in double quotes", name)
		}
		body := quoted[1 : len(quoted)-1]
		var value strings.Builder
		for i := 0; i < len(body); i++ {
			switch {
			case body[i] == '\\' && i+1 < len(body) && strings.IndexByte(`\"$`, body[i+1]) >= 0:
				i++
			case body[i] == '\\' || body[i] == '"' || body[i] == '$':
				t.Fatalf("%s has a bare %q at byte %d", name, body[i], i)
			}
			value.WriteByte(body[i])
		}
		env[name] = value.String()
	}
	return env
}

func TestKitEnvironmentGivesBackEveryCharacter(t *testing.T) {
	dir := filepath.Join(testdata, "kit", "all_characters")
	var want map[string]string
	if err := yaml.Unmarshal([]byte(read(t, dir, "files", "values.yml")), &want); err != nil {
		t.Fatal(err)
	}
	kimai := readEnv(t, read(t, dir, "tree", "compose", "kimai.env"))
	database := readEnv(t, read(t, dir, "tree", "compose", "database.env"))
	address, err := url.Parse(kimai["DATABASE_URL"])
	if err != nil {
		t.Fatal(err)
	}
	password, _ := address.User.Password()
	for name, got := range map[string]struct{ got, want string }{
		"APP_SECRET":               {kimai["APP_SECRET"], want["kimai_app_secret"]},
		"MARIADB_PASSWORD":         {database["MARIADB_PASSWORD"], want["kimai_db_password"]},
		"MARIADB_ROOT_PASSWORD":    {database["MARIADB_ROOT_PASSWORD"], want["kimai_db_root_password"]},
		"password in DATABASE_URL": {password, want["kimai_db_password"]},
	} {
		if got.got != got.want || got.want == "" {
			t.Errorf("%s: got %q, want %q", name, got.got, got.want)
		}
	}
	// Kimai's start-up script takes the address apart at these.
	if userinfo, _, _ := strings.Cut(strings.TrimPrefix(kimai["DATABASE_URL"], "mysql://kimai:"), "@database:"); strings.ContainsAny(userinfo, "/:@ ") {
		t.Error("the password in DATABASE_URL has a bare slash, colon, at sign or blank")
	}
	for name, want := range map[string]string{"charset": "utf8mb4", "serverVersion": "11.4.8-MariaDB"} {
		if got := address.Query().Get(name); got != want {
			t.Errorf("DATABASE_URL: %s is %q, want %q", name, got, want)
		}
	}
}
