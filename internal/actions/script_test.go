package actions_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/actions"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/client"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// local runs modules on this machine; lost is the module at which the target is lost.
type local struct {
	sys   *client.Local
	lost  string
	calls []string
}

func (l *local) Exec(ctx context.Context, name string, args *value.Dict, content *module.Content) (module.Result, error) {
	l.calls = append(l.calls, name)
	if name == l.lost {
		return module.Result{}, errors.New("the target is gone")
	}
	return l.sys.Exec(ctx, client.Call{Module: name, Args: args, Content: content})
}

func (*local) Shell(context.Context, string, io.Reader) (*actions.ShellOutput, error) {
	return nil, nil
}

func (l *local) Fetch(ctx context.Context, path, have string, w io.Writer) (module.Result, error) {
	return l.sys.Fetch(ctx, path, have, w)
}

func (*local) Local(context.Context) (bool, error) { return true, nil }

func (*local) Reset(context.Context) error { return nil }

func (*local) Login(context.Context) (actions.Login, error) { return actions.Login{Kind: "local"}, nil }

func (*local) Tunnel(context.Context, actions.Change) (actions.Tunnel, error) {
	return nil, errors.New("no tunnel")
}

type files struct{}

func (files) ReadFile(name string) ([]byte, bool, error) {
	b, err := os.ReadFile(name)
	return b, false, err
}

// What is sent for a script is gone afterwards, whatever came of it.
func TestScriptLeavesNothingBehind(t *testing.T) {
	for _, c := range []struct {
		name, script, lost string
		fails, isLost      bool
	}{
		{"it runs", "echo ran", "", false, false},
		{"it fails", "exit 3", "", true, false},
		{"the target is lost while it runs", "echo ran", "ansible.legacy.command", false, true},
		{"it can't be copied", "echo ran", "ansible.legacy.copy", false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, tmp := t.TempDir(), t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "s.sh"), []byte("#!/bin/sh\n"+c.script+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			cl, err := client.NewLocal(dir, []string{"TMPDIR=" + tmp, "PATH=" + os.Getenv("PATH")})
			if err != nil {
				t.Fatal(err)
			}
			host := &local{sys: cl, lost: c.lost}
			call := &actions.Call{
				Name: "script", FullName: "ansible.builtin.script", Args: value.DictOf("_raw_params", value.NewStr("s.sh 'a b'")),
				Host: host, Bare: func() actions.Host { return host }, Search: []string{dir}, Files: files{},
			}
			r, err := actions.Set.Find("script").Run(t.Context(), call)
			if c.isLost != (err != nil) {
				t.Fatalf("got error %v", err)
			}
			if err == nil && c.fails != (r.Status == result.Failed) {
				t.Errorf("got status %v", r.Status)
			}
			if !strings.Contains(strings.Join(host.calls, " "), "tempfile") {
				t.Errorf("nothing was sent: %v", host.calls)
			}
			left, err := os.ReadDir(tmp)
			if err != nil {
				t.Fatal(err)
			}
			if len(left) != 0 {
				t.Errorf("%s is left", left[0].Name())
			}
		})
	}
}
