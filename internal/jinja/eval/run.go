package eval

import (
	"context"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// run is one rendering: what all templates that take part in it share.
type run struct {
	env   *Env
	ctx   context.Context
	vars  Vars
	lim   Limits
	depth int
	steps int64

	eager int // calls of loop() in which missing attributes are errors; see Undefineds.EagerCalls

	buffers []*buffer // not in use
	calls   []*Call
	frames  []*frame
	loops   []*Loop
}

// step counts something that takes time, and now and then looks whether the rendering is to end.
func (r *run) step() error {
	r.steps++
	if r.steps&0xff != 0 {
		return nil
	}
	return r.pause()
}

func (r *run) pause() error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	if r.steps > r.lim.Steps {
		return &LimitError{Msg: "the template takes too many steps"}
	}
	return nil
}

// enter counts a function within functions.
func (r *run) enter() error {
	if r.depth >= r.lim.Depth {
		return errRecursion
	}
	r.depth++
	return r.step()
}

func (r *run) leave() { r.depth-- }

// function is a compiled syntax.Func.
type function struct {
	slots   int
	scope   scope
	body    []stmt
	self    int32
	super   int32
	caller  int32
	kwargs  int32
	varargs int32
}

// frame is an activation of a function: its variables.
type frame struct {
	run        *run
	ctx        *scopeContext
	tmpl       *Template
	up         *frame // of the function around it
	slots      []value.Value
	autoescape bool
	parent     *Template // of a template's body: what it extends
	inline     [6]value.Value
}

// room gives the frame n slots.
func (f *frame) room(n int) *frame {
	switch {
	case n <= cap(f.slots): // it is used again
		f.slots = f.slots[:n]
	case n <= len(f.inline):
		f.slots = f.inline[:n]
	default:
		f.slots = make([]value.Value, n)
	}
	return f
}

func (f *frame) outer(depth int32) *frame {
	for ; depth > 0; depth-- {
		f = f.up
	}
	return f
}

// scopeContext is what Jinja2 calls the context of a template: the variables it set at its top, and those it got.
type scopeContext struct {
	run      *run
	parent   Vars // what the template got
	vars     map[string]value.Value
	exported map[string]bool
	order    []string // of vars
	blocks   map[string][]block
	name     string // of the template, for messages
}

// block is a block of a template that takes part in an inheritance.
type block struct {
	fn   *function
	tmpl *Template
}

func newContext(r *run, parent Vars, t *Template) *scopeContext {
	c := &scopeContext{}
	c.setUp(r, parent, t)
	return c
}

func (c *scopeContext) setUp(r *run, parent Vars, t *Template) {
	c.run, c.parent, c.name = r, parent, t.Name()
	c.addBlocks(t)
}

func (c *scopeContext) addBlocks(t *Template) {
	if len(t.blocks) > 0 && c.blocks == nil {
		c.blocks = make(map[string][]block, len(t.blocks))
	}
	for name, fn := range t.blocks {
		c.blocks[name] = append(c.blocks[name], block{fn, t})
	}
}

func (c *scopeContext) lookup(name string) (value.Value, bool, error) {
	if v, ok := c.vars[name]; ok {
		return v, true, nil
	}
	if c.parent != nil {
		if v, ok, err := c.parent.Lookup(name); ok || err != nil {
			return v, ok, err
		}
	}
	if g := c.run.env.Globals; g != nil {
		if v, ok := g(name); ok {
			return v, true, nil
		}
	}
	return nil, false, nil
}

// Lookup makes a context the variables of another template.
func (c *scopeContext) Lookup(name string) (value.Value, bool, error) { return c.lookup(name) }

// Names lists the variables.
func (c *scopeContext) Names() []string { return c.names() }

func (c *scopeContext) names() []string {
	names := append([]string(nil), c.order...)
	if c.parent != nil {
		for _, n := range c.parent.Names() {
			if _, own := c.vars[n]; !own {
				names = append(names, n)
			}
		}
	}
	return names
}

// export sets a variable at the top of the template; public ones are members of its module.
func (c *scopeContext) export(name string, v value.Value, public bool) {
	if c.vars == nil {
		c.vars, c.exported = map[string]value.Value{}, map[string]bool{}
	}
	if _, ok := c.vars[name]; !ok {
		c.order = append(c.order, name)
	}
	c.vars[name] = v
	if public && name[0] != '_' {
		c.exported[name] = true
	} else {
		delete(c.exported, name)
	}
}

// locals are variables of a place in a template in front of a context.
type locals struct {
	names []string
	vals  []value.Value
	ctx   *scopeContext
}

// Lookup returns the value of a variable.
func (l *locals) Lookup(name string) (value.Value, bool, error) {
	for i, n := range l.names {
		if n == name {
			return l.vals[i], true, nil
		}
	}
	return l.ctx.lookup(name)
}

// Names lists the variables.
func (l *locals) Names() []string {
	names := append([]string(nil), l.names...)
	for _, n := range l.ctx.names() {
		seen := false
		for _, own := range l.names {
			seen = seen || own == n
		}
		if !seen {
			names = append(names, n)
		}
	}
	return names
}

func (t *Template) render(ctx context.Context, vars Vars) (value.Value, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	x := t.begin(ctx, vars)
	out := &x.out
	x.run.setUp(out)
	if n := t.size.Load(); n > 0 {
		out.b = make([]byte, 0, n+n/16+16)
	}
	f, err := t.execIn(&x.frame, &x.run, &x.ctx, out)
	if err != nil {
		return nil, err
	}
	if n := len(out.b); n < 8<<20 {
		t.size.Store(int64(n))
	}
	return out.whole(f.autoescape)
}

// rendering is what a rendering begins with, in one piece: most templates are short.
type rendering struct {
	run   run
	ctx   scopeContext
	frame frame
	out   buffer
}

func (t *Template) begin(ctx context.Context, vars Vars) *rendering {
	x := &rendering{run: run{env: t.env, ctx: ctx, vars: vars, lim: t.env.Limits.withDefaults()}}
	x.ctx.setUp(&x.run, vars, t)
	return x
}

// exec runs the body of the template in context c.
func (t *Template) exec(r *run, c *scopeContext, out *buffer) (*frame, error) {
	return t.execIn(&frame{}, r, c, out)
}

// execIn is exec with the frame f, which is not in use.
func (t *Template) execIn(f *frame, r *run, c *scopeContext, out *buffer) (*frame, error) {
	f.run, f.ctx, f.tmpl, f.autoescape = r, c, t, r.env.Autoescape
	f.room(t.root.slots)
	if t.root.self >= 0 {
		f.slots[t.root.self] = &selfRef{ctx: c}
	}
	if err := f.exec(t.root.body, out); err != nil {
		return nil, err
	}
	if f.parent != nil {
		if err := r.enter(); err != nil {
			return nil, err
		}
		defer r.leave()
		if _, err := f.parent.exec(r, c, out); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (t *Template) evalExpr(ctx context.Context, vars Vars) (value.Value, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	x := t.begin(ctx, vars)
	f := &x.frame
	f.run, f.ctx, f.tmpl = &x.run, &x.ctx, t
	f.room(t.root.slots)
	return t.root.body[0].(*outputStmt).x.eval(f)
}
