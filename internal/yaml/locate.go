package yaml

import (
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"

	tree "go.yaml.in/yaml/v3"
)

// Style is how a scalar is written.
type Style int

// The styles of scalars.
const (
	Plain Style = iota
	SingleQuoted
	DoubleQuoted
	Literal // |
	Folded  // >
)

// Scalar is a scalar value of a text, with the bytes it is written in. The values of mappings and the elements of sequences
// are scalars in this sense; keys, aliases and values that nothing in the text stands for are not.
type Scalar struct {
	Doc    int        // document, from 0
	Path   Path       // in the document
	Tag    string     // "!vault", "!!str", …; "" when it has none
	Anchor string     // without "&"
	Value  string     // the text that PyYAML gives
	Style  Style      //
	InFlow bool       // within [ ] or { }, where no block scalar can stand
	Pos    source.Pos // of Start

	Start int // byte offset of the first of tag, anchor and text
	Text  int // byte offset of the text itself: the quote, the first character, or | and >
	Body  int // of a block scalar: byte offset of its first line behind the header; else Text
	End   int // byte offset behind the last character; the line end after a block scalar does not belong to it

	Indent  int    // columns that a block scalar's body is indented by, or would be
	LineEnd string // "\n" or "\r\n", as in its line
}

// Scalars finds every scalar value of f, in the order of the text. Errors are those of Load.
func Scalars(f *source.File) ([]Scalar, error) {
	roots, err := parse(f)
	if err != nil {
		return nil, err
	}
	l := &locator{f: f, text: f.Text(), lines: lineStarts(f.Text())}
	for i, root := range roots {
		l.doc = i
		if err := newConstructor(f, Options{}).check(root.Content[0], false); err != nil {
			return nil, err
		}
		if err := l.walk(root.Content[0], nil, -1, 0, false); err != nil {
			return nil, err
		}
	}
	return l.found, nil
}

type locator struct {
	f     *source.File
	text  string
	lines []int
	doc   int
	found []Scalar
}

// lineStarts gives the offsets at which lines begin in the parser's eyes: for it, a lone carriage return and three
// characters of Unicode are line breaks too. A byte order mark is no character of the first line.
func lineStarts(text string) []int {
	starts := []int{len(text) - len(strings.TrimPrefix(text, "\ufeff"))}
	for i, r := range text {
		if isBreak(r) && !(r == '\r' && strings.HasPrefix(text[i:], "\r\n")) {
			starts = append(starts, i+utf8.RuneLen(r))
		}
	}
	return starts
}

// walk visits n, which stands at path in a collection whose lines are indented by parent columns (-1 at the root).
func (l *locator) walk(n *tree.Node, path Path, parent, depth int, flow bool) error {
	if depth > maxDepth {
		return diag.Errorf(source.At(l.f, n.Line, n.Column), "nested more than %d levels deep", maxDepth)
	}
	step := func(s Step) Path { return append(path[:len(path):len(path)], s) }
	indent := parent
	if n.Kind == tree.MappingNode || n.Kind == tree.SequenceNode {
		if flow = flow || n.Style&tree.FlowStyle != 0; !flow {
			start := l.offset(n)
			bare := strings.HasPrefix(l.text[start:], "!") && len(n.Content) > 0 && l.offset(n.Content[0]) != start
			if n.Style&tree.TaggedStyle != 0 || n.Anchor != "" || bare {
				start, _ = l.skipProperties(start)
			}
			indent = max(indent, l.column(start))
		}
	}
	switch n.Kind {
	case tree.ScalarNode:
		l.scalar(n, path, parent, flow)
	case tree.SequenceNode:
		for i, child := range n.Content {
			if err := l.walk(child, step(Step{Index: i}), indent, depth+1, flow); err != nil {
				return err
			}
		}
	case tree.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			if key.Kind == tree.AliasNode && key.Alias != nil {
				key = key.Alias
			}
			odd := key.Kind != tree.ScalarNode || strings.HasSuffix(key.Tag+key.Anchor, ":")
			if odd && n.Content[i+1].Value == "" && n.Content[i+1].Kind == tree.ScalarNode {
				continue // whose colon stands before it is hard to say
			}
			if err := l.walk(n.Content[i+1], step(Step{Key: key.Value, Index: -1}), indent, depth+1, flow); err != nil {
				return err
			}
		}
	}
	return nil
}

// offset is where n begins.
func (l *locator) offset(n *tree.Node) int {
	if n.Line < 1 || n.Line > len(l.lines) {
		return len(l.text)
	}
	i := l.lines[n.Line-1]
	for c := 1; c < n.Column && i < len(l.text); c++ {
		_, size := utf8.DecodeRuneInString(l.text[i:])
		i += size
	}
	return i
}

// column is the number of characters before offset i in its line.
func (l *locator) column(i int) int {
	line := sort.SearchInts(l.lines, i+1) - 1
	if line < 0 {
		return 0
	}
	return utf8.RuneCountInString(l.text[l.lines[line]:i])
}

// skipProperties gives the offset behind tags, anchors, blanks, line breaks and comments at i, and where the last tag or
// anchor ends.
func (l *locator) skipProperties(i int) (behind, end int) {
	end = i
	for i < len(l.text) {
		switch c := l.text[i]; {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			i++
		case c == '&':
			i += 1 + span(l.text[i+1:], func(c byte) bool {
				return digitOrLine(c) || c == '-' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
			})
			end = i
		case c == '!':
			for i < len(l.text) && !strings.ContainsRune(" \t\r\n", rune(l.text[i])) {
				i++
			}
			end = i
		case c == '#':
			for i < len(l.text) && l.text[i] != '\n' {
				i++
			}
		default:
			return i, end
		}
	}
	return i, end
}

