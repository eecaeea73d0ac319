package packaging

import (
	"context"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.debconf", Check: module.Full, Diff: module.Full, Run: runDebconf,
	Args: module.Args{
		{Name: "name", Aliases: []string{"pkg"}, Required: true, Help: "The package."},
		{Name: "question", Aliases: []string{"selection", "setting"}, Help: "The question; without one all answers are told."},
		{Name: "vtype", Choices: []string{"boolean", "error", "multiselect", "note", "password", "seen", "select", "string", "text", "title"}, Help: "The kind of the answer."},
		{Name: "value", Aliases: []string{"answer"}, Type: module.Raw, Help: "The answer."},
		{Name: "unseen", Type: module.Bool, Default: false, Help: "Do not mark the question as seen."},
	},
	Rules: module.Rules{RequiredTogether: [][]string{{"question", "vtype", "value"}}},
	Doc: module.Doc{
		Short:    "Answer the questions of packages before they are asked.",
		Notes:    []string{"A password that is set already is compared by debconf-get-selections, of the package debconf-utils."},
		Examples: "- ansible.builtin.debconf:\n    name: tzdata\n    question: tzdata/Areas\n    vtype: select\n    value: Europe\n",
		Returns:  []module.Return{{Name: "current", Type: "dict", When: "success", Help: "The answers."}, {Name: "previous", Type: "dict", When: "changed", Help: "The answers before."}},
	},
})

func runDebconf(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	name, question := p.Str("name"), p.Str("question")
	before, err := answers(ctx, sys, name)
	if err != nil {
		return programs.Answer(module.Result{}, err)
	}
	r := module.Result{HasMsg: true}
	if !p.Has("question") {
		return r.With("current", before), nil
	}
	want, err := answer(p)
	if err != nil {
		return programs.Answer(r, err)
	}
	is, there := before.Stored(question).(value.Str)
	old := is.String()
	if there && p.Str("vtype") == "password" {
		if old, err = password(ctx, sys, name, question); err != nil {
			return programs.Answer(r, err)
		}
	}
	if l, isList := p.Value("value").(*value.List); isList && there && p.Str("vtype") == "multiselect" && sameWords(old, l) {
		return r.With("current", before), nil
	}
	if there && old == want {
		return r.With("current", before), nil
	}
	previous := value.DictOf(question, is)
	if !there {
		previous = before.Copy()
		previous.SetStr(question, value.NewStr(""))
	}
	current := value.DictOf(question, value.NewStr(want))
	if !p.Check {
		if err := setAnswer(ctx, sys, p, want); err != nil {
			return programs.Answer(r, err)
		}
	}
	r.Changed = true
	r.Set("current", current).Set("previous", previous)
	r.Diff = value.NewDict()
	if p.Diff {
		after := previous.Copy()
		after.SetStr(question, value.NewStr(want))
		r.Diff = value.DictOf("before", previous, "after", after)
	}
	return r, nil
}

// sameWords reports whether an answer has just the words of a list, in whatever order.
func sameWords(answer string, list *value.List) bool {
	is := strings.Split(answer, ",")
	for i := range is {
		is[i] = strings.TrimSpace(is[i])
	}
	var want []string
	for _, e := range list.Stored() {
		s, err := value.Text(e)
		if err != nil {
			return false
		}
		want = append(want, s)
	}
	slices.Sort(is)
	slices.Sort(want)
	return slices.Equal(is, want)
}

// answer is the value as debconf keeps it.
func answer(p *module.Params) (string, error) {
	switch v := p.Value("value").(type) {
	case *value.List:
		var words []string
		for _, e := range v.Stored() {
			s, err := value.Text(e)
			if err != nil {
				return "", err
			}
			words = append(words, s)
		}
		return strings.Join(words, ", "), nil
	default:
		s, err := value.Text(v)
		if p.Str("vtype") == "boolean" {
			s = strings.ToLower(s)
		}
		return s, err
	}
}

// answers asks debconf-show: "* question: answer".
func answers(ctx context.Context, sys target.System, name string) (*value.Dict, error) {
	out, err := programs.Call(ctx, sys, "debconf-show", name)
	if err != nil {
		return nil, err
	}
	if out.RC != 0 {
		return nil, programs.Fail("%s", out.Stderr)
	}
	d := value.NewDict()
	for line := range strings.Lines(out.Stdout) {
		question, a, ok := strings.Cut(strings.TrimLeft(strings.TrimSuffix(line, "\n"), "* "), ":")
		if ok {
			d.SetStr(question, value.NewStr(strings.TrimSpace(a)))
		}
	}
	return d, nil
}

// password asks debconf-get-selections, since debconf-show does not show passwords.
func password(ctx context.Context, sys target.System, name, question string) (string, error) {
	out, err := programs.Call(ctx, sys, "debconf-get-selections")
	if err != nil {
		return "", err
	}
	if out.RC != 0 {
		return "", programs.Fail("Failed to get the value '%s' from '%s': %s", question, name, out.Stderr)
	}
	for line := range strings.Lines(out.Stdout) {
		f := strings.SplitN(strings.TrimSuffix(line, "\n"), "\t", 4)
		if len(f) == 4 && f[0] == name && f[1] == question {
			return f[3], nil
		}
	}
	return "", nil
}

// setAnswer gives the answer to debconf-set-selections by its standard input.
func setAnswer(ctx context.Context, sys target.System, p *module.Params, want string) error {
	argv := []string{"debconf-set-selections"}
	if p.Bool("unseen") {
		argv = append(argv, "-u")
	}
	text := strings.Join([]string{p.Str("name"), p.Str("question"), p.Str("vtype"), want}, " ")
	out, err := programs.Run(ctx, sys, target.Command{Argv: argv, Stdin: strings.NewReader(text)})
	if err == nil && out.RC != 0 {
		err = programs.Fail("%s", out.Stderr)
	}
	return err
}
