package rotate_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/rotate"
)

// The shapes of the corpus: YAML with slots for vaults. Each is put into each of the frames.
//
//	{V2}   the lines of a vault, indented by 2 (and by what the frame adds)
//	{U2}   the same with upper-case digits in lines of 64, as other programs write it
//	{Q}    in double quotes, in one line
//	{S2}   in single quotes over several lines, which are indented by 2
//	{F2}   the lines of a folded scalar, with an empty line behind each
//
// The name of the value is the text that it decrypts to.
var shapes = map[string]string{
	"literal":             "k: !vault |\n{V2}\n",
	"literal stripped":    "k: !vault |-\n{V2}\nb: 1\n",
	"literal kept":        "k: !vault |+\n{V2}\n\n\n\nb: 1\n",
	"literal kept, end":   "b: 1\nk: !vault |+\n{V2}\n\n",
	"indentation told":    "k: !vault |2\n{V2}\nb: 1\n",
	"told and stripped":   "k: !vault |2-\n{V2}\nb: 1\n",
	"stripped and told":   "k: !vault |-2\n{V2}\nb: 1\n",
	"kept and told":       "k: !vault |+2\n{V2}\n\nb: 1\n",
	"deep":                "k: !vault |\n{V17}\nb: 1\n",
	"shallow":             "k: !vault |\n{V1}\nb: 1\n",
	"comment":             "k: !vault |  # why | not \"that\" - here: x\n{V2}\n# after\nb: 1 # c\n",
	"tab before comment":  "k: !vault |\t# why\n{V2}\nb:\t1\t# tabs\t\n",
	"blanks behind":       "k:   !vault    |   \n{V2}\nb: 1   \n",
	"old tag":             "k: !vault-encrypted |\n{V4}\nb: 1\n",
	"other program":       "k: !vault |\n{U2}\nb: 1\n",
	"double quotes":       "k: !vault {Q}\nb: 1\n",
	"double and comment":  "k: !vault {Q}   # why\nb: \"a \\\" # b\"\n",
	"single quotes":       "k: !vault {S2}\nb: 'it''s'\n",
	"folded":              "k: !vault >\n{F2}\nb: >-\n  folded\n  text\n",
	"list":                "- a\n- !vault |\n{V2}\n- b\n-   !vault |-\n{V4}\n",
	"list at the key":     "k:\n- !vault |\n{V2}\n- x: !vault |\n{V4}\n  y: 1\n",
	"list of lists":       "- - !vault |\n{V4}\n  - 1\n-\n  - 2\n  -   - !vault |\n{V8}\n",
	"flow map":            "k: {a: !vault {Q}, b: 1}\nc: {\n  d: !vault {Q}  ,\n  e: [1,2 ]\n}\n",
	"flow list":           "k: [ 1, !vault {Q},!vault {Q} ]\n",
	"JSON":                "{\"k\": !vault {Q},\n \"l\": [!vault {Q}, null, 1.0e3],\n \"b\": true}\n",
	"anchor behind":       "k: !vault &a |\n{V2}\nb: *a\nc: [*a, *a]\n",
	"anchor before":       "k: &a !vault |\n{V2}\nb: *a\n",
	"merged":              "x: &x\n  k: !vault |\n{V4}\n  l: 1\ny:\n  <<: *x\n  m: !vault |\n{V4}\n",
	"tag on its line":     "k:\n  !vault |\n{V2}\nb: 1\n",
	"value on its line":   "k: !vault\n  |\n{V2}\nb: 1\n",
	"odd keys":            "\"a b\": !vault |\n{V2}\n'it''s: x': !vault |-\n{V2}\n? c\n: !vault |\n{V2}\nд: ü\n1: 0644\n~: yes\n",
	"beside block texts":  "a: |\n  text\n   more\n\nk: !vault |\n{V2}\nb: |2\n    x\n\nc: >\n  f\n\n  g\n",
	"looks like a vault":  "# k: !vault |\n#   commented\na: \"!vault |\"\nk: !vault |\n{V2}\nb: '!vault'\n",
	"other tags":          "a: !unsafe '{{ x }}'\nk: !vault |\n{V2}\nb: !!str 1\nc: !!binary aGk=\nd: !!set {x, y}\n",
	"playbook":            "- hosts: all\n  vars:\n    k: !vault |\n{V6}\n  tasks:\n  - name: \"x: y\"\n    debug: msg={{ k }}\n  -   copy:\n        content: !vault |\n{V10}\n        dest: /x\n",
	"far down":            "a:\n  b:\n    c:\n      - d:\n          - e: !vault |\n{V14}\n            f: g\n",
	"three, close":        "a: !vault |\n{V2}\nb: !vault |\n{V2}\nc: !vault |\n{V2}\n",
	"uneven indentation":  "a:\n   b:\n     k: !vault |\n{V6}\n   c:\n           d: !vault |\n{V13}\n           e: 1\n",
	"blank lines between": "\n\nk: !vault |\n{V2}\n\n\n\nb: 1\n\n\nl: !vault |\n{V2}\n\n",
	"end of document":     "k: !vault |\n{V2}\n...\n",
}

