package yaml

import (
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// FlowStyle says which lists and dicts are written in brackets (PyYAML's default_flow_style).
type FlowStyle int

// The flow styles. PyYAML spells them False, None and True.
const (
	Block FlowStyle = iota // none, but empty ones
	Auto                   // those that hold nothing but plain scalars
	Flow                   // all
)

// DumpOptions are those of PyYAML's yaml.dump; the zero DumpOptions are yaml.dump's own defaults but for SortKeys.
type DumpOptions struct {
	Flow          FlowStyle
	Style         byte   // PyYAML's default_style for scalars: 0, '"', '\'', '|' or '>'
	Indent        int    // blanks a level, 2 to 9; anything else is 2
	Width         int    // columns after which text is folded; below 0 never, up to twice Indent is 80
	SortKeys      bool   // sort the keys of dicts, if they can be compared
	Unicode       bool   // write characters beyond ASCII as they are (allow_unicode)
	ExplicitStart bool   // begin with ---
	ExplicitEnd   bool   // end with ...
	Canonical     bool   // with every tag, in double quotes and brackets
	LineBreak     string // "\n" when empty
	// Literal tells for a string whether it is to be written in the style |, and with which text; nil: as Style says.
	Literal func(text string) (string, bool)
}

// ToYAML are the options of Ansible's filter to_yaml, and ToNiceYAML those of to_nice_yaml.
var (
	ToYAML     = DumpOptions{Flow: Auto, SortKeys: true, Unicode: true}
	ToNiceYAML = DumpOptions{Flow: Block, Indent: 4, SortKeys: true, Unicode: true}
)

// Ciphertexter is a value that came from !vault and is written so again, not opened.
type Ciphertexter interface {
	// Ciphertext gives the vault's text.
	Ciphertext() string
}

// Dump writes v as Ansible's dumper does, which is PyYAML's safe dumper over libyaml: the same bytes. A list or dict that
// occurs more than once in v (the same object) is written once, with an anchor. Deferred values are resolved, unless they
// are a Ciphertexter. The error is that of an element that cannot be made or has no form in YAML.
func Dump(v value.Value, o DumpOptions) (string, error) {
	r := representer{o: o, seen: map[any]*node{}}
	n, err := r.represent(v)
	if err != nil {
		return "", err
	}
	e := newEmitter(o)
	e.document(n)
	if o.LineBreak != "" && o.LineBreak != "\n" {
		return strings.ReplaceAll(e.b.String(), "\n", o.LineBreak), nil
	}
	return e.b.String(), nil
}
