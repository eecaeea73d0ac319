package conformance_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/tools/build"
)

// engineLine is the first line of a run by apply.
var engineLine = regexp.MustCompile(`\Aengine: .*\n`)

var runTimes = regexp.MustCompile(`"(start|end|delta)": "[^"]*"`)

// sameRun leaves out of an output what differs between the engines on purpose: their names, and times.
func sameRun(text string) string {
	return runTimes.ReplaceAllString(engineLine.ReplaceAllString(text, ""), "")
}

const enginePlaybook = `- name: Play
  hosts: all
  gather_facts: false
  tasks:
    - name: Say
      debug: {msg: "{{ inventory_hostname }} {{ word }} {{ fromfile }} {{ a }} {{ b }}"}
    - command: echo {{ item }}
      changed_when: item == 'two'
      when: item != 'one'
      loop: [one, two, three]
    - name: Included
      include_tasks: more.yml
    - name: Ignored
      command: "false"
      ignore_errors: true
    - name: Hidden
      command: echo hidden-word
      no_log: true
    - block:
        - fail: {msg: saved}
      rescue:
        - debug: {msg: rescued}
    - name: Restart
      command: "true"
      notify: later
  handlers:
    - name: later
      debug: {msg: later}
- name: Ends
  hosts: h2
  gather_facts: false
  tasks:
    - name: Fails
      shell: echo out; exit 3
`

// TestEnginesShowTheSame runs a playbook with the native engine and through the real ansible-playbook, with two vault ids and
// variables of all kinds: the same output and exit code.
func TestEnginesShowTheSame(t *testing.T) {
	realAnsibles(t)
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"playbooks/site.yml": enginePlaybook, "playbooks/more.yml": "- debug: {msg: \"more for {{ inventory_hostname }}\"}\n",
		"hosts.ini":              "h1\nh2\n[all:vars]\nansible_connection=local\nansible_python_interpreter=/usr/bin/python3\n",
		"group_vars/all/one.yml": "word: secret-of-one\n", "group_vars/all/two.yml": "fromfile: secret-of-two\n",
		"one": "password one\n", "two": "password two\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for id, file := range map[string]string{"one": "group_vars/all/one.yml", "two": "group_vars/all/two.yml"} {
		if out := native(t, dir, "kimai-ansible", "vault", "encrypt", "--encrypt-vault-id", id, "--vault-id", id+"@"+id, file); out.code != 0 {
			t.Fatal(out.all())
		}
	}
	args := []string{"kimai-ansible", "apply", "-i", "hosts.ini", "-f1", "--vault-id", "one@one", "--vault-id", "two@two", "-e", "a='of words'", "-e", `{"b": [1, 2]}`}
	run := func(engine string) outcome {
		return native(t, dir, append(args[:len(args):len(args)], "--engine", engine)...)
	}
	masked := run("ansible")
	for _, secret := range []string{"secret-of-one", "secret-of-two", "hidden-word", "password one"} {
		if strings.Contains(masked.all(), secret) {
			t.Errorf("%q is shown", secret)
		}
	}
	args = append(args, "--show-secrets") // what holds a secret is masked whole by the engine that knows that it does
	ours, theirs := run("native"), run("ansible")
	if !strings.Contains(theirs.stdout, "secret-of-one secret-of-two of words [1, 2]") {
		t.Errorf("the values did not arrive:\n%s", theirs.stdout)
	}
	if got, want := sameRun(theirs.stdout), sameRun(ours.stdout); got != want {
		t.Errorf("%s\ntheirs:\n%s\nours:\n%s", firstDifference(got, want), got, want)
	}
	if ours.code != theirs.code || ours.code == 0 {
		t.Errorf("exit codes: theirs %d, ours %d\n%s", theirs.code, ours.code, theirs.stderr)
	}
	if !strings.HasPrefix(theirs.stdout, "engine: ansible (") || !strings.HasPrefix(ours.stdout, "engine: native, ") {
		t.Errorf("the first line does not tell the engine:\n%.80s\n%.80s", theirs.stdout, ours.stdout)
	}
}

// stubSudo asks for a password, as sudo -S does, and knows one.
const stubSudo = `#!/bin/sh
while test $# -gt 0; do case $1 in -p|-u) test "$1" = -p && prompt=$2 || echo "$2" >"$0.user"; shift 2;; -*) shift;; *) break;; esac; done
printf '%s' "$prompt" >&2
read -r word
test "$word" = "become word" || { echo 'Sorry, try again.' >&2; exit 1; }
exec "$@"
`

// TestEnginesBecome runs a task as another user with both engines: the options and the password arrive, and nothing of the
// password is in arguments or environments.
func TestEnginesBecome(t *testing.T) {
	realAnsibles(t)
	needs.Root(t) // only root may leave files to others, as the real one does
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	program, sudo := filepath.Join(dir, "kimai-ansible"), filepath.Join(dir, "sudo")
	if err := build.Program("../..", program); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"hosts.ini": "h1\n[all:vars]\nansible_connection=local\nansible_python_interpreter=/usr/bin/python3\nansible_become_exe=" + sudo + "\n",
		"sudo":      stubSudo, "right": "become word\n", "wrong": "another word\n",
		"playbooks/site.yml": "- hosts: all\n  gather_facts: false\n  tasks:\n" +
			"    - shell: cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' | grep -c 'become [w]ord' || true\n      changed_when: false\n" +
			"      register: seen\n    - debug: {var: seen.stdout}\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(sudo, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, engine := range []string{"native", "ansible"} {
		t.Run(engine, func(t *testing.T) {
			run := func(password string) outcome {
				return process(t, dir, program, "apply", "-i", "hosts.ini", "--no-record", "--engine", engine, "-b", "--become-method", "sudo",
					"--become-user", "nobody", "--become-password-file", password)
			}
			got := run("right")
			if got.code != 0 || !strings.Contains(got.stdout, `"seen.stdout": "0"`) {
				t.Errorf("exit code %d\n%s%s", got.code, got.stdout, got.stderr)
			}
			if user, err := os.ReadFile(sudo + ".user"); err != nil || string(user) != "nobody\n" {
				t.Errorf("the user is %q, %v", user, err)
			}
			if got := run("wrong"); got.code != 2 && got.code != 4 || strings.Contains(got.all(), "another word") {
				t.Errorf("a wrong password: exit code %d\n%s%s", got.code, got.stdout, got.stderr)
			}
		})
	}
}
