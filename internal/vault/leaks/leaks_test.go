package leaks_test

import (
	"fmt"
	"math/rand/v2"
	"regexp/syntax"
	"slices"
	"strings"
	"testing"

	"github.com/zricethezav/gitleaks/v8/detect"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/leaks"
)

// TestAsGitleaks holds the detector against that of the library, whose rules ours are: for each rule, random texts that its regular
// expression fits, in several surroundings.
func TestAsGitleaks(t *testing.T) {
	t.Parallel()
	d, err := detect.NewDetectorDefaultConfig()
	if err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	rules := d.Config.GetOrderedRules()
	if ids, _ := leaks.Rules(); len(ids) != len(rules) {
		t.Fatalf("%d rules, the library has %d: go run ./internal/tools/leakrules", len(ids), len(rules))
	}
	found, texts := map[string]bool{}, 0
	for _, r := range rules {
		if r.Regex == nil {
			continue
		}
		re, err := syntax.Parse(r.Regex.String(), syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		for range 6 {
			fit := generate(rnd, re.Simplify())
			keyword := ""
			if len(r.Keywords) > 0 {
				keyword = r.Keywords[rnd.IntN(len(r.Keywords))]
			}
			for _, form := range []string{"%[2]s\n", "# %[1]s\nx: %[2]s\n", "%[1]s = \"%[2]s\"\n", "%[2]s # %[1]s gitleaks:allow\n"} {
				text := fmt.Sprintf(form, keyword, fit)
				texts++
				want, got := theirs(d, text), ours(text)
				for _, w := range want {
					found[strings.SplitN(w, " ", 2)[0]] = true
				}
				if !slices.Equal(got, want) {
					t.Errorf("%q\ngot  %q\nwant %q", text, got, want)
				}
			}
		}
	}
	if len(found) < len(rules)*9/10 {
		t.Errorf("only %d of %d rules found anything", len(found), len(rules))
	}
	t.Logf("%d texts, %d of %d rules found something", texts, len(found), len(rules))
}

func theirs(d *detect.Detector, text string) []string {
	var out []string
	for _, f := range d.DetectString(text) {
		out = append(out, f.RuleID+" "+f.Secret)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func ours(text string) []string {
	var out []string
	for _, l := range leaks.Find("", text) {
		out = append(out, l.Rule+" "+text[l.Start:l.End])
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// generate makes a text that a regular expression fits.
func generate(rnd *rand.Rand, re *syntax.Regexp) string {
	var b strings.Builder
	var walk func(re *syntax.Regexp)
	many := func(sub *syntax.Regexp, from, to int) {
		for range from + rnd.IntN(to-from+1) {
			walk(sub)
		}
	}
	walk = func(re *syntax.Regexp) {
		switch re.Op {
		case syntax.OpLiteral:
			b.WriteString(string(re.Rune))
		case syntax.OpCharClass:
			b.WriteRune(oneOf(rnd, re.Rune))
		case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
			b.WriteByte("abcXYZ019_-"[rnd.IntN(11)])
		case syntax.OpCapture, syntax.OpConcat:
			for _, sub := range re.Sub {
				walk(sub)
			}
		case syntax.OpAlternate:
			walk(re.Sub[rnd.IntN(len(re.Sub))])
		case syntax.OpQuest:
			many(re.Sub[0], 0, 1)
		case syntax.OpStar:
			many(re.Sub[0], 0, 3)
		case syntax.OpPlus:
			many(re.Sub[0], 1, 4)
		case syntax.OpRepeat:
			to := re.Max
			if to < 0 || to > re.Min+40 {
				to = re.Min + 40
			}
			many(re.Sub[0], re.Min, to)
		}
	}
	walk(re)
	return b.String()
}

// oneOf takes a character of a class, of ASCII where it has any.
func oneOf(rnd *rand.Rand, ranges []rune) rune {
	var ascii []rune
	for i := 0; i < len(ranges); i += 2 {
		for r := ranges[i]; r <= ranges[i+1] && r <= '~'; r++ {
			if r >= ' ' {
				ascii = append(ascii, r)
			}
		}
	}
	if len(ascii) == 0 {
		return ranges[0]
	}
	return ascii[rnd.IntN(len(ascii))]
}

func TestFilesByName(t *testing.T) {
	for path, want := range map[string]string{
		"roles/x/files/client.p12": "pkcs12-file", "roles/x/files/client.pem": "", "node_modules/x/client.p12": "", "logo.svg": "",
	} {
		got := ""
		for _, l := range leaks.Find(path, "") {
			got += l.Rule
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
}

func BenchmarkFind(b *testing.B) {
	text := strings.Repeat("- name: Install the packages\n  ansible.builtin.apt:\n    name: \"{{ packages }}\"\n    update_cache: true\n  notify: restart\n", 40)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		leaks.Find("roles/x/tasks/main.yml", text)
	}
}
