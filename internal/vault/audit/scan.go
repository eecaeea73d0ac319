package audit

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"strings"
	"sync/atomic"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/leaks"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/locate"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/tree"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

// maxText bounds in bytes what is looked through for plaintext: what is larger is data.
const maxText = 4 << 20

// A scanned file is what one file gives.
type scanned struct {
	file     File
	values   []*Value
	findings []Finding
	note     string
}

// scan looks at each file on its own.
func (a *auditor) scan(ctx context.Context) error {
	out := make([]scanned, len(a.Files))
	var stop atomic.Bool
	vault.Each(len(a.Files), func(i int) {
		if stop.Load() {
			return
		}
		if ctx.Err() != nil {
			stop.Store(true)
			return
		}
		s := &out[i]
		s.file = a.Files[i]
		a.scanFile(s)
	})
	for _, s := range out {
		a.values = append(a.values, s.values...)
		for _, f := range s.findings {
			a.add(f)
		}
		if s.note != "" {
			a.report.Notes = append(a.report.Notes, s.note)
		}
	}
	return ctx.Err()
}

func (s *scanned) add(rule string, pos source.Pos, key, format string, args ...any) {
	s.findings = append(s.findings, Finding{
		Rule: rule, File: s.file.Name, path: s.file.Path, Line: int(pos.Line), Column: int(pos.Col), Key: key, Message: fmt.Sprintf(format, args...),
	})
}

func (a *auditor) scanFile(s *scanned) {
	data, err := s.file.Read()
	if err != nil {
		s.note = fmt.Sprintf("%s cannot be read: %v", s.file.Name, tree.WithoutPath(err))
		return
	}
	if bytes.IndexByte(data[:min(len(data), 8<<10)], 0) >= 0 {
		data = nil // no text: its name alone counts
	}
	src := source.NewFile(s.file.Name, string(data))
	whole := strings.HasPrefix(src.Text(), vaultfmt.Header)
	a.locate(s, src)
	a.wanted(s, whole, src)
	if whole || a.Policy.skips(s.file.Path) {
		return
	}
	a.passwordIn(s, data)
	if len(data) > maxText {
		return
	}
	var all []yaml.Scalar
	isYAML := false
	if kind := locate.KindOf("/" + s.file.Path); kind == locate.Vars || kind == locate.Unknown && maybeYAML(data) {
		in, err := vault.ReadInline(src)
		switch {
		case err == nil:
			all, isYAML = in.All, true
		case kind == locate.Vars && strings.Contains(src.Text(), vaultfmt.Header):
			s.add(BadYAML, source.Pos{}, "", "is no YAML: the vaults in it were not looked at")
		}
	}
	a.plainKeys(s, all)
	a.plainFile(s, all)
	if !isYAML {
		a.plainLines(s, src)
	}
	a.leaks(s, src, isYAML)
}

// maybeYAML is for files without an extension: programs and the like are none.
func maybeYAML(data []byte) bool {
	return bytes.HasPrefix(data, []byte("---")) || bytes.Contains(data, []byte(vault.Tag))
}

// locate notes the vaulted values.
func (a *auditor) locate(s *scanned, src *source.File) {
	if !strings.Contains(src.Text(), vaultfmt.Header) && !strings.Contains(src.Text(), vault.Tag) {
		return
	}
	t, err := locate.Scan(src, locate.KindOf("/"+s.file.Path))
	if err != nil || t == nil {
		return // told as a finding where it is YAML
	}
	for _, v := range t.Values {
		one := &Value{
			File: s.file.Name, path: s.file.Path, Line: max(int(v.Pos.Line), 1), Key: v.Key, ID: v.Label, text: v.Vault, sure: v.Sure, until: src.Lines(),
			allowed: a.maxAge(s.file.Path),
		}
		if v.Scalar != nil {
			one.until = int(src.Pos(max(v.Scalar.End-1, v.Scalar.Start)).Line)
		}
		e, err := vaultfmt.ParseLenient(v.Vault)
		if err != nil {
			if v.Sure {
				s.add(Broken, v.Pos, v.Key, "%s", sentence(what(v.Key)+" is a damaged vault", err))
				s.values = append(s.values, one)
			}
			continue
		}
		one.Version = e.Version
		s.values = append(s.values, one)
	}
}

func sentence(text string, err error) string { return text + ": " + err.Error() }

// what names a value in a message.
func what(key string) string {
	if key == "" {
		return "the file"
	}
	return key
}

// leaks looks for tokens and keys. The generic rule is for settings: in YAML the names of keys are known better, in documents it finds
// examples.
func (a *auditor) leaks(s *scanned, src *source.File, isYAML bool) {
	lines := map[uint32]bool{}
	for _, f := range s.findings {
		lines[uint32(f.Line)] = true
	}
	for _, l := range leaks.Find(s.file.Path, src.Text()) {
		pos := source.Pos{}
		if l.End > 0 {
			pos = src.Pos(l.Start)
		}
		if l.Rule == "generic-api-key" && (isYAML || isDocument(s.file.Path)) || pos.Line > 0 && lines[uint32(pos.Line)] || notLeaked(src.Text()[l.Start:l.End]) {
			continue
		}
		s.findings = append(s.findings, Finding{
			Rule: LeakPrefix + l.Rule, File: s.file.Name, path: s.file.Path, Line: int(pos.Line), Column: int(pos.Col), Message: "holds a credential: " + l.Rule,
		})
	}
}

// isDocument reports whether a file is for readers, whose examples look like secrets to a generic rule.
func isDocument(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".md", ".rst", ".adoc":
		return true
	}
	return false
}

// notLeaked reports whether what a rule of gitleaks found is a template or a vault.
func notLeaked(text string) bool {
	return strings.Contains(text, "{{") || strings.HasPrefix(text, vaultfmt.Header)
}

// plainFile reports a file whose name says that it is encrypted, and is not.
func (a *auditor) plainFile(s *scanned, all []yaml.Scalar) {
	if !isVaultFile(s.file.Path) {
		return
	}
	open := 0
	var first yaml.Scalar
	for _, v := range all {
		if len(v.Path) == 0 || v.Path[0].Index >= 0 {
			return // a list: a playbook or tasks that are called so
		}
		if !vault.IsVault(v) && !harmless(v) {
			if open == 0 {
				first = v
			}
			open++
		}
	}
	if open > 0 {
		s.add(PlainVaultFile, first.Pos, "", "is called %s and holds %d values in plaintext, the first is %s", path.Base(s.file.Path), open, first.Path)
	}
}

// isVaultFile reports whether a file is for secrets by its name, beside variables.
func isVaultFile(name string) bool {
	base := strings.ToLower(path.Base(name))
	ext := path.Ext(base)
	stem := strings.TrimSuffix(base, ext)
	if ext != ".yml" && ext != ".yaml" && ext != "" || base == PolicyFile {
		return false
	}
	if strings.HasSuffix(stem, ".vault") || strings.HasSuffix(stem, "_vault") || strings.HasSuffix(stem, "-vault") {
		return true
	}
	if stem != "vault" && stem != "vaulted" && !(strings.HasPrefix(stem, "vault_") || strings.HasPrefix(stem, "vault-")) {
		return false
	}
	for dir := range strings.SplitSeq(path.Dir(name), "/") {
		switch dir {
		case "group_vars", "host_vars", "vars", "defaults":
			return true
		}
	}
	return false
}
