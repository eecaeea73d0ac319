package playbook

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// loadPlay reads a play. What is wrong becomes a finding; the play holds what could be read.
func (ld *load) loadPlay(d *value.Dict, file string, imported []Attrs) *Play {
	pos := value.OriginOf(d)
	p := &Play{Pos: pos, File: file, Dir: filepath.Dir(file), Imported: imported}
	attrs, _ := ld.attrs(d, OnPlay, "Play", func(string, source.Pos, value.Value) bool { return false })
	if attrs.Has(UserKeyword) {
		if attrs.Has(RemoteUser) {
			ld.errs.Add(seenAt(pos, refuse(attrs.Pos(UserKeyword), "both 'user' and 'remote_user' are set for this play. The use of 'user' is deprecated, and should be removed",
				"the play has both user and remote_user").Hint("user is the old spelling: remove it")))
		} else {
			attrs.set(RemoteUser, attrs.Pos(UserKeyword), attrs.Get(UserKeyword))
		}
	}
	ld.checkHosts(d, attrs)
	for i := len(imported) - 1; i >= 0; i-- {
		ld.inheritImport(&attrs, imported[i])
	}
	p.Scope = &Scope{Kind: PlayScope, Attrs: attrs, Play: p}
	for i := range imported { // the conditions of imports apply to every task of the play
		if w := imported[len(imported)-1-i].Get(When); w != nil {
			p.conditions = append(listOf(w), p.conditions...)
		}
	}
	outer := ld.play
	ld.play, ld.ids = p, &roleIdentities{}
	p.ids = ld.ids
	defer func() { ld.play = outer }()

	p.VarsFiles = ld.varsFiles(attrs.Get(VarsFilesKeyword))
	p.VarsPrompt = ld.varsPrompts(attrs.Get(VarsPromptKeyword))
	// in ansible-core's order: it stops at the first mistake
	p.Roles = ld.playRoles(attrs.Get(RolesKeyword), pos)
	p.Handlers = ld.section(attrs, HandlersKeyword, pos, true)
	p.PreTasks = ld.section(attrs, PreTasksKeyword, pos, false)
	p.PostTasks = ld.section(attrs, PostTasksKeyword, pos, false)
	p.Tasks = ld.section(attrs, TasksKeyword, pos, false)
	return p
}

// inheritImport gives a play what stands on the import_playbook statement around it: tags are added, vars are added
// and win. ansible-core takes the other keywords of plays there, and does nothing with them.
func (ld *load) inheritImport(attrs *Attrs, from Attrs) {
	for _, a := range from {
		switch a.Keyword {
		case Name, When:
		case Tags:
			own := tagList(attrs.Get(Tags))
			attrs.set(Tags, a.Pos, value.NewList(append(tagList(a.Value), own...)...))
		case Vars:
			merged := value.NewDict()
			if d := attrs.Vars(); d != nil {
				merged = d.Copy()
			}
			if d, ok := a.Value.(*value.Dict); ok {
				for it := d.Iterate(); it.Next(); {
					_ = merged.Set(it.Key(), it.Stored())
				}
			}
			attrs.set(Vars, a.Pos, merged)
		default:
			ld.warn(diag.Errorf(a.Pos, "%s on an import_playbook has no effect, as in Ansible", a.Keyword).Hint("put it on the plays"))
		}
	}
}

// tagList gives tags as a list: a text is one with commas between them.
func tagList(v value.Value) []value.Value {
	s, ok := v.(value.Str)
	if !ok {
		return listOf(v)
	}
	var tags []value.Value
	for _, t := range strings.Split(s.String(), ",") {
		tags = append(tags, value.NewMarkedStr(pyStrip(t), value.MarksOf(s)))
	}
	return tags
}

func (ld *load) checkHosts(d *value.Dict, attrs Attrs) {
	bad := func(at source.Pos, msg, format string, args ...any) {
		if !at.IsValid() {
			at = attrs.Pos(Hosts)
		}
		ld.errs.Add(seenAt(source.Pos{}, refuse(at, msg, format, args...).Hint("name a group or host, a list of them, or all")))
	}
	v := attrs.Get(Hosts)
	if v == nil {
		pos := value.OriginOf(d)
		ld.errs.Add(refuse(pos, "The field 'hosts' is required but was not set.", "the play has no hosts").Hint("add \"hosts: all\", or name a group or host"))
		return
	}
	const empty = "Hosts list cannot be empty. Please check your playbook"
	switch v := v.(type) {
	case value.Str:
		if v.String() == "" {
			bad(value.OriginOf(v), empty, "hosts is empty")
		}
	case value.NoneType:
		bad(attrs.Pos(Hosts), empty, "hosts is empty")
	case *value.List:
		if v.Len() == 0 {
			bad(value.OriginOf(v), empty, "hosts is empty")
		}
		for _, e := range v.Stored() {
			if e == value.None {
				bad(value.OriginOf(v), "Hosts list cannot contain values of 'None'. Please check your playbook", "hosts has an empty element")
			} else if _, ok := e.(value.Str); !ok {
				text, _ := value.Text(e)
				bad(value.OriginOf(e), "Hosts list contains an invalid host value: '"+text+"'", "a host pattern is a text, not %s", kindOf(e))
			}
		}
	default:
		bad(value.OriginOf(v), "Hosts list must be a sequence or string. Please check your playbook.", "hosts is a pattern or a list of them, not %s", kindOf(v))
	}
}

