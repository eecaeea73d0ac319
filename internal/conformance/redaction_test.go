package conformance_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/conformance/tracer"
)

// The canaries: what lies in the vault of the inventory below.
const (
	canaryPassword = `can/ary "p@ss" wörd$#%1`  // a value of a vaulted file
	canaryInline   = `inline-canary-8fK2/x+y=`  // an inline value
	canaryLine     = `canary-line-of-a-key-44a` // a line of a long value
	canaryShort    = `blue7`                    // too short to be masked wherever it shows up
)

var canaries = []string{canaryPassword, canaryInline, canaryLine}

// canaryKit makes a kit with one play of these tasks and an inventory with the canaries, and returns its folder.
func canaryKit(t *testing.T, tasks string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	indented := strings.ReplaceAll(strings.TrimSpace(tasks), "\n", "\n    ")
	write(t, filepath.Join(dir, "playbooks/site.yml"), "- name: Canaries\n  hosts: web\n  gather_facts: false\n  tasks:\n    "+indented+"\n")
	write(t, filepath.Join(dir, "playbooks/templates/config.j2"), "password={{ db_password }}\ninline={{ inline }}\n")
	inventory := filepath.Join(dir, "inventories/prod")
	write(t, filepath.Join(inventory, "hosts.yml"), "web: {hosts: {production1: {ansible_connection: local}}}\n")
	write(t, filepath.Join(inventory, "group_vars/web/vault.yml"), seal(t, "right", strings.Join([]string{
		"db_password: '" + canaryPassword + "'",
		"key: |\n  -----BEGIN CANARY-----\n  " + canaryLine + "\n  -----END CANARY-----",
		"db_pin: " + canaryShort,
		"web_name: production1",
		"tree: {list: ['" + canaryPassword + "', 2], deep: {er: '" + canaryLine + "'}}",
		"",
	}, "\n")))
	write(t, filepath.Join(inventory, "group_vars/web/vars.yml"),
		"inline: !vault |\n  "+strings.ReplaceAll(strings.TrimSpace(seal(t, "right", canaryInline)), "\n", "\n  ")+"\n")
	write(t, filepath.Join(dir, "password"), "right")
	return dir
}

func applyProd(t *testing.T, dir string, more ...string) outcome {
	t.Helper()
	return native(t, dir, append([]string{"kimai-ansible", "apply", "-i", "prod", "--vault-password-file", "password"}, more...)...)
}

// holding returns the canaries that a text holds, in any form.
func holding(text string) []string {
	var found []string
	for _, c := range canaries {
		for _, form := range tracer.Forms(c) {
			if strings.Contains(text, form) {
				found = append(found, c+" as "+form)
			}
		}
	}
	return found
}

