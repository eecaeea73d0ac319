package wire

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// The first byte of a value says its type.
const (
	tagNone   = 'n'
	tagTrue   = 't'
	tagFalse  = 'f'
	tagInt    = 'i' // zigzag varint
	tagBigInt = 'I' // decimal text
	tagFloat  = 'd' // 8 bytes, IEEE 754
	tagStr    = 's' // length, bytes
	tagSecret = 'S' // the same, marked secret
	tagBytes  = 'b' // length, bytes
	tagList   = 'l' // count, values
	tagTuple  = 'u' // count, values
	tagSet    = 'e' // count, values
	tagDict   = 'm' // count, keys and values in turn
)

// The limits of a value that is read: what is nested deeper, or has more elements, is refused.
const (
	maxDepth    = 200
	maxElements = 8 << 20
)

// AppendValue appends the encoding of a value to dst. Of its marks only Secret travels: where a text stood in a
// playbook is of no use on a target, and what comes back from one is never trusted as a template. A value that has no
// encoding (an undefined one, a function) is an error.
func AppendValue(dst []byte, v value.Value) ([]byte, error) { return appendValue(dst, v, 0) }

func appendValue(dst []byte, v value.Value, depth int) ([]byte, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("a value that is nested more than %d deep", maxDepth)
	}
	switch v := v.(type) {
	case nil, value.NoneType:
		return append(dst, tagNone), nil
	case value.Bool:
		if v {
			return append(dst, tagTrue), nil
		}
		return append(dst, tagFalse), nil
	case value.Int:
		if n, ok := v.Int64(); ok {
			return binary.AppendVarint(append(dst, tagInt), n), nil
		}
		return appendText(append(dst, tagBigInt), v.Big().String()), nil
	case value.Float:
		return binary.BigEndian.AppendUint64(append(dst, tagFloat), math.Float64bits(v.Float64())), nil
	case value.Str:
		tag := byte(tagStr)
		if v.Secret() {
			tag = tagSecret
		}
		return appendText(append(dst, tag), v.String()), nil
	case value.Bytes:
		return appendText(append(dst, tagBytes), string(v.Bytes())), nil
	case *value.List:
		elems, err := v.Elems()
		if err != nil {
			return nil, err
		}
		return appendAll(append(dst, tagList), elems, depth)
	case value.Tuple:
		return appendAll(append(dst, tagTuple), v.Elems(), depth)
	case *value.Set:
		return appendAll(append(dst, tagSet), v.Members(), depth)
	case *value.Dict:
		return appendDict(dst, v, depth)
	case value.Deferred:
		made, err := v.Resolve()
		if err != nil {
			return nil, err
		}
		return appendValue(dst, made, depth+1)
	case value.DateTime, value.Date, value.TimeDelta: // what YAML makes of a timestamp: modules take texts
		text, err := value.Text(v)
		if err != nil {
			return nil, err
		}
		return appendText(append(dst, tagStr), text), nil
	}
	return nil, fmt.Errorf("a value of the type %s can't be sent to a target", v.Type())
}

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

func appendAll(dst []byte, elems []value.Value, depth int) (_ []byte, err error) {
	dst = binary.AppendUvarint(dst, uint64(len(elems)))
	for _, e := range elems {
		if dst, err = appendValue(dst, e, depth+1); err != nil {
			return nil, err
		}
	}
	return dst, nil
}

func appendDict(dst []byte, d *value.Dict, depth int) (_ []byte, err error) {
	dst = binary.AppendUvarint(append(dst, tagDict), uint64(d.Len()))
	for it := d.Iterate(); it.Next(); {
		if name, ok, secret := it.Name(); ok && !secret {
			dst = appendText(append(dst, tagStr), name)
		} else if dst, err = appendValue(dst, it.Key(), depth+1); err != nil {
			return nil, err
		}
		v, err := it.Value()
		if err != nil {
			return nil, err
		}
		if dst, err = appendValue(dst, v, depth+1); err != nil {
			return nil, err
		}
	}
	return dst, nil
}

// DecodeValue reads a value that is the whole of b.
func DecodeValue(b []byte) (value.Value, error) {
	d := decoder{b: b, left: maxElements}
	v := d.value(0)
	if d.err == nil && len(d.b) > 0 {
		d.fail("%d bytes after a value", len(d.b))
	}
	if d.err != nil {
		return nil, d.err
	}
	return v, nil
}

// decoder reads values. After the first error it gives None.
type decoder struct {
	b    []byte
	left int // elements that may still come
	err  error
}

