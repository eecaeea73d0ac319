package filters

import (
	"errors"
	"fmt"
	"sync"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

var (
	_ = All.Add(Def{Name: "ansible.builtin.to_yaml", Func: toYAML, Sig: "to_yaml(a, *_args, default_flow_style=None, **kw)"})
	_ = All.Add(Def{Name: "ansible.builtin.to_nice_yaml", Func: toNiceYAML, Sig: "to_nice_yaml(a, indent=4, *_args, default_flow_style=False, **kw)"})
	_ = All.Add(Def{Name: "ansible.builtin.from_yaml", Func: fromYAML, Sig: "from_yaml(data)"})
	_ = All.Add(Def{Name: "ansible.builtin.from_yaml_all", Func: fromYAMLAll, Sig: "from_yaml_all(data)"})
)

func toYAML(c *Call) (value.Value, error) { return dumpYAML(c, yaml.ToYAML) }

func toNiceYAML(c *Call) (value.Value, error) {
	o := yaml.ToNiceYAML
	indent := c.Get("indent")
	if err := yamlNumber(&o.Indent, indent); err != nil && c.Extra == nil { // an unknown name is told first
		return nil, err
	}
	s, err := dumpYAML(c, o)
	if err == nil {
		err = yamlNumber(&o.Indent, indent)
	}
	return s, err
}

func dumpYAML(c *Call, o yaml.DumpOptions) (value.Value, error) {
	switch v := c.Get("default_flow_style"); v {
	case value.None:
		o.Flow = yaml.Auto
	default:
		flow, err := value.Truth(v)
		if err != nil {
			return nil, err
		}
		if o.Flow = yaml.Block; flow {
			o.Flow = yaml.Flow
		}
	}
	if c.Extra != nil {
		for it := c.Extra.Iterate(); it.Next(); {
			name, _ := strOf(it.Key())
			v, err := it.Value()
			if err != nil {
				return nil, err
			}
			if err := yamlOption(&o, name, v); err != nil {
				return nil, err
			}
		}
	}
	s, err := yaml.Dump(c.First(), o)
	return str(s), err
}

// yamlDumper words complaints.
var yamlDumper = sync.OnceValue(func() *value.Signature {
	return value.ParseSignature("dump_all(documents, stream=None, Dumper=None, default_style=None, default_flow_style=False, canonical=None, indent=None, width=None, allow_unicode=None, line_break=None, encoding=None, explicit_start=None, explicit_end=None, version=None, tags=None, sort_keys=True)")
})

func yamlNumber(n *int, v value.Value) error {
	if v == value.None {
		*n = 0
		return nil
	}
	switch v.(type) {
	case value.Int, value.Bool, value.Float:
	default:
		return value.Raise("TypeError", "an integer is required")
	}
	i, err := toInt(v)
	*n = i
	return err
}

func yamlOption(o *yaml.DumpOptions, name string, v value.Value) error {
	yes, err := value.Truth(v)
	if err != nil {
		return err
	}
	switch name {
	case "indent":
		return yamlNumber(&o.Indent, v)
	case "width":
		if f, ok := v.(value.Float); ok && f.Float64() > 1e9 { // width=float('inf')
			o.Width = -1
			return nil
		}
		return yamlNumber(&o.Width, v)
	case "sort_keys":
		o.SortKeys = yes
	case "explicit_start":
		o.ExplicitStart = yes
	case "explicit_end":
		o.ExplicitEnd = yes
	case "canonical":
		o.Canonical = yes
	case "default_style":
		s, ok := strOf(v)
		switch {
		case v == value.None || s == "":
			o.Style = 0
		case ok && len(s) == 1:
			o.Style = s[0]
		default:
			return fail("default_style must be one of \"'\", '\"', '|' and '>'")
		}
	case "line_break":
		if v != value.None {
			s, err := value.Text(v)
			o.LineBreak = s
			return err
		}
	case "allow_unicode":
		return value.Raise("TypeError", "yaml.dump() got multiple values for keyword argument 'allow_unicode'")
	case "encoding", "version", "tags":
		return fail("the argument '%s' of PyYAML's dumper is not supported", name)
	default:
		return yamlDumper().Unexpected(name)
	}
	return nil
}

func yamlText(c *Call, filter string) (f *source.File, none bool) {
	switch x := c.First().(type) {
	case value.Str:
		if value.IsSecret(x) {
			return source.NewSensitiveFile("<unicode string>", x.String()), false
		}
		return source.NewFile("<unicode string>", x.String()), false
	case value.Bytes:
		return source.NewFile("<byte string>", string(x.Bytes())), false
	case value.NoneType:
		return nil, true
	}
	c.Host.Deprecatef("The %s filter ignored non-string input of type '%s'. This feature will be removed from ansible-core version 2.23.",
		filter, c.First().Type())
	return nil, false
}

func yamlLoadOptions(c *Call) yaml.Options {
	return yaml.Options{Secret: value.IsSecret(c.First()), Warn: func(w yaml.Warning) error {
		if w.Kind == yaml.DeprecatedTag {
			c.Host.Deprecatef("%s This feature will be removed from ansible-core version 2.23.\n\n%s", w.Msg, w.Help)
		} else {
			c.Host.Warnf("%s\n\n%s", w.Msg, w.Help)
		}
		return nil
	}}
}

// yamlError words a finding as PyYAML does.
func yamlError(err error) error {
	var d *diag.Error
	if !errors.As(err, &d) {
		return err
	}
	var p *yaml.ParserError
	if errors.As(err, &p) {
		return fail("%s", p.Plain)
	}
	text := d.Msg
	if d.Pos.Line > 0 {
		text += fmt.Sprintf("\n  in %q, line %d, column %d", d.Pos.File.Name(), d.Pos.Line, max(d.Pos.Col, 1))
	}
	return fail("%s", text)
}

func fromYAML(c *Call) (value.Value, error) {
	f, none := yamlText(c, "from_yaml")
	if f == nil {
		if none {
			return value.None, nil
		}
		return c.First(), nil
	}
	v, err := yaml.Load(f, yamlLoadOptions(c))
	if err != nil {
		return nil, yamlError(err)
	}
	return plain(v)
}

func fromYAMLAll(c *Call) (value.Value, error) {
	f, none := yamlText(c, "from_yaml_all")
	if f == nil {
		if none {
			return value.NewList(), nil
		}
		return c.First(), nil
	}
	docs, err := yaml.LoadAll(f, yamlLoadOptions(c))
	if err != nil {
		return nil, yamlError(err)
	}
	return plain(value.NewList(docs...))
}

// plain takes the trust off what was parsed: the result of a filter is data.
func plain(v value.Value) (value.Value, error) { return value.Untrust(v) }
