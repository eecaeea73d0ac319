package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/config"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/all"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/executor"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/inventory"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/preflight"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/runner"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
)

// preflight looks at the whole run before anything of it runs.
func (r *run) preflight(ctx context.Context, plays []*playbook.Play) preflight.Findings {
	f := preflight.Check(plays, r.checkOptions(ctx, r.outsideVars))
	o := opener{seen: map[value.Value]bool{}, told: map[string]bool{}}
	for _, p := range plays {
		p.EachVars(func(_ string, _ any, d *value.Dict) { o.open("", d) })
		if err := r.openHosts(p, &o, &f.Refused); err != nil {
			o.add(err)
		}
	}
	f.Errors = append(f.Errors, o.found...)
	for _, p := range plays {
		f.Doubts.Add(r.noHosts(p))
	}
	return f
}

// checkOptions are those of the part of preflight that opens no vault.
func (r *run) checkOptions(ctx context.Context, hosts func(p *playbook.Play) ([]string, bool)) preflight.Options {
	return preflight.Options{
		Native: func(name string) bool { _, ok := executor.FullName(name); return ok }, Names: executor.Names(),
		Selected:            r.selected(ctx),
		MissingHandlerWarns: !r.settings.Bool("ERROR_ON_MISSING_HANDLER"),
		Engine:              r.engine, Search: r.searchPath, Hosts: hosts,
	}
}

// tellUnknown warns of settings in ansible.cfg and the environment that nothing has.
func (r *run) tellUnknown() {
	for _, e := range r.settings.Unknown() {
		r.warn(strings.TrimSuffix(e.Detail(), "\n"))
	}
	for _, name := range r.settings.UnknownVariables(config.PluginTypes()...) {
		r.warn("no setting has the variable " + name + ", it has no effect")
	}
}

// tellAhead is preflight as ansible-playbook: what the run will meet later is told in lines of our own, each of one finding, and
// the run goes on as Ansible's does; so are settings in ansible.cfg that nothing has. Variables of hosts are not looked at: reading them has warnings of Ansible's, in their place.
func (r *run) tellAhead(ctx context.Context, books []runner.Playbook) {
	f := preflight.Check(playsOf(books), r.checkOptions(ctx, nil))
	all := slices.Concat(r.settings.Unknown(), f.Errors, f.OnlyReal())
	for _, e := range all {
		text := strings.ReplaceAll(e.Error(), "\n", " ")
		if h := e.HintText(); h != "" {
			text += " (" + h + ")"
		}
		fmt.Fprintf(r.err, "%s%s\n", aheadMark, text)
	}
}

// aheadMark begins a line about what a run will meet.
const aheadMark = "kimai-ansible: ahead: "

// noHosts is what is told of a play whose pattern has a name that no host and no group has; nil when all have one.
func (r *run) noHosts(p *playbook.Play) error {
	var names []string
	for _, h := range r.inventory.Hosts() {
		names = append(names, h.Name())
	}
	for _, g := range r.inventory.Groups() {
		names = append(names, g.Name())
	}
	for _, pattern := range p.Patterns() {
		if len(r.inventory.Hosts()) == 0 || !playbook.IsName(pattern) || pattern == "localhost" || slices.Contains(names, pattern) {
			continue
		}
		e := diag.Errorf(p.Scope.Attrs.Pos(playbook.Hosts), "no host and no group is called %q", pattern)
		if near := diag.Nearest(pattern, names); near != "" {
			return e.Hint("did you mean %q?", near)
		}
		return e.Hint("the inventory has: %s", strings.Join(names, ", "))
	}
	return nil
}

// native tells all at once what keeps the native engine from running it, and what it will not be able to do.
func (r *run) native(f preflight.Findings) error {
	for _, w := range append(f.Warnings, f.Doubts...) {
		r.warnFinding(w)
	}
	return withCode(ExitParser, append(f.Errors, f.Refused...).Err())
}

