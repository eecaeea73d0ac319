package firewall

import (
	"context"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/shellwords"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.iptables", Check: module.Full, Run: runIptables, Args: iptablesArgs,
	Rules: module.Rules{
		MutuallyExclusive: [][]string{{"set_dscp_mark", "set_dscp_mark_class"}, {"flush", "policy"}},
		RequiredIf: []module.RequiredIf{
			{Name: "jump", Is: "TEE", Then: []string{"gateway"}},
			{Name: "jump", Is: "tee", Then: []string{"gateway"}},
			{Name: "flush", Is: false, Then: []string{"chain"}},
		},
	},
	Doc: module.Doc{
		Short:    "Rules, chains and policies of the kernel's packet filter, as they are now.",
		Notes:    []string{"Nothing is saved for the next start of the machine."},
		Examples: "- ansible.builtin.iptables:\n    chain: INPUT\n    protocol: tcp\n    destination_port: \"443\"\n    jump: ACCEPT\n    comment: the web\n",
		Returns:  []module.Return{{Name: "rule", Type: "str", When: "success", Help: "The words of the rule."}},
	},
})

// packetFilter is one call.
type packetFilter struct {
	sys  target.System
	p    *module.Params
	jump string
	rule []string // of the version that is at work
}

func runIptables(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	f := &packetFilter{sys: sys, p: p, jump: p.Str("jump")}
	logging := p.Has("log_prefix") || p.Has("log_level")
	implied := "" // a jump that Ansible's module leaves out of the rule that it tells
	switch {
	case logging && f.jump == "":
		f.jump, implied = "LOG", "-j LOG "
		p.Show("jump", value.NewStr("LOG"))
	case logging && f.jump != "LOG":
		return module.Fail("Logging options can only be used with the LOG jump target."), nil
	case p.Has("reject_with") && f.jump == "":
		f.jump = "REJECT"
	}
	if p.Has("match_set") && !p.Has("match_set_flags") {
		return module.Fail("match_set needs match_set_flags"), nil
	}
	versions := []string{p.Str("ip_version")}
	if versions[0] == "both" {
		versions = []string{"ipv4", "ipv6"}
	}
	r := module.Result{}
	for _, v := range versions {
		f.rule = f.words(v)
		prog := map[string]string{"ipv4": "iptables", "ipv6": "ip6tables"}[v]
		changed, err := f.run(ctx, prog)
		if err != nil {
			return programs.Answer(r, err)
		}
		r.Changed = r.Changed || changed
	}
	for _, name := range []string{"table", "chain", "flush", "state", "ip_version", "chain_management", "wait"} {
		r.Set(name, p.Value(name))
	}
	r.Set("rule", strings.Replace(strings.Join(f.rule, " "), implied, "", 1))
	return r, nil
}

func (f *packetFilter) run(ctx context.Context, prog string) (bool, error) {
	chain, present := f.p.Str("chain"), f.p.Str("state") == "present"
	switch {
	case f.p.Bool("flush"):
		words := []string{"-F"}
		if chain != "" {
			words = append(words, chain)
		}
		return true, f.change(ctx, prog, words...)
	case f.p.Has("policy"):
		return f.policy(ctx, prog, chain)
	case f.p.Bool("chain_management") && len(f.rule) == 0:
		out, err := f.call(ctx, prog, f.list(chain)...)
		if err != nil || (out.RC == 0) == present {
			return false, err
		}
		return true, f.change(ctx, prog, map[bool]string{true: "-N", false: "-X"}[present], chain)
	}
	out, err := f.call(ctx, prog, append([]string{"-C", chain}, f.rule...)...)
	if err != nil || (out.RC == 0) == present {
		return false, err
	}
	words := []string{"-A", chain}
	switch {
	case !present:
		words[0] = "-D"
	case f.p.Str("action") == "insert":
		words[0] = "-I"
		if f.p.Has("rule_num") {
			words = append(words, f.p.Str("rule_num"))
		}
	}
	return true, f.change(ctx, prog, append(words, f.rule...)...)
}

func (f *packetFilter) list(chain string) []string {
	words := []string{"-L", chain}
	if f.p.Bool("numeric") {
		words = append(words, "-n")
	}
	return words
}

// policy gives a chain its policy, which its list tells in brackets.
func (f *packetFilter) policy(ctx context.Context, prog, chain string) (bool, error) {
	out, err := f.must(ctx, prog, f.list(chain)...)
	if err != nil {
		return false, err
	}
	_, is, ok := strings.Cut(out.Stdout, "(policy ")
	if !ok {
		return false, programs.Fail("Can't detect current policy")
	}
	if is, _, _ = strings.Cut(is, ")"); strings.Fields(is + " -")[0] == f.p.Str("policy") {
		return false, nil
	}
	return true, f.change(ctx, prog, "-P", chain, f.p.Str("policy"))
}

func (f *packetFilter) change(ctx context.Context, prog string, words ...string) error {
	if f.p.Check {
		return nil
	}
	_, err := f.must(ctx, prog, words...)
	return err
}

func (f *packetFilter) call(ctx context.Context, prog string, words ...string) (programs.Out, error) {
	return programs.Call(ctx, f.sys, append([]string{prog}, f.argv(words)...)...)
}

