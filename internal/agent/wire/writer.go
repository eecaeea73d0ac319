package wire

import (
	"encoding/binary"
	"slices"
	"sync"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// writer puts the fields of a message together, as reader takes them apart. After the first error it writes nothing that counts.
type writer struct {
	b   []byte
	err error
}

// writers keep what messages are put together in.
var writers = sync.Pool{New: func() any { return &writer{} }}

// largestKept is the size in bytes of the largest message whose memory is kept for others.
const largestKept = 16 << 10

// newWriter begins a message of n fields.
func newWriter(n int) *writer {
	w := writers.Get().(*writer)
	w.b, w.err = w.b[:0], nil
	w.list(n)
	return w
}

// bytes ends the message.
func (w *writer) bytes() ([]byte, error) {
	b, err := slices.Clone(w.b), w.err
	if cap(w.b) > largestKept {
		w.b = nil
	}
	writers.Put(w)
	if err != nil {
		return nil, err
	}
	return b, nil
}

// list begins a list of n elements.
func (w *writer) list(n int) { w.b = binary.AppendUvarint(append(w.b, tagList), uint64(n)) }

func (w *writer) int(n int)    { w.b = binary.AppendVarint(append(w.b, tagInt), int64(n)) }
func (w *writer) str(s string) { w.b = appendText(append(w.b, tagStr), s) }

func (w *writer) bool(b bool) {
	tag := byte(tagFalse)
	if b {
		tag = tagTrue
	}
	w.b = append(w.b, tag)
}

func (w *writer) strs(list []string) {
	w.list(len(list))
	for _, s := range list {
		w.str(s)
	}
}

// value writes any value, nil as None.
func (w *writer) value(v value.Value) {
	if w.err != nil {
		return
	}
	b, err := appendValue(w.b, v, 1)
	if w.err = err; err == nil {
		w.b = b
	}
}

// dict writes a dict, nil as None.
func (w *writer) dict(d *value.Dict) {
	if d == nil {
		w.value(nil)
		return
	}
	w.value(d)
}

// content writes what a call tells of its content, nil as None.
func (w *writer) content(c *Content) {
	if c == nil {
		w.value(nil)
		return
	}
	w.list(5)
	w.int(int(c.Size))
	w.str(c.SHA1)
	w.str(c.Label)
	w.bool(c.Dynamic)
	if !c.HasInline {
		w.value(nil)
		return
	}
	w.b = append(binary.AppendUvarint(append(w.b, tagBytes), uint64(len(c.Inline))), c.Inline...)
}
