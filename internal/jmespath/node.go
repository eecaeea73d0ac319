package jmespath

import "github.com/seed-6d8ad27c/kimai-ansible/internal/value"

// node is a part of an expression.
type node interface {
	eval(r *run, v value.Value) (value.Value, error)
	// copies bounds how often the value that the node is given can be in what it makes, up to maxCopies.
	copies() int
}

// What a node is made of; the names are those of the specification.
type (
	identityNode   struct{}                   // @, and what stands for the elements of a projection
	fieldNode      struct{ name string }      // name, "name"
	literalNode    struct{ val value.Value }  // `1`, 'text'
	indexNode      struct{ i int }            // [0]
	sliceNode      struct{ part [3]*int }     // [start:stop:step]
	subNode        struct{ left, right node } // left.right, left | right
	atNode         struct{ left, right node } // left[0]
	flattenNode    struct{ of node }          // of[]
	projectionNode struct{ of, each node }    // of[*].each
	valuesNode     struct{ of, each node }    // of.*.each
	filterNode     struct{ of, when, each node }
	listNode       struct{ elems []node } // [a, b]
	hashNode       struct {               // {a: b}
		names []string
		elems []node
	}
	orNode      struct{ left, right node }
	andNode     struct{ left, right node }
	notNode     struct{ of node }
	compareNode struct {
		op          kind
		left, right node
	}
	exprefNode   struct{ of node } // &of
	functionNode struct {
		name string
		args []node
	}
)

const (
	maxCopies  = 1 << 30
	manyCopies = 1000 // what an expression may make of a value without its parts being counted
)

func times(a, b int) int { return min(max(a, 1)*max(b, 1), maxCopies) }

func sum(nodes ...node) int {
	n := 0
	for _, x := range nodes {
		n = min(n+x.copies(), maxCopies)
	}
	return n
}

func (identityNode) copies() int     { return 1 }
func (fieldNode) copies() int        { return 1 }
func (literalNode) copies() int      { return 1 }
func (indexNode) copies() int        { return 1 }
func (sliceNode) copies() int        { return 1 }
func (n subNode) copies() int        { return times(n.left.copies(), n.right.copies()) }
func (n atNode) copies() int         { return n.left.copies() }
func (n flattenNode) copies() int    { return n.of.copies() }
func (n projectionNode) copies() int { return times(n.of.copies(), n.each.copies()) }
func (n valuesNode) copies() int     { return times(n.of.copies(), n.each.copies()) }
func (n filterNode) copies() int {
	return times(times(n.of.copies(), n.each.copies()), n.when.copies())
}
func (n listNode) copies() int    { return sum(n.elems...) }
func (n hashNode) copies() int    { return sum(n.elems...) }
func (n orNode) copies() int      { return sum(n.left, n.right) }
func (n andNode) copies() int     { return sum(n.left, n.right) }
func (n notNode) copies() int     { return n.of.copies() }
func (n compareNode) copies() int { return sum(n.left, n.right) }
func (n exprefNode) copies() int  { return n.of.copies() }

func (n functionNode) copies() int {
	c := 1
	for _, a := range n.args {
		c = times(c, a.copies())
	}
	return c
}
