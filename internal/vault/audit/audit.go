// Package audit looks at the secrets of a repository: which vaulted values there are, what opens them and how old they are; vault
// passwords that are weak or lie about; and what is plaintext although it should be vaulted. A [Policy] says what the
// repository wants beyond that, and what is allowed.
//
// The way: [FromTree] or [Staged] give the files, each is scanned on its own and on all processors ([Run]), the vaulted values are
// opened in memory, then what concerns several of them is looked at: the same secret twice, ages from git. Plaintext is compared
// by a keyed hash whose key lives as long as the call, and stands in no finding.
package audit

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
)

// Options say what to look at.
type Options struct {
	Root    string // the folder that File.Path is relative to, absolute
	Files   []File
	Environ []string // KEY=value, for git
	// Git says that Root is the top of a git work tree: then ages and what is committed are known.
	Git bool

	Secrets   []*vault.Secret
	Strict    bool           // a value is opened by the password of its vault id alone
	Passwords []PasswordFile // where the passwords are kept
	Public    func(path string) bool

	MaxAge time.Duration // 0 is any
	Now    time.Time
	Policy *Policy // nil is the empty one
	// Staged says that Files are the content of git's index: then there are no ages.
	Staged bool
}

// A PasswordFile is a file with a vault password, or the program that prints one.
type PasswordFile struct {
	ID   string
	Path string // absolute
}

// A Report is what was found.
type Report struct {
	Files    int       `json:"files"`
	Values   []Value   `json:"values"`
	Findings []Finding `json:"findings"`
	Allowed  int       `json:"allowed"` // findings that the policy allows
	Notes    []string  `json:"notes,omitempty"`
}

// A Value is a vaulted value.
type Value struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Key     string `json:"key,omitempty"` // "" for a file that is a vault as a whole
	ID      string `json:"vault_id"`      // of its header, "default" for none
	Version string `json:"version"`       // of its header; "" when it cannot be read
	// OpenedBy is the vault id of the password that opens it, OpenedWith where that comes from; "" when none does.
	OpenedBy   string `json:"opened_by,omitempty"`
	OpenedWith string `json:"opened_with,omitempty"`
	// Changed is when it was changed last, From tells who knows that: "git", or "file" for the file's own time.
	Changed *time.Time `json:"changed,omitempty"`
	From    string     `json:"changed_from,omitempty"`
	Days    *int       `json:"age_days,omitempty"`

	path    string // from the root
	until   int    // the last line
	text    []byte
	sure    bool // it is no example in a document
	allowed time.Duration
	prints  []fingerprint
}

// A Place is where something stands.
type Place struct {
	File string `json:"file"`
	Line int    `json:"line,omitempty"`
	Key  string `json:"key,omitempty"`

	path string // from the root
}

// A Finding is a problem.
type Finding struct {
	Rule    string  `json:"rule"`
	Level   Level   `json:"level"`
	File    string  `json:"file,omitempty"`
	Line    int     `json:"line,omitempty"`
	Column  int     `json:"column,omitempty"`
	Key     string  `json:"key,omitempty"`
	Message string  `json:"message"`
	Related []Place `json:"related,omitempty"`

	path string
}

// Run looks at everything. An error is one of git, or of ctx: what is wrong with the repository is a finding.
func Run(ctx context.Context, o Options) (*Report, error) {
	if o.Policy == nil {
		o.Policy = new(Policy)
	}
	a := &auditor{Options: o, report: Report{Values: []Value{}, Findings: []Finding{}}, ring: vault.NewKeyring(o.Secrets), key: newKey()}
	a.ring.Strict = o.Strict
	if err := a.tracked(ctx); err != nil {
		return nil, err
	}
	if err := a.scan(ctx); err != nil {
		return nil, err
	}
	a.openAll()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if !o.Staged {
		if err := a.ages(ctx); err != nil {
			return nil, err
		}
	}
	a.sameTwice()
	a.passwords()
	return a.finish(), nil
}

// An auditor is one call of Run.
type auditor struct {
	Options
	report Report
	ring   *vault.Keyring
	key    []byte // of the hashes that plaintexts are compared by

	values []*Value
	git    index
}

func (a *auditor) add(f Finding) {
	f.Level = ruleOf(f.Rule).Level
	if a.Policy.allows(f) {
		a.report.Allowed++
		return
	}
	a.report.Findings = append(a.report.Findings, f)
}

// finish sorts what was found.
func (a *auditor) finish() *Report {
	r := &a.report
	r.Files = len(a.Files)
	for _, v := range a.values {
		r.Values = append(r.Values, *v)
	}
	slices.SortStableFunc(r.Values, func(x, y Value) int { return cmp.Or(cmp.Compare(x.File, y.File), cmp.Compare(x.Line, y.Line)) })
	slices.SortStableFunc(r.Findings, func(x, y Finding) int {
		return cmp.Or(cmp.Compare(x.File, y.File), cmp.Compare(x.Line, y.Line), cmp.Compare(x.Column, y.Column), cmp.Compare(x.Rule, y.Rule))
	})
	return r
}
