package eval

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja/resolve"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja/syntax"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Parse compiles a template. The error is a *SyntaxError; its Cause is an *UnknownNameError for an unknown filter or test.
func (e *Env) Parse(src syntax.Source) (*Template, error) {
	return e.ParseWith(src, e.Syntax)
}

// ParseWith is Parse in another dialect than that of the environment.
func (e *Env) ParseWith(src syntax.Source, o syntax.Options) (*Template, error) {
	tree, err := syntax.Parse(src, o)
	if err != nil {
		return nil, err
	}
	if !e.Undefined.Chain {
		if err := e.foldErrors(tree); err != nil {
			return nil, err
		}
	}
	return e.compile(tree)
}

// ParseExpr compiles a text that is one expression, as the condition of `when` is. The error is as that of Parse.
func (e *Env) ParseExpr(src syntax.Source) (*Expr, error) {
	x, text, err := syntax.ParseExpr(src, e.Syntax)
	if err != nil {
		return nil, err
	}
	t, err := e.compile(&syntax.Template{Text: text, Body: []syntax.Stmt{&syntax.Output{Off: syntax.Off(x.At()), X: x}}})
	if err != nil {
		return nil, err
	}
	return &Expr{t}, nil
}

type compiler struct {
	env     *Env
	text    *syntax.Text
	slots   *int // of the function that is being compiled
	soft    bool // below an if, where unknown filters are found out late
	guard   bool // what is printed here is not when the template extends another
	err     error
	held    int32 // slot of the text of the block whose filters are being compiled
	mutates bool  // the template calls methods that change lists or dicts
	keeps   int   // counts what may keep the frame in which it runs; see macroDef.brief
}

func (e *Env) compile(tree *syntax.Template) (*Template, error) {
	makeSmallInts()
	info, err := resolve.Resolve(tree)
	if err != nil {
		return nil, err
	}
	c := &compiler{env: e, text: tree.Text, guard: info.Extends}
	t := &Template{env: e, text: tree.Text, names: info.Names}
	c.mutates = e.Native && mutates(tree.Body)
	t.root = c.function(info.Root, tree.Body)
	c.guard = false
	for _, b := range info.Blocks {
		if t.blocks == nil {
			t.blocks = make(map[string]*function, len(info.Blocks))
		}
		t.blocks[b.Name] = c.function(b.Func, b.Body)
	}
	if c.err != nil {
		return nil, c.err
	}
	return t, nil
}

func (c *compiler) function(fn *syntax.Func, body []syntax.Stmt) *function {
	slots, soft := c.slots, c.soft
	n := fn.Slots
	c.slots, c.soft = &n, false
	out := &function{
		scope: scopeOf(fn.Scope), self: fn.Self, super: fn.Super, caller: fn.Caller, kwargs: fn.Kwargs, varargs: fn.Varargs,
	}
	out.body = c.stmts(body)
	out.slots = n
	c.slots, c.soft = slots, soft
	return out
}

// inner compiles a body with variables of its own.
func (c *compiler) inner(body []syntax.Stmt) []stmt {
	soft := c.soft
	c.soft = false
	out := c.stmts(body)
	c.soft = soft
	return out
}

func scopeOf(s syntax.Scope) scope {
	out := scope{clear: s.Clear}
	for _, a := range s.Alias {
		out.alias = append(out.alias, aliasOf{a.Slot, a.From.Slot, a.From.Depth})
	}
	return out
}

func visibles(vs []syntax.Visible) []visible {
	out := make([]visible, len(vs))
	for i, v := range vs {
		out[i] = visible{v.Name, v.Ref.Slot, v.Ref.Depth}
	}
	return out
}

func (c *compiler) exprs(xs []syntax.Expr) []expr {
	if len(xs) == 0 {
		return nil
	}
	out := make([]expr, len(xs))
	for i, x := range xs {
		out[i] = c.expr(x)
	}
	return out
}

func (c *compiler) args(a syntax.Args) argExprs {
	out := argExprs{pos: c.exprs(a.Pos), names: a.Names, vals: c.exprs(a.Vals)}
	if a.Star != nil {
		out.star = c.expr(a.Star)
	}
	if a.Stars != nil {
		out.stars = c.expr(a.Stars)
	}
	return out
}

