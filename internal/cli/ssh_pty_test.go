package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/ssh/sshtest"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
)

// TestSSHQuestions answers at a real terminal what a run over SSH asks: the password of the login, that of sudo, the
// passphrase of a key. Nothing that is typed is shown.
func TestSSHQuestions(t *testing.T) {
	const passphrase = "canary-passphrase-9w"
	s := sshtest.Start(t, sshtest.Options{
		Accounts: true, Config: "PasswordAuthentication yes\n", Etc: map[string]string{"sudoers": "alice ALL=(ALL) ALL\n"},
	})
	dir := needs.Folder(t)
	locked := filepath.Join(dir, "locked")
	s.Authorize("", sshtest.WriteKey(t, locked, passphrase).PublicKey())
	for name, text := range map[string]string{
		"hosts": fmt.Sprintf("h1 ansible_host=127.0.0.1 ansible_port=%d ansible_user=alice ansible_ssh_common_args='-o UserKnownHostsFile=%s -o IdentitiesOnly=yes'\n", s.Port, s.KnownHosts),
		"who.yml": "- hosts: all\n  gather_facts: false\n  tasks:\n    - raw: 'echo I am $(id -un)'\n      register: r\n    - debug: {msg: '{{ r.stdout }}'}\n" +
			"    - raw: 'echo I am $(id -un)'\n      become: true\n      when: rooted is defined\n      register: r\n    - debug: {msg: '{{ r.stdout }}'}\n      when: rooted is defined\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	type answer struct{ question, typed string }
	key := " --private-key " + s.Key
	unlock := "Enter passphrase for key '" + locked + "': "
	for name, c := range map[string]struct {
		options string
		answers []answer
		says    string
		code    int
	}{
		"password":                 {"-k", []answer{{"SSH password: ", sshtest.Password}}, "I am alice", 0},
		"wrong password":           {"-k", []answer{{"SSH password: ", "canary-wrong"}}, "Permission denied", 4},
		"password of sudo":         {"-K -e rooted=1" + key, []answer{{"BECOME password: ", sshtest.Password}}, "I am root", 0},
		"wrong password of sudo":   {"-K -e rooted=1" + key, []answer{{"BECOME password: ", "canary-wrong"}}, "Incorrect sudo password", 2},
		"one password for both":    {"-k -K -e rooted=1", []answer{{"SSH password: ", sshtest.Password}, {"BECOME password[defaults to SSH password]: ", ""}}, "I am root", 0},
		"passphrase":               {"--private-key " + locked, []answer{{unlock, passphrase}}, "I am alice", 0},
		"passphrase, second trial": {"--private-key " + locked, []answer{{unlock, "canary-wrong"}, {unlock, passphrase}}, "I am alice", 0},
	} {
		t.Run(name, func(t *testing.T) {
			k := talkTo(t, dir, "ansible-playbook -i hosts who.yml "+c.options, "ANSIBLE_NOCOLOR=1", "SSH_AUTH_SOCK=")
			for i, a := range c.answers {
				if i > 0 && a.question == c.answers[i-1].question {
					k.shown(strings.Repeat(a.question+"\n", i))
				}
				k.answer(a.question, a.typed+"\n")
			}
			text, code := k.end()
			if code != c.code || !strings.Contains(text, c.says) {
				t.Errorf("exit code %d, want %d, and %q in\n%s", code, c.code, c.says, text)
			}
			if strings.Contains(text, "canary") {
				t.Errorf("what was typed is shown:\n%s", text)
			}
		})
	}
}
