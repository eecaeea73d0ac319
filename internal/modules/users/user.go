package users

import (
	"context"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.user", Check: module.Full, Run: runUser,
	Args: module.Args{
		{Name: "name", Aliases: []string{"user"}, Required: true, Help: "The account."},
		{Name: "state", Default: "present", Choices: []string{"absent", "present"}, Help: "Whether it is to be there."},
		{Name: "uid", Type: module.Int, Help: "Its number."},
		{Name: "non_unique", Type: module.Bool, Default: false, Help: "Another account may have the number, too."},
		{Name: "uid_min", Type: module.Int, Help: "The lowest number for a new account, in place of that in login.defs."},
		{Name: "uid_max", Type: module.Int, Help: "The highest number for a new account."},
		{Name: "group", Help: "The primary group, by name or number."},
		{Name: "groups", Type: module.List, Elements: module.Str, Help: "Further groups; an empty list is none."},
		{Name: "append", Type: module.Bool, Default: false, Help: "Add to the groups, take none away."},
		{Name: "comment", Help: "The full name and so on (GECOS)."},
		{Name: "home", Type: module.Path, Help: "The home folder."},
		{Name: "create_home", Aliases: []string{"createhome"}, Type: module.Bool, Default: true, Help: "Make the home folder if it is not there."},
		{Name: "move_home", Type: module.Bool, Default: false, Help: "Move what is in the old home folder to the new one."},
		{Name: "skeleton", Help: "The folder that a new home folder is a copy of."},
		{Name: "umask", Help: "The mask for a new home folder."},
		{Name: "shell", Type: module.Path, Help: "The login shell."},
		{Name: "system", Type: module.Bool, Default: false, Help: "A new account gets a number of the system's range."},
		{Name: "password", NoLog: true, Help: "The hash of the password."},
		{Name: "update_password", Default: "always", Choices: []string{"always", "on_create"}, ShowLog: true, Help: "When the password is set."},
		{Name: "password_lock", Type: module.Bool, ShowLog: true, Help: "Lock or unlock the password."},
		{Name: "password_expire_max", Type: module.Int, ShowLog: true, Help: "Days after which the password must be changed."},
		{Name: "password_expire_min", Type: module.Int, ShowLog: true, Help: "Days before the password may be changed."},
		{Name: "password_expire_warn", Type: module.Int, ShowLog: true, Help: "Days of warning before the password expires."},
		{Name: "password_expire_account_disable", Type: module.Int, ShowLog: true, Help: "Days after the password's end until the account is disabled."},
		{Name: "expires", Type: module.Float, Help: "When the account ends, in seconds since 1970; a negative number is never."},
		{Name: "generate_ssh_key", Type: module.Bool, Help: "Make a key for SSH if there is none."},
		{Name: "ssh_key_type", Default: "rsa", Help: "The kind of the key."},
		{Name: "ssh_key_bits", Type: module.Int, Default: 0, Help: "The size of the key."},
		{Name: "ssh_key_comment", DefaultOf: sshKeyComment, Help: "The comment of the key; ansible-generated on the host's name."},
		{Name: "ssh_key_file", Type: module.Path, Help: "The file of the key, below the home folder unless it is absolute; .ssh/id_TYPE."},
		{Name: "ssh_key_passphrase", NoLog: true, More: module.IsGiven, Help: "What the key is encrypted with."},
		{Name: "force", Type: module.Bool, Default: false, Help: "Remove an account that is in use; make the key again."},
		{Name: "remove", Type: module.Bool, Default: false, Help: "Remove the home folder and the mail with the account."},
		{Name: "seuser", Help: "The user of SELinux."},
		{Name: "local", Type: module.Bool, Help: "Work on the local files by luseradd and the like, past a central directory."},
		{Name: "login_class", Help: "Of BSD; nothing on Linux."},
		{Name: "hidden", Type: module.Bool, Help: "Of macOS; nothing on Linux."},
		{Name: "profile", Help: "Of Solaris; nothing on Linux."},
		{Name: "authorization", Help: "Of Solaris; nothing on Linux."},
		{Name: "role", Help: "Of Solaris; nothing on Linux."},
	},
	Doc: module.Doc{
		Short: "Add, change or remove an account.",
		Notes: []string{
			"Drives useradd, usermod, userdel, chage and ssh-keygen. A key with a passphrase is made without ssh-keygen, so that no program gets to see the passphrase.",
		},
		Examples: "- ansible.builtin.user:\n    name: kimai\n    groups: [docker]\n    append: true\n",
		Returns: []module.Return{
			{Name: "uid", Type: "int", When: "the account is there", Help: "Its number."},
			{Name: "home", Type: "str", When: "the account is there", Help: "Its home folder."},
			{Name: "ssh_public_key", Type: "str", When: "generate_ssh_key", Help: "The public key."},
		},
	},
})

// account is one call.
type account struct {
	sys            target.System
	p              *module.Params
	name           string
	stdout, stderr string
	changed        bool
}

// sshKeyComment is the comment of a key for which none is given.
func sshKeyComment(env module.Env) any {
	if env.Node == nil {
		return nil
	}
	return "ansible-generated on " + env.Node()
}

