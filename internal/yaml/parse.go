package yaml

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"

	tree "go.yaml.in/yaml/v3"
)

// maxDepth bounds nesting. The parser's own bound is 10,000; PyYAML ends at about 1,000 levels of Python's stack.
const maxDepth = 10000

// parse gives the document nodes of f.
func parse(f *source.File) ([]*tree.Node, error) {
	if i := firstBadByte(f.Text()); i >= 0 {
		e := diag.Errorf(f.Pos(i), "the file is no UTF-8: byte %#02x at offset %d", f.Text()[i], i).
			Hint("convert it to UTF-8; binary data goes into a file of its own or behind !!binary")
		e.Cause = &ParserError{Pos: source.Pos{File: f}, Message: fmt.Sprintf(
			"'utf-8' codec can't decode byte %#02x in position %d: invalid start byte", f.Text()[i], i,
		)}
		return nil, e
	}
	roots, err := decodeAll(f.Text())
	if err == nil {
		return roots, nil
	}
	// what libyaml 0.2.5 reads and the port does not; tried only when there is something to win
	if text, changed := standIn(f.Text()); changed {
		if roots, again := decodeAll(text); again == nil {
			for _, root := range roots {
				restore(root)
			}
			return roots, nil
		}
	}
	return nil, syntaxError(f, err)
}

func decodeAll(text string) ([]*tree.Node, error) {
	var roots []*tree.Node
	d := tree.NewDecoder(strings.NewReader(text))
	for {
		root, err := decode(d)
		if errors.Is(err, io.EOF) {
			return roots, nil
		}
		if err != nil {
			return nil, err
		}
		if len(root.Content) > 0 {
			roots = append(roots, root)
		}
	}
}

// decode reads the next document. A panic of the parser (none is known) becomes an error: no text may end the program.
func decode(d *tree.Decoder) (root *tree.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.New("yaml: the parser cannot read this document")
		}
	}()
	root = new(tree.Node)
	err = d.Decode(root)
	return root, err
}

// firstBadByte gives the offset of the first byte that is not part of a UTF-8 character, or -1.
func firstBadByte(text string) int {
	if utf8.ValidString(text) {
		return -1
	}
	for i, r := range text {
		if _, size := utf8.DecodeRuneInString(text[i:]); r == utf8.RuneError && size == 1 {
			return i
		}
	}
	return -1
}
