package yaml

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"

	tree "go.yaml.in/yaml/v3"
)

func loadJSON(f *source.File, opts Options) (value.Value, bool) { return nil, false }

func keyRepr(n *tree.Node, key value.Value) string { return "'" + n.Value + "'" }