var outputs = []struct {
	name  string
	tasks string
	shows string // what the output shows with --show-secrets, which proves that the task leads a secret there
}{
	{"debug msg", `- debug: {msg: "{{ db_password }}"}`, `can/ary \"p@ss\" wörd$#%1`},
	{"debug var", `- debug: {var: inline}`, canaryInline},
	{"debug within a text", `- debug: {msg: "mysql://u:{{ inline }}@h"}`, "mysql://u:" + canaryInline + "@h"},
	{"debug of a tree", `- debug: {var: tree}`, canaryLine},
	{"variables of a host", `- debug: {msg: "{{ [hostvars.production1.tree, hostvars.production1.inline] }}"}`, canaryLine},
	{"a long value, a line of it", `- debug: {msg: "{{ key.split('\n')[1] }}"}`, canaryLine},
	{"a long value", `- debug: {msg: "{{ key }}"}`, canaryLine},
	{"base64", `- debug: {msg: "{{ inline | b64encode }}"}`, "aW5saW5lLWNhbmFyeS04Zksy"},
	{"base64 of more", `- debug: {msg: "{{ ('ab' ~ inline ~ 'c') | b64encode }}"}`, "YWJpbmxpbmUtY2FuYXJ5LThmSzI"},
	{"percent-encoded", `- debug: {msg: "{{ db_password | urlencode }}"}`, "can/ary%20%22p%40ss%22%20w%C3%B6rd%24%23%251"},
	{"percent-encoded with the slash", `- debug: {msg: "{{ db_password | urlencode | replace('/', '%2F') }}"}`, "can%2Fary%20"},
	{"JSON", `- debug: {msg: "{{ {'a': db_password} | to_json }}"}`, `w\\u00f6rd`},
	{"JSON in JSON", `- debug: {msg: "{{ {'a': db_password} | to_json | to_json }}"}`, `p@ss`},
	{"YAML", `- debug: {msg: "{{ tree | to_nice_yaml }}"}`, canaryLine},
	{"name of a task", `- {name: "Use {{ inline }}", debug: {msg: fine}}`, "[Use " + canaryInline + "]"},
	{"fail", `- fail: {msg: "wrong: {{ inline }}"}`, "wrong: " + canaryInline},
	{"fail, ignored", "- fail: {msg: \"wrong: {{ inline }}\"}\n  ignore_errors: true", "wrong: " + canaryInline},
	{"assert", `- assert: {that: "inline == 'x'", fail_msg: "it was {{ inline }}"}`, "it was " + canaryInline},
	{"loop", "- debug: {msg: fine}\n  loop: ['{{ inline }}', '{{ db_password }}']", "(item=" + canaryInline + ")"},
	{"loop label", "- debug: {msg: fine}\n  loop: [1]\n  loop_control: {label: 'no {{ inline }}'}", "(item=no " + canaryInline + ")"},
	{"set_fact", `- set_fact: {copied: "{{ inline }}"}`, canaryInline},
	{"registered", "- command: {argv: [echo, '{{ inline }}']}\n  register: r\n- debug: {var: r.stdout}", canaryInline},
	{"arguments of a command", `- command: {argv: ["true", "{{ inline }}"]}`, canaryInline},
	{"output of a command", `- command: {argv: [cat, /dev/stdin], stdin: "{{ key }}"}`, canaryLine},
	{"a command that fails", `- command: {argv: [sh, -c, "echo \"$0\" >&2; exit 3", "{{ inline }}"]}`, canaryInline},
	{"a command that is not there", `- command: {argv: ["/nowhere/{{ inline }}"]}`, canaryInline},
	{"slurped", "- copy: {content: '{{ inline }}', dest: '{{ playbook_dir }}/f', mode: '0600'}\n- slurp: {src: '{{ playbook_dir }}/f'}", "aW5saW5lLWNhbmFyeS04Zksy"},
	{"path that is not there", `- slurp: {src: "/nowhere/{{ inline }}"}`, canaryInline},
	{"diff of a template", `- template: {src: config.j2, dest: "{{ playbook_dir }}/out", mode: "0600"}`, "+password=" + canaryPassword},
	{"diff of a copy", `- copy: {content: "{{ key }}", dest: "{{ playbook_dir }}/out", mode: "0600"}`, "+" + canaryLine},
	{"wrong argument of a module", `- file: {path: "{{ playbook_dir }}/x", state: "{{ inline }}"}`, canaryInline},
	{"template that fails", `- debug: {msg: "{{ inline.nothing }} {{ inline | int(base='x') }}"}`, ""},
	{"condition that fails", "- debug: {msg: fine}\n  when: inline | mandatory and nothing_at_all", ""},
}

// TestEveryOutputIsMasked leads the canaries into every output there is, told as much as can be: none shows in any form. The
// same run with --show-secrets shows it, so the mask is what hides it.
func TestEveryOutputIsMasked(t *testing.T) {
	for _, c := range outputs {
		t.Run(c.name, func(t *testing.T) {
			masked := applyProd(t, canaryKit(t, c.tasks), "-vvvv", "--diff")
			for _, f := range holding(masked.all()) {
				t.Errorf("shows %s", f)
			}
			shown := applyProd(t, canaryKit(t, c.tasks), "-vvvv", "--diff", "--show-secrets")
			if shown.code != masked.code {
				t.Errorf("exit code %d, with --show-secrets %d", masked.code, shown.code)
			}
			if !strings.Contains(shown.all(), c.shows) {
				t.Errorf("--show-secrets does not show %q, so the task proves nothing", c.shows)
			}
			if c.shows != "" && !strings.Contains(masked.all(), "********") {
				t.Error("there is no mask in the output")
			}
			if t.Failed() {
				t.Logf("masked:\n%s", masked.all())
			}
		})
	}
}

