package firewall

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "ansible.posix.firewalld", Redirects: []string{"ansible.builtin.firewalld"}, Check: module.Full, Run: runFirewalld,
	Args: module.Args{
		{Name: "service", Help: "A service that firewalld knows."},
		{Name: "protocol", Help: "A protocol."},
		{Name: "port", Help: "A port or a range with its protocol: 8081/tcp, 161-162/udp."},
		{Name: "port_forward", Type: module.List, Elements: module.Dict, Help: "A port that is passed on: a mapping of port, proto (tcp or udp), toport and, if it goes to another machine, toaddr."},
		{Name: "rich_rule", Help: "A rule in firewalld's rich language."},
		{Name: "source", Help: "A network that the zone is for."},
		{Name: "interface", Help: "An interface that the zone is for."},
		{Name: "icmp_block", Help: "A type of ICMP that is blocked."},
		{Name: "icmp_block_inversion", Type: module.Bool, Help: "Whether the types that are told are those that are let through."},
		{Name: "zone", Help: "The zone; the default zone otherwise."},
		{Name: "permanent", Type: module.Bool, Default: false, Help: "Change what is kept."},
		{Name: "immediate", Type: module.Bool, Default: false, Help: "Change what is now; so it is without permanent."},
		{Name: "state", Required: true, Choices: []string{"absent", "disabled", "enabled", "present"}, Help: "Whether it is to be there; absent and present are for zones."},
		{Name: "timeout", Type: module.Int, Default: 0, Help: "Seconds after which what is now ends again."},
		{Name: "forward", Type: module.Bool, Help: "Whether packets within the zone are passed on."},
		{Name: "masquerade", Type: module.Bool, Help: "Whether packets out of the zone get its address."},
		{Name: "offline", Type: module.Bool, Default: false, Help: "Work on the files where firewalld does not run; so it is in any case."},
		{Name: "target", Choices: []string{"default", "ACCEPT", "DROP", "%%REJECT%%"}, Help: "What the zone does with what no rule is about."},
	},
	Rules: module.Rules{
		MutuallyExclusive: [][]string{{
			"icmp_block", "icmp_block_inversion", "service", "protocol", "port", "port_forward", "rich_rule", "interface", "forward", "masquerade", "source", "target",
		}},
		RequiredBy: []module.RequiredBy{{Name: "interface", Needs: []string{"zone"}}, {Name: "target", Needs: []string{"zone"}}, {Name: "source", Needs: []string{"permanent"}}},
	},
	Doc: module.Doc{
		Short:    "Services, ports, sources and rules of the zones of firewalld.",
		Notes:    []string{"By firewall-cmd, or by firewall-offline-cmd where firewalld does not run; Ansible's module needs Python libraries of the target."},
		Examples: "- ansible.posix.firewalld:\n    service: https\n    permanent: true\n    immediate: true\n    state: enabled\n",
	},
})

// firewalld is one call.
type firewalld struct {
	sys                           target.System
	p                             *module.Params
	running, permanent, immediate bool
	zone                          string
	changed                       bool
	messages                      []string
}

// firewallThing is what a zone can have: the word in the program's options, its value, and what is told of a change.
type firewallThing struct {
	word, value    string
	added, removed string
	want           bool
}

func runFirewalld(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	f := &firewalld{sys: sys, p: p, permanent: p.Bool("permanent"), immediate: p.Bool("immediate"), zone: p.Str("zone")}
	if err := f.run(ctx); err != nil {
		return programs.Answer(module.Result{}, err)
	}
	r := module.Result{Changed: f.changed}
	if !f.changed || !p.Check {
		r.Msg, r.HasMsg = strings.Join(f.messages, ", "), true
	}
	return r, nil
}

func (f *firewalld) run(ctx context.Context) error {
	if programs.Has(f.sys, "firewall-cmd") {
		out, err := programs.Call(ctx, f.sys, "firewall-cmd", "--state")
		if err != nil {
			return err
		}
		f.running = out.RC == 0
	}
	switch {
	case !f.running && !f.permanent && f.p.Bool("offline"):
		return programs.Fail("offline cannot be enabled unless permanent changes are allowed")
	case !f.running && !f.permanent:
		return programs.Fail("firewall is not currently running, unable to perform immediate actions without a running firewall daemon")
	case !f.running:
		f.immediate = false
	case !f.permanent:
		f.immediate = true
	}
	thing, problem := f.thing()
	state := f.p.Str("state")
	zoneLevel := (state == "present" || state == "absent")
	if problem == "" && zoneLevel && thing != nil {
		problem = "absent and present state can only be used in zone level operations"
	}
	if problem != "" {
		return programs.Fail("%s", problem)
	}
	var err error
	switch {
	case f.p.Has("target"):
		err = f.target(ctx)
	case thing != nil:
		err = f.set(ctx, thing)
	case zoneLevel:
		err = f.zoneItself(ctx)
	}
	if err == nil && !f.running {
		f.messages = append(f.messages, "(offline operation: only on-disk configs were altered)")
	}
	return err
}