// A frame puts the text of a shape into surroundings. nest is what it is indented by.
type frame struct {
	name string
	nest int
	wrap func(text string) string
	crlf bool
	bare bool // not for what ends its document itself
	many bool // several documents, which include_vars does not take
}

var frames = []frame{
	{name: "plain", wrap: func(s string) string { return s }},
	{name: "crlf", crlf: true, wrap: func(s string) string { return "# c\n" + s }},
	{name: "bom", wrap: func(s string) string { return "\ufeff" + s }},
	{name: "no end", wrap: func(s string) string { return strings.TrimRight(s, "\n") }},
	{name: "crlf, no end", crlf: true, wrap: func(s string) string { return strings.TrimRight(s, "\n") }},
	{name: "start", wrap: func(s string) string { return "%YAML 1.1\n# vim: ft=yaml\n---\n\n" + s }},
	{name: "documents", many: true, bare: true, wrap: func(s string) string { return "---\nfirst: [1]\n---\n" + s + "---\nlast: {x: ü}\n" }},
	{name: "nested", nest: 3, bare: true, wrap: func(s string) string { return "top:\n" + s + "bottom: 'x'\n" }},
	{name: "crlf, nested", nest: 2, crlf: true, bare: true, wrap: func(s string) string { return "# ü\ntop:\n" + s + "\n\n# end" }},
}

// A corpusFile is a shape in a frame: fixed texts with slots between them.
type corpusFile struct {
	name  string
	fixed []string
	slots []slot
	many  bool
}

type slot struct {
	kind      byte
	indent    int
	eol       string
	plaintext string
}

var slotText = regexp.MustCompile(`\{([VUQSF])(\d*)\}`)

// corpus gives all files, in a fixed order.
func corpus() []corpusFile {
	var names []string
	for name := range shapes {
		names = append(names, name)
	}
	sort.Strings(names)
	var out []corpusFile
	for _, name := range names {
		for _, f := range frames {
			if f.bare && strings.HasSuffix(shapes[name], "...\n") || f.name == "nested" && name == "odd keys" {
				continue
			}
			out = append(out, build(f, name))
		}
	}
	return out
}

func build(f frame, name string) corpusFile {
	var text strings.Builder
	for line := range strings.Lines(shapes[name]) {
		if strings.TrimSpace(line) != "" && !(len(line) > 2 && line[0] == '{' && strings.IndexByte("VUF", line[1]) >= 0) {
			line = strings.Repeat(" ", f.nest) + line
		}
		text.WriteString(line)
	}
	c := corpusFile{name: strings.NewReplacer(" ", "-", ",", "").Replace(name+"."+f.name) + ".yml", many: f.many}
	all := f.wrap(text.String())
	eol := "\n"
	if f.crlf {
		all, eol = strings.ReplaceAll(all, "\n", "\r\n"), "\r\n"
	}
	at := 0
	for n, m := range slotText.FindAllStringSubmatchIndex(all, -1) {
		indent, _ := strconv.Atoi(all[m[4]:m[5]])
		c.fixed = append(c.fixed, all[at:m[0]])
		c.slots = append(c.slots, slot{kind: all[m[2]], indent: indent + f.nest, eol: eol, plaintext: fmt.Sprintf("Canary %d", n)})
		at = m[1]
	}
	c.fixed = append(c.fixed, all[at:])
	return c
}

// fill writes a vault the way the slot says.
func (s slot) fill(vault string) string {
	lines := strings.Split(strings.TrimSuffix(vault, "\n"), "\n")
	pad := strings.Repeat(" ", s.indent)
	switch s.kind {
	case 'Q':
		return `"` + strings.Join(lines, `\n`) + `\n"`
	case 'S':
		return "'" + strings.Join(lines, s.eol+s.eol+pad) + s.eol + s.eol + pad + "'"
	case 'F':
		return pad + strings.Join(lines, s.eol+s.eol+pad)
	case 'U':
		digits := strings.ToUpper(strings.Join(lines[1:], ""))
		lines = lines[:1]
		for len(digits) > 0 {
			n := min(64, len(digits))
			lines, digits = append(lines, digits[:n]), digits[n:]
		}
	}
	return pad + strings.Join(lines, s.eol+pad)
}

// take reads the vault of the slot from the beginning of text, and gives it and its length there.
func (s slot) take(text string) (vault string, n int) {
	form := fmt.Sprintf(`^ {%d}\$ANSIBLE_VAULT;1\.1;AES256(%s {%d}[0-9a-f]+)+`, s.indent, s.eol, s.indent)
	switch s.kind {
	case 'Q', 'S':
		form = `^"[^"]*"`
	case 'F':
		form = fmt.Sprintf(`^ {%d}\$ANSIBLE_VAULT;1\.1;AES256((%s)+ {%d}[0-9a-f]+)+`, s.indent, s.eol, s.indent)
	}
	m := regexp.MustCompile(form).FindString(text)
	v := strings.NewReplacer("\r\n", "\n", `\n`, "\n", `"`, "", " ", "").Replace(m)
	return regexp.MustCompile(`\n+`).ReplaceAllString(v, "\n"), len(m)
}

