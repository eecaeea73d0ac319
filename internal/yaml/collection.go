package yaml

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"

	tree "go.yaml.in/yaml/v3"
)

func (c *constructor) tooLarge(n *tree.Node, size int64) error {
	if size <= maxExpanded {
		return nil
	}
	return c.refuse(n, "more than %d values when every alias is written out", maxExpanded).
		Hint("aliases that refer to aliases multiply; write the repeated part once")
}

func (c *constructor) sequence(n *tree.Node, tag string, depth int) (made, error) {
	switch tag {
	case tagSeq:
	case tagOmap, tagPairs:
		return c.pairs(n, tag, depth)
	default:
		return made{}, c.kindError(n, tag)
	}
	elems := make([]value.Value, len(n.Content))
	size := int64(1)
	for i, child := range n.Content {
		m, err := c.node(child, depth+1)
		if err != nil {
			return made{}, err
		}
		elems[i] = m.v
		if size += m.size; size > maxExpanded {
			return made{}, c.tooLarge(n, size)
		}
	}
	return made{value.WithMarks(value.NewList(elems...), c.marks(n)), size}, nil
}

// pair is one entry of a mapping.
type pair struct{ key, val *tree.Node }

func (c *constructor) mapping(n *tree.Node, tag string, depth int) (made, error) {
	switch tag {
	case tagMap:
	case tagSet:
		return c.set(n, depth)
	case tagStr, tagInt, tagFloat, tagBool, tagNull, tagBinary, tagTimestamp:
		return c.defaultValue(n, tag)
	default:
		return made{}, c.kindError(n, tag)
	}
	c.from = c.pos(n)
	pairs, err := c.flatten(n, depth)
	if err != nil {
		return made{}, err
	}
	d := value.NewDict()
	size := int64(1)
	for _, p := range pairs {
		c.from = c.pos(n)
		key, err := c.key(p.key, depth+1)
		if err != nil {
			return made{}, err
		}
		val, err := c.node(p.val, depth+1)
		if err != nil {
			return made{}, err
		}
		c.from = c.pos(n)
		had, err := d.Contains(key)
		if err != nil {
			return made{}, c.unhashable(p.key, err)
		}
		if had {
			c.duplicate(p.key, key, depth)
		}
		if err := d.Set(key, val.v); err != nil {
			return made{}, c.unhashable(p.key, err)
		}
		if size += val.size + 1; size > maxExpanded {
			return made{}, c.tooLarge(n, size)
		}
	}
	return made{value.WithMarks(d, c.marks(n)), size}, nil
}

// key makes the key of a mapping: "=" is a text there.
func (c *constructor) key(n *tree.Node, depth int) (value.Value, error) {
	if to, _ := c.follow(n); to != nil && to.Kind != tree.ScalarNode {
		// PyYAML asks for the hash before it fills the collection
		return nil, c.unhashable(n, &value.UnhashableError{TypeName: kindName(to)})
	}
	if n.Kind == tree.ScalarNode && n.Anchor == "" {
		tag := c.tag(n)
		if tag == tagStr || tag == tagValue {
			return c.str(n, n.Value), nil
		}
	}
	m, err := c.node(n, depth)
	return m.v, err
}

func (c *constructor) unhashable(key *tree.Node, err error) error {
	var u *value.UnhashableError
	if !errors.As(err, &u) {
		return c.refuse(key, "%w", err)
	}
	return c.fail(key, "while constructing a mapping", "found unhashable key")
}

func (c *constructor) duplicate(n *tree.Node, key value.Value, depth int) {
	if c.opts.Warn == nil {
		return
	}
	what := "Found duplicate mapping key."
	if !c.f.Sensitive() {
		what = "Found duplicate mapping key " + keyRepr(key) + "."
	}
	c.warn(n, depth, DuplicateKey, what, "Using last defined value only.")
}

// doubt is a warning, with how deep in the document it comes up; a tag is looked at before the mapping around it.
type doubt struct {
	Warning
	depth int
}

