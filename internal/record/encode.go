package record

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// The tags of values. A text without marks, of which facts are full, has one of its own.
const (
	tagNil = iota
	tagNone
	tagFalse
	tagTrue
	tagInt
	tagBigInt
	tagFloat
	tagPlain // a str without marks
	tagStr
	tagBytes
	tagList
	tagTuple
	tagDict
	tagSet
	tagDateTime
	tagDate
	tagTimeDelta
	tagVault // an inline vault that nobody has opened: its text
)

// The bits of marks.
const (
	markOrigin = 1 << iota
	markTrusted
	markSecret
	markVault
)

// vaulted is an inline vault; vault.Value is one.
type vaulted interface {
	value.Deferred
	Ciphertext() string
	Pos() source.Pos
}

// encoder writes values and results as bytes.
type encoder struct {
	b       []byte
	files   map[*source.File]uint64
	content bool // what a value is alone, without its marks: for identities
	secret  bool // something that is marked secret was written
	err     error
}

func (e *encoder) uint(n uint64) { e.b = binary.AppendUvarint(e.b, n) }

func (e *encoder) text(s string) {
	e.uint(uint64(len(s)))
	e.b = append(e.b, s...)
}

func (e *encoder) flag(is bool) {
	if is {
		e.b = append(e.b, 1)
		return
	}
	e.b = append(e.b, 0)
}

// pos writes a place. A file is named once, then by its number.
func (e *encoder) pos(p source.Pos) {
	if !p.IsValid() {
		e.uint(0)
		return
	}
	n, known := e.files[p.File]
	if !known {
		if e.files == nil {
			e.files = map[*source.File]uint64{}
		}
		n = uint64(len(e.files)) + 1
		e.files[p.File] = n
	}
	e.uint(n)
	if !known {
		e.text(p.File.Name())
		e.flag(p.File.Sensitive())
	}
	e.uint(uint64(p.Line))
	e.uint(uint64(p.Col))
}

func (e *encoder) marks(m value.Marks) {
	e.secret = e.secret || m.Secret
	if e.content {
		return
	}
	var bits byte
	if m.Origin.IsValid() {
		bits |= markOrigin
	}
	if m.Trusted {
		bits |= markTrusted
	}
	if m.Secret {
		bits |= markSecret
	}
	if m.Vault != "" {
		bits |= markVault
	}
	e.b = append(e.b, bits)
	if bits&markOrigin != 0 {
		e.pos(m.Origin)
	}
	if bits&markVault != 0 {
		e.text(m.Vault)
	}
}

func (e *encoder) tag(tag byte, v value.Value) {
	e.b = append(e.b, tag)
	e.marks(value.MarksOf(v))
}

// value writes a value; nil is one too. What is lazy is evaluated.
func (e *encoder) value(v value.Value) {
	switch v := v.(type) {
	case nil:
		e.b = append(e.b, tagNil)
	case value.NoneType:
		e.b = append(e.b, tagNone)
	case value.Bool:
		e.b = append(e.b, tagFalse)
		if v {
			e.b[len(e.b)-1] = tagTrue
		}
	case value.Str:
		if value.MarksOf(v).IsZero() || e.content {
			e.b = append(e.b, tagPlain)
			e.secret = e.secret || value.IsSecret(v)
		} else {
			e.tag(tagStr, v)
		}
		e.text(v.String())
	case value.Int:
		if n, small := v.Int64(); small {
			e.tag(tagInt, v)
			e.b = binary.AppendVarint(e.b, n)
			return
		}
		e.tag(tagBigInt, v)
		e.text(v.String())
	case value.Float:
		e.tag(tagFloat, v)
		e.b = binary.LittleEndian.AppendUint64(e.b, math.Float64bits(v.Float64()))
	case value.Bytes:
		e.tag(tagBytes, v)
		e.text(string(v.Bytes()))
	default:
		e.compound(v)
	}
}

