package playbook

import (
	"fmt"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// blocks reads a list of tasks and blocks as a play, a file or a role has it: tasks in a row are put into an implicit
// block. file is the absolute path of the file that it stands in.
func (ld *load) blocks(l *value.List, parent *Scope, file string, handlers bool) []*Block {
	var out []*Block
	var row []value.Value
	flush := func() {
		if len(row) == 0 {
			return
		}
		b := &Block{Scope: parent, Implicit: true, Pos: value.OriginOf(row[0]), file: file}
		b.Tasks = ld.nodes(value.NewList(row...), "a block", "<class 'list'>", source.Pos{}, parent, file, handlers)
		if len(b.Tasks) > 0 {
			out = append(out, b)
		}
		row = nil
	}
	for _, e := range l.Stored() {
		if d, ok := e.(*value.Dict); ok && isBlock(d) {
			flush()
			if b := ld.block(d, parent, file, handlers); b != nil {
				out = append(out, b)
			}
			continue
		}
		if e != value.None {
			row = append(row, e)
		}
	}
	flush()
	return out
}

func isBlock(d *value.Dict) bool { return d.Has("block") || d.Has("rescue") || d.Has("always") }

// nodes reads the tasks and blocks of a list. where, class and at are what Ansible calls the list and where.
func (ld *load) nodes(l *value.List, where, class string, at source.Pos, parent *Scope, file string, handlers bool) []Node {
	out := make([]Node, 0, l.Len())
	for _, e := range l.Stored() {
		d, ok := e.(*value.Dict)
		switch {
		case !ok && e == value.None:
		case !ok:
			text, _ := value.Repr(l)
			if !at.IsValid() {
				at = nowhere(l)
			}
			ld.errs.Add(seenAt(at, refuse(value.OriginOf(e), "A malformed block was encountered while loading "+where+": The ds ("+text+") should be a dict but was a "+class,
				"a task is a mapping, not %s", kindOf(e)).Hint("a module needs a colon behind it: \"- debug:\"")))
		case isBlock(d):
			if b := ld.block(d, parent, file, handlers); b != nil {
				out = append(out, b)
			}
		default:
			out = append(out, ld.task(d, parent, file, handlers)...)
		}
	}
	return out
}

// block reads a mapping with block, rescue or always.
func (ld *load) block(d *value.Dict, parent *Scope, file string, handlers bool) *Block {
	pos := value.OriginOf(d)
	attrs, _ := ld.attrs(d, OnBlock, "Block", func(string, source.Pos, value.Value) bool { return false })
	scope := &Scope{Kind: BlockScope, Attrs: attrs, Parent: parent, Play: parent.Play, Role: parent.Role}
	b := &Block{Scope: scope, Pos: pos, file: file}
	for _, part := range []struct {
		key   string
		where string
		into  *[]Node
	}{{"block", "a block", &b.Tasks}, {"rescue", "rescue", &b.Rescue}, {"always", "always", &b.Always}} {
		v := d.Stored(part.key)
		if v == nil {
			continue
		}
		l, ok := v.(*value.List)
		if !ok {
			text, _ := value.Text(v)
			at := value.OriginOf(v)
			if !at.IsValid() {
				at = pos
			}
			ld.errs.Add(seenAt(pos, refuse(at, fmt.Sprintf("A malformed block was encountered while loading %s: The ds (%s) should be a list but was a %s", part.where, text, typeName(v)),
				"%s is a list of tasks, not %s", part.key, kindOf(v)).Hint("begin each task with \"- \"")))
			continue
		}
		*part.into = ld.nodes(l, part.where, typeName(l), pos, scope, file, handlers)
	}
	if len(b.Tasks) == 0 {
		for _, part := range []struct {
			key  string
			have []Node
		}{{"rescue", b.Rescue}, {"always", b.Always}} {
			if len(part.have) > 0 {
				ld.errs.Add(refuse(pos, "'"+part.key+"' keyword cannot be used without 'block'", "%s without a block", part.key))
				return nil
			}
		}
	}
	return b
}
