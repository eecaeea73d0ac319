package yaml

import (
	"errors"
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"

	tree "go.yaml.in/yaml/v3"
)

// maxExpanded bounds the values of a document with every alias written out: aliases share their value here, but who
// prints or copies the document would pay for each. maxMerged bounds the entries that merge keys bring in.
const (
	maxExpanded = 10_000_000
	maxMerged   = 2_000_000
)

// constructor makes the values of one document.
type constructor struct {
	f       *source.File
	opts    Options
	made    map[*tree.Node]made // what anchored nodes gave
	tamed   map[*tree.Node]made // what they gave below !unsafe; who refers to those gets them so
	open    map[*tree.Node]bool // anchored collections that are being made: an alias to one is recursive
	anchors map[string]*tree.Node
	merged  map[*tree.Node][]pair // mappings with their merge keys taken in
	budget  int                   // pairs that merging may still bring in
	unsafe  int                   // depth of !unsafe around the node
	secret  bool
	doubts  []doubt
	from    source.Pos // where the collection begins whose entries are looked at
}

// made is the value of a node with the number of values in it.
type made struct {
	v    value.Value
	size int64
}

func newConstructor(f *source.File, opts Options) *constructor {
	return &constructor{f: f, opts: opts, secret: opts.Secret || f.Sensitive(), budget: maxMerged}
}

func (c *constructor) document(root *tree.Node) (value.Value, error) {
	if err := c.check(root, false); err != nil {
		return nil, err
	}
	m, err := c.node(root, 0)
	if told := c.tell(); told != nil {
		return nil, told
	}
	return m.v, err
}

func (c *constructor) pos(n *tree.Node) source.Pos { return source.At(c.f, n.Line, n.Column) }

// fail is the finding that problem is at n, with the context that PyYAML names, or "".
func (c *constructor) fail(n *tree.Node, context, problem string, args ...any) *diag.Error {
	return complaint{problem: fmt.Sprintf(problem, args...), context: context, pos: c.pos(n), from: c.from}.explain()
}

// refuse is the finding of what is refused here and not in Ansible.
func (c *constructor) refuse(n *tree.Node, format string, args ...any) *diag.Error {
	return diag.Errorf(c.pos(n), format, args...)
}

// named gives a name out of the text in quotes, unless the text came out of a vault.
func (c *constructor) named(name string) string {
	if c.f.Sensitive() {
		return "of that name"
	}
	return "'" + name + "'"
}

// check refuses what PyYAML refuses and the parser lets pass: an anchor that is set twice, and in a flow collection
// (which flow says) a plain scalar with a colon right before an indicator, as in {a:}.
func (c *constructor) check(n *tree.Node, flow bool) error {
	if flow && n.Kind == tree.ScalarNode && n.Style&quotedStyle == 0 && strings.HasSuffix(n.Value, ":") {
		return c.fail(n, "while scanning a plain scalar", "found unexpected ':'").
			Hint("put a blank after the colon, or quotes around the text")
	}
	if n.Anchor != "" && n.Kind != tree.AliasNode {
		if first := c.anchors[n.Anchor]; first != nil {
			e := c.fail(n, "found duplicate anchor; first occurrence", "second occurrence")
			e.Msg = fmt.Sprintf("invalid YAML: the anchor %s is set twice, first at line %d", c.named(n.Anchor), first.Line)
			return e.
				Hint("give one of the two anchors another name")
		}
		if c.anchors == nil {
			c.anchors = map[string]*tree.Node{}
		}
		c.anchors[n.Anchor] = n
	}
	flow = flow || n.Style&tree.FlowStyle != 0
	for _, child := range n.Content {
		if err := c.check(child, flow); err != nil {
			return err
		}
	}
	return nil
}