func (c *constructor) warn(n *tree.Node, depth int, kind WarningKind, msg, help string) {
	if c.opts.Warn != nil {
		c.doubts = append(c.doubts, doubt{Warning{Kind: kind, Pos: c.pos(n), Msg: msg, Help: help}, depth})
	}
}

// tell tells the warnings in PyYAML's order, which makes the collections of a document level by level.
func (c *constructor) tell() error {
	slices.SortStableFunc(c.doubts, func(a, b doubt) int { return cmp.Compare(a.depth, b.depth) })
	for _, d := range c.doubts {
		if err := c.opts.Warn(d.Warning); err != nil {
			return err
		}
	}
	return nil
}

func (c *constructor) set(n *tree.Node, depth int) (made, error) {
	pairs, err := c.flatten(n, depth)
	if err != nil {
		return made{}, err
	}
	s, _ := value.NewSet()
	for _, p := range pairs {
		key, err := c.key(p.key, depth+1)
		if err != nil {
			return made{}, err
		}
		if _, err := c.node(p.val, depth+1); err != nil {
			return made{}, err
		}
		if err := s.Add(key); err != nil {
			return made{}, c.unhashable(p.key, err)
		}
	}
	return made{value.WithMarks(s, c.marks(n)), int64(len(pairs)) + 1}, nil
}

// pairs makes the list of tuples of an !!omap or !!pairs.
func (c *constructor) pairs(n *tree.Node, tag string, depth int) (made, error) {
	help := "Use a standard mapping instead."
	what := "an ordered map"
	if tag == tagOmap {
		help = "Use a standard mapping instead, as key order is always preserved."
	} else {
		what = "pairs"
	}
	c.warn(n, depth-2, DeprecatedTag, "Use of the YAML `"+tag+"` tag is deprecated.", help)
	var elems []value.Value
	size := int64(1)
	for _, child := range n.Content {
		c.from = c.pos(n)
		if child.Kind != tree.MappingNode {
			return made{}, c.fail(child, "while constructing "+what, "expected a mapping of length 1, but found %s", kindName(child))
		}
		if len(child.Content) != 2 {
			return made{}, c.fail(child, "while constructing "+what, "expected a single mapping item, but found %d items", len(child.Content)/2)
		}
		key, err := c.node(child.Content[0], depth+1)
		if err != nil {
			return made{}, err
		}
		val, err := c.node(child.Content[1], depth+1)
		if err != nil {
			return made{}, err
		}
		elems = append(elems, value.WithMarks(value.NewTuple(key.v, val.v), c.marks(n)))
		if size += key.size + val.size + 1; size > maxExpanded {
			return made{}, c.tooLarge(n, size)
		}
	}
	return made{value.WithMarks(value.NewList(elems...), c.marks(n)), size}, nil
}

// defaultValue is the scalar that stands under the key "=" of a mapping with a scalar's tag (https://yaml.org/type/value.html).
func (c *constructor) defaultValue(n *tree.Node, tag string) (made, error) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if key := n.Content[i]; key.Kind == tree.ScalarNode && c.tag(key) == tagValue {
			val := n.Content[i+1]
			if val.Kind == tree.AliasNode {
				val = val.Alias
			}
			if val.Kind != tree.ScalarNode {
				break
			}
			v, err := c.scalar(val, tag)
			return made{v, 1}, err
		}
	}
	return made{}, c.kindError(n, tag)
}

// keyRepr gives a key as Python's repr() does; only its plain cases occur here.
func keyRepr(key value.Value) string {
	switch key := key.(type) {
	case value.Str:
		return pyQuote(key.String())
	case value.Int:
		return key.String()
	case value.Bool:
		if key {
			return "True"
		}
		return "False"
	case value.NoneType:
		return "None"
	case value.Float:
		text := strconv.FormatFloat(key.Float64(), 'g', -1, 64)
		if !strings.ContainsAny(text, ".eIN") {
			text += ".0"
		}
		return text
	}
	return "of type " + key.Type()
}
