package value

import (
	"maps"
	"slices"
)

// Dict is Python's dict: it keeps insertion order and takes any hashable key. A lazy dict keeps its values as they were
// stored and resolves each when it is read.
type Dict struct {
	entries []entry
	strs    strIndex          // for str keys; nil while there are few entries
	others  map[hashKey]int32 // key -> entry, for all other keys
	shared  bool              // strs and others belong to another dict too
	dead    int               // deleted entries
	lazy    Resolver
	m       *Marks
}

// entry keeps the text of a str key beside the key, so that a look-up follows one pointer less. One without marks needs nothing else.
type entry struct {
	name     string // of a str key
	val, key Value  // key is nil where the key is a str without marks, and in a deleted entry
	str      bool   // the key is a str
	done     bool   // with lazy: val is resolved
}

// deleted reports whether there is nothing.
func (e *entry) deleted() bool { return e.key == nil && !e.str }

// keyValue is the key as a value.
func (e *entry) keyValue() Value {
	if e.key == nil {
		return NewStr(e.name)
	}
	return e.key
}

// is reports whether the key of e is the str name.
func (e *entry) is(name string) bool { return e.name == name && e.str }

// smallDict is the size up to which str keys are found by a walk, without an index.
const smallDict = 8

// firstDict is the room that a dict has when its first entry comes.
const firstDict = 4

// NewDict gives an empty dict.
func NewDict() *Dict { return &Dict{} }

// MakeDict gives an empty dict with room for n entries.
func MakeDict(n int) *Dict {
	d := &Dict{entries: make([]entry, 0, n)}
	if n > smallDict {
		d.strs = newStrIndex(nil, n)
	}
	return d
}

// DictOf gives a dict of str keys and values, taken in turn: DictOf("a", one, "b", two).
func DictOf(pairs ...any) *Dict {
	d := MakeDict(len(pairs) / 2)
	for i := 0; i+1 < len(pairs); i += 2 {
		d.SetStr(pairs[i].(string), pairs[i+1].(Value))
	}
	return d
}

// NewLazyDict gives a dict with the keys of stored whose values pass through r when they are first read. stored is not
// changed, now or later.
func NewLazyDict(stored *Dict, r Resolver, m Marks) *Dict {
	d := &Dict{lazy: r, m: stored.m}
	if unpack(d.m) != m {
		d.m = pack(m)
	}
	if stored.dead == 0 {
		d.entries, d.strs, d.others, d.shared = make([]entry, len(stored.entries)), stored.strs, stored.others, true
		for i, e := range stored.entries {
			e.done = false
			d.entries[i] = e
		}
		return d
	}
	d.entries = make([]entry, 0, stored.Len())
	for _, e := range stored.entries {
		if !e.deleted() {
			e.done = false
			d.insert(e)
		}
	}
	return d
}

// own makes the indexes those of d alone, before one is changed.
func (d *Dict) own() {
	if d.shared {
		d.strs, d.others, d.shared = slices.Clone(d.strs), maps.Clone(d.others), false
	}
}

// Type returns "dict".
func (*Dict) Type() string { return "dict" }

// Len returns the number of entries.
func (d *Dict) Len() int { return len(d.entries) - d.dead }

// IsLazy reports whether a value may still have to be resolved.
func (d *Dict) IsLazy() bool { return d.lazy != nil }

func (d *Dict) find(key Value) (int, error) {
	if s, ok := key.(Str); ok {
		return d.findStr(s.s), nil
	}
	k, err := keyOf(key)
	if err != nil {
		return -1, err
	}
	if i, ok := d.others[k]; ok {
		return int(i), nil
	}
	return -1, nil
}

func (d *Dict) findStr(key string) int {
	if d.strs != nil {
		return d.strs.find(d.entries, key)
	}
	for i := range d.entries {
		if d.entries[i].is(key) {
			return i
		}
	}
	return -1
}

// insert adds an entry whose key is not there.
func (d *Dict) insert(e entry) {
	d.own()
	i := len(d.entries)
	if cap(d.entries) == 0 {
		d.entries = make([]entry, 0, firstDict)
	}
	d.entries = append(d.entries, e)
	if e.str {
		switch {
		case i < smallDict && d.strs == nil:
		case 2*len(d.entries) > len(d.strs):
			d.strs = newStrIndex(d.entries, 2*len(d.entries))
		default:
			d.strs.add(e.name, i)
		}
		return
	}
	k, _ := keyOf(e.key)
	if d.others == nil {
		d.others = map[hashKey]int32{}
	}
	d.others[k] = int32(i)
}

func (d *Dict) resolve(i int) (Value, error) {
	e := &d.entries[i]
	if d.lazy == nil || e.done {
		return e.val, nil
	}
	v, err := d.lazy.Resolve(e.val)
	if err != nil {
		return nil, err
	}
	e.val, e.done = v, true
	return v, nil
}

