package leaks

import (
	_ "embed"
	"encoding/json"
	"regexp"
	"strings"
	"sync"
)

// Data is the file rules.json, which `go run ./internal/tools/leakrules` writes.
type Data struct {
	License string      `json:"license"`
	Rules   []RuleData  `json:"rules"`
	Allow   []AllowData `json:"allow"` // for all rules
}

// RuleData is a rule of gitleaks, in its terms.
type RuleData struct {
	ID          string      `json:"id"`
	Description string      `json:"description"`
	Regex       string      `json:"regex,omitempty"`
	Path        string      `json:"path,omitempty"`
	Group       int         `json:"group,omitempty"`
	Entropy     float64     `json:"entropy,omitempty"`
	Keywords    []string    `json:"keywords,omitempty"`
	Allow       []AllowData `json:"allow,omitempty"`
}

// AllowData says what is no finding although a rule fits it.
type AllowData struct {
	All       bool     `json:"all,omitempty"` // every kind of condition has to fit, not one of them
	Paths     []string `json:"paths,omitempty"`
	Target    string   `json:"target,omitempty"` // what Regexes look at: "match", "line", or the secret
	Regexes   []string `json:"regexes,omitempty"`
	Stopwords []string `json:"stopwords,omitempty"`
}

//go:embed rules.json
var rulesJSON []byte

// A rule is compiled when its keywords first occur: most never do.
type rule struct {
	RuleData
	regex func() *regexp.Regexp // nil when the path alone makes the finding
	path  func() *regexp.Regexp
	allow []*allow
}

type allow struct {
	AllowData
	paths, regexes func() []*regexp.Regexp
}

type ruleSet struct {
	rules []*rule
	allow []*allow
	words *words
}

// load reads the rules, once.
var load = sync.OnceValue(func() *ruleSet {
	var d Data
	if err := json.Unmarshal(rulesJSON, &d); err != nil {
		panic("leaks: rules.json: " + err.Error())
	}
	s := &ruleSet{allow: allows(d.Allow), words: newWords()}
	for i, r := range d.Rules {
		s.rules = append(s.rules, &rule{RuleData: r, regex: lazy(r.Regex), path: lazy(r.Path), allow: allows(r.Allow)})
		for _, k := range r.Keywords {
			s.words.add(strings.ToLower(k), i)
		}
		if len(r.Keywords) == 0 {
			s.words.always = append(s.words.always, i)
		}
	}
	return s
})

func lazy(text string) func() *regexp.Regexp {
	if text == "" {
		return nil
	}
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}

func lazyAll(list []string) func() []*regexp.Regexp {
	return sync.OnceValue(func() []*regexp.Regexp {
		var out []*regexp.Regexp
		for _, text := range list {
			out = append(out, regexp.MustCompile(text))
		}
		return out
	})
}

func allows(list []AllowData) []*allow {
	var out []*allow
	for _, a := range list {
		for i, w := range a.Stopwords {
			a.Stopwords[i] = strings.ToLower(w)
		}
		out = append(out, &allow{AllowData: a, paths: lazyAll(a.Paths), regexes: lazyAll(a.Regexes)})
	}
	return out
}
