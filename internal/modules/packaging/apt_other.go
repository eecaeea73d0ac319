package packaging

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// remove removes packages that are installed, with purge also those of which configuration files are left.
func (a *apt) remove(ctx context.Context, names []string) (module.Result, error) {
	var bare []string
	for _, n := range names {
		bare = append(bare, parseSpec(n).name)
	}
	if len(bare) == 0 {
		return module.Result{}, nil
	}
	m, err := a.installed(ctx, bare)
	if err != nil {
		return module.Result{}, err
	}
	var words []string
	for _, n := range bare {
		if f := m[n]; f != nil && (f.installed != "" || f.files && a.p.Bool("purge")) {
			words = append(words, n)
		} else if strings.ContainsAny(n, "*?[") {
			words = append(words, matching(m, n)...)
		}
	}
	if len(words) == 0 {
		return module.Result{}, nil
	}
	file, err := programs.Find(a.sys, "apt-get")
	if err != nil {
		return module.Result{}, err
	}
	c := append(command{file, "-q", "-y"}, a.options()...)
	c = c.flag(a.p.Bool("purge"), "--purge").flag(a.p.Bool("force"), "--force-yes").flag(a.p.Bool("autoremove"), "--auto-remove").
		flag(a.p.Check, "--simulate").flag(a.p.Bool("allow_change_held_packages"), "--allow-change-held-packages")
	c = append(append(c, "remove"), words...)
	out, err := a.call(ctx, c)
	if err != nil {
		return module.Result{}, err
	}
	if out.RC != 0 {
		r := failed(c, out)
		r.Msg = fmt.Sprintf("'apt-get remove '%s'' failed: %s", strings.Join(words, "' '"), out.Stderr)
		return r, nil
	}
	return a.succeeded(out, true), nil
}

// matching are the installed packages that dpkg-query has found for a pattern.
func matching(m map[string]*found, pattern string) []string {
	var out []string
	for n, f := range m {
		if f.installed != "" && !strings.Contains(n, ":") && globMatch(pattern, n) {
			out = append(out, n)
		}
	}
	return out
}

// upgrade upgrades all packages.
func (a *apt) upgrade(ctx context.Context, mode string) (module.Result, error) {
	aptitude := programs.Has(a.sys, "aptitude") && !a.p.Bool("force_apt_get")
	dist := mode == "dist" || mode == "full"
	name, words := "apt-get", []string{"upgrade", "--with-new-pkgs"}
	switch {
	case dist && mode == "full" && aptitude:
		name, words = "aptitude", []string{"full-upgrade"}
	case dist:
		words = []string{"dist-upgrade"}
	case aptitude:
		name, words = "aptitude", []string{"safe-upgrade"}
	}
	if dist && a.p.Bool("autoremove") && name == "apt-get" || !dist && a.p.Bool("autoremove") && name == "apt-get" {
		words = append(words, "--auto-remove")
	}
	file, err := programs.Find(a.sys, name)
	if err != nil {
		return module.Result{}, err
	}
	c := append(command{file, "-y"}, a.options()...)
	c = c.flag(a.p.Bool("force"), "--force-yes").flag(a.p.Bool("fail_on_autoremove"), "--no-remove").flag(a.p.Check, "--simulate")
	c = append(c, words...)
	if r := a.p.Str("default_release"); r != "" {
		c = append(c, "-t", r)
	}
	c = a.allowed(c)
	out, err := a.call(ctx, c)
	if err != nil {
		return module.Result{}, err
	}
	if out.RC != 0 {
		r := failed(c, out)
		r.Msg = fmt.Sprintf("'%s %s' failed: %s", name, words[0], out.Stderr)
		return r, nil
	}
	r := module.Result{Msg: out.Stdout, HasMsg: true}.With("stdout", out.Stdout).With("stderr", out.Stderr)
	if strings.Contains(out.Stdout, nothingDone) || strings.Contains(out.Stdout, "No packages will be installed, upgraded, or removed") {
		return r, nil
	}
	changed := a.succeeded(out, true)
	changed.Msg, changed.HasMsg = out.Stdout, true
	return changed, nil
}

// tidy does autoremove or autoclean.
func (a *apt) tidy(ctx context.Context, what string) (module.Result, error) {
	file, err := programs.Find(a.sys, "apt-get")
	if err != nil {
		return module.Result{}, err
	}
	c := append(command{file, "-y"}, a.options()...)
	c = c.flag(a.p.Bool("purge") && what == "autoremove", "--purge").flag(a.p.Bool("force"), "--force-yes").flag(a.p.Check, "--simulate")
	c = append(c, what)
	out, err := a.call(ctx, c)
	if err != nil {
		return module.Result{}, err
	}
	if out.RC != 0 {
		r := failed(c, out)
		r.Msg = fmt.Sprintf("'apt-get %s' failed: %s", what, out.Stderr)
		return r, nil
	}
	changed := !strings.Contains(out.Stdout, nothingDone)
	if what == "autoclean" {
		changed = strings.Contains(out.Stdout, "\nDel ")
	}
	return a.succeeded(out, changed), nil
}

// clean removes all package files. Nothing is done in check mode, where Ansible's module cleans all the same.
func (a *apt) clean(ctx context.Context) (module.Result, error) {
	r := module.Result{Changed: true, HasMsg: true, Diff: value.NewDict()}.With("stdout", "").With("stderr", "")
	if a.p.Check {
		return r, nil
	}
	out, err := programs.Call(ctx, a.sys, "apt-get", "clean")
	if err != nil {
		return r, err
	}
	if out.RC != 0 {
		return module.Fail("apt-get clean failed: %s", out.Stdout).With("stdout", out.Stdout).With("stderr", out.Stderr).With("rc", out.RC), nil
	}
	return r, nil
}

const policyFile = "/usr/sbin/policy-rc.d"

// policyRC puts a policy-rc.d in place that answers with the code that is wanted, and returns what puts the old one back. A copy
// of that is ready before anything is changed: a disk that is full then does not matter.
func (a *apt) policyRC() (undo func() error, err error) {
	if !a.p.Has("policy_rc_d") || a.p.Check {
		return func() error { return nil }, nil
	}
	undo = func() error { return a.policyBack(a.sys.Remove(policyFile)) }
	if info, err := a.sys.Stat(policyFile); err == nil {
		text, err := target.ReadFile(a.sys, policyFile)
		if err != nil {
			return nil, a.policyBack(err)
		}
		old, err := fileattr.NewTemp(a.sys, policyFile, bytes.NewReader(text))
		if err != nil {
			return nil, a.policyBack(err)
		}
		undo = func() error { return a.policyBack(old.PlaceAs(info.Perm(), info.UID, info.GID)) }
	}
	text := fmt.Sprintf("#!/bin/sh\nexit %d\n", a.p.Int("policy_rc_d"))
	tmp, err := fileattr.NewTemp(a.sys, policyFile, strings.NewReader(text))
	if err == nil {
		err = tmp.PlaceAs(0o755, -1, -1)
	}
	if err != nil {
		return nil, programs.Fail("Failed to create or chmod %s: %s", policyFile, fileattr.PyError(err, policyFile))
	}
	return undo, nil
}

func (a *apt) policyBack(err error) error {
	if err == nil {
		return nil
	}
	return programs.Fail("Fail to move back %s: %s", policyFile, fileattr.PyError(err, policyFile))
}
