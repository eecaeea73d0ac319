package files_test

import (
	"bytes"
	"context"
	"crypto/sha1"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/server"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

func args(t *testing.T, json string) *value.Dict {
	t.Helper()
	v, err := value.FromJSON([]byte(json))
	if err != nil {
		t.Fatal(err)
	}
	return v.(*value.Dict)
}

func content(s string, opened *int) *module.Content {
	return &module.Content{
		Size: int64(len(s)), SHA1: fmt.Sprintf("%x", sha1.Sum([]byte(s))), Label: "/control/app.conf",
		Open: func(context.Context) (io.ReadCloser, error) {
			*opened++
			return io.NopCloser(bytes.NewReader([]byte(s))), nil
		},
	}
}

func machine(t *testing.T) *target.Memory {
	t.Helper()
	m := target.NewMemory()
	if err := m.Mkdir("/etc", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := target.WriteFile(m, "/etc/app.conf", []byte("old"), 0o640); err != nil {
		t.Fatal(err)
	}
	m.Changes()
	return m
}

// TestCopyDecisions: the content is asked for only when it is needed and at most once, check mode touches nothing, and
// a second run neither.
func TestCopyDecisions(t *testing.T) {
	for _, c := range []struct {
		name, args, content string
		check, diff         bool
		changed             bool
		opened              int
		touches             bool
	}{
		{"new content", `{"dest": "/etc/app.conf"}`, "new", false, false, true, 1, true},
		{"new content, diff", `{"dest": "/etc/app.conf"}`, "new", false, true, true, 1, true},
		{"new content, check", `{"dest": "/etc/app.conf", "backup": true}`, "new", true, false, true, 0, false},
		{"new content, check and diff", `{"dest": "/etc/app.conf"}`, "new", true, true, true, 1, false},
		{"same content", `{"dest": "/etc/app.conf"}`, "old", false, true, false, 0, false},
		{"same content, mode", `{"dest": "/etc/app.conf", "mode": "0600"}`, "old", false, false, true, 0, true},
		{"same content, mode, check", `{"dest": "/etc/app.conf", "mode": "0600"}`, "old", true, false, true, 0, false},
		{"not forced", `{"dest": "/etc/app.conf", "force": false}`, "new", false, false, false, 0, false},
		{"into a directory", `{"dest": "/etc"}`, "old", false, false, false, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, opened := machine(t), 0
			call := server.Call{Module: "copy", Args: args(t, c.args), Check: c.check, Diff: c.diff, Content: content(c.content, &opened)}
			r := server.Run(context.Background(), modules.All(), m, call)
			if r.Failed || r.Changed != c.changed || opened != c.opened {
				t.Errorf("failed %v (%s), changed %v, opened %d times", r.Failed, r.Msg, r.Changed, opened)
			}
			if ch := m.Changes(); (len(ch) > 0) != c.touches {
				t.Errorf("touched: %q", ch)
			}
			if c.check {
				return
			}
			opened = 0
			r = server.Run(context.Background(), modules.All(), m, call)
			if ch := m.Changes(); r.Failed || r.Changed || opened != 0 || len(ch) > 0 {
				t.Errorf("second run: %s changed %v, opened %d, %q", r.Msg, r.Changed, opened, ch)
			}
		})
	}
}

// TestFaults: whichever call fails, and with a full disk, the old file is whole and nothing is left beside it.
func TestFaults(t *testing.T) {
	for _, op := range []string{"open", "write", "chmod", "rename"} {
		t.Run(op, func(t *testing.T) {
			m, opened := machine(t), 0
			if err := m.Lchown("/etc/app.conf", 1, 1); err != nil {
				t.Fatal(err)
			}
			before := m.Tree()
			fired := false
			m.SetFault(func(o, name string) error {
				if o == op && strings.HasPrefix(name, "/etc/") {
					fired = true
					return syscall.ENOSPC
				}
				return nil
			})
			r := server.Run(context.Background(), modules.All(), m, server.Call{Module: "copy", Args: args(t, `{"dest": "/etc/app.conf"}`), Content: content("new", &opened)})
			if !fired {
				t.Fatal("the fault did not happen")
			}
			if !r.Failed || r.Changed || !strings.Contains(r.Msg, "No space left on device") {
				t.Errorf("failed %v, changed %v, %q", r.Failed, r.Changed, r.Msg)
			}
			if after := m.Tree(); fmt.Sprint(after) != fmt.Sprint(before) {
				t.Errorf("before %v\n after %v", before, after)
			}
		})
	}
}

func TestUnsafeWrites(t *testing.T) {
	for _, unsafe := range []bool{false, true} {
		m, opened := machine(t), 0
		m.SetFault(func(op, name string) error {
			if op == "rename" && name == "/etc/app.conf" {
				return syscall.EBUSY // a mount point in a container
			}
			return nil
		})
		r := server.Run(context.Background(), modules.All(), m, server.Call{
			Module: "copy", Content: content("new", &opened),
			Args: args(t, fmt.Sprintf(`{"dest": "/etc/app.conf", "unsafe_writes": %v}`, unsafe)),
		})
		b, _ := target.ReadFile(m, "/etc/app.conf")
		names, _ := m.ReadDir("/etc")
		if r.Failed == unsafe || (string(b) == "new") != unsafe || len(names) != 1 {
			t.Errorf("unsafe %v: failed %v (%s), content %q, files %q", unsafe, r.Failed, r.Msg, b, names)
		}
	}
}

func TestOwnerAndFlagsAreKept(t *testing.T) {
	m, opened := machine(t), 0
	if err := m.Lchown("/etc/app.conf", 1, 1); err != nil {
		t.Fatal(err)
	}
	if err := m.SetFlags("/etc/app.conf", 0x40); err != nil { // no dump
		t.Fatal(err)
	}
	r := server.Run(context.Background(), modules.All(), m, server.Call{Module: "copy", Args: args(t, `{"dest": "/etc/app.conf"}`), Content: content("new", &opened)})
	if got := m.Tree()["/etc/app.conf"]; r.Failed || got != `100640 1:1 "new"` {
		t.Errorf("%s: %s", r.Msg, got)
	}
	if flags, _, _ := m.Flags("/etc/app.conf"); flags != 0x40 {
		t.Errorf("flags %#x", flags)
	}
}

// TestAttributes follows what ansible-core does where lsattr is installed.
func TestAttributes(t *testing.T) {
	m := machine(t)
	for _, c := range []struct {
		attr    string
		changed bool
		flags   uint32
		failed  bool
	}{
		{"+i", true, 0x10, false},
		{"+i", true, 0x10, false},
		{"=d", false, 0x10, true},
		{"d", true, 0x40, false},
		{"d", false, 0x40, false},
		{"+aA", true, 0xe0, false},
		{"-d", true, 0xa0, false},
		{"-d", true, 0xa0, false},
		{"zz", false, 0xa0, true},
	} {
		r := server.Run(context.Background(), modules.All(), m, server.Call{Module: "file", Diff: true, Args: value.DictOf("path", value.NewStr("/etc/app.conf"), "attributes", value.NewStr(c.attr))})
		flags, _, _ := m.Flags("/etc/app.conf")
		if r.Changed != c.changed || flags != c.flags || r.Failed != c.failed {
			t.Errorf("%s: changed %v, flags %#x, failed %v %s", c.attr, r.Changed, flags, r.Failed, r.Msg)
		}
	}
}

func TestSELinux(t *testing.T) {
	m := machine(t)
	call := server.Call{Module: "file", Args: args(t, `{"path": "/etc/app.conf", "setype": "httpd_sys_content_t", "selevel": "s0:c1"}`)}
	if r := server.Run(context.Background(), modules.All(), m, call); r.Failed || r.Changed {
		t.Errorf("without SELinux: %s, changed %v", r.Msg, r.Changed)
	}
	m.SetSELinux(true)
	if r := server.Run(context.Background(), modules.All(), m, call); !r.Failed {
		t.Error("no context to start from, but no failure")
	}
	if err := m.SetXattr("/etc/app.conf", "security.selinux", []byte("system_u:object_r:etc_t:s0\x00")); err != nil {
		t.Fatal(err)
	}
	for _, changed := range []bool{true, false} {
		r := server.Run(context.Background(), modules.All(), m, call)
		got, _ := value.Text(r.Get("secontext"))
		if r.Failed || r.Changed != changed || got != "system_u:object_r:httpd_sys_content_t:s0:c1" {
			t.Errorf("changed %v, want %v; %s %s", r.Changed, changed, r.Msg, got)
		}
	}
	call.Args = args(t, `{"path": "/etc/app.conf", "setype": "_default"}`)
	if r := server.Run(context.Background(), modules.All(), m, call); !r.Failed || !strings.Contains(r.Msg, "matchpathcon") {
		t.Errorf("no policy: %+v", r)
	}
	m.AddProgram("matchpathcon", func([]string, []byte) target.Exit {
		return target.Exit{Stdout: []byte("system_u:object_r:etc_t:s0\n")}
	})
	r := server.Run(context.Background(), modules.All(), m, call)
	if got, _ := value.Text(r.Get("secontext")); !r.Changed || got != "system_u:object_r:etc_t:s0:c1" {
		t.Errorf("%s %s", r.Msg, got)
	}
}

// TestStatMime: what file(1) says.
func TestStatMime(t *testing.T) {
	m := machine(t)
	stat := func() *value.Dict {
		r := server.Run(context.Background(), modules.All(), m, server.Call{Module: "stat", Args: args(t, `{"path": "/etc/app.conf"}`)})
		return r.Get("stat").(*value.Dict)
	}
	if s := stat(); s.Stored("mimetype") != value.NewStr("unknown") || s.Stored("charset") != value.NewStr("unknown") {
		t.Errorf("without file: %v %v", s.Stored("mimetype"), s.Stored("charset"))
	}
	m.AddProgram("file", func(argv []string, _ []byte) target.Exit {
		if argv[len(argv)-1] != "/etc/app.conf" || argv[len(argv)-2] != "--" {
			return target.Exit{Code: 1}
		}
		return target.Exit{Stdout: []byte("text/plain; charset=us-ascii\n")}
	})
	if s := stat(); s.Stored("mimetype") != value.NewStr("text/plain") || s.Stored("charset") != value.NewStr("us-ascii") {
		t.Errorf("got %v %v", s.Stored("mimetype"), s.Stored("charset"))
	}
}
