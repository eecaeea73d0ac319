package yaml

import tree "go.yaml.in/yaml/v3"

// flatten gives the entries of a mapping with those of its merge keys before its own, so that its own win
// (https://yaml.org/type/merge.html). In a list of mappings the earlier ones win, so they come later.
func (c *constructor) flatten(n *tree.Node, depth int) ([]pair, error) {
	if pairs, ok := c.merged[n]; ok {
		return pairs, nil
	}
	if depth > maxDepth {
		return nil, c.refuse(n, "nested more than %d levels deep", maxDepth)
	}
	var merged []pair
	own := make([]pair, 0, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, val := n.Content[i], n.Content[i+1]
		if key.Kind != tree.ScalarNode || key.Value != "<<" && key.Tag != tagMerge || c.tag(key) != tagMerge {
			own = append(own, pair{key, val})
			continue
		}
		more, err := c.mergeFrom(val, depth)
		if err != nil {
			return nil, err
		}
		merged = append(merged, more...)
	}
	if merged == nil {
		return own, nil
	}
	if c.budget -= len(merged); c.budget < 0 {
		return nil, c.refuse(n, "merge keys bring in more than %d entries", maxMerged)
	}
	merged = append(merged, own...)
	if c.merged == nil {
		c.merged = map[*tree.Node][]pair{}
	}
	c.merged[n] = merged
	return merged, nil
}

func (c *constructor) mergeFrom(val *tree.Node, depth int) ([]pair, error) {
	at := val
	val, err := c.follow(val)
	if err != nil {
		return nil, err
	}
	switch val.Kind {
	case tree.MappingNode:
		return c.mergeOne(at, val, depth)
	case tree.SequenceNode:
		var merged []pair
		for i := len(val.Content) - 1; i >= 0; i-- {
			m, err := c.follow(val.Content[i])
			if err != nil {
				return nil, err
			}
			if m.Kind != tree.MappingNode {
				return nil, c.fail(m, "while constructing a mapping", "expected a mapping for merging, but found %s", kindName(m))
			}
			more, err := c.mergeOne(val.Content[i], m, depth)
			if err != nil {
				return nil, err
			}
			if len(merged)+len(more) > c.budget {
				return nil, c.refuse(at, "merge keys bring in more than %d entries", maxMerged)
			}
			merged = append(merged, more...)
		}
		return merged, nil
	}
	return nil, c.fail(val, "while constructing a mapping", "expected a mapping or list of mappings for merging, but found %s", kindName(val)).
		Hint(`"<<" merges mappings: <<: *anchor`)
}

// mergeOne gives the entries of m, and refuses a mapping that merges itself.
func (c *constructor) mergeOne(at, m *tree.Node, depth int) ([]pair, error) {
	if c.open[m] {
		return nil, c.recursive(at)
	}
	if m.Anchor != "" {
		if c.open == nil {
			c.open = map[*tree.Node]bool{}
		}
		c.open[m] = true
		defer delete(c.open, m)
	}
	return c.flatten(m, depth+1)
}

// follow gives what an alias refers to.
func (c *constructor) follow(n *tree.Node) (*tree.Node, error) {
	if n.Kind != tree.AliasNode {
		return n, nil
	}
	if n.Alias == nil {
		return nil, c.fail(n, "", "found undefined alias")
	}
	return n.Alias, nil
}
