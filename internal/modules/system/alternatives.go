package system

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "community.general.alternatives", Redirects: []string{"ansible.builtin.alternatives"}, Check: module.Full, Diff: module.Full, Run: runAlternatives,
	Args: module.Args{
		{Name: "name", Required: true, Help: "The name of the group."},
		{Name: "path", Type: module.Path, Help: "The program that is one of it."},
		{Name: "family", Help: "The family of programs, where alternatives is that of Red Hat."},
		{Name: "link", Type: module.Path, Help: "The link that leads to the chosen one; needed for a group that is not there."},
		{Name: "priority", Type: module.Int, Help: "How it ranks in automatic mode; 50 for a new one."},
		{Name: "state", Default: "selected", Choices: []string{"present", "selected", "auto", "absent"}, Help: "Whether it is in the group, is the chosen one, or the group chooses by priority."},
		{Name: "subcommands", Aliases: []string{"slaves"}, Type: module.List, Elements: module.Dict, Help: "Links that follow the choice.", Options: module.Args{
			{Name: "name", Required: true, Help: "The name."},
			{Name: "path", Type: module.Path, Required: true, Help: "Where it leads."},
			{Name: "link", Type: module.Path, Required: true, Help: "The link."},
		}},
	},
	Rules: module.Rules{RequiredOneOf: [][]string{{"path", "family"}}},
	Doc: module.Doc{
		Short:    "Choose between programs that do the same, by update-alternatives.",
		Examples: "- community.general.alternatives:\n    name: editor\n    path: /usr/bin/vim.basic\n",
		Returns:  []module.Return{{Name: "msg", Type: "str", When: "always", Help: "What was done."}},
	},
})

// alternative is a program of a group.
type alternative struct {
	priority    int64
	family      string
	subcommands []subcommand
}

type subcommand struct{ name, path, link string }

// alternatives is one call.
type alternatives struct {
	sys  target.System
	p    *module.Params
	prog string
	path string

	auto     bool
	current  string
	link     string
	choices  map[string]*alternative
	messages []string
	before   *value.Dict
	after    *value.Dict
	changed  bool
}

func runAlternatives(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	a := &alternatives{sys: sys, p: p, path: p.Str("path"), choices: map[string]*alternative{}, before: value.NewDict(), after: value.NewDict()}
	if err := a.run(ctx); err != nil {
		return programs.Answer(module.Result{}, err)
	}
	return module.Result{
		Changed: a.changed, HasMsg: true, Msg: strings.Join(a.messages, " "),
		Diff: module.Diff{Before: a.before, After: a.after}.Value(),
	}, nil
}

func (a *alternatives) run(ctx context.Context) error {
	a.prog = "update-alternatives"
	if !programs.Has(a.sys, a.prog) && programs.Has(a.sys, "alternatives") {
		a.prog = "alternatives"
	}
	if err := a.read(ctx); err != nil {
		return err
	}
	if a.path == "" { // the program of a family
		a.path = a.p.Str("family")
		for path, c := range a.choices {
			if c.family == a.p.Str("family") {
				a.path = path
			}
		}
	}
	state := a.p.Str("state")
	a.tell()
	if state == "absent" {
		if a.choices[a.path] != nil {
			return a.remove(ctx)
		}
		return nil
	}
	if a.outdated() {
		if err := a.install(ctx); err != nil {
			return err
		}
	}
	switch {
	case state == "selected" && a.current != a.path:
		a.note("Set alternative '%s' for '%s'.", a.path, a.p.Str("name"))
		a.afterState("selected")
		return a.call(ctx, "--set", a.p.Str("name"), a.path)
	case state == "auto" && !a.auto:
		a.note("Set alternative to auto for '%s'.", a.p.Str("name"))
		a.afterState("present")
		return a.call(ctx, "--auto", a.p.Str("name"))
	}
	return nil
}

// tell notes what the program is now, for the diff.
func (a *alternatives) tell() {
	if !a.p.Diff || len(a.choices) == 0 {
		return
	}
	c := a.choices[a.path]
	if c == nil {
		a.before.SetStr("state", value.NewStr("absent"))
		return
	}
	state := "present"
	if !a.auto && a.current != a.path {
		state = "selected"
	}
	a.before.SetStr("state", value.NewStr(state))
	a.before.SetStr("path", value.NewStr(a.path))
	a.before.SetStr("priority", value.NewInt(c.priority))
	a.before.SetStr("link", value.NewStr(a.link))
	if len(c.subcommands) > 0 {
		a.before.SetStr("subcommands", subcommandList(c.subcommands))
	}
}

func subcommandList(list []subcommand) value.Value {
	out := value.NewList()
	for _, s := range list {
		out.Append(value.DictOf("name", value.NewStr(s.name), "path", value.NewStr(s.path), "link", value.NewStr(s.link)))
	}
	return out
}

func (a *alternatives) afterState(state string) {
	if a.p.Diff {
		a.after.SetStr("state", value.NewStr(state))
	}
}

func (a *alternatives) note(format string, args ...any) {
	a.changed = true
	a.messages = append(a.messages, fmt.Sprintf(format, args...))
}

func (a *alternatives) call(ctx context.Context, args ...string) error {
	if a.p.Check {
		return nil
	}
	out, err := programs.Call(ctx, a.sys, append([]string{a.prog}, args...)...)
	if err != nil || out.RC == 0 {
		return err
	}
	return &programs.Failed{Result: module.Fail("%s", strings.TrimRight(out.Stderr, "\r\n")).With("rc", out.RC).With("stdout", out.Stdout).With("stderr", out.Stderr).
		With("cmd", strings.Join(append([]string{a.prog}, args...), " "))}
}

