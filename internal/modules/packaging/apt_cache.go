package packaging

import (
	"context"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

var counts = lazyregexp.New(`^\d+ (packages )?upgraded,`)

const nothingDone = "\n0 upgraded, 0 newly installed, 0 to remove"

// updateTime is when the lists of packages were last read.
func (a *apt) updateTime() (time.Time, bool) {
	for _, f := range []string{"/var/lib/apt/periodic/update-success-stamp", "/var/lib/apt/lists"} {
		if info, err := a.sys.Stat(f); err == nil {
			return info.Mtime, true
		}
	}
	return time.Time{}, false
}

// update reads the lists of packages again, if that is wanted and they are too old.
func (a *apt) update(ctx context.Context) error {
	valid := a.p.Int("cache_valid_time")
	if !a.p.Bool("update_cache") && (a.p.Has("update_cache") || valid == 0) {
		return nil
	}
	if t, ok := a.updateTime(); ok && valid > 0 && !a.sys.Now().After(t.Add(time.Duration(valid)*time.Second)) {
		return nil
	}
	a.updated = true
	if a.p.Check {
		return nil
	}
	before, _ := a.updateTime()
	var last programs.Out
	pause := time.Second
	longest := time.Duration(a.p.Int("update_cache_retry_max_delay")) * time.Second
	for try := int64(0); try < a.p.Int("update_cache_retries"); try++ {
		out, err := programs.Run(ctx, a.sys, target.Command{Argv: []string{"apt-get", "-q", "update", "-o", "APT::Update::Error-Mode=any"}, Env: aptEnv})
		if err != nil {
			return err
		}
		if last = out; out.RC == 0 {
			after, _ := a.updateTime()
			a.updated = !after.Equal(before) // nothing new has come otherwise
			return nil
		}
		if err := a.sys.Sleep(ctx, min(pause, longest)); err != nil {
			return err
		}
		pause *= 2
	}
	text := strings.TrimSpace(last.Stderr)
	if text == "" {
		text = "unknown reason"
	}
	return programs.Fail("Failed to update apt cache: %s", text)
}

// found is what is known of a package.
type found struct {
	known     bool   // there is a package of that name
	installed string // the installed version, "" for none
	files     bool   // configuration files are left
	candidate string // the version that would be installed
	versions  []string
	providers []string // of a virtual package
}

// installed asks dpkg-query, which is quick, for what is installed.
func (a *apt) installed(ctx context.Context, names []string) (map[string]*found, error) {
	out, err := programs.Call(ctx, a.sys, append([]string{"dpkg-query", "-W", "-f", "${Package}:${Architecture}\t${db:Status-Abbrev}\t${Version}\n"}, names...)...)
	if err != nil {
		return nil, err
	}
	m := map[string]*found{}
	for line := range strings.Lines(out.Stdout) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(f) < 3 || len(f[1]) < 2 {
			continue
		}
		bare, _, _ := strings.Cut(f[0], ":")
		for _, n := range []string{bare, f[0]} {
			if m[n] == nil {
				m[n] = &found{}
			}
			switch f[1][1] {
			case 'i':
				m[n].known, m[n].installed, m[n].files = true, f[2], true
			case 'c':
				m[n].known, m[n].files = true, true
			}
		}
	}
	return m, nil
}

// policy asks apt-cache what can be installed, and adds it to m.
func (a *apt) policy(ctx context.Context, names []string, m map[string]*found) error {
	argv := []string{"apt-cache", "policy"}
	if r := a.p.Str("default_release"); r != "" {
		argv = append(argv, "-t", r)
	}
	out, err := programs.Run(ctx, a.sys, target.Command{Argv: append(argv, names...), Env: aptEnv})
	if err != nil {
		return err
	}
	if out.RC != 0 {
		return programs.Fail("%s", strings.TrimSpace(strings.ReplaceAll(out.Stderr, "E: ", "E:")))
	}
	var at *found
	for line := range strings.Lines(out.Stdout) {
		line = strings.TrimRight(line, "\n")
		if !strings.HasPrefix(line, " ") && strings.HasSuffix(line, ":") {
			name := strings.TrimSuffix(line, ":")
			if m[name] == nil {
				m[name] = &found{}
			}
			at = m[name]
			continue
		}
		if at == nil {
			continue
		}
		text := strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(text, "Candidate: "):
			if c := strings.TrimPrefix(text, "Candidate: "); c != "(none)" {
				at.candidate, at.known = c, true
			}
		case strings.HasPrefix(line, "     ") && !strings.HasPrefix(line, "      "), strings.HasPrefix(line, " *** "):
			if f := strings.Fields(strings.TrimPrefix(line, " *** ")); len(f) > 0 {
				at.versions = append(at.versions, f[0])
			}
		}
	}
	for _, n := range names {
		if f := m[n]; f != nil && !f.known {
			if err := a.provided(ctx, n, f); err != nil {
				return err
			}
		}
	}
	return nil
}

// provided asks which packages provide a virtual one.
func (a *apt) provided(ctx context.Context, name string, f *found) error {
	out, err := programs.Call(ctx, a.sys, "apt-cache", "showpkg", name)
	if err != nil {
		return err
	}
	_, list, ok := strings.Cut(out.Stdout, "Reverse Provides:")
	if !ok {
		return nil
	}
	for line := range strings.Lines(list) {
		if w := strings.Fields(line); len(w) > 0 {
			f.providers = append(f.providers, w[0])
		}
	}
	f.known = len(f.providers) > 0
	return nil
}

// older reports whether version a is older than b, or the other comparison that op names (lt, le, ge…).
func (a *apt) compare(ctx context.Context, v, op, w string) (bool, error) {
	out, err := programs.Call(ctx, a.sys, "dpkg", "--compare-versions", v, op, w)
	return out.RC == 0, err
}