// Get returns the value under key, resolved, and whether there is one. An unhashable key is an *UnhashableError.
func (d *Dict) Get(key Value) (Value, bool, error) {
	i, err := d.find(key)
	if err != nil || i < 0 {
		return nil, false, err
	}
	v, err := d.resolve(i)
	return v, err == nil, err
}

// GetStr is Get for a str key.
func (d *Dict) GetStr(key string) (Value, bool, error) {
	i := d.findStr(key)
	if i < 0 {
		return nil, false, nil
	}
	v, err := d.resolve(i)
	return v, err == nil, err
}

// Stored returns what is stored under a str key, whether resolved or not, or nil. It is for loaders and for dicts that
// are known not to be lazy, such as module arguments and results.
func (d *Dict) Stored(key string) Value {
	if i := d.findStr(key); i >= 0 {
		return d.entries[i].val
	}
	return nil
}

// Has reports whether there is a value under a str key.
func (d *Dict) Has(key string) bool { return d.findStr(key) >= 0 }

// Contains reports whether there is a value under key.
func (d *Dict) Contains(key Value) (bool, error) {
	i, err := d.find(key)
	return i >= 0, err
}

// Set puts val under key: in the old place when the key is there, else at the end.
func (d *Dict) Set(key, val Value) error {
	i, err := d.find(key)
	if err != nil {
		return err
	}
	if i >= 0 {
		d.entries[i].val, d.entries[i].done = val, true
		return nil
	}
	s, ok := key.(Str)
	d.insert(entry{name: s.s, key: key, val: val, str: ok, done: true})
	return nil
}

// SetStr is Set for a str key.
func (d *Dict) SetStr(key string, val Value) {
	if i := d.findStr(key); i >= 0 {
		d.entries[i].val, d.entries[i].done = val, true
		return
	}
	d.insert(entry{name: key, val: val, str: true, done: true})
}

// Delete removes a key and reports whether it was there.
func (d *Dict) Delete(key Value) (bool, error) {
	i, err := d.find(key)
	if err != nil || i < 0 {
		return false, err
	}
	if !d.entries[i].str {
		d.own()
		k, _ := keyOf(key)
		delete(d.others, k)
	}
	d.entries[i] = entry{}
	d.dead++
	if d.dead > 16 && d.dead > len(d.entries)/2 {
		d.compact()
	}
	return true, nil
}

func (d *Dict) compact() {
	old := d.entries
	d.entries, d.strs, d.others, d.shared, d.dead = nil, nil, nil, false, 0
	for _, e := range old {
		if !e.deleted() {
			d.insert(e)
		}
	}
}

// DeleteStr is Delete for a str key.
func (d *Dict) DeleteStr(key string) bool {
	ok, _ := d.Delete(NewStr(key))
	return ok
}

// Keys returns the keys in order.
func (d *Dict) Keys() []Value {
	keys := make([]Value, 0, d.Len())
	for i := range d.entries {
		if e := &d.entries[i]; !e.deleted() {
			keys = append(keys, e.keyValue())
		}
	}
	return keys
}

// Copy gives a dict with the same entries, lazy if d is.
func (d *Dict) Copy() *Dict { return d.CopyFor(0) }

// CopyFor is Copy with room for more entries.
func (d *Dict) CopyFor(more int) *Dict {
	c := &Dict{lazy: d.lazy, m: d.m, entries: make([]entry, 0, d.Len()+more)}
	if d.dead == 0 {
		c.entries = append(c.entries, d.entries...)
		c.others = maps.Clone(d.others)
		switch room := len(d.entries) + more; {
		case 2*room <= len(d.strs):
			c.strs = slices.Clone(d.strs)
		case room > smallDict:
			c.strs = newStrIndex(c.entries, room)
		}
		return c
	}
	for _, e := range d.entries {
		if !e.deleted() {
			c.insert(e)
		}
	}
	return c
}

// DictIterator walks over the entries of a dict in order.
type DictIterator struct {
	d *Dict
	i int
}

// Iterate starts before the first entry: for it := d.Iterate(); it.Next(); { it.Key(); it.Value() }.
func (d *Dict) Iterate() *DictIterator { return &DictIterator{d: d, i: -1} }

// Next goes to the next entry and reports whether there is one.
func (it *DictIterator) Next() bool {
	for it.i++; it.i < len(it.d.entries); it.i++ {
		if !it.d.entries[it.i].deleted() {
			return true
		}
	}
	return false
}

// Key returns the key of the entry.
func (it *DictIterator) Key() Value { return it.d.entries[it.i].keyValue() }

// Name returns the text of the key of the entry, whether that is a str, and whether it is secret: Key, for those who want no more.
func (it *DictIterator) Name() (name string, ok, secret bool) {
	e := &it.d.entries[it.i]
	return e.name, e.str, e.str && e.key != nil && IsSecret(e.key)
}

// Value returns the value of the entry, resolved.
func (it *DictIterator) Value() (Value, error) { return it.d.resolve(it.i) }

// Stored returns the value of the entry as it is stored, whether resolved or not.
func (it *DictIterator) Stored() Value { return it.d.entries[it.i].val }
