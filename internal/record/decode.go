package record

import (
	"encoding/binary"
	"errors"
	"math"
	"math/big"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// errBody is the error of an entry that is not what encode writes.
var errBody = errors.New("an entry of the record is not understood")

// maxDepth is how deep values may be nested: no text of a file may exhaust the stack.
const maxDepth = 1000

// decoder reads what encoder wrote. After the first error it gives zero values.
type decoder struct {
	b     []byte
	files []*source.File
	depth int
	err   error

	file  func(name string, sensitive bool) *source.File        // the file of a place
	vault func(text string, at source.Pos) (value.Value, error) // an inline vault
	taken func(secret string)                                   // told of each text that is marked secret
}

func (d *decoder) fail() {
	if d.err == nil {
		d.err = errBody
	}
	d.b = nil
}

func (d *decoder) byte() byte {
	if len(d.b) == 0 {
		d.fail()
		return 0
	}
	c := d.b[0]
	d.b = d.b[1:]
	return c
}

func (d *decoder) uint() uint64 {
	n, size := binary.Uvarint(d.b)
	if size <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[size:]
	return n
}

func (d *decoder) int() int64 {
	n, size := binary.Varint(d.b)
	if size <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[size:]
	return n
}

// count reads how many follow; each takes a byte at least.
func (d *decoder) count() int {
	n := d.uint()
	if n > uint64(len(d.b)) {
		d.fail()
		return 0
	}
	return int(n)
}

func (d *decoder) text() string {
	n := d.count()
	s := string(d.b[:n])
	d.b = d.b[n:]
	return s
}

func (d *decoder) flag() bool { return d.byte() == 1 }

func (d *decoder) pos() source.Pos {
	n := d.uint()
	if n == 0 {
		return source.Pos{}
	}
	if n == uint64(len(d.files))+1 {
		name, sensitive := d.text(), d.flag()
		if d.err != nil {
			return source.Pos{}
		}
		d.files = append(d.files, d.file(name, sensitive))
	}
	if n > uint64(len(d.files)) {
		d.fail()
		return source.Pos{}
	}
	line, col := d.uint(), d.uint()
	return source.At(d.files[n-1], int(int32(line)), int(int32(col)))
}

func (d *decoder) marks() value.Marks {
	bits := d.byte()
	m := value.Marks{Trusted: bits&markTrusted != 0, Secret: bits&markSecret != 0}
	if bits&markOrigin != 0 {
		m.Origin = d.pos()
	}
	if bits&markVault != 0 {
		m.Vault = d.text()
	}
	return m
}

// value reads a value; nil is one too.
func (d *decoder) value() value.Value {
	if d.depth++; d.depth > maxDepth {
		d.fail()
	}
	defer func() { d.depth-- }()
	switch tag := d.byte(); tag {
	case tagNil:
		return nil
	case tagNone:
		return value.None
	case tagFalse:
		return value.False
	case tagTrue:
		return value.True
	case tagPlain:
		return value.NewStr(d.text())
	case tagTimeDelta:
		return value.TimeDelta(d.int())
	case tagVault:
		at := d.pos()
		v, err := d.vault(d.text(), at)
		if err != nil {
			d.fail()
		}
		return v
	case tagInt, tagBigInt, tagFloat, tagStr, tagBytes, tagList, tagTuple, tagDict, tagSet, tagDateTime, tagDate:
		m := d.marks()
		v := d.marked(tag, m)
		if v == nil || d.err != nil {
			d.fail()
			return value.None
		}
		if m.IsZero() {
			return v
		}
		return value.WithMarks(v, m)
	}
	d.fail()
	return value.None
}

func (d *decoder) marked(tag byte, m value.Marks) value.Value {
	switch tag {
	case tagInt:
		return value.NewInt(d.int())
	case tagBigInt:
		if n, ok := new(big.Int).SetString(d.text(), 10); ok {
			return value.NewBigInt(n)
		}
	case tagFloat:
		if len(d.b) >= 8 {
			f := math.Float64frombits(binary.LittleEndian.Uint64(d.b))
			d.b = d.b[8:]
			return value.NewFloat(f)
		}
	case tagStr:
		s := d.text()
		if m.Secret && d.err == nil {
			d.taken(s)
		}
		return value.NewStr(s)
	case tagBytes:
		return value.NewBytes([]byte(d.text()))
	case tagList:
		return value.NewList(d.values()...)
	case tagTuple:
		return value.NewTuple(d.values()...)
	case tagSet:
		if s, err := value.NewSet(d.values()...); err == nil {
			return s
		}
	case tagDict:
		return d.dict()
	case tagDateTime:
		return value.DateTime{Time: d.time(), Aware: d.flag()}
	case tagDate:
		return value.Date{Time: d.time()}
	}
	return nil
}

func (d *decoder) values() []value.Value {
	n := d.count()
	list := make([]value.Value, 0, min(n, 1024))
	for range n {
		v := d.value()
		if d.err != nil || v == nil {
			d.fail()
			return nil
		}
		list = append(list, v)
	}
	return list
}

func (d *decoder) dict() value.Value {
	out := value.NewDict()
	for range d.count() {
		key := d.value()
		v := d.value()
		if d.err != nil || key == nil || v == nil || out.Set(key, v) != nil {
			d.fail()
			return nil
		}
	}
	return out
}

func (d *decoder) time() (t time.Time) {
	if t.UnmarshalBinary([]byte(d.text())) != nil {
		d.fail()
	}
	if _, offset := t.Zone(); offset == 0 {
		t = t.UTC()
	}
	return t
}

func (d *decoder) fault() *result.Fault {
	var first *result.Fault
	at := &first
	for d.flag() {
		*at = &result.Fault{Msg: d.text(), Pos: d.pos(), Hint: d.text(), Apart: d.flag()}
		at = &(*at).Cause
	}
	return first
}

func (d *decoder) warnings() []result.Warning {
	var list []result.Warning
	for range d.count() {
		list = append(list, result.Warning{Text: d.text(), Pos: d.pos(), Help: d.text()})
	}
	return list
}

// optional reads a dict that may be nil.
func (d *decoder) optional() *value.Dict {
	switch v := d.value().(type) {
	case nil:
	case *value.Dict:
		return v
	default:
		d.fail()
	}
	return nil
}

func (d *decoder) result() *result.Result {
	if d.depth++; d.depth > maxDepth {
		d.fail()
	}
	defer func() { d.depth-- }()
	r := &result.Result{Status: result.Status(d.byte()), Diff: result.DiffMode(d.byte())}
	if r.Status > result.Unreachable || r.Diff > result.DiffHidden {
		d.fail()
	}
	for _, is := range []*bool{&r.Changed, &r.NoLog, &r.Ignored, &r.VerboseAlways, &r.Quiet, &r.Include, &r.Raised, &r.Unmet, &r.Cacheable, &r.Loop} {
		*is = d.flag()
	}
	r.Attempts = int(d.uint())
	r.Values = d.optional()
	r.Fault = d.fault()
	r.Facts = d.optional()
	r.FactsOf = d.text()
	r.Included = d.optional()
	r.Stats = d.optional()
	if d.flag() {
		r.Item = &result.Item{Var: d.text(), Value: d.value(), Label: d.value(), More: d.optional()}
	}
	for range d.count() {
		r.Items = append(r.Items, d.result())
		if d.err != nil {
			return r
		}
	}
	r.Warnings, r.Deprecations = d.warnings(), d.warnings()
	return r
}

func (d *decoder) outcome() Outcome {
	o := Outcome{Delegated: d.text(), Result: d.result()}
	for range d.count() {
		o.Notify = append(o.Notify, d.text())
	}
	for range d.count() {
		o.Includes = append(o.Includes, Include{Kind: d.byte(), Args: d.optional(), Vars: d.optional(), Label: d.text(), Item: d.flag()})
	}
	if len(d.b) > 0 {
		d.fail()
	}
	return o
}
