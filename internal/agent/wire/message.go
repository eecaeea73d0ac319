package wire

import (
	"fmt"
	"math"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Greeting is the message of a Hello frame. The agent says all of it, the control node only Compress and Idle.
type Greeting struct {
	Version  int
	Sum      string // the checksum of the agent's file: see Sum
	User     string // the name of the account that it runs as, "" when there is none
	UID      int
	Home     string
	PID      int
	Compress bool // what is sent to this side may be compressed
	Idle     int  // seconds without a frame after which the other side counts as lost; the control node sends Ping in between
}

// Request is the message of a Call frame.
type Request struct {
	Op Op

	Module   string // of RunModule, and what else belongs to it: see server.Call
	Args     *value.Dict
	Check    bool
	Diff     bool
	Verbose  int
	Unseen   bool
	Dir      string
	Env      []string
	Async    int
	AsyncDir string
	Content  *Content
	// After is the call that must be over before this one begins, 0 none. It was sent before.
	After uint32

	Path string // of ReadFile: the file; a beginning ~ is the home of the user
	Have string // of ReadFile: the SHA-1 of what is there already, in hex; such a content is not sent
}

// Op is what a call asks for.
type Op int

// What a call may ask for.
const (
	RunModule Op = iota // run a module
	ReadFile            // send a file
)

// Content is what a call tells of the file that goes along with it.
type Content struct {
	Size    int64
	SHA1    string // "" where it is to be asked for
	Label   string
	Dynamic bool
	// Inline is the content itself when it is at most InlineMax bytes: asking for it would cost more than sending it.
	// With it, HasInline.
	Inline    []byte
	HasInline bool
}

// InlineMax is the size in bytes up to which a content travels with its call.
const InlineMax = 2 << 10

// Encode gives the bytes of a greeting.
func (g Greeting) Encode() []byte {
	b, _ := AppendValue(nil, list(g.Version, g.Sum, g.User, g.UID, g.Home, g.PID, g.Compress, g.Idle)) // texts and numbers have an encoding
	return b
}

// DecodeGreeting reads a greeting.
func DecodeGreeting(b []byte) (g Greeting, err error) {
	r, err := record(b, 8)
	if err != nil {
		return g, err
	}
	g.Version, g.Sum = r.int(), r.str()
	g.User, g.UID, g.Home, g.PID = r.str(), r.int(), r.str(), r.int()
	g.Compress, g.Idle = r.bool(), r.int()
	return g, r.err
}

// Encode gives the bytes of a request. An argument that can't be sent is an error.
func (q *Request) Encode() ([]byte, error) {
	if q.Op == ReadFile {
		return AppendValue(nil, list(int(q.Op), q.Path, q.Have, q.Dir, q.Env))
	}
	w := newWriter(13)
	w.int(int(q.Op))
	w.str(q.Module)
	w.dict(q.Args)
	w.bool(q.Check)
	w.bool(q.Diff)
	w.int(q.Verbose)
	w.bool(q.Unseen)
	w.str(q.Dir)
	w.strs(q.Env)
	w.int(q.Async)
	w.str(q.AsyncDir)
	w.content(q.Content)
	w.int(int(q.After))
	return w.bytes()
}

// DecodeRequest reads a request.
func DecodeRequest(b []byte) (*Request, error) {
	r, err := record(b, -1)
	if err != nil {
		return nil, err
	}
	n := len(r.fields)
	q := &Request{Op: Op(r.int())}
	switch {
	case q.Op == ReadFile && n == 5:
		q.Path, q.Have, q.Dir, q.Env = r.str(), r.str(), r.str(), r.strs()
	case q.Op == RunModule && n == 13:
		q.Module, q.Args, q.Check, q.Diff, q.Verbose, q.Unseen = r.str(), r.dict(), r.bool(), r.bool(), r.int(), r.bool()
		q.Dir, q.Env, q.Async, q.AsyncDir = r.str(), r.strs(), r.int(), r.str()
		q.Content, err = decodeContent(r.next())
		q.After = r.stream()
	default:
		return nil, broken("a call for %d with %d fields", q.Op, n)
	}
	if r.err != nil {
		err = r.err
	}
	return q, err
}

func decodeContent(v value.Value) (*Content, error) {
	if v == value.None {
		return nil, nil
	}
	l, ok := v.(*value.List)
	if !ok || l.Len() != 5 {
		return nil, broken("a content that is no list of 5")
	}
	r := reader{fields: l.Stored()}
	c := &Content{Size: int64(r.int()), SHA1: r.str(), Label: r.str(), Dynamic: r.bool()}
	switch b := r.next().(type) {
	case value.Bytes:
		c.Inline, c.HasInline = b.Bytes(), true
	case value.NoneType:
	default:
		return nil, broken("a content of the type %s", b.Type())
	}
	return c, r.err
}

// EncodeResult gives the bytes of a module's result.
func EncodeResult(r *module.Result) ([]byte, error) {
	w := newWriter(12)
	w.bool(r.Changed)
	w.bool(r.Failed)
	w.bool(r.Skipped)
	w.str(r.Msg)
	w.bool(r.HasMsg)
	w.str(r.Cause)
	w.bool(r.Raised)
	w.dict(r.Values)
	w.value(r.Diff)
	w.strs(r.Warnings)
	w.list(len(r.Deprecations))
	for _, d := range r.Deprecations {
		w.list(4)
		w.str(d.Msg)
		w.str(d.Version)
		w.str(d.Date)
		w.str(d.Collection)
	}
	w.dict(r.ModuleArgs)
	return w.bytes()
}

// DecodeResult reads a result.
func DecodeResult(b []byte) (out module.Result, err error) {
	r, err := record(b, 12)
	if err != nil {
		return out, err
	}
	out.Changed, out.Failed, out.Skipped = r.bool(), r.bool(), r.bool()
	out.Msg, out.HasMsg, out.Cause, out.Raised = r.str(), r.bool(), r.str(), r.bool()
	out.Values = r.dict()
	if diff := r.next(); diff != value.None {
		out.Diff = diff
	}
	out.Warnings = r.strs()
	deprecations, _ := r.next().(*value.List)
	if deprecations == nil {
		return out, broken("deprecations that are no list")
	}
	for _, d := range deprecations.Stored() {
		l, ok := d.(*value.List)
		if !ok || l.Len() != 4 {
			return out, broken("a deprecation that is no list of 4")
		}
		f := reader{fields: l.Stored()}
		out.Deprecations = append(out.Deprecations, module.Deprecation{Msg: f.str(), Version: f.str(), Date: f.str(), Collection: f.str()})
		if f.err != nil {
			return out, f.err
		}
	}
	out.ModuleArgs = r.dict()
	return out, r.err
}

func list(fields ...any) *value.List {
	l := value.NewList()
	for _, f := range fields {
		l.Append(module.V(f))
	}
	return l
}

// reader takes the fields of a message one after the other. After the first that is not as it must be, err is set.
type reader struct {
	fields []value.Value
	err    error
}

// record reads a message of n fields, of any number for -1.
func record(b []byte, n int) (*reader, error) {
	v, err := DecodeValue(b)
	if err != nil {
		return nil, err
	}
	l, ok := v.(*value.List)
	if !ok || n >= 0 && l.Len() != n {
		return nil, broken("a message that is no list of %d", n)
	}
	return &reader{fields: l.Stored()}, nil
}

func (r *reader) next() value.Value {
	if len(r.fields) == 0 {
		r.wrong("nothing", "another field")
		return value.None
	}
	v := r.fields[0]
	r.fields = r.fields[1:]
	return v
}

func (r *reader) wrong(got, want string) {
	if r.err == nil {
		r.err = broken("%s where %s was due", got, want)
	}
}

func (r *reader) str() string {
	v := r.next()
	s, ok := v.(value.Str)
	if !ok {
		r.wrong(v.Type(), "a text")
	}
	return s.String()
}

func (r *reader) bool() bool {
	v := r.next()
	b, ok := v.(value.Bool)
	if !ok {
		r.wrong(v.Type(), "true or false")
	}
	return bool(b)
}

func (r *reader) int() int {
	v := r.next()
	i, ok := v.(value.Int)
	n, fits := i.Int64()
	if !ok || !fits {
		r.wrong(v.Type(), "a number")
	}
	return int(n)
}

// stream takes the number of a call, or 0.
func (r *reader) stream() uint32 {
	n := r.int()
	if n < 0 || n > math.MaxUint32 {
		r.wrong(fmt.Sprint(n), "the number of a call")
	}
	return uint32(n)
}

func (r *reader) strs() []string {
	v := r.next()
	l, ok := v.(*value.List)
	if !ok {
		r.wrong(v.Type(), "a list")
		return nil
	}
	var out []string
	for _, e := range l.Stored() {
		s, ok := e.(value.Str)
		if !ok {
			r.wrong(e.Type(), "a text")
		}
		out = append(out, s.String())
	}
	return out
}

// dict takes a dict, or nothing.
func (r *reader) dict() *value.Dict {
	v := r.next()
	if v == value.None {
		return nil
	}
	d, ok := v.(*value.Dict)
	if !ok {
		r.wrong(v.Type(), "a dict")
	}
	return d
}
