// Package become is how a program on a target is run as another user: with sudo, su or doas, a file each. A method makes
// the command line, and knows how the program asks for a password and how it refuses. It starts nothing itself.
package become

import (
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/secret"
)

// Options are how to become another user.
type Options struct {
	User        string        // who to become; "" is root
	Exe         string        // the program, "" the method's own
	Flags       *string       // its options, nil the method's own
	Password    secret.String // what it is told when it asks
	HasPassword bool
	Prompts     []string // how su and doas ask for a password in the target's language; empty is a list of their own
	Dir         string   // sudo: the folder to run in, "" the one where it is
}

// user is who to become.
func (o Options) user() string {
	if o.User == "" {
		return "root"
	}
	return o.User
}

// flags are the options of the program, otherwise where nobody says any.
func (o Options) flags(otherwise string) string {
	if o.Flags == nil {
		return otherwise
	}
	return *o.Flags
}

// exe is the program, otherwise where nobody says one.
func (o Options) exe(otherwise string) string {
	if o.Exe == "" {
		return otherwise
	}
	return o.Exe
}

// Plan is what to do to run a command as another user.
type Plan struct {
	Command string // the line for /bin/sh
	// Terminal says that the program asks for the password at a terminal alone.
	Terminal bool
	// Asks reports whether what the program has written so far ends with a question for the password.
	Asks func(output string) bool
}

// Method is a way to become another user.
type Method struct {
	Name string // as become_method names it
	// Plan makes the line that runs command, a line for /bin/sh, as another user. key is a text that nobody can guess.
	Plan func(o Options, key, command string) Plan
	// incorrect and missing are the words that the program says when the password is wrong, and when it needs one.
	incorrect, missing []string
	// noTerminal are its words where it wants a terminal to run at all.
	noTerminal []string
}

// Set holds the methods of this package, each added by its file.
var Set set

type set []*Method

// Add puts a method into the set.
func (s *set) Add(m Method) *Method {
	*s = append(*s, &m)
	return &m
}

// Find returns the method of that name, short or with its collection, or nil.
func (s *set) Find(name string) *Method {
	name = strings.TrimPrefix(strings.TrimPrefix(name, "ansible.builtin."), "community.general.")
	for _, m := range *s {
		if m.Name == name {
			return m
		}
	}
	return nil
}

// Error says that becoming another user failed. The host was reached: the task fails.
type Error struct{ Msg string }

// Error gives Ansible's words.
func (e *Error) Error() string { return e.Msg }

// Incorrect is the error of a wrong password.
func (m *Method) Incorrect() error { return &Error{fmt.Sprintf("Incorrect %s password", m.Name)} }

// Missing is the error of a password that is asked for, and that nobody has given.
func (m *Method) Missing() error { return &Error{fmt.Sprintf("Missing %s password", m.Name)} }

// Refusal tells what the program's output says: that the password is wrong or missing; nil when it says neither.
func (m *Method) Refusal(output string) error {
	if containsAny(output, m.incorrect) {
		return m.Incorrect()
	}
	if containsAny(output, m.missing) {
		return m.Missing()
	}
	return nil
}

// WantsTerminal reports whether the program's output says that it must be run from a terminal.
func (m *Method) WantsTerminal(output string) bool { return containsAny(output, m.noTerminal) }

func containsAny(s string, words []string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

// Quote makes a text one word for a shell.
func Quote(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'"'"'`) + "'"
}

// words joins what is not empty.
func words(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, " ")
}
