package yaml

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Options say how documents become values. The zero Options read data: nothing is trusted, !vault is an error.
type Options struct {
	// Trusted marks every str as one that may be evaluated as a template, save below !unsafe.
	Trusted bool
	// Secret marks every value as secret; a sensitive source.File implies it.
	Secret bool
	// JSONFirst reads a text that is valid JSON as JSON, as Ansible does with its files: 1e3 is then a float and
	// "2001-01-01" a str.
	JSONFirst bool
	// Vault makes the value of a scalar tagged !vault (or !vault-encrypted) from its text, as PyYAML gives it: a block
	// literal loses its indentation. pos is the place of the tag. Without Vault such a scalar is an error.
	Vault func(text string, pos source.Pos) (value.Value, error)
	// Warn is told of what is read but questionable. An error that it returns ends the loading.
	Warn func(Warning) error
}

// WarningKind is what a Warning is about.
type WarningKind int

// The kinds of warnings.
const (
	DuplicateKey  WarningKind = iota + 1 // the same key twice in a mapping; the last one counts
	DeprecatedTag                        // !!omap and !!pairs
)

// Warning is something questionable in a document, in the words of ansible-core 2.19.
type Warning struct {
	Kind WarningKind
	Pos  source.Pos // of the second key, or of the tagged node
	Msg  string     // "Found duplicate mapping key 'a'."
	Help string     // "Using last defined value only."
}

// Load reads the document of f; a second document is an error. A text without a document gives None. Every error is a
// *diag.Error whose Cause is a *ParserError, unless a hook of opts gave it or Ansible would read the text.
func Load(f *source.File, opts Options) (value.Value, error) {
	if opts.JSONFirst {
		if v, err := loadJSON(f, opts); err != errNoJSON {
			return v, err
		}
	}
	roots, err := parse(f)
	if err != nil {
		return nil, err
	}
	switch {
	case len(roots) == 0:
		return value.None, nil
	case len(roots) > 1:
		second := complaint{
			problem: "but found another document", context: "expected a single document in the stream",
			pos: source.At(f, roots[1].Line, roots[1].Column), from: source.At(f, roots[0].Content[0].Line, roots[0].Content[0].Column),
		}
		return nil, second.explain().Hint("a file like this holds one document; remove the second \"---\"")
	}
	return newConstructor(f, opts).document(roots[0].Content[0])
}

// LoadAll reads every document of f. Errors are as those of Load; JSONFirst has no effect.
func LoadAll(f *source.File, opts Options) ([]value.Value, error) {
	roots, err := parse(f)
	if err != nil {
		return nil, err
	}
	docs := make([]value.Value, 0, len(roots))
	for _, root := range roots {
		c := newConstructor(f, opts)
		v, err := c.document(root.Content[0])
		if err != nil {
			return nil, err
		}
		docs = append(docs, v)
	}
	return docs, nil
}
