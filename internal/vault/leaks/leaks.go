// Package leaks finds private keys, tokens and other credentials in texts, by the rules of gitleaks: some 200 kinds, each with a
// regular expression, keywords without which it is not tried, a least entropy, and what is no secret after all.
//
// The rules are data, made from the library github.com/zricethezav/gitleaks; its detector is held against ours by a test. It is
// not linked: see docs/design.md.
package leaks

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// allowed in a line says that what it holds is no secret, as for gitleaks.
const allowed = "gitleaks:allow"

// A Leak is a credential in a text.
type Leak struct {
	Rule        string // of gitleaks, such as "aws-access-token"
	Description string
	Start, End  int // of the secret, byte offsets; both 0 where the name of the file makes the finding
}

// Rules tells the ids of all rules with their descriptions, in order.
func Rules() (ids, descriptions []string) {
	for _, r := range load().rules {
		ids, descriptions = append(ids, r.ID), append(descriptions, r.Description)
	}
	return ids, descriptions
}

// Find looks for credentials in a text, with the path of its file, "/" between folders. It may be called by several goroutines.
func Find(path, text string) []Leak {
	s := load()
	if pathAllowed(s.allow, path) {
		return nil
	}
	mark := make([]bool, len(s.rules))
	s.words.in(strings.ToLower(text), mark)
	var found []Leak
	for i, r := range s.rules {
		switch {
		case r.path != nil && !r.path().MatchString(path):
		case r.regex == nil:
			found = append(found, Leak{Rule: r.ID, Description: r.Description})
		case mark[i]:
			found = append(found, s.apply(r, path, text)...)
		}
	}
	slices.SortStableFunc(found, func(a, b Leak) int { return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.Rule, b.Rule)) })
	return withoutGeneric(found)
}

// withoutGeneric drops what a generic rule found in a secret that another rule knows better.
func withoutGeneric(found []Leak) []Leak {
	return slices.DeleteFunc(found, func(g Leak) bool {
		return strings.Contains(g.Rule, "generic") && slices.ContainsFunc(found, func(l Leak) bool {
			return !strings.Contains(l.Rule, "generic") && l.Start < g.End && g.Start < l.End
		})
	})
}

// apply gives what a rule finds.
func (s *ruleSet) apply(r *rule, path, text string) []Leak {
	if pathAllowed(r.allow, path) {
		return nil
	}
	var found []Leak
	for _, m := range r.regex().FindAllStringSubmatchIndex(text, -1) {
		start, end := secretIn(r, m)
		for end > start && text[end-1] == '\n' {
			end--
		}
		c := candidate{path: path, match: strings.Trim(text[m[0]:m[1]], "\n"), secret: text[start:end], line: lineOf(text, m[0], m[1])}
		if strings.Contains(c.line, allowed) || r.Entropy != 0 && entropy(c.secret) <= r.Entropy || c.allowed(s.allow) || c.allowed(r.allow) {
			continue
		}
		found = append(found, Leak{Rule: r.ID, Description: r.Description, Start: start, End: end})
	}
	return found
}

// secretIn gives the place of the secret in a match: the group that the rule names, or the first that is not empty.
func secretIn(r *rule, m []int) (start, end int) {
	if g := r.Group; g > 0 && 2*g+1 < len(m) && m[2*g] >= 0 {
		return m[2*g], m[2*g+1]
	}
	for g := 2; g+1 < len(m); g += 2 {
		if m[g+1] > m[g] && m[g] >= 0 {
			return m[g], m[g+1]
		}
	}
	return m[0], m[1]
}

// lineOf gives the lines that a match stands in.
func lineOf(text string, start, end int) string {
	from := strings.LastIndexByte(text[:start], '\n') + 1
	to := strings.IndexByte(text[end:], '\n')
	if to < 0 {
		return text[from:]
	}
	return text[from : end+to]
}

// A candidate is what a rule fits.
type candidate struct{ path, match, secret, line string }

// pathAllowed reports whether a path alone makes a file no matter of interest.
func pathAllowed(lists []*allow, path string) bool {
	return slices.ContainsFunc(lists, func(a *allow) bool { return !a.All && a.path(path) })
}

func (a *allow) path(path string) bool {
	for _, re := range a.paths() {
		if re.MatchString(path) {
			return true
		}
	}
	return false
}

// allowed reports whether one of the lists says that it is no secret.
func (c *candidate) allowed(lists []*allow) bool {
	return slices.ContainsFunc(lists, c.in)
}

func (c *candidate) in(a *allow) bool {
	checks := []struct{ asked, fits bool }{
		{len(a.Paths) > 0, a.path(c.path)},
		{len(a.Regexes) > 0, a.regex(c)},
		{len(a.Stopwords) > 0, a.stop(c.secret)},
	}
	all, one := true, false
	for _, check := range checks {
		if check.asked {
			all, one = all && check.fits, one || check.fits
		}
	}
	if a.All {
		return all && one
	}
	return one
}

func (a *allow) regex(c *candidate) bool {
	target := c.secret
	switch a.Target {
	case "match":
		target = c.match
	case "line":
		target = c.line
	}
	for _, re := range a.regexes() {
		if re.MatchString(target) {
			return true
		}
	}
	return false
}

func (a *allow) stop(secret string) bool {
	secret = strings.ToLower(secret)
	return slices.ContainsFunc(a.Stopwords, func(w string) bool { return strings.Contains(secret, w) })
}

// entropy is Shannon's, in bits a character.
func entropy(text string) float64 {
	counts := map[rune]int{}
	for _, r := range text {
		counts[r]++
	}
	sum := 0.0
	for _, n := range counts {
		p := float64(n) / float64(len(text))
		sum -= p * math.Log2(p)
	}
	return sum
}
