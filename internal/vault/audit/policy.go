package audit

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

// PolicyFile is the name of a repository's policy, in its top folder.
const PolicyFile = ".kimai-vault.yml"

// A Policy is what a repository wants of its secrets: docs/vault-policy.md. The zero Policy wants what everybody does.
type Policy struct {
	MaxAge  time.Duration // 0 is any
	MinBits float64       // of vault passwords; 0 is LeastBits
	Rules   []PolicyRule
	Allow   []Allowed
	Skip    []string // globs of files that are not looked through for plaintext; nil is DefaultSkip
	Secret  []string // globs of further keys that are secret
	Plain   []string // globs of keys that are not
}

// DefaultSkip are the files whose plaintext is for show: tests of roles, examples.
var DefaultSkip = []string{"**/molecule/**", "**/tests/**", "**/test/**", "**/testdata/**", "**/examples/**", "**/fixtures/**", "**/spec/**"}

// A PolicyRule says what holds for some files.
type PolicyRule struct {
	Paths     []string // globs from the top of the repository
	IDs       []string // what is vaulted there has one of these vault ids
	Encrypted bool     // each file is a vault as a whole
	Keys      []string // globs of keys, or of whole paths such as db.password, that are vaulted
	MaxAge    time.Duration
}

// Allowed are findings that are no problem.
type Allowed struct {
	Paths  []string // none is all
	Rules  []string // globs of rule ids; none is all
	Keys   []string // globs; none is all
	Reason string
}

// ParsePolicy reads a policy. What is wrong with it is a diag.List.
func ParsePolicy(f *source.File) (*Policy, error) {
	v, err := yaml.Load(f, yaml.Options{})
	if err != nil {
		return nil, err
	}
	r := &policyReader{}
	p := new(Policy)
	r.dict(v, source.At(f, 1, 1), map[string]func(value.Value){
		"version": func(v value.Value) {
			if text, _ := value.Text(v); text != "1" {
				r.wrong(v, "version %s is not known; it is 1", text)
			}
		},
		"max_age":     func(v value.Value) { p.MaxAge = r.age(v) },
		"min_bits":    func(v value.Value) { p.MinBits = r.number(v) },
		"rules":       func(v value.Value) { r.list(v, func(v value.Value) { p.Rules = append(p.Rules, r.rule(v)) }) },
		"allow":       func(v value.Value) { r.list(v, func(v value.Value) { p.Allow = append(p.Allow, r.allowed(v)) }) },
		"skip":        func(v value.Value) { p.Skip = append([]string{}, r.globs(v)...) },
		"secret_keys": func(v value.Value) { p.Secret = r.globs(v) },
		"plain_keys":  func(v value.Value) { p.Plain = r.globs(v) },
	})
	return p, r.bad.Err()
}

type policyReader struct{ bad diag.List }

func (r *policyReader) wrong(v value.Value, format string, args ...any) {
	r.bad.Add(diag.Errorf(value.OriginOf(v), format, args...))
}

// dict hands each value to the reader of its key.
func (r *policyReader) dict(v value.Value, pos source.Pos, keys map[string]func(value.Value)) {
	d, ok := v.(*value.Dict)
	if !ok {
		if p := value.OriginOf(v); p.File != nil {
			pos = p
		}
		r.bad.Add(diag.Errorf(pos, "is no mapping, but a %s", v.Type()).Hint("docs/vault-policy.md has the keys"))
		return
	}
	var names []string
	for name := range keys {
		names = append(names, name)
	}
	slices.Sort(names)
	for it := d.Iterate(); it.Next(); {
		name, _ := value.Text(it.Key())
		read := keys[name]
		if read == nil {
			e := diag.Errorf(value.OriginOf(it.Key()), "there is no key %q here", name)
			if near := diag.Nearest(name, names); near != "" {
				r.bad.Add(e.Hint("did you mean %q?", near))
			} else {
				r.bad.Add(e.Hint("there are %s", strings.Join(names, ", ")))
			}
			continue
		}
		v, err := it.Value()
		if err != nil {
			r.bad.Add(err)
			continue
		}
		read(v)
	}
}

func (r *policyReader) list(v value.Value, each func(value.Value)) {
	elems, err := value.Elems(v)
	if _, ok := v.(*value.List); !ok || err != nil {
		r.wrong(v, "is no list, but a %s", v.Type())
		return
	}
	for _, e := range elems {
		each(e)
	}
}

// texts reads a text or a list of them.
func (r *policyReader) texts(v value.Value) []string {
	if s, ok := v.(value.Str); ok {
		return []string{s.String()}
	}
	var out []string
	r.list(v, func(v value.Value) {
		if s, ok := v.(value.Str); ok {
			out = append(out, s.String())
		} else {
			r.wrong(v, "is no text, but a %s", v.Type())
		}
	})
	return out
}

func (r *policyReader) globs(v value.Value) []string {
	out := r.texts(v)
	for _, g := range out {
		if !doublestar.ValidatePattern(g) {
			r.wrong(v, "%q is no pattern: a bracket is not closed", g)
		}
	}
	return out
}

func (r *policyReader) age(v value.Value) time.Duration {
	text, _ := value.Text(v)
	d, err := ParseAge(text)
	if err != nil {
		r.wrong(v, "%v", err)
	}
	return d
}

func (r *policyReader) number(v value.Value) float64 {
	text, _ := value.Text(v)
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || n < 0 || n > 512 {
		r.wrong(v, "is no number from 0 to 512")
	}
	return n
}

func (r *policyReader) flag(v value.Value) bool {
	if v != value.True && v != value.False {
		r.wrong(v, "is neither true nor false")
	}
	return v == value.True
}

