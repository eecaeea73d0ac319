package audit

import (
	"cmp"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/strength"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

// A fingerprint stands for a plaintext: two are the same when their sums are. The key of the hash is random and lives as long as the
// call, so that a sum tells nothing to who does not have it.
type fingerprint struct {
	sum [sha256.Size]byte
	at  Place
}

func newKey() []byte {
	key := make([]byte, sha256.Size)
	_, _ = rand.Read(key) // never returns an error: crypto/rand
	return key
}

func (a *auditor) sum(plaintext []byte) (sum [sha256.Size]byte) {
	h := hmac.New(sha256.New, a.key)
	h.Write(plaintext)
	h.Sum(sum[:0])
	return sum
}

// openAll opens every value, on all processors.
func (a *auditor) openAll() {
	if len(a.Secrets) == 0 {
		if len(a.values) > 0 && !a.Staged {
			a.report.Notes = append(a.report.Notes, "no vault password is given: what opens the values, and which secrets are the same, is not known")
		}
		a.values = slices.DeleteFunc(a.values, func(v *Value) bool { return !v.sure })
		return
	}
	var mu sync.Mutex // guards findings
	var findings []Finding
	vault.Each(len(a.values), func(i int) {
		if v := a.values[i]; v.Version != "" {
			if f := a.open(v); f != nil {
				mu.Lock()
				findings = append(findings, *f)
				mu.Unlock()
			}
		}
	})
	slices.SortFunc(findings, func(x, y Finding) int { return cmp.Or(cmp.Compare(x.File, y.File), cmp.Compare(x.Line, y.Line)) })
	for _, f := range findings {
		a.add(f)
	}
	a.values = slices.DeleteFunc(a.values, func(v *Value) bool { return !v.sure && v.OpenedBy == "" }) // an example in a document
}

// open opens a value and tells what is wrong with it, if anything is.
func (a *auditor) open(v *Value) *Finding {
	f := &Finding{File: v.File, path: v.path, Line: v.Line, Key: v.Key}
	plaintext, secret, err := a.ring.OpenWith(v.text, source.Pos{})
	if err != nil {
		if !v.sure {
			return nil
		}
		f.Rule, f.Message = Unreadable, fmt.Sprintf("no given password opens %s (vault id %q)", what(v.Key), v.ID)
		return f
	}
	defer clear(plaintext)
	v.OpenedBy, v.OpenedWith = secret.ID, secret.Origin
	a.print(v, plaintext)
	if v.ID != vault.DefaultID && secret.ID != vault.DefaultID && v.ID != secret.ID && !a.sameUnder(v.ID, secret) {
		f.Rule, f.Message = WrongLabel, fmt.Sprintf("the header of %s names the vault id %q, but the password of %q opens it", what(v.Key), v.ID, secret.ID)
		return f
	}
	return nil
}

// sameUnder reports whether the vault id has that password, too.
func (a *auditor) sameUnder(id string, secret *vault.Secret) bool {
	return slices.ContainsFunc(a.Secrets, func(s *vault.Secret) bool { return s.ID == id && s.Same(secret) })
}

// leastShared is how many bytes a secret has at least to be compared with others: shorter ones are equal by chance.
const leastShared = 6

// strongBits is how hard to guess a value is that is taken for a secret whatever its key is called.
const strongBits = 40

// print notes the fingerprints of the secrets in a plaintext.
func (a *auditor) print(v *Value, plaintext []byte) {
	if v.Key != "" {
		key := yaml.Path(nil)
		if p, err := yaml.ParsePath(v.Key); err == nil {
			key = p
		}
		a.printOne(v, v.Key, v.Line, lastKey(key), string(plaintext))
		return
	}
	in, err := vault.ReadInline(source.NewSensitiveFile(v.File, string(plaintext)))
	if err != nil || len(in.All) == 0 || len(in.All) == 1 && len(in.All[0].Path) == 0 { // a key, a certificate, a word
		a.printOne(v, "", v.Line, "secret", string(plaintext))
		return
	}
	for _, s := range in.All {
		a.printOne(v, s.Path.String(), 1, lastKey(s.Path), s.Value)
	}
}

func (a *auditor) printOne(v *Value, path string, line int, key, text string) {
	text = strings.TrimSpace(text)
	if len(text) < leastShared || strings.Contains(text, "{{") || isPlaceholder(text) {
		return
	}
	if a.Policy.secretKey(key) == notSecret && strength.Bits(text) < strongBits {
		return
	}
	v.prints = append(v.prints, fingerprint{sum: a.sum([]byte(text)), at: Place{File: v.File, Line: line, Key: path, path: v.path}})
}

// sameTwice tells of each secret that stands in several places.
func (a *auditor) sameTwice() {
	groups := map[[sha256.Size]byte][]Place{}
	var order [][sha256.Size]byte
	for _, v := range a.values {
		for _, p := range v.prints {
			if groups[p.sum] == nil {
				order = append(order, p.sum)
			}
			groups[p.sum] = append(groups[p.sum], p.at)
		}
		v.prints = nil
	}
	for _, sum := range order {
		places := groups[sum]
		if len(places) < 2 {
			continue
		}
		slices.SortFunc(places, func(x, y Place) int {
			return cmp.Or(cmp.Compare(x.File, y.File), cmp.Compare(x.Line, y.Line), cmp.Compare(x.Key, y.Key))
		})
		first := places[0]
		a.add(Finding{
			Rule: SameSecret, File: first.File, path: first.path, Line: first.Line, Key: first.Key, Related: places[1:],
			Message: fmt.Sprintf("the secret of %s stands in %d places; the next is %s", what(first.Key), len(places), place(places[1])),
		})
	}
}

func place(p Place) string {
	text := p.File
	if p.Line > 0 {
		text = fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	if p.Key != "" {
		text += " (" + p.Key + ")"
	}
	return text
}