// node makes the value of n. Anchored nodes are made once: whoever refers to them gets the same value.
func (c *constructor) node(n *tree.Node, depth int) (made, error) {
	if depth > maxDepth {
		return made{}, c.refuse(n, "nested more than %d levels deep", maxDepth)
	}
	if n.Kind == tree.AliasNode {
		at := n
		n = n.Alias
		if n == nil {
			return made{}, c.fail(at, "", "found undefined alias")
		}
		if c.open[n] {
			return made{}, c.recursive(at)
		}
	}
	if n.Anchor == "" {
		return c.fresh(n, depth)
	}
	if m, ok := c.tamed[n]; ok {
		return m, nil
	}
	cache := &c.made
	if c.unsafe > 0 {
		cache = &c.tamed
	} else if m, ok := c.made[n]; ok {
		return m, nil
	}
	if c.open == nil {
		c.open = map[*tree.Node]bool{}
	}
	c.open[n] = true
	m, err := c.fresh(n, depth)
	delete(c.open, n)
	if *cache == nil {
		*cache = map[*tree.Node]made{}
	}
	if err == nil {
		(*cache)[n] = m
	}
	return m, err
}

func (c *constructor) fresh(n *tree.Node, depth int) (made, error) {
	tag := c.tag(n)
	switch tag {
	case tagUnsafe:
		return c.unsafely(n, depth)
	case tagVault, tagVaultEncrypted:
		return c.vault(n)
	}
	switch n.Kind {
	case tree.ScalarNode:
		v, err := c.scalar(n, tag)
		return made{v, 1}, err
	case tree.SequenceNode:
		return c.sequence(n, tag, depth)
	case tree.MappingNode:
		return c.mapping(n, tag, depth)
	}
	return made{}, c.refuse(n, "unexpected node")
}

// tag gives the tag of n in short form, resolved by PyYAML's rules where the text has none.
func (c *constructor) tag(n *tree.Node) string {
	if n.Style&tree.TaggedStyle != 0 {
		return n.Tag
	}
	switch n.Kind {
	case tree.SequenceNode:
		return tagSeq
	case tree.MappingNode:
		return tagMap
	}
	if n.Style&quotedStyle != 0 {
		if !c.bareTag(n) {
			return tagStr
		}
	} else if n.Value == "" && c.bareTag(n) {
		return tagStr
	}
	return resolvePlain(n.Value)
}

const quotedStyle = tree.SingleQuotedStyle | tree.DoubleQuotedStyle | tree.LiteralStyle | tree.FoldedStyle

// bareTag tells whether n is written with the tag "!", which libyaml drops together with the quotes: ! "12" is the int
// 12. Before nothing at all it stays: an empty str.
func (c *constructor) bareTag(n *tree.Node) bool {
	text := c.f.Text()[c.f.Offset(c.pos(n)):]
	if strings.HasPrefix(text, "&") {
		text = strings.TrimLeft(strings.TrimLeft(text, "&")[len(n.Anchor):], " ")
	}
	return strings.HasPrefix(text, "!") && (len(text) == 1 || strings.ContainsRune(" \t\r\n,]}", rune(text[1])))
}

// marks are those of a value that stands at n.
func (c *constructor) marks(n *tree.Node) value.Marks {
	return value.Marks{Origin: c.pos(n), Secret: c.secret}
}

func (c *constructor) str(n *tree.Node, text string) value.Value {
	m := c.marks(n)
	m.Trusted = c.opts.Trusted && c.unsafe == 0
	return value.NewMarkedStr(text, m)
}

func (c *constructor) scalar(n *tree.Node, tag string) (value.Value, error) {
	var v value.Value
	var err error
	switch tag {
	case tagStr:
		return c.str(n, n.Value), nil
	case tagNull:
		return value.None, nil
	case tagBool:
		v, err = parseBool(n.Value)
	case tagInt:
		v, err = parseInt(n.Value)
	case tagFloat:
		v, err = parseFloat(n.Value)
	case tagTimestamp:
		v, err = parseTimestamp(n.Value)
	case tagBinary:
		v, err = parseBinary(n.Value)
	default:
		return nil, c.kindError(n, tag)
	}
	if err != nil {
		return nil, c.badValue(n, tag, err)
	}
	return value.WithMarks(v, c.marks(n)), nil
}