func (r *policyReader) rule(v value.Value) PolicyRule {
	var p PolicyRule
	before := len(r.bad)
	r.dict(v, value.OriginOf(v), map[string]func(value.Value){
		"paths": func(v value.Value) { p.Paths = r.globs(v) }, "vault_id": func(v value.Value) { p.IDs = r.texts(v) },
		"encrypted": func(v value.Value) { p.Encrypted = r.flag(v) }, "keys": func(v value.Value) { p.Keys = r.globs(v) },
		"max_age": func(v value.Value) { p.MaxAge = r.age(v) },
	})
	if len(p.Paths) == 0 && len(r.bad) == before {
		r.wrong(v, "the rule has no paths")
	}
	return p
}

func (r *policyReader) allowed(v value.Value) Allowed {
	var p Allowed
	before := len(r.bad)
	r.dict(v, value.OriginOf(v), map[string]func(value.Value){
		"paths": func(v value.Value) { p.Paths = r.globs(v) }, "rules": func(v value.Value) { p.Rules = r.globs(v) },
		"keys": func(v value.Value) { p.Keys = r.globs(v) }, "reason": func(v value.Value) { p.Reason, _ = value.Text(v) },
	})
	if p.Reason == "" && len(r.bad) == before {
		r.wrong(v, "what is allowed needs a reason")
	}
	return p
}

// ParseAge reads a number of hours, days, weeks or years: 12h, 90d, 8w, 1y.
func ParseAge(text string) (time.Duration, error) {
	units := map[byte]time.Duration{'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour, 'y': 365 * 24 * time.Hour}
	if text != "" {
		unit := units[text[len(text)-1]]
		if n, err := strconv.Atoi(text[:len(text)-1]); err == nil && unit > 0 && n > 0 && n < 100000 {
			return time.Duration(n) * unit, nil
		}
	}
	return 0, fmt.Errorf("%q is no age such as 90d, 12w or 1y", text)
}

// fits reports whether one of the globs fits a path; one without a slash fits the name in any folder.
func fits(globs []string, name string) bool {
	return slices.ContainsFunc(globs, func(g string) bool {
		at := name
		if !strings.Contains(g, "/") {
			at = path.Base(name)
		}
		ok, _ := doublestar.Match(g, at)
		return ok
	})
}

// fitsKey reports whether one of the globs fits a key's whole path or its last name.
func fitsKey(globs []string, key string) bool {
	if len(globs) == 0 {
		return false
	}
	last := key
	if p, err := yaml.ParsePath(key); err == nil {
		last = lastKey(p)
	}
	return slices.ContainsFunc(globs, func(g string) bool {
		whole, _ := doublestar.Match(g, key)
		end, _ := doublestar.Match(g, last)
		return whole || end
	})
}

func (p *Policy) allows(f Finding) bool {
	return slices.ContainsFunc(p.Allow, func(a Allowed) bool {
		ruleFits := len(a.Rules) == 0 || slices.ContainsFunc(a.Rules, func(g string) bool { ok, _ := doublestar.Match(g, f.Rule); return ok })
		return ruleFits && (len(a.Paths) == 0 || fits(a.Paths, f.path)) && (len(a.Keys) == 0 || fitsKey(a.Keys, f.Key))
	})
}

func (p *Policy) skips(file string) bool {
	if p.Skip == nil {
		return fits(DefaultSkip, file)
	}
	return fits(p.Skip, file)
}

// secretKey judges a key by the policy's names, then by the usual ones.
func (p *Policy) secretKey(key string) secrecy {
	switch {
	case fitsKey(p.Plain, key):
		return notSecret
	case fitsKey(p.Secret, key):
		return surely
	}
	return secrecyOf(key)
}

// maxAge gives the greatest age of a value in a file: the least of those that are told for it, 0 for none.
func (a *auditor) maxAge(file string) time.Duration {
	least := time.Duration(0)
	for _, d := range append([]time.Duration{a.MaxAge, a.Policy.MaxAge}, a.Policy.agesFor(file)...) {
		if d > 0 && (least == 0 || d < least) {
			least = d
		}
	}
	return least
}

func (p *Policy) agesFor(file string) (out []time.Duration) {
	for _, r := range p.Rules {
		if r.MaxAge > 0 && fits(r.Paths, file) {
			out = append(out, r.MaxAge)
		}
	}
	return out
}

// wanted holds a file against the rules for its path.
func (a *auditor) wanted(s *scanned, whole bool, src *source.File) {
	for _, r := range a.Policy.Rules {
		if !fits(r.Paths, s.file.Path) {
			continue
		}
		if r.Encrypted && !whole && src.Text() != "" {
			s.add(NotEncrypted, src.Pos(0), "", "is not encrypted, as the policy wants it")
		}
		for _, v := range s.values {
			if len(r.IDs) > 0 && v.Version != "" && !slices.Contains(r.IDs, v.ID) {
				s.findings = append(s.findings, Finding{
					Rule: WrongID, File: v.File, path: v.path, Line: v.Line, Key: v.Key,
					Message: fmt.Sprintf("the vault id of %s is %q; the policy wants %s", what(v.Key), v.ID, strings.Join(r.IDs, " or ")),
				})
			}
		}
	}
}

// wantedKey holds a value in plaintext against the rules for its key.
func (a *auditor) wantedKey(s *scanned, v yaml.Scalar) {
	if vault.IsVault(v) || len(v.Path) == 0 || strings.Contains(v.Value, "{{") {
		return
	}
	for _, r := range a.Policy.Rules {
		if len(r.Keys) > 0 && fits(r.Paths, s.file.Path) && fitsKey(r.Keys, v.Path.String()) {
			s.add(NotVaulted, v.Pos, v.Path.String(), "%s is not vaulted, as the policy wants it", v.Path)
			return
		}
	}
}
