// Command leakrules writes the rules of gitleaks as data for package leaks: from the library at the version that go.mod names, so
// that a newer one is `go get`, this command and the tests of leaks, which compare with the library's own detector.
//
// The program itself does not link the library: its package inits and its 5 MB would cost every start of every command.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"

	"github.com/zricethezav/gitleaks/v8/config"
	"github.com/zricethezav/gitleaks/v8/detect"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/leaks"
)

func main() {
	if err := run("internal/vault/leaks/rules.json"); err != nil {
		fmt.Fprintln(os.Stderr, "leakrules:", err)
		os.Exit(1)
	}
}

func run(path string) error {
	d, err := detect.NewDetectorDefaultConfig()
	if err != nil {
		return err
	}
	set := leaks.Data{License: "The rules are those of gitleaks, Copyright (c) 2019 Zachary Rice, under the MIT License.", Allow: allow(d.Config.Allowlists)}
	for _, r := range d.Config.GetOrderedRules() {
		if len(r.RequiredRules) > 0 || r.SkipReport {
			return fmt.Errorf("the rule %s is one of several that belong together, which package leaks does not know", r.RuleID)
		}
		set.Rules = append(set.Rules, leaks.RuleData{
			ID: r.RuleID, Description: r.Description, Regex: text(r.Regex), Path: text(r.Path), Group: r.SecretGroup, Entropy: r.Entropy,
			Keywords: r.Keywords, Allow: allow(r.Allowlists),
		})
	}
	slices.SortFunc(set.Rules, func(a, b leaks.RuleData) int { return slices.Compare([]string{a.ID}, []string{b.ID}) })
	data, err := json.MarshalIndent(set, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o644)
}

func text(re *regexp.Regexp) string {
	if re == nil {
		return ""
	}
	return re.String()
}

func texts(list []*regexp.Regexp) []string {
	var out []string
	for _, re := range list {
		out = append(out, re.String())
	}
	return out
}

func allow(lists []*config.Allowlist) []leaks.AllowData {
	var out []leaks.AllowData
	for _, a := range lists {
		out = append(out, leaks.AllowData{
			All: a.MatchCondition == config.AllowlistMatchAnd, Paths: texts(a.Paths), Target: a.RegexTarget, Regexes: texts(a.Regexes), Stopwords: a.StopWords,
		})
	}
	return out
}
