package image

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"path"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/credentials"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/engine"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "community.docker.docker_login", Redirects: []string{"ansible.builtin.docker_login", "community.general.docker_login"}, Check: module.Full, Run: runLogin,
	Args: withEngine(module.Args{
		{Name: "registry_url", Aliases: []string{"registry", "url"}, Default: credentials.Hub, Help: "The registry."},
		{Name: "username", Help: "The user."},
		{Name: "password", NoLog: true, Help: "The password."},
		{Name: "reauthorize", Aliases: []string{"reauth"}, Type: module.Bool, Default: false, Help: "Log in even where the file has this login."},
		{Name: "state", Default: "present", Choices: []string{"present", "absent"}, Help: "Whether there is to be a login."},
		{Name: "config_path", Aliases: []string{"dockercfg_path"}, Type: module.Path, Default: "~/.docker/config.json", Help: "The file that keeps logins."},
	}),
	Rules: module.Rules{RequiredTogether: engine.Together, RequiredIf: []module.RequiredIf{{Name: "state", Is: "present", Then: []string{"username", "password"}}}},
	Doc: module.Doc{
		Short:    "Logs in at a registry, or out.",
		Long:     "The login is kept where docker keeps it: in config.json, or with the helper that it names.",
		Examples: "- community.docker.docker_login:\n    registry_url: registry.example.com\n    username: deploy\n    password: \"{{ registry_password }}\"\n",
		Returns:  []module.Return{{Name: "login_result", Type: "dict", When: "success", Help: "What the registry said."}},
	},
})

// login is one call.
type login struct {
	*work
	registry, file string
	config         *value.Dict
}

func runLogin(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	return start(ctx, sys, p, func(w *work) (module.Result, error) {
		l := &login{work: w, registry: p.Str("registry_url"), file: p.Str("config_path")}
		var err error
		if l.config, err = credentials.Load(sys, l.file); err != nil {
			return module.Fail("Error reading %s: %v", l.file, err), nil // it is not written over
		}
		if p.Str("state") == "absent" {
			return l.out(ctx)
		}
		return l.in(ctx)
	})
}

// in logs in, unless the file has the login. What a helper has is tried at the registry all the same.
func (l *login) in(ctx context.Context) (module.Result, error) {
	user, password := l.p.Str("username"), l.p.Str("password")
	has, err := credentials.Find(ctx, l.sys, l.config, l.registry)
	if err != nil {
		why := err.Error()
		if refused := (*credentials.RefusedError)(nil); errors.As(err, &refused) {
			text, err := value.Repr(value.NewStr(why))
			if err != nil {
				return module.Result{}, err
			}
			why = "Credentials store error: StoreError(" + text + ")"
		}
		return module.Fail("Logging into %s for user %s failed - %s", l.registry, user, why), nil
	}
	helper := credentials.Helper(l.config, l.registry)
	same := has != nil && has.Username == user && has.Password == password
	r := module.Result{}
	if same && helper == "" && !l.p.Bool("reauthorize") {
		r.Set("login_result", value.DictOf("email", value.None, "serveraddress", value.NewStr(l.registry), "username", value.NewStr(user)))
		return r, nil
	}
	answer, err := l.c.Dict(ctx, engine.Request{Method: "POST", Path: "/auth", Wait: true, JSON: value.DictOf(
		"username", value.NewStr(user), "password", value.NewStr(password), "email", value.None, "serveraddress", value.NewStr(l.registry),
	)})
	if err != nil {
		return module.Result{}, told(ctx, err, "Logging into "+l.registry+" for user "+user+" failed - ")
	}
	r.Changed = !same || l.p.Bool("reauthorize")
	r.Set("login_result", answer)
	if l.p.Check || same {
		return r, nil
	}
	return r, l.keep(ctx, helper, credentials.Login{Username: user, Password: password, Token: engine.Str(answer, "IdentityToken")})
}

// keep has the helper, or where there is none the file, keep a login.
func (l *login) keep(ctx context.Context, helper string, c credentials.Login) error {
	if helper != "" {
		if c.Token != "" {
			c.Username, c.Password = "<token>", c.Token
		}
		if err := credentials.Store(ctx, l.sys, helper, l.registry, c); err != nil {
			return programs.Fail("%v", err)
		}
		return nil
	}
	entry := value.NewDict()
	if c.Token != "" { // in place of the password
		c.Password = ""
		entry.SetStr("identitytoken", value.NewStr(c.Token))
	}
	entry.SetStr("auth", value.NewStr(base64.StdEncoding.EncodeToString([]byte(c.Username+":"+c.Password))))
	auths := engine.Dict(l.config, "auths")
	if auths == nil {
		auths = value.NewDict()
		l.config.SetStr("auths", auths)
	}
	auths.SetStr(l.registry, entry)
	return l.write()
}

// out forgets a login.
func (l *login) out(ctx context.Context) (module.Result, error) {
	r := module.Result{}
	r.Set("login_result", value.NewDict())
	if helper := credentials.Helper(l.config, l.registry); helper != "" {
		has, err := credentials.Find(ctx, l.sys, l.config, l.registry)
		if r.Changed = has != nil; err == nil && r.Changed && !l.p.Check {
			err = credentials.Erase(ctx, l.sys, helper, l.registry)
		}
		if err != nil {
			return module.Fail("%v", err), nil
		}
		return r, nil
	}
	auths := engine.Dict(l.config, "auths")
	if r.Changed = auths != nil && auths.Has(l.registry); !r.Changed || l.p.Check {
		return r, nil
	}
	auths.DeleteStr(l.registry)
	return r, l.write()
}

// write gives the file its new content, for its owner alone.
func (l *login) write() error {
	b, err := value.AppendJSON(nil, l.config, value.JSONOptions{Multiline: true, Indent: "    "})
	if err != nil {
		return err
	}
	err = l.folder(path.Dir(l.file))
	uid, gid := -1, -1
	if info, serr := l.sys.Stat(l.file); serr == nil {
		uid, gid = info.UID, info.GID
	}
	var tmp *fileattr.Temp
	if err == nil {
		tmp, err = fileattr.NewTemp(l.sys, l.file, bytes.NewReader(b))
	}
	if err == nil {
		err = tmp.PlaceAs(0o600, uid, gid)
	}
	if err != nil {
		return programs.Fail("%s", fileattr.PyTextError(err, l.file))
	}
	return nil
}

// folder makes a folder that is not there, and those above it.
func (l *login) folder(dir string) error {
	if _, err := l.sys.Stat(dir); err == nil || dir == "/" {
		return nil
	}
	if err := l.folder(path.Dir(dir)); err != nil {
		return err
	}
	return l.sys.Mkdir(dir, 0o700)
}
