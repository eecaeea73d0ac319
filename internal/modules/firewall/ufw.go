package firewall

import (
	"context"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

var _ = Set.Add(module.Def{
	Name: "community.general.ufw", Redirects: []string{"ansible.builtin.ufw"}, Check: module.Full, Run: runUFW,
	Args: module.Args{
		{Name: "state", Choices: []string{"enabled", "disabled", "reloaded", "reset"}, Help: "What is to be with the firewall as a whole; reset removes all rules."},
		{Name: "default", Aliases: []string{"policy"}, Choices: []string{"allow", "deny", "reject"}, Help: "What happens to what no rule is about, in the given direction."},
		{Name: "logging", Choices: []string{"full", "high", "low", "medium", "off", "on"}, Help: "How much is logged."},
		{Name: "direction", Choices: []string{"in", "incoming", "out", "outgoing", "routed"}, Help: "The direction: of a rule in or out, of a default incoming, outgoing or routed."},
		{Name: "delete", Type: module.Bool, Default: false, Help: "Remove the rule."},
		{Name: "route", Type: module.Bool, Default: false, Help: "The rule is for what is passed on to other machines."},
		{Name: "insert", Type: module.Int, Help: "The number that the rule gets among the others."},
		{Name: "insert_relative_to", Default: "zero", Choices: []string{"zero", "first-ipv4", "last-ipv4", "first-ipv6", "last-ipv6"}, Help: "From where that number counts."},
		{Name: "rule", Choices: []string{"allow", "deny", "limit", "reject"}, Help: "What happens to what the rule is about."},
		{Name: "interface", Aliases: []string{"if"}, Help: "The interface, in the given direction."},
		{Name: "interface_in", Aliases: []string{"if_in"}, Help: "The interface on which it comes in."},
		{Name: "interface_out", Aliases: []string{"if_out"}, Help: "The interface on which it goes out."},
		{Name: "log", Type: module.Bool, Default: false, Help: "Log what the rule is about."},
		{Name: "from_ip", Aliases: []string{"from", "src"}, Default: "any", Help: "Where it comes from."},
		{Name: "from_port", Help: "The port it comes from."},
		{Name: "to_ip", Aliases: []string{"dest", "to"}, Default: "any", Help: "Where it goes."},
		{Name: "to_port", Aliases: []string{"port"}, Help: "The port it goes to."},
		{Name: "proto", Aliases: []string{"protocol"}, Choices: []string{"ah", "any", "esp", "ipv6", "tcp", "udp", "gre", "igmp", "vrrp"}, Help: "The protocol."},
		{Name: "name", Aliases: []string{"app"}, Help: "A profile of /etc/ufw/applications.d, in place of port and protocol."},
		{Name: "comment", Help: "A text that the rule carries."},
	},
	Rules: module.Rules{
		MutuallyExclusive: [][]string{{"name", "proto", "logging"}, {"direction", "interface_in"}, {"direction", "interface_out"}},
		RequiredOneOf:     [][]string{{"state", "default", "rule", "logging"}},
		RequiredBy:        []module.RequiredBy{{Name: "interface", Needs: []string{"direction"}}},
	},
	Doc: module.Doc{
		Short:    "The firewall ufw: its state, its defaults, its rules.",
		Examples: "- community.general.ufw:\n    rule: allow\n    port: \"22\"\n    proto: tcp\n\n- community.general.ufw:\n    state: enabled\n    policy: deny\n    direction: incoming\n",
		Returns:  []module.Return{{Name: "commands", Type: "list", When: "success", Help: "The lines that Ansible's module would run, in their order."}, {Name: "msg", Type: "str", When: "not in check mode", Help: "What ufw status verbose tells afterwards."}},
	},
})

// ufwRules are the files with rules, wherever a distribution has them.
var ufwRules = []string{"/lib/ufw/user.rules", "/lib/ufw/user6.rules", "/etc/ufw/user.rules", "/etc/ufw/user6.rules", "/var/lib/ufw/user.rules", "/var/lib/ufw/user6.rules"}

// ufw is one call.
type ufw struct {
	sys      target.System
	p        *module.Params
	file     string
	commands []string
	changed  bool
}

func runUFW(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	direction := p.Str("direction")
	if p.Has("default") && slices.Contains([]string{"in", "out"}, direction) {
		return module.Fail(`For default, direction must be one of "outgoing", "incoming" and "routed", or direction must not be specified.`), nil
	}
	if p.Has("rule") {
		if direction != "" && direction != "in" && direction != "out" && !p.Has("default") {
			return module.Fail(`For rules, direction must be one of "in" and "out", or direction must not be specified.`), nil
		}
		if !p.Bool("route") && p.Has("interface_in") && p.Has("interface_out") {
			return module.Fail("Only route rules can combine interface_in and interface_out"), nil
		}
	}
	file, err := programs.Find(sys, "ufw")
	if err != nil {
		return programs.Answer(module.Result{}, err)
	}
	u := &ufw{sys: sys, p: p, file: file}
	r, err := u.run(ctx)
	if f, ok := err.(*programs.Failed); ok { //nolint:errorlint // is not wrapped
		f.Result.Set("commands", u.commands)
	}
	return programs.Answer(r, err)
}

func (u *ufw) run(ctx context.Context) (module.Result, error) {
	status, err := u.status(ctx)
	if err != nil {
		return module.Result{}, err
	}
	rules := u.rules()
	for _, step := range []struct {
		name string
		do   func(ctx context.Context, status string) error
	}{{"state", u.state}, {"default", u.policy}, {"rule", u.rule}, {"logging", u.logging}} {
		if !u.p.Has(step.name) {
			continue
		}
		if err := step.do(ctx, status); err != nil {
			return module.Result{}, err
		}
	}
	r := module.Result{Changed: u.changed}
	if !u.p.Check {
		after, err := u.status(ctx)
		if err != nil {
			return r, err
		}
		if !u.changed {
			r.Changed = !slices.Equal(u.rules(), rules) || after != status
		}
		r.Set("msg", strings.TrimRight(after, " \n"))
	}
	r.Set("commands", u.commands)
	return r, nil
}

// call runs ufw with words.
func (u *ufw) call(ctx context.Context, words ...string) (string, error) {
	shown := []string{u.file}
	var argv []string
	for _, w := range words {
		if quoted, ok := strings.CutPrefix(w, "'"); ok {
			argv = append(argv, strings.TrimSuffix(quoted, "'"))
		} else {
			argv = append(argv, strings.Fields(w)...)
		}
		shown = append(shown, w)
	}
	u.commands = append(u.commands, strings.Join(shown, " "))
	out, err := programs.Run(ctx, u.sys, target.Command{Argv: append([]string{u.file}, argv...), Env: []string{"LANG=C", "LC_ALL=C"}})
	if err == nil && out.RC != 0 {
		msg := out.Stderr
		if msg == "" {
			msg = out.Stdout
		}
		err = programs.Fail("%s", msg)
	}
	return out.Stdout, err
}

func (u *ufw) status(ctx context.Context) (string, error) { return u.call(ctx, "status verbose") }

// rules are the lines that stand for rules in ufw's files.
func (u *ufw) rules() []string {
	grep, err := programs.Find(u.sys, "grep")
	if err != nil {
		grep = "grep"
	}
	u.commands = append(u.commands, grep+" -h '^### tuple' "+strings.Join(ufwRules, " "))
	var out []string
	for _, f := range ufwRules {
		b, err := target.ReadFile(u.sys, f)
		if err != nil {
			continue // it is elsewhere
		}
		for line := range strings.Lines(string(b)) {
			if strings.HasPrefix(line, "### tuple") {
				out = append(out, line)
			}
		}
	}
	return out
}

func (u *ufw) state(ctx context.Context, status string) error {
	state := u.p.Str("state")
	active := strings.Contains(status, " active")
	if state == "reloaded" || state == "reset" {
		u.changed = true
	}
	if u.p.Check {
		u.changed = u.changed || (state == "enabled") != active
		return nil
	}
	_, err := u.call(ctx, "-f", map[string]string{"enabled": "enable", "disabled": "disable", "reloaded": "reload", "reset": "reset"}[state])
	return err
}

var ufwLogging = lazyregexp.New(`Logging: (on|off)(?: \(([a-z]+)\))?`)

func (u *ufw) logging(ctx context.Context, status string) error {
	want := u.p.Str("logging")
	m := ufwLogging().FindStringSubmatch(status)
	switch {
	case m == nil:
		u.changed = true
	case want == "off" || want == "on":
		u.changed = u.changed || m[1] != want
	default:
		u.changed = u.changed || m[2] != want
	}
	if u.p.Check {
		return nil
	}
	_, err := u.call(ctx, "logging", want)
	return err
}

var ufwDefaults = lazyregexp.New(`Default: (deny|allow|reject) \(incoming\), (deny|allow|reject) \(outgoing\), (deny|allow|reject|disabled) \(routed\)`)

func (u *ufw) policy(ctx context.Context, status string) error {
	want, direction := u.p.Str("default"), u.p.Str("direction")
	if u.p.Check {
		at := map[string]int{"": 1, "incoming": 1, "outgoing": 2, "routed": 3}[direction]
		m := ufwDefaults().FindStringSubmatch(status)
		u.changed = u.changed || m == nil || m[at] != want
		return nil
	}
	words := []string{"default", want}
	if direction != "" {
		words = append(words, direction)
	}
	_, err := u.call(ctx, words...)
	return err
}
