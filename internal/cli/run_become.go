package cli

import (
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/client"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/become"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/config"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/secret"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// becomeOptions are where the options of a become method may be said, as `ansible-doc -t become METHOD` has them. In each
// name METHOD is the method's name.
var becomeOptions = map[string]said{
	"become_user": {
		vars: []string{"ansible_become_user", "ansible_METHOD_user"}, keyword: playbook.BecomeUser,
		env: []string{"ANSIBLE_BECOME_USER", "ANSIBLE_METHOD_USER"}, config: "become/METHOD/become_user",
	},
	"become_exe": {
		vars: []string{"ansible_become_exe", "ansible_METHOD_exe"}, keyword: playbook.BecomeExe,
		env: []string{"ANSIBLE_BECOME_EXE", "ANSIBLE_METHOD_EXE"}, config: "become/METHOD/become_exe",
	},
	"become_flags": {
		vars: []string{"ansible_become_flags", "ansible_METHOD_flags"}, keyword: playbook.BecomeFlags,
		env: []string{"ANSIBLE_BECOME_FLAGS", "ANSIBLE_METHOD_FLAGS"}, config: "become/METHOD/become_flags",
	},
	"become_pass": {
		vars: []string{"ansible_become_password", "ansible_become_pass", "ansible_METHOD_pass"},
		env:  []string{"ANSIBLE_BECOME_PASS", "ANSIBLE_METHOD_PASS"}, config: "become/METHOD/become_pass",
	},
	"prompt_l10n": {vars: []string{"ansible_METHOD_prompt_l10n"}, env: []string{"ANSIBLE_METHOD_PROMPT_L10N"}, config: "become/METHOD/prompt_l10n"},
	"sudo_chdir":  {vars: []string{"ansible_sudo_chdir"}, env: []string{"ANSIBLE_SUDO_CHDIR"}, config: "become/sudo/sudo_chdir"},
}

// become tells as whom the agent is to run; nil is the user that the connection logs in as. The key is the same for the same
// answer.
func (s *settings) become(kind connection.Type, o connection.Options) (*client.Become, string, error) {
	r := s.c.r
	name, err := s.becomeMethod()
	if err != nil || name == "" {
		return nil, "", err
	}
	method := become.Set.Find(name)
	if method == nil {
		return nil, "", noBecome(name)
	}
	how := &client.Become{Method: method}
	if how.Options, err = s.becomeOptions(method.Name); err != nil {
		return nil, "", err
	}
	b := how.Options
	user := b.User
	if user == "" {
		user = "root"
	}
	if user == loginUser(kind, o) && !r.settings.Bool("BECOME_ALLOW_SAME_USER") {
		return nil, "", nil
	}
	flags := "-"
	if b.Flags != nil {
		flags = fmt.Sprintf("%q", *b.Flags)
	}
	return how, fmt.Sprintf(" %s %q %q %s %q %q %q", method.Name, user, b.Exe, flags, b.Password.Reveal(), b.Prompts, b.Dir), nil
}

// becomeMethod is the name of the method that a task wants, "" where it becomes nobody.
func (s *settings) becomeMethod() (string, error) {
	r := s.c.r
	wanted, err := s.first(said{vars: []string{"ansible_become"}, keyword: playbook.Become, option: trueWhen(r.req.options.become), config: "DEFAULT_BECOME"})
	if err != nil || wanted == "" {
		return "", err
	}
	if yes, err := module.ToBool(value.NewStr(wanted)); err != nil || !yes {
		return "", err
	}
	return s.first(said{
		vars: []string{"ansible_become_method"}, keyword: playbook.BecomeMethod, option: r.req.options.becomeMethod, config: "DEFAULT_BECOME_METHOD",
	})
}

// noBecome says that there is no become method of a name, in the words of ansible-core 2.19.
func noBecome(name string) error {
	return &become.Error{Msg: fmt.Sprintf(
		"Invalid become method specified, could not find matching plugin: '%s'. Use `ansible-doc -t become -l` to list available plugins.", name,
	)}
}

func trueWhen(b bool) string {
	if b {
		return "true"
	}
	return ""
}

func (s *settings) becomeOptions(method string) (o become.Options, err error) {
	r := s.c.r
	get := func(name string) (string, bool) {
		if err != nil {
			return "", false
		}
		p := becomeOptions[name].of(method)
		if !config.Known(p.config) {
			p.config = "" // a method that is not ansible-core's
		} else {
			p.env = nil // config reads them
		}
		if name == "become_user" {
			p.option = r.req.options.becomeUser
		}
		var text string
		var ok bool
		text, ok, err = s.find(p)
		return text, ok
	}
	o.User, _ = get("become_user")
	o.Exe, _ = get("become_exe")
	if flags, ok := get("become_flags"); ok {
		o.Flags = &flags
	}
	password, _ := get("become_pass")
	if password == "" && s.c.passwords.become != nil {
		password = s.c.passwords.become.Reveal()
	}
	o.Password, o.HasPassword = secret.New(password), password != ""
	if method != "sudo" {
		prompts, _ := get("prompt_l10n")
		for _, p := range strings.Split(prompts, ",") {
			if p = strings.TrimSpace(p); p != "" {
				o.Prompts = append(o.Prompts, p)
			}
		}
	} else {
		o.Dir, _ = get("sudo_chdir")
	}
	return o, err
}

// of puts a method's name into the names.
func (p said) of(method string) said {
	put := func(names []string, method string) []string {
		out := make([]string, len(names))
		for i, n := range names {
			out[i] = strings.ReplaceAll(n, "METHOD", method)
		}
		return out
	}
	p.vars, p.env = put(p.vars, method), put(p.env, strings.ToUpper(method))
	p.config = strings.ReplaceAll(p.config, "METHOD", method)
	return p
}
