package conformance_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
)

// realAnsibles are the command lines of the real ansible-playbook on this machine, by what they are called in a test's name:
// the installed one, and the one that ANSIBLE_ORACLE gives.
func realAnsibles(t *testing.T) map[string][]string {
	t.Helper()
	needs.Long(t, "runs the real Ansible for a minute")
	found := map[string][]string{"installed": {needs.Program(t, "ansible-playbook", "the comparison with the real Ansible")}}
	if oracle := os.Getenv("ANSIBLE_ORACLE"); oracle != "" {
		found["oracle"] = append(strings.Fields(oracle), "ansible-playbook")
	}
	return found
}

var recap = regexp.MustCompile(`(?m)^demo +: .*$`)

// TestKitUnderRealAnsible runs the kit with the real ansible-playbook and with the native engine, on this machine as it
// is, NGINX included where it is there: the same recap, and trees with the same names, modes and bytes.
func TestKitUnderRealAnsible(t *testing.T) {
	for name, program := range realAnsibles(t) {
		t.Run(name, func(t *testing.T) {
			args := []string{"-i", "inventories/demo", "--vault-password-file", "inventories/demo/vault-password.public.txt", "playbooks/site.yml"}
			if name == "oracle" { // it may live in a root of its own, without NGINX
				args = append(args, "-e", `{"kimai_nginx_programs": ["/nowhere/nginx"]}`)
			}
			theirs, ours := kitDir(t, ""), kitDir(t, "")
			real := func(dir string, argv ...string) outcome {
				return process(t, dir, append(program[:len(program):len(program)], argv...)...)
			}
			run := func(what string, more ...string) {
				t.Helper()
				all := append(args[:len(args):len(args)], more...)
				their := real(theirs, all...)
				our := native(t, ours, append([]string{"ansible-playbook"}, all...)...)
				if their.code != 0 || our.code != 0 {
					t.Fatalf("%s: exit codes: theirs %d, ours %d\n%s\n%s", what, their.code, our.code, their.all(), our.all())
				}
				if got, want := recap.FindString(our.stdout), recap.FindString(their.stdout); got != want || want == "" {
					t.Errorf("%s: recap\n got  %s\n want %s", what, got, want)
				}
				got, want := readTree(t, ours), readTree(t, theirs)
				got.forgetNginx()
				want.forgetNginx()
				if diffs := compareTrees(got, want); len(diffs) > 0 {
					t.Errorf("%s: trees differ:\n%s", what, strings.Join(diffs, "\n"))
				}
			}
			run("check mode on a fresh folder", "--check", "--diff")
			run("first run")
			if got, want := readCertificate(t, filepath.Join(ours, ".demo/tls")), readCertificate(t, filepath.Join(theirs, ".demo/tls")); got != want {
				t.Errorf("certificate\n got  %+v\n want %+v", got, want)
			}
			run("second run")
			run("a change", "-e", "kimai_compose_port=8002", "-e", "kimai_domain=kimai.example.com", "-e", "kimai_url=https://kimai.example.com")
			// each of them finds nothing to do in what the other has made
			for what, swapped := range map[string]struct {
				dir string
				run func(dir string, argv ...string) outcome
			}{
				"theirs on our tree": {ours, real},
				"ours on their tree": {theirs, func(dir string, argv ...string) outcome {
					return native(t, dir, append([]string{"ansible-playbook"}, argv...)...)
				}},
			} {
				got := swapped.run(swapped.dir, append(args, "-e", "kimai_compose_port=8002", "-e", "kimai_domain=kimai.example.com", "-e", "kimai_url=https://kimai.example.com")...)
				if line := recap.FindString(got.stdout); !strings.Contains(line, " changed=0 ") || got.code != 0 {
					t.Errorf("%s: exit code %d, %s\n%s", what, got.code, line, got.stderr)
				}
			}
		})
	}
}
