package files

import (
	"context"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

var _ = Set.Add(module.Def{
	Name: "community.general.capabilities", Redirects: []string{"ansible.builtin.capabilities"}, Check: module.Full, Run: runCapabilities,
	Args: module.Args{
		{Name: "path", Aliases: []string{"key"}, Required: true, Help: "The program."},
		{Name: "capability", Aliases: []string{"cap"}, Required: true, Help: "The capability with its flags: cap_net_bind_service+ep."},
		{Name: "state", Default: "present", Choices: []string{"absent", "present"}, Help: "Whether the program has it."},
	},
	Doc: module.Doc{
		Short:    "Capabilities of programs.",
		Notes:    []string{"The target's getcap and setcap do the work.", "A capability that the program has is not set again; Ansible sets one that is given with + at each run."},
		Examples: "- community.general.capabilities:\n    path: /usr/local/bin/server\n    capability: cap_net_bind_service+ep\n",
	},
})

// capability is one of a file: a name, an operator, flags.
type capability struct{ name, op, flags string }

// parseCapability takes "cap_chown+ep" apart; an operator may be missing where it need not be there.
func parseCapability(s string, needsOp bool) (capability, error) {
	i := strings.IndexAny(s, "=+-")
	if i < 0 {
		if needsOp {
			return capability{}, programs.Fail("Couldn't find operator (one of: %s)", "('=', '-', '+')")
		}
		return capability{name: s}, nil
	}
	return capability{s[:i], s[i : i+1], s[i+1:]}, nil
}

func runCapabilities(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	changed, stdout, err := setCapability(ctx, sys, p)
	r := module.Result{Changed: changed}
	if !p.Check || !changed {
		r.Set("state", p.Str("state"))
	}
	if changed {
		r.HasMsg, r.Msg = true, "capabilities changed"
		if !p.Check {
			r.Set("stdout", stdout)
		}
	}
	return programs.Answer(r, err)
}

func setCapability(ctx context.Context, sys target.System, p *module.Params) (bool, string, error) {
	file := p.Str("path")
	present := p.Str("state") == "present"
	want, err := parseCapability(strings.ToLower(strings.TrimSpace(p.Str("capability"))), present)
	if err != nil {
		return false, "", err
	}
	have, err := capabilitiesOf(ctx, sys, file)
	if err != nil {
		return false, "", err
	}
	at := slices.IndexFunc(have, func(c capability) bool { return c.name == want.name })
	switch {
	case present && at >= 0 && have[at].flags == want.flags:
		return false, "", nil
	case !present && at < 0:
		return false, "", nil
	}
	if p.Check {
		return true, "", nil
	}
	if at >= 0 {
		have = slices.Delete(have, at, at+1)
	}
	if present {
		have = append(have, want)
	}
	var words []string
	for _, c := range have {
		words = append(words, c.name+c.op+c.flags)
	}
	out, err := programs.Call(ctx, sys, "setcap", strings.Join(words, " "), file)
	if err == nil && out.RC != 0 {
		r := module.Fail("Unable to set capabilities of %s", file)
		r.Set("stdout", out.Stdout).Set("stderr", out.Stderr)
		err = &programs.Failed{Result: r}
	}
	return true, out.Stdout, err
}

// capabilitiesOf asks getcap(8), whose newer versions write "FILE cap_a,cap_b=ep" and older ones "FILE = cap_a,cap_b+ep".
func capabilitiesOf(ctx context.Context, sys target.System, file string) ([]capability, error) {
	out, err := programs.Call(ctx, sys, "getcap", "-v", file)
	if err != nil {
		return nil, err
	}
	if out.RC != 0 || out.Stderr != "" {
		r := module.Fail("Unable to get capabilities of %s", file)
		r.Set("stdout", strings.TrimSpace(out.Stdout)).Set("stderr", out.Stderr)
		return nil, &programs.Failed{Result: r}
	}
	text := strings.TrimSpace(out.Stdout)
	if text == file {
		return nil, nil
	}
	text = strings.TrimSpace(strings.TrimPrefix(text, file))
	text = strings.TrimSpace(strings.TrimPrefix(text, "= "))
	var have []capability
	for _, group := range strings.Fields(text) {
		names, flags, op := group, "", ""
		if i := strings.LastIndexAny(group, "=+-"); i >= 0 {
			names, op, flags = group[:i], group[i:i+1], group[i+1:]
		}
		for name := range strings.SplitSeq(names, ",") {
			have = append(have, capability{name, op, flags})
		}
	}
	return have, nil
}