func (d *decoder) fail(format string, args ...any) value.Value {
	if d.err == nil {
		d.err = broken(format, args...)
	}
	d.b = nil
	return value.None
}

func (d *decoder) uvarint() uint64 {
	n, size := binary.Uvarint(d.b)
	if size <= 0 {
		d.fail("a length that ends too soon")
		return 0
	}
	d.b = d.b[size:]
	return n
}

func (d *decoder) varint() int64 {
	n, size := binary.Varint(d.b)
	if size <= 0 {
		d.fail("a number that ends too soon")
		return 0
	}
	d.b = d.b[size:]
	return n
}

func (d *decoder) text() string { return string(d.bytes()) }

// bytes reads a length and gives so many bytes of the message.
func (d *decoder) bytes() []byte {
	n := d.uvarint()
	if n > uint64(len(d.b)) {
		d.fail("a text of %d bytes where %d are left", n, len(d.b))
		return nil
	}
	b := d.b[:n]
	d.b = d.b[n:]
	return b
}

// count reads how many elements follow. Each takes at least a byte, so a count beyond what is left is a lie.
func (d *decoder) count(each int) int {
	n := d.uvarint()
	if n > uint64(len(d.b)/each) || n > uint64(d.left/each) {
		d.fail("%d elements where %d bytes are left", n, len(d.b))
		return 0
	}
	d.left -= int(n) * each
	return int(n)
}

func (d *decoder) elems(depth int) []value.Value {
	n := d.count(1)
	elems := make([]value.Value, 0, min(n, 1024))
	for range n {
		if d.err != nil {
			return nil
		}
		elems = append(elems, d.value(depth+1))
	}
	return elems
}

func (d *decoder) value(depth int) value.Value {
	if len(d.b) == 0 {
		return d.fail("a value that ends too soon")
	}
	if depth > maxDepth {
		return d.fail("a value that is nested more than %d deep", maxDepth)
	}
	tag := d.b[0]
	d.b = d.b[1:]
	switch tag {
	case tagNone:
		return value.None
	case tagTrue:
		return value.True
	case tagFalse:
		return value.False
	case tagInt:
		return value.NewInt(d.varint())
	case tagBigInt:
		return d.bigInt()
	case tagFloat:
		if len(d.b) < 8 {
			return d.fail("a number that ends too soon")
		}
		f := math.Float64frombits(binary.BigEndian.Uint64(d.b))
		d.b = d.b[8:]
		return value.NewFloat(f)
	case tagStr:
		return common.str(d.bytes())
	case tagSecret:
		return value.NewMarkedStr(d.text(), value.Marks{Secret: true})
	case tagBytes:
		return value.NewBytes(d.bytes())
	}
	return d.container(tag, depth)
}

// entry reads an entry of a dict and reports whether there was one.
func (d *decoder) entry(dict *value.Dict, depth int) bool {
	if len(d.b) > 0 && d.b[0] == tagStr {
		d.b = d.b[1:]
		name := common.text(d.bytes())
		v := d.value(depth + 1)
		if d.err == nil {
			dict.SetStr(name, v)
		}
		return d.err == nil
	}
	k := d.value(depth + 1)
	v := d.value(depth + 1)
	if d.err != nil {
		return false
	}
	if err := dict.Set(k, v); err != nil {
		d.fail("a key: %v", err)
	}
	return d.err == nil
}

func (d *decoder) bigInt() value.Value {
	text := d.text()
	if len(text) > 10000 { // reading a number takes the square of its length
		return d.fail("a number of %d digits", len(text))
	}
	n, ok := new(big.Int).SetString(text, 10)
	if !ok && d.err == nil {
		return d.fail("%q is no number", text)
	}
	if d.err != nil {
		return value.None
	}
	return value.NewBigInt(n)
}

func (d *decoder) container(tag byte, depth int) value.Value {
	switch tag {
	case tagList:
		return value.NewList(d.elems(depth)...)
	case tagTuple:
		return value.NewTuple(d.elems(depth)...)
	case tagSet:
		s, err := value.NewSet(d.elems(depth)...)
		if err != nil {
			return d.fail("a set: %v", err)
		}
		return s
	case tagDict:
		n := d.count(2)
		dict := value.MakeDict(min(n, 1024))
		for range n {
			if !d.entry(dict, depth) {
				return value.None
			}
		}
		return dict
	}
	return d.fail("a value of the unknown kind %q", tag)
}
