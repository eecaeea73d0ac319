package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
)

// SARIF gives the findings in the Static Analysis Results Interchange Format 2.1.0, as code scanning takes it. Places are relative to
// the top of the repository, and no finding holds a secret.
//
// Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".
func (r *Report) SARIF(version string) any {
	used := map[string]bool{}
	for _, f := range r.Findings {
		used[f.Rule] = true
	}
	index := map[string]int{}
	rules := []any{}
	for _, rule := range Rules() {
		if strings.HasPrefix(rule.ID, LeakPrefix) && !used[rule.ID] {
			continue // two hundred that say nothing
		}
		index[rule.ID] = len(rules)
		rules = append(rules, map[string]any{
			"id": rule.ID, "name": camel(rule.ID), "shortDescription": text(rule.Short), "help": text(rule.Help), "defaultConfiguration": map[string]any{"level": rule.Level},
			"properties": map[string]any{"tags": []string{"security"}, "security-severity": map[Level]string{Error: "8.0", Warning: "5.0"}[rule.Level]},
		})
	}
	results := []any{}
	for _, f := range r.Findings {
		result := map[string]any{
			"ruleId": f.Rule, "ruleIndex": index[f.Rule], "level": f.Level, "message": text(f.Message), "partialFingerprints": map[string]string{"finding/v1": f.print()},
		}
		if f.path != "" {
			result["locations"] = []any{f.location()}
		}
		if related := f.related(); len(related) > 0 {
			result["relatedLocations"] = related
		}
		results = append(results, result)
	}
	return map[string]any{
		"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0",
		"runs": []any{map[string]any{
			"tool": map[string]any{"driver": map[string]any{
				"name": "kimai-ansible vault audit", "version": version, "informationUri": "https://github.com/seed-6d8ad27c/kimai-ansible", "rules": rules, "language": "en-US",
			}},
			"originalUriBaseIds": map[string]any{"ROOT": map[string]any{"description": text("the top of the repository")}},
			"columnKind":         "unicodeCodePoints",
			"language":           "en-US",
			"newlineSequences":   []string{"\r\n", "\n"},
			"results":            results,
		}},
	}
}

func text(s string) map[string]string { return map[string]string{"text": s} }

// camel writes a rule's id as SARIF wants its name: PlainSecret.
func camel(id string) string {
	var b strings.Builder
	for word := range strings.FieldsFuncSeq(id, func(r rune) bool { return r == '-' || r == '/' }) {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

// print identifies a finding while lines above it come and go: by its rule, file and key.
func (f *Finding) print() string {
	key := f.Key
	if key == "" {
		key = fmt.Sprint(f.Line)
	}
	sum := sha256.Sum256([]byte(f.Rule + "\x00" + f.path + "\x00" + key))
	return hex.EncodeToString(sum[:16])
}

func (f *Finding) location() map[string]any {
	region := map[string]any{"startLine": max(f.Line, 1)}
	if f.Column > 0 {
		region["startColumn"] = f.Column
	}
	l := map[string]any{"physicalLocation": physical(f.path, region)}
	if f.Key != "" {
		l["logicalLocations"] = []any{map[string]any{"fullyQualifiedName": f.Key}}
	}
	return l
}

func (f *Finding) related() []any {
	var out []any
	for i, p := range f.Related {
		at := p.path
		if at == "" {
			at = p.File
		}
		out = append(out, map[string]any{"id": i + 1, "message": text(what(p.Key)), "physicalLocation": physical(at, map[string]any{"startLine": max(p.Line, 1)})})
	}
	return out
}

// physical gives a place: below the root where it is, else absolute.
func physical(path string, region map[string]any) map[string]any {
	u := url.URL{Path: path}
	if strings.HasPrefix(path, "/") {
		u.Scheme = "file"
		return map[string]any{"artifactLocation": map[string]any{"uri": u.String()}, "region": region}
	}
	return map[string]any{"artifactLocation": map[string]any{"uri": strings.TrimPrefix(u.String(), "./"), "uriBaseId": "ROOT"}, "region": region}
}
