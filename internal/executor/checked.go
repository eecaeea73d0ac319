package executor

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// kind is what the value of a keyword must be.
type kind int

const (
	anything kind = iota
	boolean
	integer
)

// of reports whether v is of the kind, which has a name.
func (k kind) of(v value.Value) (name string, ok bool) {
	switch k {
	case boolean:
		_, err := module.ToBool(v)
		return "bool", err == nil
	case integer:
		_, err := module.ToInt(v)
		return "int", err == nil
	}
	return "", true
}

// surrounding is what ansible-core finds out about the way to a host before it looks at the task itself: a variable of the host, else the
// keyword. In the order of ansible-core 2.19.
var surrounding = []struct {
	name    string
	vars    []string
	keyword playbook.Keyword // 0 is none
	kind    kind
}{
	{name: "connection", vars: []string{"ansible_connection"}},
	{name: "remote_addr", vars: []string{"ansible_ssh_host", "ansible_host"}},
	{name: "remote_user", vars: []string{"ansible_ssh_user", "ansible_user"}, keyword: playbook.RemoteUser},
	{name: "password", vars: []string{"ansible_ssh_pass", "ansible_password"}},
	{name: "port", vars: []string{"ansible_ssh_port", "ansible_port"}, kind: integer},
	{name: "timeout", vars: []string{"ansible_ssh_timeout", "ansible_timeout"}, kind: integer},
	{name: "private_key_file", vars: []string{"ansible_ssh_private_key_file", "ansible_private_key_file"}},
	{name: "no_log", keyword: playbook.NoLog, kind: boolean},
	{name: "check_mode", keyword: playbook.CheckMode, kind: boolean},
	{name: "diff", keyword: playbook.Diff, kind: boolean},
	{name: "become", vars: []string{"ansible_become"}, keyword: playbook.Become, kind: boolean},
	{name: "become_method", vars: []string{"ansible_become_method"}, keyword: playbook.BecomeMethod},
	{name: "become_user", vars: []string{"ansible_become_user"}, keyword: playbook.BecomeUser},
	{name: "become_pass", vars: []string{"ansible_become_pass", "ansible_become_password"}},
	{name: "become_exe", vars: []string{"ansible_become_exe"}, keyword: playbook.BecomeExe},
	{name: "become_flags", vars: []string{"ansible_become_flags"}, keyword: playbook.BecomeFlags},
}

// checked are the keywords whose values are checked before the arguments, in the order of ansible-core 2.19, also those that are read
// when the task is through.
var checked = []struct {
	keyword playbook.Keyword
	kind    kind
}{
	{playbook.Notify, anything},
	{playbook.Connection, anything},
	{playbook.Port, integer},
	{playbook.RemoteUser, anything},
	{playbook.Environment, anything},
	{playbook.NoLog, boolean},
	{playbook.IgnoreErrors, boolean},
	{playbook.IgnoreUnreachable, boolean},
	{playbook.CheckMode, boolean},
	{playbook.Diff, boolean},
	{playbook.AnyErrorsFatal, boolean},
	{playbook.Timeout, integer},
	{playbook.Debugger, anything},
	{playbook.Become, boolean},
	{playbook.BecomeMethod, anything},
	{playbook.BecomeUser, anything},
	{playbook.BecomeFlags, anything},
	{playbook.BecomeExe, anything},
}

// checkKeywords finds out whether the keywords can be evaluated before the arguments are.
func (r *run) checkKeywords(scope *templating.Scope) error {
	if err := r.checkSurrounding(scope); err != nil {
		return err
	}
	for _, c := range checked {
		if err := r.checkKeyword(scope, c.keyword, c.kind); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) checkKeyword(scope *templating.Scope, k playbook.Keyword, must kind) error {
	raw := r.task.Setting(k)
	if raw == nil {
		return nil
	}
	if _, isBool := raw.(value.Bool); isBool && must == boolean {
		return nil
	}
	v, err := r.setting(scope, k)
	if v == nil || err != nil {
		return err
	}
	if name, ok := must.of(v); !ok {
		return r.notOfType(k, v, name)
	}
	return nil
}

// checkSurrounding is for a task that is not delegated: of another host nothing is looked at here.
func (r *run) checkSurrounding(scope *templating.Scope) error {
	if r.delegated != nil || r.wayChecked() {
		return nil
	}
	for _, s := range surrounding {
		raw := said(scope.Vars(), s.vars)
		if raw == nil {
			if s.keyword == 0 {
				continue
			}
			if err := r.checkKeyword(scope, s.keyword, s.kind); err != nil {
				return err
			}
			continue
		}
		if plain(raw) && s.kind == anything {
			continue
		}
		v, keep, err := scope.FinalizeArg(raw)
		if err != nil {
			return &templating.Error{Msg: "Error processing keyword '" + s.name + "'", Pos: originOf(raw), Cause: err}
		}
		if !keep || v == value.None {
			continue
		}
		if name, ok := s.kind.of(v); !ok {
			return notOfType(s.name, raw, v, name)
		}
	}
	return nil
}

// wayChecked reports whether another item of the loop has found the same way to the host in order. A template that runs a lookup would hold
// each item back until those before it are over.
func (r *run) wayChecked() bool {
	return r.slot != nil && r.delegated == nil && r.slot.lane.kept != nil && r.slot.lane.kept.checked
}

// said is the value of the last of some variables that there is, nil without any.
func said(vars templating.Vars, names []string) (raw value.Value) {
	for _, name := range names {
		if v, ok := vars.Lookup(name); ok {
			raw = v
		}
	}
	return raw
}

// plain reports whether a value is a text without a template.
func plain(raw value.Value) bool {
	s, ok := raw.(value.Str)
	return ok && !s.Contains("{")
}