func (a *alternatives) wanted() []subcommand {
	var out []subcommand
	for _, v := range a.p.List("subcommands") {
		s := a.p.Sub(v)
		out = append(out, subcommand{s.Str("name"), s.Str("path"), s.Str("link")})
	}
	return out
}

// outdated reports whether the program is to be put into the group, or is in it in another way than wanted.
func (a *alternatives) outdated() bool {
	c := a.choices[a.path]
	if c == nil {
		return a.p.Has("path")
	}
	return a.p.Has("priority") && c.priority != a.p.Int("priority") || a.p.Has("subcommands") && !a.sameSubcommands(c)
}

func (a *alternatives) sameSubcommands(c *alternative) bool {
	want := a.wanted()
	return len(want) == len(c.subcommands) && !slices.ContainsFunc(want, func(s subcommand) bool { return !slices.Contains(c.subcommands, s) })
}

// install puts the program into the group, or changes its priority or subcommands.
func (a *alternatives) install(ctx context.Context) error {
	if _, err := a.sys.Stat(a.path); err != nil {
		return programs.Fail("Specified path %s does not exist", a.path)
	}
	link := a.p.Str("link")
	if link == "" {
		link = a.link
	}
	if link == "" {
		return programs.Fail("Needed to install the alternative, but unable to do so as we are missing the link")
	}
	priority, subs := int64(50), a.wanted()
	if c := a.choices[a.path]; c != nil {
		priority = c.priority
		if !a.p.Has("subcommands") {
			subs = c.subcommands
		}
	}
	if a.p.Has("priority") {
		priority = a.p.Int("priority")
	}
	name := a.p.Str("name")
	argv := []string{"--install", link, name, a.path, fmt.Sprint(priority)}
	if f := a.p.Str("family"); f != "" {
		argv = append(argv, "--family", f)
	}
	for _, s := range subs {
		argv = append(argv, "--slave", s.link, s.name, s.path)
	}
	a.note("Install alternative '%s' for '%s'.", a.path, name)
	if a.p.Diff {
		a.after.SetStr("state", value.NewStr("present"))
		a.after.SetStr("path", value.NewStr(a.path))
		a.after.SetStr("family", a.p.Value("family"))
		a.after.SetStr("link", value.NewStr(link))
		a.after.SetStr("priority", value.NewInt(priority))
		if len(subs) > 0 {
			a.after.SetStr("subcommands", subcommandList(subs))
		}
	}
	return a.call(ctx, argv...)
}

func (a *alternatives) remove(ctx context.Context) error {
	a.note("Remove alternative '%s' from '%s'.", a.path, a.p.Str("name"))
	a.afterState("absent")
	return a.call(ctx, "--remove", a.p.Str("name"), a.path)
}

var (
	alternativeMode    = lazyregexp.New(`(?m)^.* - (?:status is )?(auto|manual)(?: mode|\.)`)
	alternativeCurrent = lazyregexp.New(`(?m)^\s*link currently points to (.*)$`)
	alternativeLink    = lazyregexp.New(`(?m)^  link \S+ is (.*)$`)
	alternativeChoice  = lazyregexp.New(`^(/.*) - (?:family (\S+) )?priority (-?\d+)`)
	alternativeSub     = lazyregexp.New(`^\s+(?:slave|follower) (\S+): (.*)$`)
	alternativeSubLink = lazyregexp.New(`(?m)^  (?:slave|follower) (\S+) is (.*)$`)
)

// read asks for the group. One that is not there has no choices.
func (a *alternatives) read(ctx context.Context) error {
	out, err := programs.Run(ctx, a.sys, target.Command{Argv: []string{a.prog, "--display", a.p.Str("name")}, Env: programs.C})
	if err != nil {
		return err
	}
	if out.RC != 0 {
		return nil
	}
	first := func(re *regexp.Regexp) string {
		if m := re.FindStringSubmatch(out.Stdout); m != nil {
			return m[1]
		}
		return ""
	}
	a.auto, a.current, a.link = first(alternativeMode()) == "auto", first(alternativeCurrent()), first(alternativeLink())
	if a.link == "" { // that of Red Hat does not tell it; its second line on the group is the link
		if b, err := target.ReadFile(a.sys, "/var/lib/alternatives/"+a.p.Str("name")); err == nil {
			if lines := strings.SplitN(string(b), "\n", 3); len(lines) == 3 {
				a.link = lines[1]
			}
		}
	}
	links := map[string]string{}
	for _, m := range alternativeSubLink().FindAllStringSubmatch(out.Stdout, -1) {
		links[m[1]] = m[2]
	}
	var last *alternative
	for line := range strings.Lines(out.Stdout) {
		line = strings.TrimRight(line, "\n")
		if m := alternativeChoice().FindStringSubmatch(line); m != nil {
			priority, _ := strconv.ParseInt(m[3], 10, 64) // digits alone
			last = &alternative{family: m[2], priority: priority}
			a.choices[m[1]] = last
		} else if m := alternativeSub().FindStringSubmatch(line); m != nil && last != nil && m[2] != "(null)" {
			last.subcommands = append(last.subcommands, subcommand{m[1], m[2], links[m[1]]})
		}
	}
	return nil
}
