package inventory

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

// scriptPlugin runs an executable with --list, and with --host for each host where its answer has no _meta (Ansible
// documentation, "Developing dynamic inventory").
var scriptPlugin = plugin{
	name: "script",
	verify: func(path string, info fs.FileInfo) bool {
		return info != nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
	},
	parse: func(ctx context.Context, inv *Inventory, path string) error {
		s := &script{inv: inv, path: path}
		data, err := s.run(ctx, "--list")
		if err != nil {
			return err
		}
		return s.groups(ctx, data)
	},
}

type script struct {
	inv  *Inventory
	path string
}

// run gives what the script answers, which is not trusted to be anything but JSON of an object.
func (s *script) run(ctx context.Context, args ...string) (*value.Dict, error) {
	cmd := exec.CommandContext(ctx, s.path, args...)
	cmd.Dir = filepath.Dir(s.path)
	if s.inv.opts.Dir != "" {
		cmd.Dir = s.inv.opts.Dir
	}
	cmd.Env = s.inv.opts.Env
	cmd.WaitDelay = 5 * time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, s.failed(err, stderr.String())
	}
	f := source.NewFile(fmt.Sprintf("<inventory script output from '%s'>", s.path), stdout.String())
	v, err := yaml.LoadJSON(f, yaml.Options{Trusted: true, Vault: s.inv.opts.Vault})
	if err != nil {
		msg := "Unable to get JSON decoder for inventory script result: Value could not be parsed as JSON: Expecting value: line 1 column 1 (char 0)"
		return nil, &pluginError{msg: msg, finds: diag.Errorf(source.Pos{}, "the inventory script %s did not answer with JSON", s.path).Hint("run it with %s and look", strings.Join(args, " "))}
	}
	d, ok := v.(*value.Dict)
	if !ok {
		msg := "Inventory script result could not be converted to a dict."
		return nil, &pluginError{msg: msg, finds: diag.Errorf(source.Pos{}, "the inventory script %s answered with a %s, not an object", s.path, v.Type())}
	}
	return d, nil
}

func (s *script) failed(err error, stderr string) error {
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() < 0 {
		return &pluginError{msg: fmt.Sprintf("Problem running '%s --list'.", s.path), finds: diag.Errorf(source.Pos{}, "running the inventory script: %w", err)}
	}
	e := &pluginError{msg: fmt.Sprintf("Inventory script returned non-zero exit code %d.", exit.ExitCode())}
	e.chain = fmt.Sprintf("%s\nOrigin: <inventory plugin 'script' with source '%s'>", e.msg, s.path)
	if stderr = strings.TrimRight(stderr, "\n"); stderr != "" {
		e.chain += "\n\nStandard error from inventory script:\n" + stderr
	}
	e.finds = diag.Errorf(source.Pos{}, "the inventory script %s ended with exit code %d", s.path, exit.ExitCode()).Hint("%s", stderr)
	return e
}

func (s *script) groups(ctx context.Context, data *value.Dict) error {
	var hostvars *value.Dict
	if meta, ok := data.Stored("_meta").(*value.Dict); ok {
		hostvars, _ = meta.Stored("hostvars").(*value.Dict)
	}
	var named []*Host
	for it := data.Iterate(); it.Next(); {
		name := plainText(it.Key())
		if name == "_meta" {
			continue
		}
		hosts, err := s.group(name, it.Stored())
		if err != nil {
			return err
		}
		named = append(named, hosts...)
	}
	if hostvars == nil && len(named) > 0 {
		s.inv.warn(Warning{Deprecated: true, Pos: s.output(), Text: "Inventory scripts should always provide 'meta.hostvars'. Host variables will be collected by running the inventory script with the '--host' option for each host. This feature will be removed from inventory plugin 'script' in ansible-core version 2.23."})
	}
	for _, h := range once(named) {
		vars := value.NewDict()
		if hostvars != nil {
			if d, ok := hostvars.Stored(h.name).(*value.Dict); ok {
				vars = d
			}
		} else {
			d, err := s.run(ctx, "--host", h.name)
			if err != nil {
				return err
			}
			vars = d
		}
		for it := vars.Iterate(); it.Next(); {
			s.inv.setHostVar(h, placeless(it.Key()), it.Stored())
		}
	}
	return nil
}

// output is the place of what the script has answered.
func (s *script) output() source.Pos {
	return source.At(source.NewFile(fmt.Sprintf("<inventory script output from '%s'>", s.path), ""), 0, 0)
}

// placeless gives a key the place that Ansible tells of it: none, and the key itself.
func placeless(key value.Value) value.Value {
	s, ok := key.(value.Str)
	if !ok {
		return key
	}
	return value.WithMarks(s, value.Marks{Origin: source.At(source.NewFile("<unknown>", s.String()), 0, 0), Trusted: true})
}

// group reads a group: a list of hosts, or an object with hosts, vars and children; an object without these is one host
// with its variables.
func (s *script) group(name string, data value.Value) ([]*Host, error) {
	g, err := s.inv.AddGroup(name)
	if err != nil {
		return nil, err
	}
	d := value.NewDict()
	switch data := data.(type) {
	case *value.Dict:
		d = data
		if !d.Has("hosts") && !d.Has("vars") && !d.Has("children") {
			one := value.NewDict()
			one.SetStr("hosts", value.NewList(value.NewStr(name)))
			one.SetStr("vars", data)
			d = one
		}
	case *value.List:
		s.inv.warn(Warning{Deprecated: true, Pos: s.output(), Text: fmt.Sprintf("Group '%s' was converted to 'dict' from 'list'. This feature will be removed from inventory plugin 'script' in ansible-core version 2.23.", name)})
		d.SetStr("hosts", data)
	default:
		return nil, &pluginError{msg: fmt.Sprintf("Invalid group data for '%s'", name)}
	}
	var hosts []*Host
	list, err := s.names(d, name, "hosts")
	if err != nil {
		return nil, err
	}
	for _, n := range list {
		h, err := s.inv.AddHost(n, g, 0)
		if err != nil {
			return nil, err
		}
		hosts = append(hosts, h)
	}
	if vars, ok := d.Stored("vars").(*value.Dict); ok {
		for it := vars.Iterate(); it.Next(); {
			if err := s.inv.setGroupVar(g, placeless(it.Key()), it.Stored()); err != nil {
				return nil, err
			}
		}
	}
	children, err := s.names(d, name, "children")
	if err != nil {
		return nil, err
	}
	for _, n := range children {
		child, err := s.inv.AddGroup(n)
		if err == nil {
			err = g.addChild(child)
		}
		if err != nil {
			return nil, err
		}
	}
	return hosts, nil
}

func (s *script) names(d *value.Dict, group, key string) ([]string, error) {
	v := d.Stored(key)
	if v == nil || v == value.None {
		return nil, nil
	}
	l, ok := v.(*value.List)
	if !ok {
		msg := fmt.Sprintf("Value contains '%s.%s' which is not a list.", group, key)
		return nil, &pluginError{msg: msg, finds: diag.Errorf(source.Pos{}, "%s of the group %q must be a list in the answer of %s", key, group, s.path)}
	}
	var names []string
	for _, e := range l.Stored() {
		names = append(names, plainText(e))
	}
	return names, nil
}