func (l *locator) scalar(n *tree.Node, path Path, parent int, flow bool) {
	s := Scalar{Doc: l.doc, Path: path, Anchor: n.Anchor, Value: n.Value, InFlow: flow, Pos: source.At(l.f, n.Line, n.Column)}
	s.Start = l.offset(n)
	s.Text = s.Start
	propsEnd := s.Start
	if n.Style&tree.TaggedStyle != 0 {
		s.Tag = n.Tag
	}
	if strings.HasPrefix(l.text[s.Start:], "!") || strings.HasPrefix(l.text[s.Start:], "&") {
		s.Text, propsEnd = l.skipProperties(s.Start)
	}
	s.LineEnd = l.lineEnd(s.Start)
	switch {
	case n.Style&tree.SingleQuotedStyle != 0:
		s.Style, s.End = SingleQuoted, l.singleQuoted(s.Text)
	case n.Style&tree.DoubleQuotedStyle != 0:
		s.Style, s.End = DoubleQuoted, l.doubleQuoted(s.Text)
	case n.Style&(tree.LiteralStyle|tree.FoldedStyle) != 0:
		s.Style = Literal
		if n.Style&tree.FoldedStyle != 0 {
			s.Style = Folded
		}
		l.block(&s, parent)
		l.found = append(l.found, s)
		return
	case n.Value == "":
		s.Text = propsEnd // nothing is written
		s.End = s.Text
		if s.Start == s.End && (len(path) == 0 || !l.expected(s.Start)) {
			return
		}
	default:
		s.End = l.plain(s.Text, n.Value)
	}
	s.Body, s.Indent = s.Text, max(parent, 0)+2
	l.found = append(l.found, s)
}

// expected tells whether a value could be written at offset i: right behind a colon or a dash. The value of a key without
// a colon, as in {a, b}, has no place.
func (l *locator) expected(i int) bool {
	return i > 0 && (l.text[i-1] == ':' || l.text[i-1] == '-')
}

func (l *locator) lineEnd(i int) string {
	if nl := strings.IndexByte(l.text[i:], '\n'); nl > 0 && l.text[i+nl-1] == '\r' {
		return "\r\n"
	} else if nl < 0 && strings.Contains(l.text, "\r\n") {
		return "\r\n"
	}
	return "\n"
}

func (l *locator) singleQuoted(i int) int {
	for i++; i < len(l.text); i++ {
		if l.text[i] != '\'' {
			continue
		}
		if !strings.HasPrefix(l.text[i:], "''") {
			return i + 1
		}
		i++
	}
	return i
}

func (l *locator) doubleQuoted(i int) int {
	for i++; i < len(l.text); i++ {
		switch l.text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return min(i, len(l.text))
}

// plain follows the text of a plain scalar through its line folds.
func (l *locator) plain(i int, v string) int {
	for v != "" && i < len(l.text) {
		blanks := len(l.text[i:]) - len(strings.TrimLeft(l.text[i:], " \t\r\n\u0085\u2028\u2029"))
		run := l.text[i : i+blanks]
		if !strings.ContainsAny(run, "\r\n\u0085\u2028\u2029") {
			n := max(blanks, 1)
			i, v = i+n, v[min(n, len(v)):]
			continue
		}
		i += blanks
		folded := strings.TrimLeft(v, " \n\u0085\u2028\u2029")
		if folded == v {
			return i - blanks
		}
		v = folded
	}
	return i
}

// block finds the body of a block scalar and its indentation.
func (l *locator) block(s *Scalar, parent int) {
	header, rest := l.line(s.Text)
	s.Body, s.End = rest, s.Text+len(strings.TrimSuffix(header, "\r"))
	s.Indent = 0
	keep := false
	for i := 1; i < len(header) && strings.IndexByte("+-123456789", header[i]) >= 0; i++ {
		switch c := header[i]; c {
		case '+':
			keep = true
		case '-':
		default:
			s.Indent = max(parent, 0) + int(c-'0')
		}
	}
	for at := rest; at < len(l.text); {
		text, next := l.line(at)
		text = strings.TrimSuffix(text, "\r")
		blank := strings.TrimLeft(text, " ")
		indent := len(text) - len(blank)
		if blank != "" {
			if s.Indent == 0 {
				if indent < max(parent+1, 1) {
					break
				}
				s.Indent = indent
			}
			if indent < s.Indent {
				break
			}
		}
		if blank != "" || keep || s.Indent > 0 && indent > s.Indent {
			s.End = at + len(text)
		}
		at = next
	}
	if s.Indent == 0 {
		s.Indent = max(parent, 0) + 2
	}
}

// line gives the line at offset i without its line end, and where the next one begins.
func (l *locator) line(i int) (string, int) {
	next := len(l.text)
	if n := sort.SearchInts(l.lines, i+1); n < len(l.lines) {
		next = l.lines[n]
	}
	text := l.text[i:next]
	if r, size := utf8.DecodeLastRuneInString(text); isBreak(r) {
		text = text[:len(text)-size]
	}
	return text, next
}
