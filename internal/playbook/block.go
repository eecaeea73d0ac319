package playbook

import "github.com/seed-6d8ad27c/kimai-ansible/internal/source"

// Node is an element of a list of tasks: a *Task or a *Block.
type Node interface {
	// Place is where the node was written.
	Place() source.Pos
}

// Block is a list of tasks with what is done when one of them fails and what is done in any case. A list of tasks that
// was written without `block` is one too, an implicit one without keywords.
type Block struct {
	Scope    *Scope // of the block itself; for an implicit block that of the list around it
	Pos      source.Pos
	Implicit bool   // made by the loader, not written
	file     string // absolute path of the file it is written in
	Tasks    []Node // block
	Rescue   []Node
	Always   []Node
}

// Place is where the block was written.
func (b *Block) Place() source.Pos { return b.Pos }

// File returns the absolute path of the file that the block is written in, "" for one that nobody wrote.
func (b *Block) File() string { return b.file }

// Walk calls f for every task in the block, in the order block, rescue, always, inner blocks included.
func (b *Block) Walk(f func(*Task)) {
	for _, list := range [][]Node{b.Tasks, b.Rescue, b.Always} {
		for _, n := range list {
			switch n := n.(type) {
			case *Task:
				f(n)
			case *Block:
				n.Walk(f)
			}
		}
	}
}

var (
	_ Node = (*Block)(nil)
	_ Node = (*Task)(nil)
)
