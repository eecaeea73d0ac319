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
	paused bool // nothing is next until Resume
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

	handlers func() []*playbook.Task // of the play, as a flush walks them; nil for any other frame
	notified func(h *playbook.Task) bool
	pass     int32 // a handler may notify one that stands before it: that runs in the next pass
	chosen   bool  // the next node was given out by Peek
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

// Peek returns the host's next task and its place, or nil when the host is at the end, has failed or is paused.
func (it *Iterator) Peek() (*playbook.Task, Key) {
	for len(it.stack) > 0 && !it.failed && !it.paused {
		f := &it.stack[len(it.stack)-1]
		if f.next >= len(f.nodes) {
			it.endPart()
			continue
		}
		switch n := f.nodes[f.next].(type) {
		case *playbook.Task:
			if f.notified != nil && !f.chosen && !f.notified(n) {
				f.next++
				continue
			}
			f.chosen = true
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
	return append(slices.Clip(slices.Clone(f.prefix)), f.pass, int32(f.part), int32(f.next))
}

// endPart leaves the part of the block whose nodes are through: to its always part, or to what is around it.
func (it *Iterator) endPart() {
	f := &it.stack[len(it.stack)-1]
	if f.block != nil && f.part != alwaysPart && len(f.block.Always) > 0 {
		f.part, f.nodes, f.next = alwaysPart, f.block.Always, 0
		return
	}
	if f.again() {
		return
	}
	failed := f.failed
	it.stack = it.stack[:len(it.stack)-1]
	if failed {
		it.Fail()
	}
}

// again begins another pass over the handlers when some are notified by now.
func (f *frame) again() bool {
	if f.handlers == nil {
		return false
	}
	all := f.handlers()
	if !slices.ContainsFunc(all, f.notified) {
		return false
	}
	f.nodes, f.next, f.chosen = handlerNodes(all), 0, false
	f.pass++
	return true
}

func handlerNodes(all []*playbook.Task) []playbook.Node {
	nodes := make([]playbook.Node, len(all))
	for i, h := range all {
		nodes[i] = h
	}
	return nodes
}

// Flush goes past the next task, a flush of handlers, and puts the handlers before all that follows: those that are notified
// for the host when their turn comes, in their order, and again from the first on until none is.
func (it *Iterator) Flush(handlers func() []*playbook.Task, notified func(h *playbook.Task) bool) {
	_, key := it.Peek()
	it.Advance()
	it.stack = append(it.stack, frame{nodes: handlerNodes(handlers()), prefix: key, handlers: handlers, notified: notified})
}

// EndRole goes past all that is left of a role, always parts too, up to the task that last is true for.
func (it *Iterator) EndRole(last func(t *playbook.Task) bool) {
	for {
		if t, _ := it.Peek(); t == nil || last(t) {
			return
		}
		it.Advance()
	}
}

// Advance goes past the next task, which went well or was skipped.
func (it *Iterator) Advance() {
	if n := len(it.stack); n > 0 {
		it.stack[n-1].next++
		it.stack[n-1].chosen = false
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

// Prepend puts blocks before all that follows.
func (it *Iterator) Prepend(blocks []*playbook.Block) {
	it.push(blocks, Key{-1})
}

// Included is what an include brought.
type Included struct {
	Number int
	Blocks []*playbook.Block
}

// Fail goes on after the next task failed: to the rescue part of the nearest block that has one, through always parts on
// the way out, or to the end. It reports whether a rescue takes over in the end.
func (it *Iterator) Fail() (rescued bool) {
	rescued = it.Rescues()
	for len(it.stack) > 0 {
		f := &it.stack[len(it.stack)-1]
		if f.block != nil {
			switch {
			case f.part == tasksPart && len(f.block.Rescue) > 0:
				f.part, f.nodes, f.next, f.chosen = rescuePart, f.block.Rescue, 0, false
				return rescued
			case f.part != alwaysPart && len(f.block.Always) > 0:
				f.part, f.nodes, f.next, f.failed = alwaysPart, f.block.Always, 0, true
				return rescued
			}
		}
		it.stack = it.stack[:len(it.stack)-1]
	}
	it.failed = true
	return false
}

// Rescues reports whether a failure now ends in a rescue part, be it after always parts on the way.
func (it *Iterator) Rescues() bool {
	return slices.ContainsFunc(it.stack, func(f frame) bool {
		return f.block != nil && f.part == tasksPart && len(f.block.Rescue) > 0
	})
}

// Failed reports whether the host failed for good.
func (it *Iterator) Failed() bool { return it.failed }

// Ended reports whether the host is known to be at its end, or was taken out.
func (it *Iterator) Ended() bool { return len(it.stack) == 0 }

// Pause goes past the next task and leaves the host there: nothing is next until Resume.
func (it *Iterator) Pause() {
	it.Advance()
	it.paused = true
}

// Resume lets a host that was paused go on.
func (it *Iterator) Resume() { it.paused = false }

// End takes the host out of the play: nothing is next.
func (it *Iterator) End() { it.stack = nil }
