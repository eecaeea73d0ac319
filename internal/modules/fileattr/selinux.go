package fileattr

import (
	"context"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

const selinuxAttr = "security.selinux"

// Context returns the SELinux context of a file as its four parts (the level may be missing).
func Context(sys target.System, path string) ([]string, error) {
	b, err := sys.Xattr(path, selinuxAttr)
	if err != nil {
		return nil, err
	}
	return strings.SplitN(strings.TrimRight(string(b), "\x00"), ":", 4), nil
}

// applySELinux sets the given parts of the context. Where SELinux is not enabled the arguments have no effect, as in
// Ansible. A part may be "_default": that of the policy, which matchpathcon(8) tells.
func (a Attrs) applySELinux(sys target.System, path string, _ target.Info, check bool, c *Change) (bool, error) {
	if a.SELinux == [4]string{} || !sys.SELinux() {
		return false, nil
	}
	old, err := Context(sys, path)
	if err != nil {
		return false, withDetails(failf(path, "could not get current selinux context"), PyError(err, path))
	}
	want := append([]string(nil), old...)
	var policy []string
	for i, part := range a.SELinux {
		if part == "" {
			continue
		}
		if i >= len(want) {
			return false, failf(path, "invalid selinux context: this policy has no level")
		}
		if part == "_default" {
			if policy == nil {
				if policy, err = defaultContext(sys, path); err != nil {
					return false, err
				}
			}
			if i >= len(policy) {
				continue
			}
			part = policy[i]
		}
		want[i] = part
	}
	if strings.Join(want, ":") == strings.Join(old, ":") {
		return false, nil
	}
	c.Note("secontext", old, want)
	if check {
		return true, nil
	}
	if err := sys.SetXattr(path, selinuxAttr, append([]byte(strings.Join(want, ":")), 0)); err != nil {
		return false, withDetails(failf(path, "invalid selinux context: %s", PyError(err, path)), strings.Join(want, ":"))
	}
	return true, nil
}

func defaultContext(sys target.System, path string) ([]string, error) {
	exit, err := sys.Run(context.Background(), target.Command{Argv: []string{"matchpathcon", "-n", path}})
	if err != nil || exit.Code != 0 {
		return nil, failf(path, "the SELinux policy's default for %s is not known: matchpathcon is needed for \"_default\"", path)
	}
	return strings.SplitN(strings.TrimSpace(string(exit.Stdout)), ":", 4), nil
}
