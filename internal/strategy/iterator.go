// Package strategy decides which task runs next on which hosts. It walks the tasks of a play as a state machine for each
// host (blocks, rescue, always, what includes bring) and lets a strategy pick from the hosts' next tasks. It runs
// nothing itself and shows nothing.
package strategy

import (
	"slices"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
)

// Key is the place of a task in the order of a play; keys compare element by element. What an include brings sorts
// behind the include and before the task after it.
type Key []int32

// Compare is -1, 0 or +1.
func (k Key) Compare(o Key) int { return slices.Compare(k, o) }

// Iterator walks one host through the tasks of a play. It is used by one goroutine at a time.
type Iterator struct {
	stack  []frame
	failed bool
}

type part uint8

const (
	tasksPart part = iota
	rescuePart
	alwaysPart
)

// frame is a list of nodes that the host is in: a part of a block, or a list without a block of its own.
type frame struct {
	nodes  []playbook.Node
	next   int
	block  *playbook.Block // nil for a bare list
	part   part
	failed bool // with alwaysPart: the block failed, and stays failed after it
	prefix Key
}

// NewIterator starts a host before the first of the blocks.
func NewIterator(blocks []*playbook.Block) *Iterator {
	it := &Iterator{}
	it.push(blocks, nil)
	return it
}

func (it *Iterator) push(blocks []*playbook.Block, prefix Key) {
	nodes := make([]playbook.Node, len(blocks))
	for i, b := range blocks {
		nodes[i] = b
	}
	it.stack = append(it.stack, frame{nodes: nodes, prefix: prefix})
}

// Peek returns the host's next task and its place, or nil when the host is at the end or has failed.
func (it *Iterator) Peek() (*playbook.Task, Key) {
	for len(it.stack) > 0 && !it.failed {
		f := &it.stack[len(it.stack)-1]
		if f.next >= len(f.nodes) {
			it.endPart()
			continue
		}
		switch n := f.nodes[f.next].(type) {
		case *playbook.Task:
			return n, f.key()
		case *playbook.Block:
			prefix := f.key()
			f.next++
			it.stack = append(it.stack, frame{nodes: n.Tasks, block: n, prefix: prefix})
		}
	}
	return nil, nil
}

func (f *frame) key() Key {
	return append(slices.Clip(slices.Clone(f.prefix)), int32(f.part), int32(f.next))
}

// endPart leaves the part of the block whose nodes are through: to its always part, or to what is around it.
func (it *Iterator) endPart() {
	f := &it.stack[len(it.stack)-1]
	if f.block != nil && f.part != alwaysPart && len(f.block.Always) > 0 {
		f.part, f.nodes, f.next = alwaysPart, f.block.Always, 0
		return
	}
	failed := f.failed
	it.stack = it.stack[:len(it.stack)-1]
	if failed {
		it.Fail()
	}
}

// Advance goes past the next task, which went well or was skipped.
func (it *Iterator) Advance() {
	if n := len(it.stack); n > 0 {
		it.stack[n-1].next++
	}
}

// Include goes past the next task, an include, and puts what it brought before all that follows. The number of a part
// is the same on every host that includes the same, so that these hosts stay together.
func (it *Iterator) Include(parts []Included) {
	_, key := it.Peek()
	it.Advance()
	for i := len(parts) - 1; i >= 0; i-- {
		it.push(parts[i].Blocks, append(slices.Clip(key), int32(parts[i].Number)))
	}
}

// Included is what an include brought.
type Included struct {
	Number int
	Blocks []*playbook.Block
}

// Fail goes on after the next task failed: to the rescue part of the nearest block that has one, through always parts on
// the way out, or to the end. It reports whether a rescue takes over.
func (it *Iterator) Fail() (rescued bool) {
	for len(it.stack) > 0 {
		f := &it.stack[len(it.stack)-1]
		if f.block != nil {
			switch {
			case f.part == tasksPart && len(f.block.Rescue) > 0:
				f.part, f.nodes, f.next = rescuePart, f.block.Rescue, 0
				return true
			case f.part != alwaysPart && len(f.block.Always) > 0:
				f.part, f.nodes, f.next, f.failed = alwaysPart, f.block.Always, 0, true
				return false
			}
		}
		it.stack = it.stack[:len(it.stack)-1]
	}
	it.failed = true
	return false
}

// Failed reports whether the host failed for good.
func (it *Iterator) Failed() bool { return it.failed }

// End takes the host out of the play: nothing is next.
func (it *Iterator) End() { it.stack = nil }
