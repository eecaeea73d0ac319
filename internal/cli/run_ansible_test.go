package cli

import (
	"testing"
)

// What becomes of each option of a run when the real ansible-playbook has it: a new one is decided on here, and passed on in
// playByAnsible or refused there.
var atAnsible = map[string]string{
	"connection": "passed", "user": "passed", "private-key": "passed", "ssh-common-args": "passed", "ssh-extra-args": "passed", "timeout": "passed",
	"become": "passed", "become-method": "passed", "become-user": "passed", "limit": "passed", "tags": "passed", "skip-tags": "passed",
	"check": "passed", "diff": "passed", "forks": "passed", "force-handlers": "passed", "start-at-task": "passed", "flush-cache": "passed", "verbose": "passed",

	"ask-pass": "as a file", "connection-password-file": "as a file", "ask-become-pass": "as a file", "become-password-file": "as a file",
	"extra-vars": "as a file", "vault-password-file": "as a file", "vault-id": "as a file", "ask-vault-password": "as a file",

	"step": "refused",

	"list-hosts": "ours", "list-tasks": "ours", "list-tags": "ours", "syntax-check": "ours", // no run
	"show-secrets": "ours", "agent-cache": "ours", // there is no agent
}

func TestEveryOptionIsDecidedOnForAnsible(t *testing.T) {
	known := map[string]bool{}
	for _, f := range runFlags(&runOptions{}) {
		name := f.Names()[0]
		known[name] = true
		if atAnsible[name] == "" {
			t.Errorf("--%s: does it reach ansible-playbook, is it refused, or is it ours alone?", name)
		}
	}
	for name := range atAnsible {
		if !known[name] {
			t.Errorf("--%s is no option", name)
		}
	}
}
