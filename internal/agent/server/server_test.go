package server_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/server"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

func real(t *testing.T) target.System {
	t.Helper()
	sys, err := target.NewReal(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return sys
}

func def(run module.Func) *module.Def {
	return &module.Def{Name: "test.test.one", Run: run, Check: module.Full, Args: module.Args{
		{Name: "a", Default: "x"}, {Name: "password", NoLog: true}, {Name: "p", Type: module.Path},
	}}
}

func TestNames(t *testing.T) {
	for _, name := range []string{
		"ping", "ansible.builtin.ping", "ansible.legacy.ping", "openssl_privatekey", "community.crypto.openssl_certificate", "ansible.builtin.shell",
	} {
		r := server.Run(context.Background(), modules.All(), real(t), server.Call{Module: name, Args: value.DictOf("zork", value.None)})
		if !strings.HasPrefix(r.Msg, "Unsupported parameters for ("+name+")") && !strings.HasPrefix(r.Msg, "missing required") && !strings.HasPrefix(r.Msg, "one of") {
			t.Errorf("%s: %q", name, r.Msg)
		}
	}
	for _, name := range []string{"", "nosuch", "ansible.builtin.", "community.crypto.ping", "a.b.c"} {
		if r := server.Run(context.Background(), modules.All(), real(t), server.Call{Module: name}); !r.Failed || !strings.Contains(r.Msg, "not found") {
			t.Errorf("%q: %+v", name, r)
		}
	}
}

func TestPanicIsAFailure(t *testing.T) {
	d := def(func(context.Context, target.System, *module.Params) (module.Result, error) {
		panic("no such luck")
	})
	r := server.RunDef(context.Background(), real(t), d, server.Call{Module: "one", Args: value.DictOf("password", value.NewStr("hunter22"))})
	if !r.Failed || !strings.HasPrefix(r.Msg, "MODULE FAILURE: test.test.one crashed") {
		t.Errorf("got %+v", r)
	}
	if text, _ := value.Text(r.Dict()); strings.Contains(text, "hunter22") || !strings.Contains(text, module.Hidden) {
		t.Errorf("module_args: %s", text)
	}
}

func TestErrorAndCancel(t *testing.T) {
	d := def(func(context.Context, target.System, *module.Params) (module.Result, error) {
		return module.Result{}, errors.New("the moon is in the way of hunter22")
	})
	r := server.RunDef(context.Background(), real(t), d, server.Call{Module: "one", Args: value.DictOf("password", value.NewStr("hunter22"))})
	if !r.Failed || r.Msg != "test.test.one: the moon is in the way of ********" {
		t.Errorf("got %q", r.Msg)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	r = server.Run(ctx, modules.All(), real(t), server.Call{Module: "shell", Args: value.DictOf("cmd", value.NewStr("sleep 600 & sleep 600"))})
	if !r.Failed || !strings.Contains(r.Msg, "was stopped") || time.Since(start) > 2*time.Minute {
		t.Errorf("after %v: %+v", time.Since(start), r)
	}
}

func TestNoCheckModeIsSkipped(t *testing.T) {
	ran := false
	d := def(func(context.Context, target.System, *module.Params) (module.Result, error) {
		ran = true
		return module.Result{Changed: true}, nil
	})
	d.Check = module.None
	r := server.RunDef(context.Background(), real(t), d, server.Call{Module: "one", Check: true})
	if ran || !r.Skipped || r.Changed || r.Msg != "remote module (one) does not support check mode" {
		t.Errorf("ran %v: %+v", ran, r)
	}
}

func TestSecretsAreTakenOut(t *testing.T) {
	d := def(func(_ context.Context, _ target.System, p *module.Params) (module.Result, error) {
		p.Warn("beware of " + p.Str("password"))
		r := module.Result{Diff: module.Diff{Before: "", After: "x" + p.Str("password")}.Value()}
		r.Set("echo", p.Str("password")).Set("list", []string{"a" + p.Str("password") + "b"})
		return r, nil
	})
	r := server.RunDef(context.Background(), real(t), d, server.Call{Module: "one", Args: value.DictOf("password", value.NewStr("hunter22"))})
	text, err := value.Text(r.Dict())
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(text, "hunter22") {
		t.Errorf("the secret is in %s", text)
	}
	if strings.Count(text, "********") != 3 || strings.Count(text, module.Hidden) != 2 {
		t.Errorf("got %s", text)
	}
}

func TestDirAndEnvironment(t *testing.T) {
	sys := real(t)
	if err := sys.Mkdir("d", 0o755); err != nil {
		t.Fatal(err)
	}
	d := def(func(_ context.Context, sys target.System, p *module.Params) (module.Result, error) {
		return module.Result{}.With("dir", sys.Dir()).With("p", p.Str("p")), nil
	})
	r := server.RunDef(context.Background(), sys, d, server.Call{
		Module: "one", Dir: "d", Env: []string{"FOO=bar", "HOME=/h"},
		Args: value.DictOf("p", value.NewStr("~/$FOO")),
	})
	if text, _ := value.Text(r.Get("p")); text != "/h/bar" {
		t.Errorf("p: %s", text)
	}
	if text, _ := value.Text(r.Get("dir")); text != sys.Dir()+"/d" {
		t.Errorf("dir: %s", text)
	}
}