// unsafely makes the value of a node tagged !unsafe: what it would be without the tag, and nothing in it trusted.
// A scalar is resolved as if it were plain, even in quotes: !unsafe "12" is the int 12 (ansible-core 2.19).
func (c *constructor) unsafely(n *tree.Node, depth int) (made, error) {
	c.unsafe++
	defer func() { c.unsafe-- }()
	switch n.Kind {
	case tree.SequenceNode:
		return c.sequence(n, tagSeq, depth)
	case tree.MappingNode:
		return c.mapping(n, tagMap, depth)
	}
	v, err := c.scalar(n, resolvePlain(strings.TrimSuffix(n.Value, "\n")))
	return made{v, 1}, err
}

// badValue is the finding that the text of a scalar does not fit its tag. PyYAML has no place for it.
func (c *constructor) badValue(n *tree.Node, tag string, err error) *diag.Error {
	what := err.Error()
	if c.f.Sensitive() {
		what = "the text does not fit its type"
	}
	e := c.refuse(n, "invalid %s: %s", strings.TrimPrefix(tag, "!!"), what)
	e.Cause = &ParserError{Message: "YAML parsing failed: " + what, Pos: source.Pos{File: c.f}, Plain: what}
	if n.Style&tree.TaggedStyle == 0 {
		e = e.Hint("put quotes around it if it is meant as text")
	}
	return e
}

func (c *constructor) recursive(at *tree.Node) *diag.Error {
	return c.refuse(at, "the alias stands inside of what it refers to").Hint("a value cannot contain itself")
}

func (c *constructor) vault(n *tree.Node) (made, error) {
	if n.Kind != tree.ScalarNode || resolvePlain(n.Value) != tagStr {
		return made{}, c.fail(n, "", "the %s tag requires a string value", quoteTag(n.Tag)).
			Hint("it stands before one encrypted text: key: !vault |")
	}
	if c.opts.Vault == nil {
		return made{}, c.kindError(n, n.Tag)
	}
	v, err := c.opts.Vault(n.Value, c.pos(n))
	if err == nil {
		return made{v, 1}, nil
	}
	var d *diag.Error
	if errors.As(err, &d) {
		return made{}, err
	}
	return made{}, c.refuse(n, "%w", err)
}

// kindError is the error of a tag that does not fit its node or that nobody knows.
func (c *constructor) kindError(n *tree.Node, tag string) error {
	want := ""
	switch tag {
	case tagStr, tagInt, tagFloat, tagBool, tagNull, tagBinary, tagTimestamp:
		want = "a scalar"
	case tagSeq:
		want = "a sequence"
	case tagMap, tagSet:
		want = "a mapping"
	case tagOmap, tagPairs:
		want = "a sequence"
	}
	if want != "" {
		return c.fail(n, "", "expected %s node, but found %s", want, kindName(n))
	}
	if c.f.Sensitive() {
		return c.fail(n, "", "could not determine a constructor for the tag")
	}
	e := c.fail(n, "", "could not determine a constructor for the tag %s", quoteTag(tag))
	switch {
	case tag == tagMerge:
		return e.Hint(`"<<" is the merge key and can be no value; quote it`)
	case tag == tagValue:
		return e.Hint(`"=" has a meaning of its own in YAML 1.1; quote it`)
	case n.Kind == tree.ScalarNode && strings.HasPrefix(tag, "!") && !strings.HasPrefix(tag, "!!"):
		if near := diag.Nearest(tag, []string{tagVault, tagUnsafe}); near != "" {
			return e.Hint("did you mean %s?", near)
		}
		return e.Hint(`a text that begins with "!" must be quoted`)
	}
	return e
}

func quoteTag(tag string) string {
	if strings.HasPrefix(tag, "!!") {
		tag = longPrefix + tag[2:]
	}
	return "'" + tag + "'"
}

func kindName(n *tree.Node) string {
	switch n.Kind {
	case tree.ScalarNode:
		return "scalar"
	case tree.SequenceNode:
		return "sequence"
	case tree.MappingNode:
		return "mapping"
	}
	return "alias"
}
