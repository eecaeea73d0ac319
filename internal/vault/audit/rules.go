package audit

import (
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/leaks"
)

// A Level says how bad a finding is, in SARIF's words.
type Level string

// The levels.
const (
	Error   Level = "error"
	Warning Level = "warning"
)

// A Rule is a kind of finding.
type Rule struct {
	ID    string
	Level Level
	Short string // what is wrong
	Help  string // why, and what to do
}

// The ids of the rules. Those of package leaks come behind LeakPrefix.
const (
	Broken         = "broken-vault"
	Unreadable     = "unreadable"
	WrongLabel     = "wrong-label"
	TooOld         = "too-old"
	SameSecret     = "same-secret"
	WeakPassword   = "weak-password"
	OpenFile       = "readable-password-file"
	CommittedFile  = "committed-password-file"
	Exposed        = "exposed-password"
	PlainVaultFile = "plain-vault-file"
	PlainSecret    = "plain-secret"
	WrongID        = "policy-vault-id"
	NotEncrypted   = "policy-encrypted"
	NotVaulted     = "policy-key"
	BadYAML        = "unreadable-yaml"
	LeakPrefix     = "leak/"
)

var own = []Rule{
	{Broken, Error, "a damaged vault", "The text of the vault is not whole: a merge or an editor may have changed its lines. Restore it from the history."},
	{Unreadable, Error, "a value that no given password opens", "Its password is lost, or not among those given. Renew the secret, or give the password."},
	{WrongLabel, Warning, "a vault id that lies", "The header names one vault id, and the password of another one opens it. Rotate it, or encrypt it anew with its own password."},
	{TooOld, Warning, "a secret that is older than allowed", "Renew the secret itself where it is used, not its encryption alone: vault renew."},
	{SameSecret, Warning, "the same secret under several keys", "Who learns one has the others. Give each place a secret of its own: vault renew."},
	{WeakPassword, Error, "a vault password that can be guessed", "Who has the files can try passwords without limit. Make up a new one: vault rotate --generate."},
	{OpenFile, Error, "a password file that others can read", "chmod 600, and rotate if others use the machine."},
	{CommittedFile, Error, "a password file in git", "Everybody with a clone opens every vault. Take it out, put it into .gitignore, then rotate, and renew the secrets."},
	{Exposed, Error, "a vault password in a file of the repository", "Everybody with a clone opens every vault. Take it out, rotate, and renew the secrets."},
	{PlainVaultFile, Error, "a file for secrets that is not encrypted", "A file called vault.yml holds what is to be encrypted: vault encrypt."},
	{PlainSecret, Error, "a secret in plaintext", "Encrypt it in place: vault set FILE KEY, and renew it if it was committed. A placeholder or a template is no finding."},
	{WrongID, Error, "a value with another vault id than the policy wants", "Rotate it to the password that the policy names for its path."},
	{NotEncrypted, Error, "a file that the policy wants encrypted", "Encrypt it: vault encrypt."},
	{NotVaulted, Error, "a key that the policy wants vaulted", "Encrypt it in place: vault set FILE KEY."},
	{BadYAML, Warning, "a file that is no YAML", "What is in it was looked at as text alone."},
}

// Rules gives all rules: our own, then those of package leaks.
func Rules() []Rule {
	all := slices.Clone(own)
	ids, descriptions := leaks.Rules()
	for i, id := range ids {
		all = append(all, Rule{LeakPrefix + id, Error, "a credential: " + id, strings.TrimSuffix(descriptions[i], ".") + ". Vault it, and renew it if it was committed."})
	}
	return all
}

func ruleOf(id string) Rule {
	for _, r := range own {
		if r.ID == id {
			return r
		}
	}
	return Rule{ID: id, Level: Error}
}
