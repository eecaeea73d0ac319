package docker

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/engine"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// filtersText gives the filters of a dict argument as the engine takes them: a list of texts by name, as JSON.
func filtersText(d *value.Dict) (string, error) {
	out := value.NewDict()
	if d != nil {
		for it := d.Iterate(); it.Next(); {
			name, _, _ := it.Name()
			list := []value.Value{it.Stored()}
			if l, ok := it.Stored().(*value.List); ok {
				list = engine.List(l)
			}
			texts := value.NewList()
			for _, v := range list {
				s, err := value.Text(v)
				if err != nil {
					return "", err
				}
				if b, ok := v.(value.Bool); ok {
					s = map[bool]string{true: "true", false: "false"}[bool(b)]
				}
				texts.Append(value.NewStr(s))
			}
			out.SetStr(name, texts)
		}
	}
	s, err := value.JSON(out, value.JSONOptions{})
	return s.String(), err
}
