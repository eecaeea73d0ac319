package secret

import (
	"slices"
	"sort"
	"strings"
	"sync"
)

// minMasked is the length in bytes from which on a secret is masked wherever its text shows up. A shorter one would
// mask ordinary words; it is masked by its mark alone.
const minMasked = 8

// Redactor masks secrets by their text in all that passes through it. It is safe for concurrent use; secrets may be
// added while it is at work.
type Redactor struct {
	mu       sync.RWMutex
	off      bool
	patterns []string                   // sorted, for finding what a text may be the beginning of
	byHead   map[[headLen]byte][]string // by their first bytes, longest first
	heads    [256]bool
	longest  int
	exempt   map[string]bool
	added    map[string]bool
	unmasked map[string]bool // the keys of secrets that are not masked by their text
}

const headLen = 4

// NewRedactor gives a redactor that knows no secrets.
func NewRedactor() *Redactor {
	return &Redactor{byHead: map[[headLen]byte][]string{}, exempt: map[string]bool{}, added: map[string]bool{}, unmasked: map[string]bool{}}
}

// Disable lets everything pass from now on, as --show-secrets asks for.
func (r *Redactor) Disable() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.off = true
}

// Exempt names texts that are never masked although they are secrets, since a reader needs them and they are public:
// names of hosts, groups, roles and tasks. It holds for secrets added later.
func (r *Redactor) Exempt(names ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, n := range names {
		r.exempt[n] = true
	}
}

// Add registers a secret text; key says what it is called, for Unmasked.
func (r *Redactor) Add(key, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.added[text] {
		return
	}
	if len(text) < minMasked || r.exempt[text] {
		if text != "" && key != "" {
			r.unmasked[key] = true
		}
		return
	}
	r.added[text] = true
	for _, f := range forms(text) {
		if len(f) >= minMasked && !r.exempt[f] {
			r.insert(f)
		}
	}
}

func (r *Redactor) insert(p string) {
	at, found := slices.BinarySearch(r.patterns, p)
	if found {
		return
	}
	r.patterns = slices.Insert(r.patterns, at, p)
	head := [headLen]byte([]byte(p[:headLen]))
	list := append(r.byHead[head], p)
	sort.Slice(list, func(i, j int) bool { return len(list[i]) > len(list[j]) })
	r.byHead[head] = list
	r.heads[p[0]] = true
	r.longest = max(r.longest, len(p))
}

// Unmasked returns the keys of secrets that are not masked by their text, sorted: those that are too short or that
// equal a public name.
func (r *Redactor) Unmasked() []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	keys := make([]string, 0, len(r.unmasked))
	for k := range r.unmasked {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// Redact returns text with each secret in it masked; secrets that overlap are masked as one.
func (r *Redactor) Redact(text string) string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return mask(text, r.find(text))
}

// Holds reports whether there is a secret in text, masked or not: Disable does not change it.
func (r *Redactor) Holds(text string) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for i := range len(text) {
		if r.matchEnd(text, i) >= 0 {
			return true
		}
	}
	return false
}

// split masks text as far as it is certain, and returns the rest, which may be the beginning of a secret.
func (r *Redactor) split(text string) (masked, rest string) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	spans := r.find(text)
	cut := len(text) - r.open(text)
	for i, s := range spans {
		if s.end > cut { // the rest must not begin within a secret
			cut = min(cut, s.start)
			spans = spans[:i]
			break
		}
	}
	return mask(text[:cut], spans), text[cut:]
}

// span is where a secret stands in a text, or several that overlap.
type span struct{ start, end int }

func (r *Redactor) find(text string) []span {
	if r.off || len(r.patterns) == 0 {
		return nil
	}
	var spans []span
	for i := 0; i < len(text); {
		end := r.matchEnd(text, i)
		if end < 0 {
			i++
			continue
		}
		start := i
		for i++; i < end; i++ { // a secret that begins within this one may end after it
			end = max(end, r.matchEnd(text, i))
		}
		spans = append(spans, span{start, end})
	}
	return spans
}

func mask(text string, spans []span) string {
	if len(spans) == 0 {
		return text
	}
	var b strings.Builder
	last := 0
	for _, s := range spans {
		b.WriteString(text[last:s.start])
		b.WriteString(Mask)
		last = s.end
	}
	b.WriteString(text[last:])
	return b.String()
}

// matchEnd returns the end of the longest secret that begins at text[i], or -1.
func (r *Redactor) matchEnd(text string, i int) int {
	if !r.heads[text[i]] || i+headLen > len(text) {
		return -1
	}
	for _, p := range r.byHead[[headLen]byte([]byte(text[i:i+headLen]))] {
		if strings.HasPrefix(text[i:], p) {
			return i + len(p)
		}
	}
	return -1
}

// open returns the length of the longest end of text that may be the beginning of a secret.
func (r *Redactor) open(text string) int {
	if r.off {
		return 0
	}
	from := max(0, len(text)-r.longest+1)
	for i := from; i < len(text); i++ {
		if !r.heads[text[i]] {
			continue
		}
		tail := text[i:]
		at, _ := slices.BinarySearch(r.patterns, tail)
		if at < len(r.patterns) && len(r.patterns[at]) > len(tail) && strings.HasPrefix(r.patterns[at], tail) {
			return len(tail)
		}
		// a longer one may sort behind the text itself
		if at+1 < len(r.patterns) && strings.HasPrefix(r.patterns[at+1], tail) {
			return len(tail)
		}
	}
	return 0
}
