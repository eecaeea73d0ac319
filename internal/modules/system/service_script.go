package system

import (
	"context"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
)

// byScript drives the scripts in /etc/init.d.
type byScript struct{ *svc }

var _ manager = (*byScript)(nil)

// running asks the script; what it says in words counts more than its exit code, which many do not keep to.
func (m *byScript) running(ctx context.Context) (bool, error) {
	if m.p.Has("pattern") {
		return m.process(ctx)
	}
	out, err := m.do(ctx, "status")
	if err != nil {
		return false, err
	}
	text := strings.ToLower(out.Stdout)
	switch {
	case out.RC == 0 && !strings.Contains(text, "not running") && !strings.Contains(text, "stopped"):
		return true, nil
	case out.RC == 3, strings.Contains(text, "not running"), strings.Contains(text, "stopped"), strings.Contains(text, "unused"):
		return false, nil
	}
	return out.RC == 0, nil
}

// process looks for the pattern in the command lines of all processes.
func (m *byScript) process(_ context.Context) (bool, error) {
	names, err := m.sys.ReadDir("/proc")
	if err != nil {
		return false, err
	}
	for _, n := range names {
		if n[0] >= '0' && n[0] <= '9' && strings.Contains(cmdlineOf(m.sys, n), m.p.Str("pattern")) {
			return true, nil
		}
	}
	return false, nil
}

func (m *byScript) enabled(_ context.Context) (bool, error) {
	return (&unit{sys: m.sys, name: m.name}).sysVEnabled(), nil
}

func (m *byScript) do(ctx context.Context, action string) (programs.Out, error) {
	if programs.Has(m.sys, "service") {
		return programs.Call(ctx, m.sys, append([]string{"service", m.name, action}, m.words()...)...)
	}
	return programs.Call(ctx, m.sys, append([]string{"/etc/init.d/" + m.name, action}, m.words()...)...)
}

func (m *byScript) enable(ctx context.Context, on bool) (programs.Out, error) {
	switch {
	case programs.Has(m.sys, "update-rc.d"):
		return m.updateRC(ctx, on)
	case programs.Has(m.sys, "chkconfig"):
		word := "off"
		if on {
			word = "on"
		}
		return programs.Call(ctx, m.sys, "chkconfig", m.name, word)
	}
	return programs.Out{}, programs.Fail("no service or tool found for: %s", m.name)
}

// updateRC makes the links first, when there are none, then enables or disables them.
func (m *byScript) updateRC(ctx context.Context, on bool) (programs.Out, error) {
	if on {
		if out, err := programs.Call(ctx, m.sys, "update-rc.d", m.name, "defaults"); err != nil || out.RC != 0 {
			return out, err
		}
		return programs.Call(ctx, m.sys, "update-rc.d", m.name, "enable")
	}
	return programs.Call(ctx, m.sys, "update-rc.d", m.name, "disable")
}