func (e *encoder) compound(v value.Value) {
	switch v := v.(type) {
	case *value.List:
		elems := v.Stored()
		if v.IsLazy() {
			var err error
			if elems, err = v.Elems(); err != nil {
				e.fail(err)
				return
			}
		}
		e.tag(tagList, v)
		e.values(elems)
	case value.Tuple:
		e.tag(tagTuple, v)
		e.values(v.Elems())
	case *value.Set:
		e.tag(tagSet, v)
		e.values(v.Members())
	case *value.Dict:
		e.tag(tagDict, v)
		e.dict(v)
	case value.DateTime:
		e.tag(tagDateTime, v)
		e.time(v.Time)
		e.flag(v.Aware)
	case value.Date:
		e.tag(tagDate, v)
		e.time(v.Time)
	case value.TimeDelta:
		e.b = append(e.b, tagTimeDelta)
		e.b = binary.AppendVarint(e.b, int64(v))
	case vaulted:
		e.b = append(e.b, tagVault)
		if !e.content {
			e.pos(v.Pos())
		}
		e.text(v.Ciphertext())
	case value.Deferred:
		r, err := v.Resolve()
		if err != nil {
			e.fail(err)
			return
		}
		e.value(r)
	default:
		e.fail(fmt.Errorf("a value of type %s can't be kept", v.Type()))
	}
}

func (e *encoder) fail(err error) {
	if e.err == nil {
		e.err = err
	}
	e.b = append(e.b, tagNil)
}

func (e *encoder) values(elems []value.Value) {
	e.uint(uint64(len(elems)))
	for _, v := range elems {
		e.value(v)
	}
}

func (e *encoder) dict(d *value.Dict) {
	e.uint(uint64(d.Len()))
	for it := d.Iterate(); it.Next(); {
		e.value(it.Key())
		v := it.Stored()
		if d.IsLazy() {
			var err error
			if v, err = it.Value(); err != nil {
				e.fail(err)
				continue
			}
		}
		e.value(v)
	}
}

func (e *encoder) time(t time.Time) {
	b, err := t.MarshalBinary()
	if err != nil { // a zone with an offset of seconds, say
		b, err = t.UTC().MarshalBinary()
	}
	if err != nil {
		e.fail(err)
	}
	e.text(string(b))
}

func (e *encoder) fault(f *result.Fault) {
	for ; f != nil; f = f.Cause {
		e.flag(true)
		e.text(f.Msg)
		e.pos(f.Pos)
		e.text(f.Hint)
		e.flag(f.Apart)
	}
	e.flag(false)
}

func (e *encoder) warnings(list []result.Warning) {
	e.uint(uint64(len(list)))
	for _, w := range list {
		e.text(w.Text)
		e.pos(w.Pos)
		e.text(w.Help)
	}
}

// optional writes a dict that may be nil.
func (e *encoder) optional(d *value.Dict) {
	if d == nil {
		e.value(nil)
		return
	}
	e.value(d)
}

func (e *encoder) result(r *result.Result) {
	e.secret = e.secret || r.NoLog
	e.b = append(e.b, byte(r.Status), byte(r.Diff))
	for _, is := range []bool{r.Changed, r.NoLog, r.Ignored, r.VerboseAlways, r.Quiet, r.Include, r.Raised, r.Unmet, r.Cacheable, r.Loop} {
		e.flag(is)
	}
	e.uint(uint64(r.Attempts))
	e.optional(r.Values)
	e.fault(r.Fault)
	e.optional(r.Facts)
	e.text(r.FactsOf)
	e.optional(r.Included)
	e.optional(r.Stats)
	if e.flag(r.Item != nil); r.Item != nil {
		e.text(r.Item.Var)
		e.value(r.Item.Value)
		e.value(r.Item.Label)
		e.optional(r.Item.More)
	}
	e.uint(uint64(len(r.Items)))
	for _, item := range r.Items {
		e.result(item)
	}
	e.warnings(r.Warnings)
	e.warnings(r.Deprecations)
}

func (e *encoder) outcome(o Outcome) {
	e.text(o.Delegated)
	e.result(o.Result)
	e.uint(uint64(len(o.Notify)))
	for _, n := range o.Notify {
		e.text(n)
	}
	e.uint(uint64(len(o.Includes)))
	for _, i := range o.Includes {
		e.b = append(e.b, i.Kind)
		e.optional(i.Args)
		e.optional(i.Vars)
		e.text(i.Label)
		e.flag(i.Item)
	}
}
