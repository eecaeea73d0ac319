package actions

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(Def{Name: "ansible.posix.synchronize", Redirects: []string{"ansible.builtin.synchronize"}, Run: runSynchronize})

// synchronization is one call of synchronize. rsync runs on the control node, or where the task is delegated to; the other side
// is the task's own host.
type synchronization struct {
	*Call
	args      *value.Dict
	own, at   Login // the host, and where rsync runs
	onOwn     bool  // rsync runs on the host itself: both sides are there
	delegated bool  // rsync runs on a third host
}

// runSynchronize copies trees with rsync.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/posix/synchronize_module.html
func runSynchronize(ctx context.Context, c *Call) (*result.Result, error) {
	s := &synchronization{Call: c, args: c.Args.Copy()}
	for _, name := range []string{"src", "dest"} {
		if v := s.args.Stored(name); v == nil || v == value.None {
			return c.fail("synchronize requires both src and dest parameters are set"), nil
		}
	}
	for it := s.args.Iterate(); it.Next(); {
		if text, _ := value.Text(it.Key()); strings.HasPrefix(text, "_") {
			return c.fail("%s is not an argument of synchronize that a task can give", text), nil
		}
	}
	var err error
	if s.own, err = c.Own().Login(ctx); err != nil {
		return nil, err
	}
	if s.at, err = c.Host.Login(ctx); err != nil {
		return nil, err
	}
	if rsync, ok, err := c.Scope.Lookup("ansible_rsync_path"); err != nil {
		return nil, err
	} else if ok {
		s.args.SetStr("_local_rsync_path", rsync)
	}
	s.onOwn = c.DelegatedTo == c.HostName
	s.delegated = c.DelegatedTo != "" && !s.onOwn && s.at.Kind != "local"
	ownIsHere := s.own.Kind == "local"
	useArgs := lenient(s.args, "use_ssh_args", false)
	s.args.DeleteStr("use_ssh_args")
	switch {
	case s.delegated && ownIsHere:
		return c.fail("synchronize can't have %s connect to this machine: delegate to it without a connection of kind local", c.DelegatedTo), nil
	case ownIsHere, s.onOwn:
		if ownIsHere {
			s.findLocal()
		}
		return c.Module(ctx, "ansible.posix.synchronize", s.args, nil)
	}
	if failed := s.become(); failed != nil {
		return failed, nil
	}
	if !s.delegated {
		s.findLocal()
		return s.overTunnel(ctx)
	}
	s.nameHost()
	if !s.has("dest_port") && s.own.Port != 0 {
		s.args.SetStr("dest_port", value.NewInt(int64(s.own.Port)))
	}
	if useArgs && s.own.SSHArgs != "" {
		s.args.SetStr("_ssh_args", value.NewStr(s.own.SSHArgs))
	}
	r, err := c.Plain().Exec(ctx, "ansible.posix.synchronize", s.args, nil)
	if err != nil {
		return nil, err
	}
	return FromModule(r, c.Pos), nil
}

// overTunnel runs rsync here, over the connection to the host.
func (s *synchronization) overTunnel(ctx context.Context) (*result.Result, error) {
	change := Change{Key: text(s.args, "private_key"), AnyUser: !lenient(s.args, "set_remote_user", true)}
	if s.has("dest_port") {
		port, err := module.ToInt(s.args.Stored("dest_port"))
		if err != nil {
			return s.runHere(ctx) // the module says what is wrong
		}
		if int(port) != s.own.Port {
			change.Port = int(port)
		}
	} else if s.own.Port != 0 {
		s.args.SetStr("dest_port", value.NewInt(int64(s.own.Port)))
	}
	s.nameHost()
	t, err := s.Own().Tunnel(ctx, change)
	if err != nil {
		return nil, err
	}
	r, err := s.runHere(ctx, module.RemoteShell+"="+t.Shell())
	if lost := t.Close(); lost != nil && err == nil {
		return nil, lost
	}
	return r, err
}

func (s *synchronization) runHere(ctx context.Context, env ...string) (*result.Result, error) {
	r, err := s.Here(env...).Exec(ctx, "ansible.posix.synchronize", s.args, nil)
	if err != nil {
		return nil, err
	}
	return FromModule(r, s.Pos), nil
}

func (s *synchronization) has(name string) bool {
	v := s.args.Stored(name)
	return v != nil && v != value.None
}

// sides are the arguments for the path here and for the one on the host.
func (s *synchronization) sides() (here, there string) {
	if text(s.args, "mode") == "pull" {
		return "dest", "src"
	}
	return "src", "dest"
}

// findLocal looks a relative path of the control node up as all files of tasks are; one that is not there stands for one beside the
// playbook.
func (s *synchronization) findLocal() {
	here, there := s.sides()
	names := []string{here}
	if s.own.Kind == "local" {
		names = append(names, there)
	}
	for _, arg := range names {
		name := text(s.args, arg)
		if filepath.IsAbs(name) || strings.HasPrefix(name, "~") || strings.Contains(name, ":") {
			continue
		}
		found, err := s.find("files", name)
		if err != nil {
			found = filepath.Join(s.Search[len(s.Search)-1], name)
			if strings.HasSuffix(name, "/") {
				found += "/"
			}
		}
		s.args.SetStr(arg, value.NewStr(found))
	}
}

// nameHost puts user and host in front of the path on the host, but for one of an rsync daemon.
func (s *synchronization) nameHost() {
	_, arg := s.sides()
	name := text(s.args, arg)
	if strings.HasPrefix(name, "rsync://") {
		return
	}
	host := s.own.Address
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if s.own.User != "" && lenient(s.args, "set_remote_user", true) {
		host = s.own.User + "@" + host
	}
	s.args.SetStr(arg, value.NewStr(host+":"+name))
}

// become has rsync run on the host as another user: by a method that can be put in front of a program.
func (s *synchronization) become() *result.Result {
	if s.own.Become == "" || s.has("rsync_path") {
		return nil
	}
	switch s.own.Become {
	case "sudo", "doas":
		s.args.SetStr("rsync_path", value.NewStr(s.own.Become+" -u "+s.own.BecomeUser+" rsync"))
		return nil
	}
	return s.fail("synchronize can't become %s by %s: use sudo or doas, or say with rsync_path how rsync is run on the host", s.own.BecomeUser, s.own.Become)
}
