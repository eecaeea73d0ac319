package executor

import (
	"context"

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
		if _, ok := own.Lookup(c.name); ok {
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
	return scope.With(add), nil
}

// label is what is shown of the delegation, "" when there is none, or when it is to the host itself.
func (r *run) label() string {
	if r.delegated == nil || r.delegated.host == r.host {
		return ""
	}
	return r.delegated.label
}
