package system_test

import (
	"context"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/server"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// TestServicePattern: whether a service runs is told by the command lines of the processes.
func TestServicePattern(t *testing.T) {
	m := target.NewMemory()
	m.Put("/etc/init.d/demo", target.Node{Mode: 0o100755})
	m.Put("/proc/17/cmdline", target.Node{Mode: 0o100444, Content: []byte("/usr/bin/demo\x00--serve\x00")})
	started := 0
	m.AddProgram("service", func([]string, []byte) target.Exit {
		started++
		return target.Exit{}
	})
	m.AddProgramAt("/etc/init.d/demo", func([]string, []byte) target.Exit {
		started++
		return target.Exit{}
	})
	for _, c := range []struct {
		module, pattern string
		changed         bool
	}{{"service", "demo --serve", false}, {"service", "other", true}, {"sysvinit", "demo --serve", false}, {"sysvinit", "other", true}} {
		started = 0
		args := value.DictOf("name", module.V("demo"), "state", module.V("started"), "pattern", module.V(c.pattern))
		r := server.Run(context.Background(), modules.All(), m, server.Call{Module: c.module, Args: args})
		if r.Failed || r.Changed != c.changed || (started > 0) != c.changed {
			t.Errorf("%s %s: %+v, started %d times", c.module, c.pattern, r, started)
		}
	}
}