func runUser(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	a := &account{sys: sys, p: p, name: p.Str("name")}
	a.checkPassword()
	if p.Bool("append") && !p.Has("groups") {
		p.Warn("'append' is set, but no 'groups' are specified. Use 'groups' for appending new groups.This will change to an error in Ansible 2.14.")
	}
	return programs.Answer(a.run(ctx))
}

func (a *account) run(ctx context.Context) (module.Result, error) {
	old, there, err := a.sys.UserByName(a.name)
	if err != nil {
		return module.Result{}, err
	}
	var r module.Result
	switch {
	case a.p.Str("state") == "absent":
		return a.remove(ctx, there)
	case !there:
		if a.p.Check {
			return module.Result{Changed: true}, nil
		}
		if err := a.add(ctx); err != nil {
			return r, err
		}
		if err := a.localAfter(ctx, target.User{}); err != nil {
			return r, err
		}
		if err := a.expiry(ctx); err != nil {
			return r, err
		}
		r.Set("system", a.p.Bool("system")).Set("create_home", a.p.Bool("create_home"))
	default:
		if err := a.call(ctx, "usermod", func() ([]string, error) { return a.modArgs(old) }); err != nil {
			return r, err
		}
		if err := a.localAfter(ctx, old); err != nil {
			return r, err
		}
		if err := a.expiry(ctx); err != nil {
			return r, err
		}
		r.Set("append", a.p.Bool("append")).Set("move_home", a.p.Bool("move_home"))
	}
	return a.result(ctx, r)
}

// add makes the account, and its home folder where useradd can't.
func (a *account) add(ctx context.Context) error {
	made, err := a.makeHome()
	if err != nil {
		return err
	}
	if err := a.call(ctx, "useradd", a.addArgs); err != nil || !made {
		return err
	}
	u, there, err := a.sys.UserByName(a.name)
	if err != nil || !there {
		return err
	}
	return a.ownHome(u.Home, u)
}

// call runs a program with the arguments that args gives; none is nothing to do. In check mode it only counts.
func (a *account) call(ctx context.Context, program string, args func() ([]string, error)) error {
	if a.p.Bool("local") {
		if a.p.Str("state") == "present" {
			for _, name := range []string{"umask", "uid_min", "uid_max"} {
				if a.p.Has(name) {
					return programs.Fail("'%s' can not be used with 'local'", name)
				}
			}
		}
		if _, err := programs.Find(a.sys, "lgroupmod"); err != nil {
			return err
		}
		program = "l" + program
	}
	argv, err := args()
	if err != nil || argv == nil {
		return err
	}
	a.changed = true
	if a.p.Check {
		return nil
	}
	out, err := programs.Call(ctx, a.sys, append(append([]string{program}, argv...), a.name)...)
	if err != nil {
		return err
	}
	a.stdout, a.stderr = a.stdout+out.Stdout, a.stderr+out.Stderr
	if out.RC != 0 {
		return a.failed(out)
	}
	return nil
}

func (a *account) failed(out programs.Out) error {
	return &programs.Failed{Result: module.Fail("%s", out.Stderr).With("name", a.name).With("rc", out.RC)}
}

func (a *account) remove(ctx context.Context, there bool) (module.Result, error) {
	r := module.Result{}.With("name", a.name).With("state", "absent")
	if !there {
		return r, nil
	}
	if a.p.Check {
		return module.Result{Changed: true}, nil
	}
	err := a.call(ctx, "userdel", func() ([]string, error) {
		argv := []string{}
		if a.p.Bool("force") && !a.p.Bool("local") {
			argv = append(argv, "-f")
		}
		if a.p.Bool("remove") {
			argv = append(argv, "-r")
		}
		return argv, nil
	})
	if err != nil {
		return r, err
	}
	r.Changed = true
	r.Set("force", a.p.Bool("force")).Set("remove", a.p.Bool("remove"))
	a.outputs(&r)
	return r, nil
}

func (a *account) outputs(r *module.Result) {
	if a.stdout != "" {
		r.Set("stdout", a.stdout)
	}
	if a.stderr != "" {
		r.Set("stderr", a.stderr)
	}
}

// result makes sure of home folder and key, and tells what the account is now.
func (a *account) result(ctx context.Context, r module.Result) (module.Result, error) {
	r.Set("name", a.name).Set("state", "present")
	if a.p.Has("password") {
		r.Set("password", "NOT_LOGGING_PASSWORD")
	}
	u, there, err := a.sys.UserByName(a.name)
	if err != nil {
		return r, err
	}
	if there {
		if err := a.ensureHome(u); err != nil {
			return r, err
		}
		r.Set("uid", u.UID).Set("group", u.GID).Set("comment", u.Gecos).Set("home", u.Home).Set("shell", u.Shell)
	}
	if a.p.Has("groups") {
		r.Set("groups", strings.Join(a.p.Strs("groups"), ","))
	}
	if there && a.p.Bool("generate_ssh_key") {
		if err := a.sshKey(ctx, u, &r); err != nil {
			return r, err
		}
	}
	a.outputs(&r)
	r.Changed = a.changed
	return r, nil
}

func (a *account) number(name string) string { return strconv.FormatInt(a.p.Int(name), 10) }
