package wire

import (
	"hash/maphash"
	"sync/atomic"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// texts are short texts that were read before. The keys of results, and values such as "root" and "0644", come again and again:
// a run holds each of them once. A text has one place, from which another one may drive it out; so they stay few.
type texts [1024]atomic.Pointer[knownText]

type knownText struct {
	text string
	str  value.Value
}

// common are the texts of this process.
var common texts

// longestCommon is the length in bytes of the longest text that is kept.
const longestCommon = 24

var seed = maphash.MakeSeed()

func (t *texts) find(b []byte) *knownText {
	place := &t[maphash.Bytes(seed, b)%uint64(len(t))]
	if k := place.Load(); k != nil && k.text == string(b) {
		return k
	}
	text := string(b)
	k := &knownText{text, value.NewStr(text)}
	place.Store(k)
	return k
}

// text gives a text.
func (t *texts) text(b []byte) string {
	if len(b) > longestCommon {
		return string(b)
	}
	return t.find(b).text
}

// str gives a text as a value.
func (t *texts) str(b []byte) value.Value {
	if len(b) > longestCommon {
		return value.NewStr(string(b))
	}
	return t.find(b).str
}
