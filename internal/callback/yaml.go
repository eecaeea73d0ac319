package callback

import (
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

var _ = Set.Add(Def{
	Name: "community.general.yaml",
	New: func(e Env) event.Sink {
		d := NewDefault(e.Display, e.Options)
		d.dumper.general = true
		return d
	},
	Brief: quietly,
	Deprecated: "community.general.yaml has been deprecated. The plugin has been superseded by the the option `result_format=yaml` " +
		"in callback plugin ansible.builtin.default from ansible-core 2.13 onwards. This feature will be removed from collection " +
		"'community.general' version 12.0.0.",
})

// generalYAML gives values as the callback community.general.yaml does: whether something changed stands in the first line.
func generalYAML(v *value.Dict) string {
	var b strings.Builder
	rest := withoutLines(v)
	for _, key := range []string{"changed", "skipped"} {
		if is := rest.Stored(key); is != nil {
			fmt.Fprintf(&b, "%s=%s ", key, strings.ToLower(textOf(is)))
			rest.DeleteStr(key)
		}
	}
	if rest.Len() == 0 {
		return b.String()
	}
	text, err := yaml.Dump(rest, yaml.DumpOptions{Flow: yaml.Block, SortKeys: true, Unicode: true, Width: 1000, Literal: literal})
	if err != nil {
		return err.Error()
	}
	return b.String() + "\n" + strings.TrimRight(indented(text, "  "), "\n")
}