func (f *packetFilter) argv(words []string) []string {
	argv := []string{"-t", f.p.Str("table")}
	if f.p.Has("wait") {
		argv = append(argv, "-w", f.p.Str("wait"))
	}
	return append(argv, words...)
}

func (f *packetFilter) must(ctx context.Context, prog string, words ...string) (programs.Out, error) {
	out, err := f.call(ctx, prog, words...)
	if err == nil && out.RC != 0 {
		file, _ := programs.Find(f.sys, prog) // it has run
		err = &programs.Failed{Result: module.Fail("%s", strings.TrimRight(out.Stderr, "\r\n")).With("rc", out.RC).With("stdout", out.Stdout).
			With("stderr", out.Stderr).With("cmd", shellwords.Join(append([]string{file}, f.argv(words)...)))}
	}
	return out, err
}

// words are those of the rule, in the order in which Ansible's module has them.
func (f *packetFilter) words(version string) []string {
	w := &ruleWords{p: f.p, match: f.p.Strs("match")}
	w.add("protocol", "-p")
	w.add("source", "-s")
	w.add("destination", "-d")
	for _, m := range w.match {
		w.put("-m", m)
	}
	if d := f.p.Dict("tcp_flags"); d != nil {
		w.put("--tcp-flags", commaList(d.Stored("flags")), commaList(d.Stored("flags_set")))
	}
	if f.jump != "" {
		w.put("-j", f.jump)
	}
	w.add("log_prefix", "--log-prefix")
	w.add("log_level", "--log-level")
	if strings.EqualFold(f.jump, "tee") {
		w.add("gateway", "--gateway")
	}
	w.add("to_destination", "--to-destination")
	if ports := f.p.Strs("destination_ports"); len(ports) > 0 {
		w.put("-m", "multiport", "--dports", strings.Join(ports, ","))
	}
	for _, o := range [][2]string{
		{"to_source", "--to-source"},
		{"goto", "-g"},
		{"in_interface", "-i"},
		{"out_interface", "-o"},
		{"fragment", "-f"},
		{"set_counters", "-c"},
		{"source_port", "--source-port"},
		{"destination_port", "--destination-port"},
	} {
		w.add(o[0], o[1])
	}
	w.add("to_ports", "--to-ports")
	w.add("set_dscp_mark", "--set-dscp")
	w.add("set_dscp_mark_class", "--set-dscp-class")
	if (f.p.Has("set_dscp_mark") || f.p.Has("set_dscp_mark_class")) && f.jump != "DSCP" {
		w.put("-j", "DSCP")
	}
	switch f.p.Str("syn") {
	case "match":
		w.put("--syn")
	case "negate":
		w.put("!", "--syn")
	}
	w.rest(version)
	return w.out
}

// ruleWords collects the words of a rule.
type ruleWords struct {
	p     *module.Params
	match []string // the extensions that the task names
	out   []string
}

func (w *ruleWords) put(words ...string) { w.out = append(w.out, words...) }

// add puts an option with an argument's value; one that begins with "!" is negated.
func (w *ruleWords) add(name, option string) {
	v, negated := strings.CutPrefix(w.p.Str(name), "!")
	if !w.p.Has(name) {
		return
	}
	if negated {
		w.put("!")
	}
	w.put(option, v)
}

// matching loads an extension, unless the task has named it.
func (w *ruleWords) matching(extension string, wanted bool) {
	if wanted && !slices.Contains(w.match, extension) {
		w.put("-m", extension)
	}
}

func (w *ruleWords) rest(version string) {
	if states := w.p.Strs("ctstate"); len(states) > 0 {
		if slices.Contains(w.match, "state") {
			w.put("--state", strings.Join(states, ","))
		} else {
			w.matching("conntrack", true)
			w.put("--ctstate", strings.Join(states, ","))
		}
	}
	w.matching("iprange", w.p.Has("src_range") || w.p.Has("dst_range"))
	w.add("src_range", "--src-range")
	w.add("dst_range", "--dst-range")
	if w.p.Has("match_set") {
		w.matching("set", true)
		w.add("match_set", "--match-set")
		w.put(w.p.Str("match_set_flags"))
	}
	if w.p.Has("limit") || w.p.Has("limit_burst") {
		w.put("-m", "limit")
	}
	w.add("limit", "--limit")
	w.add("limit_burst", "--limit-burst")
	for _, who := range []string{"uid", "gid"} {
		if w.p.Has(who + "_owner") {
			w.put("-m", "owner")
			w.add(who+"_owner", "--"+who+"-owner")
		}
	}
	w.add("reject_with", "--reject-with")
	w.add("icmp_type", map[string]string{"ipv4": "--icmp-type", "ipv6": "--icmpv6-type"}[version])
	if w.p.Has("comment") {
		w.put("-m", "comment")
		w.add("comment", "--comment")
	}
}

// commaList is a list, or a text, as one word.
func commaList(v value.Value) string {
	l, ok := v.(*value.List)
	if !ok {
		if v == nil {
			return ""
		}
		s, _ := value.Text(v)
		return s
	}
	var out []string
	for _, e := range l.Stored() {
		s, _ := value.Text(e)
		out = append(out, s)
	}
	return strings.Join(out, ",")
}
