package packaging

import (
	"context"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// list answers the argument list.
func (d *dnf) list(ctx context.Context) (module.Result, error) {
	what := d.p.Str("list")
	out := value.NewList()
	add := func(state string, args ...string) (*module.Result, error) {
		o, err := d.query(ctx, args...)
		if err != nil || o.failed {
			return &o.result, err
		}
		for _, p := range o.packages {
			out.Append(p.value(state, d.five))
		}
		return nil, nil
	}
	var failed *module.Result
	var err error
	switch what {
	case "installed":
		failed, err = add("installed", "--installed")
	case "updates", "upgrades":
		failed, err = add("available", "--upgrades")
	case "available":
		failed, err = add("available", "--available")
	case "repos", "repositories":
		return d.repos(ctx)
	default:
		if failed, err = add("installed", "--installed", what); failed == nil && err == nil {
			failed, err = add("available", "--available", what)
		}
	}
	if err != nil || failed != nil {
		return *failed, err
	}
	return d.listing(out), nil
}

// listing is the result of a list.
func (d *dnf) listing(out *value.List) module.Result {
	r := module.Result{HasMsg: true}.With("results", out)
	if d.five {
		r = r.With("rc", 0)
	}
	return r
}

// listed is a package with its repository.
type listed struct {
	rpmPackage
	repo string
}

func (l listed) value(state string, five bool) *value.Dict {
	full := l.epoch + ":" + l.name + "-" + l.version + "-" + l.release + "." + l.arch
	if five {
		full = l.nevra()
	}
	return value.DictOf(
		"arch", value.NewStr(l.arch), "epoch", value.NewStr(l.epoch), "name", value.NewStr(l.name), "release", value.NewStr(l.release),
		"repo", value.NewStr(l.repo), "version", value.NewStr(l.version), "nevra", value.NewStr(full), "envra", value.NewStr(full), "yumstate", value.NewStr(state),
	)
}

type queried struct {
	packages []listed
	failed   bool
	result   module.Result
}

// query asks dnf's repoquery.
func (d *dnf) query(ctx context.Context, args ...string) (queried, error) {
	format := "%{name}\t%{epoch}\t%{version}\t%{release}\t%{arch}\t%{repoid}"
	if d.five { // which ends no line by itself
		format += "\n"
	}
	o, err := d.command(ctx, append([]string{"--quiet", "repoquery", "--qf", format}, args...)...)
	if err != nil {
		return queried{}, err
	}
	if o.rc != 0 {
		return queried{failed: true, result: d.failure(o, nil)}, nil
	}
	var q queried
	for _, l := range strings.Split(o.stdout, "\n") {
		if f := strings.Split(l, "\t"); len(f) == 6 {
			q.packages = append(q.packages, listed{rpmPackage{f[0], f[1], f[2], f[3], f[4]}, f[5]})
		}
	}
	return q, nil
}

// repos lists the repositories that are enabled.
func (d *dnf) repos(ctx context.Context) (module.Result, error) {
	o, err := d.command(ctx, "--quiet", "repolist")
	if err != nil {
		return module.Result{}, err
	}
	if o.rc != 0 {
		return d.failure(o, nil), nil
	}
	out := value.NewList()
	if d.five { // what is installed counts as a repository
		out.Append(value.DictOf("repoid", value.NewStr("@System"), "state", value.NewStr("enabled")))
	}
	for i, l := range strings.Split(o.stdout, "\n") {
		if f := strings.Fields(l); i > 0 && len(f) > 0 {
			out.Append(value.DictOf("repoid", value.NewStr(f[0]), "state", value.NewStr("enabled")))
		}
	}
	return d.listing(out), nil
}
