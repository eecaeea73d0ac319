package value

import (
	"hash/maphash"
	"math/bits"
)

// strIndex finds the entries of a dict by their str keys: a hash table with open addressing, whose slots hold the number of an
// entry plus one, 0 is a free slot. The keys are in the entries alone. That of a deleted entry keeps its slot until the table
// is made anew; it has no key that could be found. The length is a power of two, at least twice the number of entries.
type strIndex []uint32

// seed makes the order of keys in a table one that nobody outside can know.
var seed = maphash.MakeSeed()

// find gives the entry with the key, -1 when there is none.
func (x strIndex) find(entries []entry, key string) int {
	mask := uint32(len(x) - 1)
	for at := uint32(maphash.String(seed, key)) & mask; x[at] != 0; at = (at + 1) & mask {
		if i := int(x[at] - 1); entries[i].is(key) {
			return i
		}
	}
	return -1
}

// add puts an entry into a free slot. There is one.
func (x strIndex) add(key string, entry int) {
	mask := uint32(len(x) - 1)
	at := uint32(maphash.String(seed, key)) & mask
	for x[at] != 0 {
		at = (at + 1) & mask
	}
	x[at] = uint32(entry + 1)
}

// newStrIndex gives the table of entries, with room for room of them.
func newStrIndex(entries []entry, room int) strIndex {
	x := make(strIndex, 1<<bits.Len(uint(2*room-1)))
	for i := range entries {
		if e := &entries[i]; e.str {
			x.add(e.name, i)
		}
	}
	return x
}
