package module

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Params are the arguments of a call after Validate, and what else the call carries.
type Params struct {
	Check   bool     // change nothing, tell what would change
	Diff    bool     // return a diff
	Verbose int      // the number of -v
	Unseen  bool     // nobody sees what a call returns that goes well, but how it went: what takes work to find out may be left out
	Content *Content // the file that the action sends along, or nil

	values   *value.Dict
	given    *value.Dict
	shown    *value.Dict
	warnings []string
	deprec   []Deprecation
}

// Content is a file that an action on the control node sends along with a call: the source of copy, the rendered text of
// template. The module reads it only if it needs it. In-process, Open opens the file or gives the bytes; over the agent
// it asks the control node for them and streams.
type Content struct {
	// Open gives the content from its beginning. It is called at most once; the module closes what it gives. nil where Bytes are it.
	Open func(ctx context.Context) (io.ReadCloser, error)
	// Bytes are the content itself, where it is in memory: they are not nil then.
	Bytes []byte
	// Size is its length in bytes.
	Size int64
	// SHA1 is its checksum in hex, which decides whether a target has it already; "" where nobody has made it yet: see Checksum.
	SHA1 string
	// Sum makes the checksum where SHA1 is "".
	Sum func(ctx context.Context) (string, error)
	// Label is the path on the control node, as diffs and results show it.
	Label string
	// Dynamic says that the content was made by the action (from the argument content) and is not a file.
	Dynamic bool

	summing sync.Mutex
}

// OpenContent opens what the action sent along.
func (p *Params) OpenContent(ctx context.Context) (io.ReadCloser, error) {
	if p.Content == nil {
		return nil, errors.New("the call carries no content")
	}
	return p.Content.Reader(ctx)
}

// Checksum gives the SHA-1 of the content in hex. Where that is made now, the content is read for it, by whoever has it, once: an error is the same
// again. A reader that was opened before goes on.
func (c *Content) Checksum(ctx context.Context) (string, error) {
	c.summing.Lock()
	defer c.summing.Unlock()
	if c.SHA1 != "" || c.Sum == nil {
		return c.SHA1, nil
	}
	sum, err := c.Sum(ctx)
	if err != nil {
		c.Sum = func(context.Context) (string, error) { return "", err } // who has it is asked once
		return "", err
	}
	c.SHA1 = sum
	return sum, nil
}

// Reader gives the content from its beginning, once. The caller closes it.
func (c *Content) Reader(ctx context.Context) (io.ReadCloser, error) {
	switch {
	case c.Bytes != nil:
		return io.NopCloser(bytes.NewReader(c.Bytes)), nil
	case c.Open != nil:
		return c.Open(ctx)
	}
	return nil, errors.New("the call carries no content")
}

// Has reports whether an argument has a value: given or by default, and not null.
func (p *Params) Has(name string) bool {
	v := p.values.Stored(name)
	return v != nil && v != value.None
}

// Value returns an argument, None when it has no value.
func (p *Params) Value(name string) value.Value {
	if v := p.values.Stored(name); v != nil {
		return v
	}
	return value.None
}

// Values returns all arguments: every name of the spec, None for what has no value.
func (p *Params) Values() *value.Dict { return p.values }

// Str returns a str or path argument, "" when it has no value.
func (p *Params) Str(name string) string {
	switch v := p.Value(name).(type) {
	case value.Str:
		return v.String()
	case value.Bytes:
		return string(v.Bytes())
	}
	return ""
}

// Bool returns a bool argument, false when it has no value.
func (p *Params) Bool(name string) bool {
	b, _ := p.Value(name).(value.Bool)
	return bool(b)
}

// Int returns an int argument, 0 when it has no value or does not fit.
func (p *Params) Int(name string) int64 {
	i, _ := p.Value(name).(value.Int)
	n, _ := i.Int64()
	return n
}

// Float returns a float argument, 0 when it has no value.
func (p *Params) Float(name string) float64 {
	f, _ := p.Value(name).(value.Float)
	return f.Float64()
}

// List returns the elements of a list argument.
func (p *Params) List(name string) []value.Value {
	if l, ok := p.Value(name).(*value.List); ok {
		return l.Stored()
	}
	return nil
}

// Strs returns the elements of a list of str or path.
func (p *Params) Strs(name string) []string {
	var out []string
	for _, v := range p.List(name) {
		out = append(out, text(v))
	}
	return out
}

// Dict returns a dict argument, nil when it has no value.
func (p *Params) Dict(name string) *value.Dict {
	d, _ := p.Value(name).(*value.Dict)
	return d
}

// Sub returns the options of one element of a list of dicts, or of a dict, as Params.
func (p *Params) Sub(v value.Value) *Params {
	d, _ := v.(*value.Dict)
	if d == nil {
		d = value.NewDict()
	}
	return &Params{Check: p.Check, Diff: p.Diff, values: d}
}

// Given returns the arguments as the call gave them: no defaults, not converted. It must not be changed.
func (p *Params) Given() *value.Dict { return p.given }

// Show sets what invocation.module_args shows for an argument, where Ansible's module shows what it made of it.
func (p *Params) Show(name string, v value.Value) {
	if p.shown == nil {
		p.shown = value.NewDict()
	}
	p.shown.SetStr(name, v)
}

// Shown returns what Show has set, or nil.
func (p *Params) Shown() *value.Dict { return p.shown }

// Warn adds a warning to the result of the call.
func (p *Params) Warn(text string) { p.warnings = append(p.warnings, text) }

// Deprecate adds a deprecation to the result of the call.
func (p *Params) Deprecate(d Deprecation) { p.deprec = append(p.deprec, d) }

// Warnings returns the warnings and deprecations so far.
func (p *Params) Warnings() ([]string, []Deprecation) { return p.warnings, p.deprec }