// begin notes which of the two configurations is at work.
func (f *firewalld) begin() {
	switch {
	case f.permanent && f.immediate:
		f.messages = append(f.messages, "Permanent and Non-Permanent(immediate) operation")
	case f.permanent:
		f.messages = append(f.messages, "Permanent operation")
	default:
		f.messages = append(f.messages, "Non-permanent operation")
	}
}

// thing is what the task is about, nil for a zone itself.
func (f *firewalld) thing() (*firewallThing, string) {
	state := f.p.Str("state")
	want := state == "enabled" || state == "present"
	plain := func(word, told, v string) *firewallThing {
		return &firewallThing{word, v, "Changed " + told + " " + v + " to enabled", "Changed " + told + " " + v + " to disabled", want}
	}
	for arg, word := range map[string]string{"service": "service", "protocol": "protocol", "port": "port", "rich_rule": "rich-rule", "icmp_block": "icmp-block"} {
		if !f.p.Has(arg) {
			continue
		}
		v, told := f.p.Str(arg), word
		if arg == "rich_rule" {
			told = arg
		}
		if arg == "port" && !strings.Contains(v, "/") {
			return nil, "improper port format (missing protocol?)"
		}
		return plain(word, told, v), ""
	}
	if l := f.p.List("port_forward"); l != nil {
		if len(l) > 1 {
			return nil, "Only one port forward supported at a time"
		}
		return forwardedPort(l[0], plain)
	}
	if v := f.p.Str("source"); v != "" {
		return &firewallThing{"source", v, "Added " + v + " to zone ZONE", "Removed " + v + " from zone ZONE", want}, ""
	}
	if v := f.p.Str("interface"); v != "" {
		return &firewallThing{"interface", v, "Changed " + v + " to zone ZONE", "Removed " + v + " from zone ZONE", want}, ""
	}
	for arg, word := range map[string]string{"masquerade": "masquerade", "forward": "forward", "icmp_block_inversion": "icmp-block-inversion"} {
		if !f.p.Has(arg) {
			continue
		}
		t := &firewallThing{word, "", "Added " + word + " to zone ZONE", "Removed " + word + " from zone ZONE", want == f.p.Bool(arg)}
		if arg == "icmp_block_inversion" {
			told := "Changed icmp-block-inversion " + map[bool]string{true: "True", false: "False"}[f.p.Bool(arg)]
			t.added, t.removed = told+" to enabled", told+" to disabled"
		}
		return t, ""
	}
	return nil, ""
}

// forwardedPort reads an element of port_forward, whose values may be numbers.
func forwardedPort(v value.Value, plain func(word, told, v string) *firewallThing) (*firewallThing, string) {
	d, _ := v.(*value.Dict)
	var parts []string
	for _, k := range []string{"port", "proto", "toport", "toaddr"} {
		text := ""
		if e := d.Stored(k); e != nil && e != value.None {
			text, _ = value.Text(e)
		}
		if text == "" && k != "toaddr" {
			return nil, "port_forward needs port, proto and toport"
		}
		parts = append(parts, k+"="+text)
	}
	return plain("forward-port", "port_forward", strings.Join(parts, ":")), ""
}

// call runs the program on what is now or what is kept.
func (f *firewalld) call(ctx context.Context, permanent bool, words ...string) (programs.Out, error) {
	argv := []string{"firewall-offline-cmd"}
	if f.running {
		argv[0] = "firewall-cmd"
		if permanent {
			argv = append(argv, "--permanent")
		}
	}
	out, err := programs.Run(ctx, f.sys, target.Command{Argv: append(argv, words...), Env: programs.C})
	if err == nil && out.RC != 0 && out.RC != 1 { // 1 is no
		text := strings.TrimPrefix(strings.TrimSpace(out.Stderr), "Error: ")
		if f.running {
			text = "org.fedoraproject.FirewallD1.Exception: " + text
		}
		err = programs.Fail("ERROR: Exception caught: %s", text)
	}
	return out, err
}