// searchPath gives the folders in which files of a task are looked for: those of its roles, of its file, of its playbook.
func (r *run) searchPath(t *playbook.Task) []string {
	var dirs []string
	for s := t.Parent; s != nil; s = s.Parent {
		if s.Role != nil {
			dirs = append(dirs, s.Role.Path)
		}
	}
	if t.File != "" {
		dirs = append(dirs, filepath.Dir(t.File))
	}
	return append(dirs, t.Play().Dir)
}

// outsideVars gives the names of the variables that the hosts of a play have from the inventory and from -e; ok is false when
// the hosts are only known in the run, or there are none.
func (r *run) outsideVars(p *playbook.Play) (names []string, ok bool) {
	pattern := inventory.JoinPatterns(p.Patterns())
	if hasTemplate(pattern) {
		return nil, false
	}
	hosts, err := r.hosts(pattern)
	if err != nil || len(hosts) == 0 {
		return nil, false
	}
	add := func(d *value.Dict) {
		for it := d.Iterate(); it.Next(); {
			name, _ := value.Text(it.Key())
			names = append(names, name)
		}
	}
	for _, h := range hosts {
		layers, err := r.inventory.Layers(r.inventory.Host(h), r.playbookDir())
		if err != nil {
			return nil, false
		}
		for _, l := range layers {
			add(l.Vars)
		}
	}
	if r.extra != nil {
		add(r.extra)
	}
	return names, true
}

// openHosts opens what is vaulted in the variables of a play's hosts. A pattern that is a template is left for the run.
func (r *run) openHosts(p *playbook.Play, o *opener, refused *diag.List) error {
	pattern := inventory.JoinPatterns(p.Patterns())
	if hasTemplate(pattern) {
		return nil
	}
	names, err := r.hosts(pattern)
	if err != nil {
		return err
	}
	for _, name := range names {
		layers, err := r.inventory.Layers(r.inventory.Host(name), r.playbookDir())
		if err != nil {
			return err
		}
		for _, l := range layers {
			o.open("", l.Vars)
		}
		if c := r.connectionOf(p, layers); !hasTemplate(c) {
			kinds := all.Set()
			if _, ok := kinds.Find(c); !ok {
				refused.Add(diag.Errorf(p.Scope.Attrs.Pos(playbook.Hosts), "the connection %q of host %s is not supported by the native engine; there are %s", c, name, strings.Join(kinds.Names(), ", ")).
					Hint("run kimai-ansible on %s itself with ansible_connection: local, or run this playbook with ansible-playbook", name))
			}
		}
	}
	return nil
}

// connectionOf is the connection of a host as far as the inventory and the play tell it.
func (r *run) connectionOf(p *playbook.Play, layers []inventory.Layer) string {
	for i := len(layers) - 1; i >= 0; i-- {
		if v := layers[i].Vars.Stored("ansible_connection"); v != nil {
			text, _ := value.Text(v)
			return text
		}
	}
	if v := p.Get(playbook.Connection); v != nil {
		text, _ := value.Text(v)
		return text
	}
	return "ssh"
}

func hasTemplate(text string) bool { return strings.Contains(text, "{{") }

// opener opens inline vaults and collects those that no password opens.
type opener struct {
	seen  map[value.Value]bool
	told  map[string]bool
	found diag.List
}

func (o *opener) open(key string, v value.Value) {
	switch v := v.(type) {
	case *value.Dict:
		if v == nil || o.seen[v] {
			return
		}
		o.seen[v] = true
		for it := v.Iterate(); it.Next(); {
			name, _ := value.Text(it.Key())
			if key != "" {
				name = key + "." + name
			}
			o.open(name, it.Stored())
		}
	case *value.List:
		for i, e := range v.Stored() {
			o.open(fmt.Sprintf("%s[%d]", key, i), e)
		}
	case *vault.Value:
		_, err := v.Resolve()
		var cannot *vault.OpenError
		if errors.As(err, &cannot) && cannot.Key == "" {
			cannot.Key = key
		}
		o.add(err)
	}
}

// add keeps a finding, once.
func (o *opener) add(err error) {
	if err == nil || o.told[err.Error()] {
		return
	}
	o.told[err.Error()] = true
	o.found.Add(err)
}
