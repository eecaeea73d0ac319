package yaml

import (
	"strings"

	tree "go.yaml.in/yaml/v3"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
)

// The port of libyaml is older than libyaml 0.2.5 in three places: it refuses the directive %YAML 1.2, the escape \/ in
// double quotes, and a "?" within a plain scalar of a flow collection, as in [what?, http://host/?a=b]. Before a second try, characters for private
// use stand in for them, one for one, so that every position stays.
const (
	standInQuestion  = "\U000FFFFB"
	standInBackslash = "\U000FFFFC" // and a slash after it
)

var version12 = lazyregexp.New(`(?m)^%YAML 1\.2\b`)

// standIn replaces what the port does not read, and tells whether there was any of it.
func standIn(text string) (string, bool) {
	given := text
	text = version12().ReplaceAllString(text, "%YAML 1.1")
	if !strings.Contains(text, "?") && !strings.Contains(text, `\/`) ||
		strings.Contains(text, standInQuestion) || strings.Contains(text, standInBackslash) {
		return text, text != given
	}
	var b strings.Builder
	before := byte('\n') // the last character of the line that is no blank
	backslashes := 0
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '?' && !strings.ContainsRune("\n,[{:-?", rune(before)):
			b.WriteString(standInQuestion)
		case c == '\\' && backslashes%2 == 0 && strings.HasPrefix(text[i:], `\/`):
			b.WriteString(standInBackslash)
		default:
			b.WriteByte(c)
		}
		if c == '\\' {
			backslashes++
		} else {
			backslashes = 0
		}
		if c != ' ' && c != '\t' && c != '\r' {
			before = c
		}
	}
	return b.String(), text != given || b.Len() != len(text)
}

var (
	quotedAgain = strings.NewReplacer(standInQuestion, "?", standInBackslash, "")
	plainAgain  = strings.NewReplacer(standInQuestion, "?", standInBackslash, `\`)
)

// restore puts back what standIn took away.
func restore(n *tree.Node) {
	if n.Kind == tree.ScalarNode {
		if n.Style&tree.DoubleQuotedStyle != 0 {
			n.Value = quotedAgain.Replace(n.Value)
		} else {
			n.Value = plainAgain.Replace(n.Value)
		}
	}
	n.Tag = plainAgain.Replace(n.Tag)
	n.Anchor = plainAgain.Replace(n.Anchor)
	for _, child := range n.Content {
		restore(child)
	}
}