// zoneName is the zone, or the default one.
func (f *firewalld) zoneName(ctx context.Context) error {
	if f.zone != "" {
		return nil
	}
	out, err := f.call(ctx, false, "--get-default-zone")
	f.zone = strings.TrimSpace(out.Stdout)
	return err
}

func (f *firewalld) set(ctx context.Context, t *firewallThing) error {
	if err := f.zoneName(ctx); err != nil {
		return err
	}
	is := ""
	if t.value != "" {
		is = "=" + t.value
	}
	for _, permanent := range []bool{true, false} {
		if permanent && !f.permanent || !permanent && !f.immediate {
			continue
		}
		out, err := f.call(ctx, permanent, "--zone="+f.zone, "--query-"+t.word+is)
		if err != nil {
			return f.explain(err)
		}
		if (out.RC == 0) == t.want {
			continue
		}
		f.changed = true
		if f.p.Check {
			continue
		}
		verb := map[bool]string{true: "add", false: "remove"}[t.want]
		if t.word == "interface" && t.want {
			verb = "change"
		}
		option := "--" + verb + "-" + t.word
		if option == "--remove-service" && !f.running { // without the rest it is an option of an older program
			option += "-from-zone"
		}
		words := []string{"--zone=" + f.zone, option + is}
		if n := f.p.Int("timeout"); n > 0 && t.want && !permanent {
			words = append(words, fmt.Sprintf("--timeout=%d", n))
		}
		if _, err := f.call(ctx, permanent, words...); err != nil {
			return f.explain(err)
		}
	}
	f.begin()
	if told := map[bool]string{true: t.added, false: t.removed}[t.want]; f.changed {
		f.messages = append(f.messages, strings.Replace(told, "ZONE", f.zone, 1))
	}
	return nil
}

// explain adds to an error of a service what services are.
func (f *firewalld) explain(err error) error {
	failed, ok := err.(*programs.Failed) //nolint:errorlint // is not wrapped
	if !ok || !strings.Contains(failed.Result.Msg, "INVALID_SERVICE") {
		return err
	}
	f.begin()
	return programs.Fail("%s %s, Services are defined by port/tcp relationship and named as they are in /etc/services (on most systems)",
		failed.Result.Msg, strings.Join(f.messages, ", "))
}

const zonePermanent = "Zone operations must be permanent. Make sure you didn't set the 'permanent' flag to 'false' or the 'immediate' flag to 'true'."

// target sets what a zone does with the rest.
func (f *firewalld) target(ctx context.Context) error {
	if !f.permanent || f.immediate {
		return programs.Fail("%s", zonePermanent)
	}
	want, told := f.p.Str("target"), "Set zone "+f.zone+" target to "+f.p.Str("target")
	if s := f.p.Str("state"); s == "absent" || s == "disabled" {
		want, told = "default", "Reset zone "+f.zone+" target to default"
	}
	out, err := f.call(ctx, true, "--zone="+f.zone, "--get-target")
	if err != nil {
		return err
	}
	f.begin()
	if strings.TrimSpace(out.Stdout) == want {
		return nil
	}
	f.changed = true
	f.messages = append(f.messages, told)
	if f.p.Check {
		return nil
	}
	_, err = f.call(ctx, true, "--zone="+f.zone, "--set-target="+want)
	return err
}

// zoneItself makes or removes a zone.
func (f *firewalld) zoneItself(ctx context.Context) error {
	if !f.permanent || f.immediate {
		return programs.Fail("%s", zonePermanent)
	}
	out, err := f.call(ctx, true, "--get-zones")
	if err != nil {
		return err
	}
	state := f.p.Str("state")
	f.begin()
	if slices.Contains(strings.Fields(out.Stdout), f.zone) == (state == "present") {
		return nil
	}
	f.changed = true
	word, told := "--new-zone=", "Added zone "
	if state == "absent" {
		word, told = "--delete-zone=", "Removed zone "
	}
	f.messages = append(f.messages, told+f.zone, "Changed zone "+f.zone+" to "+state)
	if f.p.Check {
		return nil
	}
	_, err = f.call(ctx, true, word+f.zone)
	return err
}
