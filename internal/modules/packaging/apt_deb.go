package packaging

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/download"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

func globMatch(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}

// installFiles installs package files by dpkg, what they depend on before by apt-get.
func (a *apt) installFiles(ctx context.Context, files []string) (module.Result, error) {
	var install, depends []string
	for _, f := range files {
		if strings.Contains(f, "://") {
			local, err := a.download(ctx, f)
			if local != "" {
				defer a.sys.Remove(local)
			}
			if err != nil {
				return module.Result{}, err
			}
			f = local
		}
		needed, deps, err := a.inspect(ctx, f)
		if err != nil {
			return module.Result{}, err
		}
		if needed {
			install = append(install, f)
			depends = append(depends, deps...)
		}
	}
	if len(install) == 0 {
		return module.Result{Diff: value.NewStr("")}.With("stdout", "").With("stderr", ""), nil
	}
	var before module.Result
	if len(depends) > 0 {
		var err error
		if before, err = a.install(ctx, depends); err != nil || before.Failed {
			return before, err
		}
	}
	var options []string
	for _, o := range strings.Split(a.p.Str("dpkg_options"), ",") {
		options = append(options, "--"+strings.TrimSpace(o))
	}
	c := append(command{"dpkg"}, options...)
	c = c.flag(a.p.Check, "--simulate").flag(a.p.Bool("force"), "--force-all")
	c = append(append(c, "-i"), install...)
	out, err := a.call(ctx, c)
	if err != nil {
		return module.Result{}, err
	}
	if out.RC != 0 {
		return module.Fail("%s failed", strings.Join(c.argv(), " ")).With("stdout", out.Stdout).With("stderr", out.Stderr), nil
	}
	text, _ := value.Text(orEmpty(before.Get("stdout")))
	r := module.Result{Changed: true}.With("stdout", text+out.Stdout).With("stderr", out.Stderr)
	r.Diff = value.DictOf("prepared", value.NewStr(strings.Join(strings.Split(strings.TrimRight(out.Stdout, "\n"), "\n"), "\n")))
	return r, nil
}

// download fetches a package into a temporary file.
func (a *apt) download(ctx context.Context, url string) (string, error) {
	name := strings.TrimSuffix(path.Base(url), ".deb")
	f, err := a.sys.CreateTemp("", name+"*.deb")
	if err != nil {
		return "", err
	}
	err = download.Save(ctx, a.sys, url, false, f)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	var failed *download.Error
	if errors.As(err, &failed) {
		return f.Name(), programs.Fail("Failure downloading %s, %s", url, failed.Msg)
	}
	return f.Name(), err
}

func orEmpty(v value.Value) value.Value {
	if v == nil {
		return value.NewStr("")
	}
	return v
}

// inspect tells whether a package file is to be installed, and which of its dependencies are missing.
func (a *apt) inspect(ctx context.Context, file string) (bool, []string, error) {
	b, err := a.sys.Open(file)
	if err != nil {
		return false, nil, programs.Fail("Unable to install package: E:Could not open file %s - open (2: No such file or directory)", file)
	}
	magic := make([]byte, 8)
	_, err = b.Read(magic)
	b.Close()
	if err != nil || string(magic) != "!<arch>\n" {
		return false, nil, programs.Fail("Unable to install package: E:Invalid archive signature")
	}
	out, err := programs.Run(ctx, a.sys, target.Command{Argv: []string{"dpkg-deb", "-f", file, "Package", "Version", "Pre-Depends", "Depends"}})
	if err != nil {
		return false, nil, err
	}
	if out.RC != 0 {
		return false, nil, programs.Fail("Unable to install package: %s", strings.TrimSpace(out.Stderr))
	}
	fields := map[string]string{}
	for line := range strings.Lines(out.Stdout) {
		if k, v, ok := strings.Cut(line, ":"); ok {
			fields[k] = strings.TrimSpace(v)
		}
	}
	m, err := a.installed(ctx, []string{fields["Package"]})
	if err != nil {
		return false, nil, err
	}
	if f := m[fields["Package"]]; f != nil && f.installed != "" && !a.p.Bool("force") {
		if f.installed == fields["Version"] {
			return false, nil, nil
		}
		older, err := a.compare(ctx, fields["Version"], "lt", f.installed)
		if err != nil {
			return false, nil, err
		}
		if older && !a.p.Bool("allow_downgrade") {
			return false, nil, programs.Fail("A later version is already installed")
		}
	}
	if a.p.Bool("force") {
		return true, nil, nil
	}
	deps, err := a.missing(ctx, fields["Pre-Depends"], fields["Depends"])
	return true, deps, err
}

// missing are the dependencies that no installed package satisfies, each the first that can be installed.
func (a *apt) missing(ctx context.Context, lists ...string) ([]string, error) {
	var out []string
	for _, list := range lists {
		for _, group := range strings.Split(list, ",") {
			if group = strings.TrimSpace(group); group == "" {
				continue
			}
			name, err := a.choose(ctx, group)
			if err != nil {
				return nil, err
			}
			if name != "" {
				out = append(out, name)
			}
		}
	}
	return out, nil
}

// choose takes one of alternatives "a (>= 1) | b"; "" when one is installed.
func (a *apt) choose(ctx context.Context, group string) (string, error) {
	var names []string
	for _, alt := range strings.Split(group, "|") {
		name, condition, _ := strings.Cut(strings.TrimSpace(alt), " ")
		name, _, _ = strings.Cut(name, ":")
		names = append(names, name)
		m, err := a.installed(ctx, []string{name})
		if err != nil {
			return "", err
		}
		if f := m[name]; f != nil && f.installed != "" {
			ok, err := a.satisfied(ctx, f.installed, condition)
			if err != nil || ok {
				return "", err
			}
		}
	}
	for _, n := range names {
		m := map[string]*found{}
		if err := a.policy(ctx, []string{n}, m); err != nil {
			return "", err
		}
		if f := m[n]; f != nil && f.known {
			return n, nil
		}
	}
	return "", programs.Fail("%s", fmt.Sprintf("Dependency is not satisfiable: %s\n", group))
}

// satisfied reports whether a version fulfils a condition "(>= 1.0)".
func (a *apt) satisfied(ctx context.Context, version, condition string) (bool, error) {
	f := strings.Fields(strings.Trim(strings.TrimSpace(condition), "()"))
	if len(f) != 2 {
		return true, nil
	}
	op := map[string]string{">=": "ge", "<=": "le", "=": "eq", "<<": "lt", ">>": "gt"}[f[0]]
	return a.compare(ctx, version, op, f[1])
}