func (c corpusFile) text(t testing.TB) string {
	var b strings.Builder
	for i, s := range c.slots {
		b.WriteString(c.fixed[i] + s.fill(seal(t, "old", "", s.plaintext)))
	}
	return b.String() + c.fixed[len(c.slots)]
}

// check compares every byte around the slots, and opens what is in them.
func (c corpusFile) check(t *testing.T, text string) {
	t.Helper()
	rest := text
	for i, s := range c.slots {
		fixed := c.fixed[i]
		var ok bool
		if rest, ok = strings.CutPrefix(rest, fixed); !ok {
			t.Errorf("%s: before value %d\n%q\nis not\n%q", c.name, i, rest[:min(len(rest), len(fixed)+20)], fixed)
			return
		}
		v, n := s.take(rest)
		if n == 0 {
			t.Errorf("%s: value %d is not in its form: %q", c.name, i, rest[:min(len(rest), 200)])
			return
		}
		if p, _ := unseal(t, v, "new"); p != s.plaintext {
			t.Errorf("%s: value %d is %q", c.name, i, p)
		}
		rest = rest[n:]
	}
	if rest != c.fixed[len(c.slots)] {
		t.Errorf("%s: it ends\n%q, not\n%q", c.name, rest, c.fixed[len(c.slots)])
	}
}

func TestCorpus(t *testing.T) {
	t.Parallel()
	files := corpus()
	if len(files) < 300 {
		t.Fatalf("only %d files", len(files))
	}
	if !needs.All() { // each file costs keys
		few := files[:0]
		for i, f := range files {
			if i%4 == 0 {
				few = append(few, f)
			}
		}
		files = few
	}
	dir := folder(t)
	texts, values := map[string]string{}, 0
	for _, f := range files {
		texts[f.name] = f.text(t)
		values += len(f.slots)
	}
	write(t, dir, texts)
	r, err := rotate.Run(context.Background(), options(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Count(rotate.Rotated); got != values || r.Changed != len(files) {
		t.Errorf("%d values in %d files, want %d in %d", got, r.Changed, values, len(files))
	}
	after := content(t, dir)
	for _, f := range files {
		f.check(t, after[f.name])
	}
	compareLoaded(t, files, texts, after)
	t.Logf("%d files, %d values", len(files), values)
}

// compareLoaded has the real Ansible, and so PyYAML, load the files before and after.
func compareLoaded(t *testing.T, files []corpusFile, before, after map[string]string) {
	program, err := exec.LookPath("ansible-playbook")
	switch {
	case !needs.All():
		t.Log("the real Ansible does not load it: KIMAI_TEST_ALL=1 has it do so")
		return
	case err != nil && needs.CI():
		t.Fatal("no ansible-playbook (CI=true: nothing may be left out)")
	case err != nil:
		t.Log("skipped, no ansible-playbook: the comparison of what it loads")
		return
	}
	was, is := loaded(t, program, files, before, "old"), loaded(t, program, files, after, "new")
	if !bytes.Equal(was, is) {
		t.Errorf("Ansible loads\n%.2000s\nnow, and before\n%.2000s", is, was)
	}
	if n := bytes.Count(was, []byte("Canary ")); n < len(files)*3/4 {
		t.Errorf("Ansible has found %d values only", n)
	}
}

// loaded gives what Ansible's include_vars makes of the files, as JSON.
func loaded(t *testing.T, program string, files []corpusFile, texts map[string]string, password string) []byte {
	t.Helper()
	dir := folder(t)
	write(t, dir, texts)
	var list strings.Builder
	for _, f := range files {
		// include_vars takes one document, and a mapping; a set has no JSON
		shape, _, _ := strings.Cut(f.name, ".")
		if !f.many && shape != "list" && shape != "list-of-lists" && shape != "playbook" && shape != "other-tags" {
			fmt.Fprintf(&list, "    - %q\n", f.name)
		}
	}
	write(t, dir, map[string]string{"pw": password, "play.yml": `- hosts: localhost
  connection: local
  gather_facts: false
  tasks:
  - include_vars: {file: "{{ item }}", name: data}
    register: all
    loop:
` + list.String() + `  - copy:
      content: "{{ all.results | map(attribute='ansible_facts') | list | to_json(vault_to_text=True, sort_keys=False) }}"
      dest: out.json
`})
	cmd := exec.Command(program, "-i", "localhost,", "--vault-password-file", "pw", "play.yml")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "ANSIBLE_HOME="+dir, "ANSIBLE_LOCAL_TEMP="+dir, "ANSIBLE_REMOTE_TEMP="+dir, "ANSIBLE_NOCOWS=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out[max(0, len(out)-3000):])
	}
	data, err := os.ReadFile(filepath.Join(dir, "out.json"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}