func (c *compiler) expr(x syntax.Expr) expr {
	off := x.At()
	switch x := x.(type) {
	case *syntax.Name:
		n := nameExpr{x.ID, x.Ref.Slot, x.Ref.Resolve, off}
		if x.Ref.Depth > 0 {
			return &outerExpr{n, x.Ref.Depth}
		}
		return &n
	case *syntax.Const:
		if b, ok := x.Value.(bool); ok {
			return &constExpr{value.Bool(b)}
		}
		return &constExpr{value.None}
	case *syntax.Number:
		return &constExpr{number(x)}
	case *syntax.String:
		m := value.Marks{}
		if c.env.LiteralMarks != nil {
			m = c.env.LiteralMarks(x.Text, c.text.Pos(off))
		}
		return &constExpr{value.NewMarkedStr(x.Text, m)}
	case *syntax.List:
		return &listExpr{c.exprs(x.Items)}
	case *syntax.Tuple:
		return &tupleExpr{c.exprs(x.Items)}
	case *syntax.Dict:
		return &dictExpr{c.exprs(x.Keys), c.exprs(x.Values), off}
	case *syntax.Cond:
		return c.cond(x)
	case *syntax.Unary:
		return c.unary(x)
	case *syntax.Binary:
		if x.Op == "and" || x.Op == "or" {
			return &andExpr{c.expr(x.L), c.expr(x.R), x.Op == "or", off}
		}
		return &binaryExpr{x.Op, c.expr(x.L), c.expr(x.R), off}
	case *syntax.Concat:
		return &concatExpr{c.exprs(x.Items), off}
	case *syntax.Compare:
		return &compareExpr{c.expr(x.X), x.Ops, c.exprs(x.Operands), off}
	case *syntax.GetAttr:
		out := &attrExpr{x: c.expr(x.X), name: x.Name, slot: -1, method: isDictMethod(x.Name), off: off}
		if n, ok := out.x.(*nameExpr); ok {
			out.slot = n.slot
		}
		return out
	case *syntax.GetItem:
		if s, ok := x.Key.(*syntax.Slice); ok {
			return c.slice(x, s)
		}
		return &itemExpr{c.expr(x.X), c.expr(x.Key), off}
	case *syntax.Slice:
		c.fail(off, "a slice can't stand here", nil)
		return &constExpr{value.None}
	case *syntax.Call:
		c.keeps++
		return c.call(x)
	case *syntax.Filter:
		return c.plugin(callFilter, x.X, x.Name, x.Args, off)
	case *syntax.Test:
		return c.plugin(callTest, x.X, x.Name, x.Args, off)
	}
	panic("jinja: unknown expression")
}

func (c *compiler) call(x *syntax.Call) *callExpr {
	return &callExpr{c.expr(x.Func), c.args(x.Args), x.At()}
}

func (c *compiler) cond(x *syntax.Cond) expr {
	soft := c.soft
	c.soft = true
	out := &condExpr{test: c.expr(x.Test), then: c.expr(x.Then), off: x.At()}
	if x.Else != nil {
		out.els = c.expr(x.Else)
	}
	c.soft = soft
	return out
}

func (c *compiler) unary(x *syntax.Unary) expr {
	if x.Op == "not" {
		return &notExpr{c.expr(x.X), x.At()}
	}
	in := c.expr(x.X)
	if k, ok := in.(*constExpr); ok {
		if v, err := value.Unary(x.Op, k.v); err == nil {
			return &constExpr{v}
		}
	}
	return &unaryExpr{x.Op, in, x.At()}
}

func number(x *syntax.Number) value.Value {
	s := strings.ReplaceAll(x.Text, "_", "")
	if x.Float {
		f, _ := strconv.ParseFloat(s, 64)
		return value.NewFloat(f)
	}
	base := 10
	if len(s) > 2 && s[0] == '0' {
		switch s[1] | 0x20 {
		case 'b':
			base = 2
		case 'o':
			base = 8
		case 'x':
			base = 16
		}
		if base != 10 {
			s = s[2:]
		}
	}
	if n, err := strconv.ParseInt(s, base, 64); err == nil {
		return intValue(n)
	}
	n, _ := new(big.Int).SetString(s, base)
	return value.NewBigInt(n)
}

// plugin compiles a filter or a test.
func (c *compiler) plugin(kind callKind, x syntax.Expr, name string, args syntax.Args, off int32) expr {
	out := &filterExpr{name: name, kind: kind, off: off}
	if x == nil {
		out.x = &heldExpr{c.held}
	} else {
		out.x = c.expr(x)
	}
	fn, err := c.env.find(kind, name)
	if fn == nil && !c.soft && !c.env.LateNames {
		if err == nil {
			err = &UnknownNameError{Kind: kind.String(), Name: name}
		}
		c.fail(off, err.Error(), err)
	}
	if fn == nil || !fn.Brief {
		c.keeps++
	}
	out.fn = fn
	out.args = c.args(args)
	out.fix()
	return out
}

func (c *compiler) fail(off int32, msg string, cause error) {
	if c.err == nil {
		e := c.text.Errorf(off, msg)
		e.Assert, e.Cause = true, cause
		c.err = e
	}
}
