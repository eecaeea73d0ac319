package selinux

import (
	"context"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// policyStore is what semanage keeps of SELinux's policy: one of its kinds of objects.
type policyStore struct {
	sys  target.System
	p    *module.Params
	kind string // "port", "fcontext"
}

// call runs semanage; what it complains of is the failure.
func (s policyStore) call(ctx context.Context, args ...string) (string, error) {
	out, err := programs.Run(ctx, s.sys, target.Command{Argv: append([]string{"semanage", s.kind}, args...), Env: programs.C})
	if err != nil {
		return "", err
	}
	if out.RC != 0 {
		return "", programs.Fail("%s", out.Stderr)
	}
	return out.Stdout, nil
}

// list gives the objects, or those that were added or changed on this machine alone.
func (s policyStore) list(ctx context.Context, local bool) (string, error) {
	args := []string{"-l"}
	if local {
		args = append(args, "-C")
	}
	return s.call(ctx, args...)
}

// change makes a change, unless it is check mode.
func (s policyStore) change(ctx context.Context, args ...string) error {
	if s.p.Check {
		return nil
	}
	if !s.p.Bool("reload") {
		args = append([]string{"-N"}, args...)
	}
	_, err := s.call(ctx, args...)
	return err
}

// usable reports whether there is SELinux, or that is of no matter.
func (s policyStore) usable() error {
	if !s.sys.SELinux() && !s.p.Bool("ignore_selinux_state") {
		return programs.Fail("SELinux is disabled on this host.")
	}
	return nil
}

// columns takes a line of a list apart: columns have two blanks between, or more.
func columns(line string) []string {
	var out []string
	for c := range strings.SplitSeq(line, "  ") {
		if c = strings.TrimSpace(c); c != "" {
			out = append(out, c)
		}
	}
	return out
}