// section reads one of the lists of tasks of a play.
func (ld *load) section(attrs Attrs, k Keyword, play source.Pos, handlers bool) []*Block {
	v := attrs.Get(k)
	if v == nil || v == value.None {
		return nil
	}
	l, ok := v.(*value.List)
	if !ok {
		text, _ := value.Text(v)
		ld.errs.Add(seenAt(play, refuse(attrs.Pos(k), fmt.Sprintf("A malformed block was encountered while loading %s: %s should be a list or None but is %s", k, text, typeName(v)),
			"%s is a list of tasks, not %s", k, kindOf(v)).Hint("begin each task with \"- \"")))
		return nil
	}
	return ld.blocks(l, ld.play.Scope, ld.play.File, handlers)
}

func (ld *load) varsFiles(v value.Value) []VarsFile {
	var files []VarsFile
	for _, e := range listOf(v) {
		switch e := e.(type) {
		case value.NoneType:
		case value.Str:
			files = append(files, VarsFile{Pos: value.OriginOf(e), Alternatives: []value.Value{e}})
		case *value.List:
			for _, name := range e.Stored() {
				if _, ok := name.(value.Str); !ok {
					ld.errs.Add(badVarsFile(name))
				}
			}
			files = append(files, VarsFile{Pos: value.OriginOf(e), Alternatives: e.Stored(), List: true})
		default:
			ld.errs.Add(badVarsFile(e))
		}
	}
	return files
}

func badVarsFile(v value.Value) *diag.Error {
	return helped("A `vars_files` value should either be a string or list of strings.", seenAt(seenPlace(v), refuse(value.OriginOf(v),
		fmt.Sprintf("Invalid `vars_files` value of type '%s'.", v.Type()), "an element of vars_files is a file's name or a list of them, not %s", kindOf(v))))
}

var varsPromptKeys = []string{"name", "prompt", "default", "private", "confirm", "encrypt", "salt_size", "salt", "unsafe"}

func (ld *load) varsPrompts(v value.Value) []VarsPrompt {
	var prompts []VarsPrompt
	for _, e := range listOf(v) {
		if e == value.None {
			continue
		}
		d, ok := e.(*value.Dict)
		if !ok {
			ld.errs.Add(helped("Variable files must contain either a dictionary of variables, or a list of dictionaries.",
				seenAt(seenPlace(e), refuse(value.OriginOf(e), "Invalid variable file contents.", "an element of vars_prompt is a mapping with name and prompt, not %s", kindOf(e)))))
			continue
		}
		if !d.Has("name") {
			ld.errs.Add(seenAt(value.OriginOf(v), refuse(value.OriginOf(d), "Invalid vars_prompt data structure, missing 'name' key", "the prompt has no name").
				Hint("name the variable that takes the answer")))
			continue
		}
		p, err := varsPrompt(d, value.OriginOf(v))
		if err != nil {
			ld.errs.Add(err)
			continue
		}
		prompts = append(prompts, p)
	}
	return prompts
}

func varsPrompt(d *value.Dict, list source.Pos) (VarsPrompt, *diag.Error) {
	p := VarsPrompt{Pos: value.OriginOf(d), Name: keyText(d.Stored("name"))}
	for it := d.Iterate(); it.Next(); {
		v := it.Stored()
		switch key := keyText(it.Key()); key {
		case "name":
		case "prompt":
			p.Prompt = v
		case "default":
			p.Default = v
		case "private":
			p.Private = v
		case "confirm":
			p.Confirm = v
		case "encrypt":
			p.Encrypt = v
		case "salt_size":
			p.SaltSize = v
		case "salt":
			p.Salt = v
		case "unsafe":
			p.Unsafe = v
		default:
			e := seenAt(list, refuse(value.OriginOf(it.Key()), fmt.Sprintf("Invalid vars_prompt data structure, found unsupported key '%s'", key), "a prompt has no %q", key))
			if near := diag.Nearest(key, varsPromptKeys); near != "" {
				e = e.Hint("did you mean %q?", near)
			}
			return p, e
		}
	}
	return p, nil
}

// HostsText returns the play's host patterns as text, "," between them: what is shown for a play without a name.
func (p *Play) HostsText() string { return strings.Join(p.Patterns(), ",") }

// Patterns returns the play's host patterns as they were written.
func (p *Play) Patterns() []string {
	var parts []string
	for _, h := range listOf(p.Scope.Attrs.Get(Hosts)) {
		if t, err := value.Text(h); err == nil {
			parts = append(parts, t)
		}
	}
	return parts
}
