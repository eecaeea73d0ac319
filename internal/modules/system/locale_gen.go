package system

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "community.general.locale_gen", Redirects: []string{"ansible.builtin.locale_gen"}, Check: module.Full, Run: runLocaleGen,
	Args: module.Args{
		{Name: "name", Type: module.List, Elements: module.Str, Required: true, Help: "The locales, as the first column of /etc/locale.gen has them."},
		{Name: "state", Default: "present", Choices: []string{"absent", "present"}, Help: "Whether they are to be there."},
	},
	Doc: module.Doc{
		Short:    "Generate locales, by /etc/locale.gen and locale-gen.",
		Notes:    []string{"Check mode always tells that nothing changes, as Ansible's module does.", "Old Ubuntu, which has no /etc/locale.gen, is refused."},
		Examples: "- community.general.locale_gen:\n    name: de_CH.UTF-8\n",
	},
})

const localeGen = "/etc/locale.gen"

// locales is one call.
type locales struct {
	sys   target.System
	names []string
	want  bool
	lines []string
}

func runLocaleGen(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	l := &locales{sys: sys, names: p.Strs("name"), want: p.Str("state") == "present"}
	vars := value.DictOf("name", p.Value("name"))
	fail := func(msg string) (module.Result, error) {
		r := module.Fail("%s", msg).With("output", vars).With("vars", vars)
		for it := vars.Iterate(); it.Next(); {
			k, _ := value.Text(it.Key())
			r.Set(k, it.Stored())
		}
		return r, nil
	}
	if _, err := sys.Stat(localeGen); err != nil {
		if _, err := sys.Stat("/var/lib/locales/supported.d"); err == nil {
			return fail("/etc/locale.gen is missing: the way of old Ubuntu is not supported")
		}
		return fail(`/var/lib/locales/supported.d and /etc/locale.gen are missing. Is the package "locales" installed?`)
	}
	vars.SetStr("mechanism", value.NewStr("glibc"))
	vars.SetStr("ubuntu_mode", value.False)
	lines, err := programs.ReadLines(sys, localeGen)
	if err != nil {
		return programs.Answer(module.Result{}, err)
	}
	l.lines = lines
	if missing := l.unknown(); missing != nil {
		return fail("The following locales you have entered are not available on your system: " + strings.Join(missing, ", "))
	}
	r := module.Result{}
	r.Set("name", p.Value("name")).Set("mechanism", "glibc").Set("ubuntu_mode", false)
	if p.Diff {
		r.Diff = value.NewDict()
	}
	done, err := l.done(ctx)
	if err != nil || done || p.Check {
		return programs.Answer(r, err)
	}
	if err := l.change(ctx); err != nil {
		return programs.Answer(r, err)
	}
	r.Changed = true
	return r, nil
}

// localeLine is a line of locale.gen that stands for a locale, generated or not.
var localeLine = lazyregexp.New(`^\s*#?\s*(?P<locale>\S+[\._\S]+) (?P<charset>\S+)\s*$`)

// unknown gives the locales that no line has.
func (l *locales) unknown() []string {
	known := map[string]bool{}
	for _, line := range l.lines {
		if m := localeLine().FindStringSubmatch(line); m != nil {
			known[m[1]] = true
		}
	}
	var out []string
	for _, n := range l.names {
		if !known[n] {
			out = append(out, n)
		}
	}
	return out
}

// localeSpelling is how locale -a writes what locale.gen has.
var localeSpelling = strings.NewReplacer(".UTF-8", ".utf8", ".eucJP", ".eucjp")

// done tells whether all locales are as they are wanted.
func (l *locales) done(ctx context.Context) (bool, error) {
	out, err := programs.Call(ctx, l.sys, "locale", "-a")
	if err != nil {
		return false, err
	}
	there := strings.Fields(out.Stdout)
	for i, n := range there {
		there[i] = localeSpelling.Replace(n)
	}
	for _, n := range l.names {
		if slices.Contains(there, localeSpelling.Replace(n)) != l.want {
			return false, nil
		}
	}
	return true, nil
}

// change makes comments of lines, or lines of comments, and has the locales generated.
func (l *locales) change(ctx context.Context) error {
	out := slices.Clone(l.lines)
	for _, n := range l.names {
		re := regexp.MustCompile(`^#?\s*` + regexp.QuoteMeta(n) + ` (\S+)\s*$`)
		for i, line := range out {
			if m := re.FindStringSubmatch(line); m != nil {
				out[i] = n + " " + m[1] + "\n"
				if !l.want {
					out[i] = "# " + out[i]
				}
			}
		}
	}
	if err := programs.ReplaceFile(l.sys, localeGen, strings.Join(out, "")); err != nil {
		return err
	}
	ran, err := programs.Call(ctx, l.sys, "locale-gen")
	if err == nil && ran.RC != 0 {
		err = &programs.Failed{Result: module.Fail("%s", strings.TrimSpace(ran.Stderr)).With("rc", ran.RC).With("stdout", ran.Stdout).With("stderr", ran.Stderr)}
	}
	return err
}
