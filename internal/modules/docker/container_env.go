package docker

import (
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/engine"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// environment are variables in their order.
type environment struct {
	names  []string
	values map[string]string
}

func (e *environment) set(name, v string) {
	if e.values == nil {
		e.values = map[string]string{}
	}
	if _, has := e.values[name]; !has {
		e.names = append(e.names, name)
	}
	e.values[name] = v
}

func (e *environment) list() []string {
	var out []string
	for _, name := range e.names {
		out = append(out, name+"="+e.values[name])
	}
	return out
}

// wantEnv takes the variables of env_file, then those of env. Values that are no texts are refused: what they would become is a guess.
func (ct *container) wantEnv() error {
	var own environment
	if file := ct.p.Str("env_file"); file != "" {
		b, err := target.ReadFile(ct.sys, file)
		if err != nil {
			return refuse("[Errno 2] No such file or directory: '%s'", file)
		}
		for line := range strings.SplitSeq(string(b), "\n") {
			if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
				continue
			}
			name, v, ok := strings.Cut(line, "=")
			if !ok {
				return refuse("An unexpected Docker error occurred: Invalid line in environment file %s:\n%s", file, line)
			}
			own.set(name, v)
		}
	}
	if d := ct.p.Dict("env"); d != nil {
		for it := d.Iterate(); it.Next(); {
			name, _, _ := it.Name()
			s, ok := it.Stored().(value.Str)
			if !ok {
				return refuse("Non-string value found for env option. Ambiguous env options must be wrapped in quotes to avoid them being interpreted. Key: %s", name)
			}
			own.set(name, s.String())
		}
	}
	list := own.list()
	if len(list) > 0 {
		ct.body.SetStr("Env", strs(list))
	}
	ct.wanted("env", set, strs(list), config("Env"))
	return nil
}

// withImage adds what the image has to the options that are compared: variables, labels, ports that are exposed.
func (ct *container) withImage(image *value.Dict) {
	for i := range ct.wants {
		w := &ct.wants[i]
		switch w.name {
		case "env":
			var all environment
			for _, s := range append(engine.Strs(image, "Config", "Env"), engine.Strs(w.value)...) {
				name, v, _ := strings.Cut(s, "=")
				all.set(name, v)
			}
			w.value = strs(all.list())
		case "labels":
			all := value.NewDict()
			if d := engine.Dict(image, "Config", "Labels"); d != nil {
				_ = value.Update(all, d) // a dict
			}
			_ = value.Update(all, w.value)
			w.value = all
		case "exposed_ports":
			all := engine.Strs(w.value)
			if d := engine.Dict(image, "Config", "ExposedPorts"); d != nil {
				all = append(all, keys(d)...)
			}
			w.value = strs(unique(all))
		case "volumes":
			all := engine.Strs(w.value)
			if d := engine.Dict(image, "Config", "Volumes"); d != nil {
				all = append(all, keys(d)...)
			}
			w.value = strs(unique(all))
		}
	}
}

func keys(d *value.Dict) []string {
	var out []string
	for it := d.Iterate(); it.Next(); {
		name, _, _ := it.Name()
		out = append(out, name)
	}
	return out
}

func unique(list []string) []string {
	seen := map[string]bool{}
	var out []string
	for _, s := range list {
		if !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}
