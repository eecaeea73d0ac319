package eval

import (
	"fmt"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

type blockStmt struct {
	name     string
	required bool
	scoped   bool
	visible  []visible
	off      int32
}

func (s *blockStmt) exec(f *frame, out *buffer) error {
	stack := f.ctx.blocks[s.name]
	if s.required && len(stack) <= 1 {
		return f.tmpl.at(&TemplateError{Msg: fmt.Sprintf("Required block '%s' not found", s.name)}, s.off)
	}
	ctx := f.ctx
	if s.scoped {
		c := *f.ctx
		c.parent, c.vars, c.exported, c.order = f.locals(s.visible), nil, nil, nil
		ctx = &c
	}
	return f.tmpl.at2(execBlock(f.run, ctx, s.name, 0, out), s.off)
}

// at2 is at for an error that may be nil.
func (t *Template) at2(err error, off int32) error {
	if err == nil {
		return nil
	}
	return t.at(err, off)
}

// execBlock runs the block name of ctx, at the given place in the line of templates that define it.
func execBlock(r *run, ctx *scopeContext, name string, depth int, out *buffer) error {
	if err := r.enter(); err != nil {
		return err
	}
	defer r.leave()
	b := ctx.blocks[name][depth]
	f := (&frame{run: r, ctx: ctx, tmpl: b.tmpl, autoescape: r.env.Autoescape}).room(b.fn.slots)
	if b.fn.self >= 0 {
		f.slots[b.fn.self] = &selfRef{ctx: ctx}
	}
	if b.fn.super >= 0 {
		if depth+1 < len(ctx.blocks[name]) {
			f.slots[b.fn.super] = &blockRef{ctx, name, depth + 1}
		} else {
			f.slots[b.fn.super] = r.env.undefined(Missing{
				Kind: MissingName, Name: "super", Msg: fmt.Sprintf("there is no parent block called '%s'.", name),
			})
		}
	}
	b.fn.scope.enter(f)
	return f.exec(b.fn.body, out)
}

// selfRef is the variable self.
type selfRef struct{ ctx *scopeContext }

// Type returns "TemplateReference".
func (*selfRef) Type() string { return "TemplateReference" }

func (*selfRef) module() string { return "jinja2.runtime" }

// Repr gives "<TemplateReference 'name'>".
func (s *selfRef) Repr() string {
	name := "None"
	if s.ctx.name != "" {
		name = "'" + s.ctx.name + "'"
	}
	return "<TemplateReference " + name + ">"
}

// Attr gives a block.
func (s *selfRef) Attr(name string) (value.Value, bool, error) {
	if len(s.ctx.blocks[name]) == 0 {
		return nil, false, nil
	}
	return &blockRef{s.ctx, name, 0}, true, nil
}

// blockRef is a block that can be called: super, self.name.
type blockRef struct {
	ctx   *scopeContext
	name  string
	depth int
}

// Type returns "BlockReference".
func (*blockRef) Type() string { return "BlockReference" }

func (*blockRef) module() string { return "jinja2.runtime" }

// Repr gives Python's text, without an address.
func (*blockRef) Repr() string { return "<jinja2.runtime.BlockReference object>" }

// Attr gives super, the same block one template further up.
func (b *blockRef) Attr(name string) (value.Value, bool, error) {
	if name != "super" {
		return nil, false, nil
	}
	if b.depth+1 >= len(b.ctx.blocks[b.name]) {
		return b.ctx.run.env.undefined(Missing{
			Kind: MissingName, Name: "super", Msg: fmt.Sprintf("there is no parent block called '%s'.", b.name),
		}), true, nil
	}
	return &blockRef{b.ctx, b.name, b.depth + 1}, true, nil
}

func (b *blockRef) invoke(f *frame, _ []value.Value, _ *value.Dict) (value.Value, error) {
	out := newBuffer(f.run)
	if err := execBlock(f.run, b.ctx, b.name, b.depth, out); err != nil {
		return nil, err
	}
	return out.result(f.autoescape)
}

type extendsStmt struct {
	x   expr
	off int32
}

func (s *extendsStmt) exec(f *frame, _ *buffer) error {
	if f.parent != nil {
		return f.tmpl.at(&TemplateError{Msg: "extended multiple times"}, s.off)
	}
	v, err := s.x.eval(f)
	if err != nil {
		return err
	}
	t, err := f.load(v, true)
	if err != nil {
		return f.tmpl.at(err, s.off)
	}
	f.parent = t
	f.ctx.addBlocks(t)
	return nil
}
