package executor

import (
	"context"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// delegation is the host that a task, or an item of its loop, runs on in place of its own.
type delegation struct {
	host  string // as the inventory names it
	label string // what is shown: with its address, where that is another
	facts bool   // what the task learns is the host's
}

// delegate finds out on which host the task runs; nil: on its own. scope has the item of the loop, where there is one.
// Source: https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_delegation.html
func (r *run) delegate(ctx context.Context, scope *templating.Scope) (*delegation, error) {
	raw := r.task.Setting(playbook.DelegateTo)
	if raw == nil || raw == value.None {
		return nil, nil
	}
	v, keep, err := scope.FinalizeArg(raw)
	if err != nil || !keep || v == value.None {
		return nil, err
	}
	d := &delegation{}
	if d.host, err = value.Text(v); err != nil || d.host == "" {
		return nil, err
	}
	d.label = d.host
	if address := r.addressOf(ctx, d.host); address != d.host {
		d.label += "(" + address + ")"
	}
	d.facts, err = r.boolean(scope, playbook.DelegateFacts)
	return d, err
}

// undelegated is what is shown of a delegation that can't be evaluated: its text.
func (r *run) undelegated() *delegation {
	text, _ := value.Text(r.task.Setting(playbook.DelegateTo))
	return &delegation{label: text}
}

// addressOf is the address of a host: its ansible_host, else its name.
func (r *run) addressOf(ctx context.Context, host string) string {
	vars := r.x.Vars(host, r.task)
	if _, ok := vars.Lookup("ansible_host"); !ok {
		return host
	}
	v, ok, err := r.x.Engine.Scope(ctx, vars, nil).Lookup("ansible_host")
	if err != nil || !ok {
		return host
	}
	text, err := value.Text(v)
	if err != nil {
		return host
	}
	return text
}

// connectionNames are the variables that tell how a host is reached, and the keywords that say the same.
var connectionNames = []struct {
	name    string
	keyword playbook.Keyword
}{
	{"ansible_connection", playbook.Connection}, {"ansible_user", playbook.RemoteUser}, {"ansible_port", playbook.Port},
}

// connectionVariables are the variables of connections that templates see whoever says what they are.
var connectionVariables = []string{
	"ansible_connection", "ansible_user", "ansible_port", "ansible_timeout", "ansible_private_key_file", "ansible_shell_type", "ansible_shell_executable",
}

// aliasOf is the other name of a variable of connections.
func aliasOf(name string) string { return "ansible_ssh_" + strings.TrimPrefix(name, "ansible_") }

// withConnection gives the scope in which a task runs: with the variables that tell how its host is reached, those of the
// host that it is delegated to.
func (r *run) withConnection(ctx context.Context, scope *templating.Scope, d *delegation) (*templating.Scope, error) {
	add := map[string]value.Value{}
	own := scope.Vars()
	if d != nil {
		own = r.x.Vars(d.host, r.task)
		others := r.x.Engine.Scope(ctx, own, nil)
		all := value.NewDict()
		for _, name := range own.Names() {
			if v, ok := own.Lookup(name); ok {
				all.SetStr(name, v)
			}
		}
		address := value.NewStr(r.addressOf(ctx, d.host))
		all.SetStr("ansible_host", address)
		add["ansible_delegated_vars"] = value.DictOf(d.host, value.NewLazyDict(all, others, value.Marks{}))
		add["ansible_host"], add["ansible_ssh_host"] = address, address
		for _, c := range connectionNames {
			if v, ok, err := others.Lookup(c.name); ok && err == nil {
				add[c.name] = v
			}
		}
	} else {
		address, names := value.Value(value.NewStr(r.host)), []string{"ansible_host", "ansible_ssh_host"}
		for _, name := range names {
			if v, ok := own.Lookup(name); ok {
				address = v
			}
		}
		for _, name := range names {
			if _, ok := own.Lookup(name); !ok {
				add[name] = address
			}
		}
	}
	for _, c := range connectionNames {
		if r.task.Setting(c.keyword) == nil || add[c.name] != nil {
			continue
		}
		if _, ok := own.Lookup(c.name); ok || c.keyword == playbook.Port && r.reachedLocally(scope, own) {
			continue
		}
		if _, ok := own.Lookup(aliasOf(c.name)); ok {
			continue
		}
		v, err := r.setting(scope, c.keyword)
		if err != nil {
			return nil, err
		}
		if v != nil {
			add[c.name] = v
		}
	}
	for _, name := range connectionVariables {
		if _, ok := own.Lookup(name); ok || add[name] != nil {
			continue
		}
		v, ok := own.Lookup(aliasOf(name))
		if !ok && (name != "ansible_port" || !r.reachedLocally(scope, own)) {
			v = r.x.Connection[name]
		}
		if v != nil {
			add[name] = v
		}
	}
	return scope.With(add), nil
}

// reachedLocally reports whether a task's modules run in this process as far as its variables and keywords say so: then there is
// no port.
func (r *run) reachedLocally(scope *templating.Scope, own templating.Vars) bool {
	raw, ok := own.Lookup("ansible_connection")
	if !ok {
		if raw = r.task.Setting(playbook.Connection); raw == nil {
			return false
		}
	}
	v, err := scope.Finalize(raw)
	text, isText := v.(value.Str)
	return err == nil && isText && playbook.BuiltinName(text.String()) == "local"
}

// label is what is shown of the delegation, "" when there is none, or when it is to the host itself.
func (r *run) label() string {
	if r.delegated == nil || r.delegated.host == r.host {
		return ""
	}
	return r.delegated.label
}
