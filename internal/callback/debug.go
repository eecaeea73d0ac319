package callback

import (
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// The callback ansible.posix.debug is the default one, with the texts of a result as they are, behind its other values.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/posix/debug_callback.html
var _ = Set.Add(Def{
	Name: "ansible.posix.debug",
	New: func(e Env) event.Sink {
		d := NewDefault(e.Display, e.Options)
		d.dumper.sections = true
		return d
	},
	Brief: quietly,
})

// sections gives values as JSON, and their texts below it, each under its name.
func sections(v *value.Dict) string {
	rest := v.Copy()
	var texts strings.Builder
	for _, key := range []string{"stdout", "stderr", "msg", "module_stdout", "module_stderr"} {
		text := rest.Stored(key)
		rest.DeleteStr(key)
		rest.DeleteStr(key + "_lines")
		if text == nil {
			continue
		}
		if t := textOf(text); t != "" {
			texts.WriteString("\n\n" + strings.ToUpper(key) + ":\n\n" + t + "\n")
		}
	}
	return jsonText(rest, true, "    ") + strings.TrimSuffix(texts.String(), "\n")
}