// The check of the forms must be able to fire.
func TestFormsAreFound(t *testing.T) {
	for _, text := range []string{
		canaryInline, "x" + canaryLine + "y", "can%2Fary%20%22p%40ss%22%20w%C3%B6rd%24%23%251",
		`can/ary \"p@ss\" wörd$#%1`, "Y2FuYXJ5LWxpbmUtb2YtYS1rZXktNDRh",
	} {
		if len(holding(text)) == 0 {
			t.Errorf("not found in %q", text)
		}
	}
	if found := holding("nothing of it: canary, inline, p@ss"); found != nil {
		t.Errorf("found %v", found)
	}
}

// A short secret is masked where its mark goes, and its text stays where it is an ordinary word.
func TestShortSecretIsMaskedByItsMark(t *testing.T) {
	dir := canaryKit(t, `
- debug: {msg: "{{ db_pin }}"}
- debug: {var: db_pin}
- debug: {msg: "the word blue7 stays"}
- debug: {msg: "between {{ db_pin }} texts"}
`)
	got := applyProd(t, dir)
	if got.code != 0 {
		t.Fatalf("exit code %d\n%s", got.code, got.all())
	}
	if n := strings.Count(got.stdout, canaryShort); n != 1 || !strings.Contains(got.stdout, "the word blue7 stays") {
		t.Errorf("%q stands in the output %d times, once is right:\n%s", canaryShort, n, got.stdout)
	}
	if !strings.Contains(applyProd(t, dir, "--show-secrets").stdout, "between blue7 texts") {
		t.Error("--show-secrets does not show it")
	}
}

// What is never masked by its text is named once by its key with -v, and not without.
func TestUnmaskedSecretsAreNamed(t *testing.T) {
	dir := canaryKit(t, `
- debug: {msg: "{{ db_pin }} {{ web_name }}"}
- debug: {msg: "{{ db_pin }} {{ web_name }}"}
`)
	plain, told := applyProd(t, dir), applyProd(t, dir, "-v")
	for _, key := range []string{"db_pin", "web_name"} {
		if strings.Contains(plain.all(), key) {
			t.Errorf("without -v: tells %q\n%s", key, plain.all())
		}
		if n := strings.Count(told.all(), key); n != 1 {
			t.Errorf("with -v: tells %q %d times\n%s", key, n, told.all())
		}
	}
	if !strings.Contains(plain.stdout, "production1 ") {
		t.Error("the name of the host is masked")
	}
	if strings.Contains(told.all(), canaryShort) {
		t.Error("-v tells the secret itself")
	}
}

// An error that ends the run before the first task is masked as well.
func TestErrorsOfTheRunAreMasked(t *testing.T) {
	dir := canaryKit(t, `- include_tasks: "{{ inline }}.yml"`)
	got := applyProd(t, dir, "-vvv")
	if got.code == 0 || len(holding(got.all())) != 0 {
		t.Errorf("exit code %d, shows %v\n%s", got.code, holding(got.all()), got.all())
	}
	dir = canaryKit(t, `- debug: {msg: fine}`)
	write(t, filepath.Join(dir, "inventories/prod/group_vars/web/vault.yml"), seal(t, "right", "a: "+canaryLine+"\n  b: {broken\n"))
	got = applyProd(t, dir, "-vvv")
	if got.code == 0 || len(holding(got.all())) != 0 {
		t.Errorf("a vaulted file that is no YAML: exit code %d, shows %v\n%s", got.code, holding(got.all()), got.all())
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
}
