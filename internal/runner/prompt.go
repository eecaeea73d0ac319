package runner

import (
	"context"
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Console asks the user.
type Console interface {
	// Interactive reports whether somebody sits at a terminal.
	Interactive() bool
	// Ask shows a question and returns the line that is typed; with private it is not shown. The error is an io.EOF at the end
	// of the input, or that of ctx.
	Ask(ctx context.Context, question string, private bool) (string, error)
}

// prompts asks for the variables of vars_prompt, save those that extra vars give.
// Source: https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_prompts.html
func (r *Runner) prompts(ctx context.Context, p *playbook.Play) error {
	if len(p.VarsPrompt) == 0 {
		return nil
	}
	if pattern := p.HostsText(); !strings.Contains(pattern, "{{") {
		_, _ = r.Hosts(pattern) // a pattern without hosts is told before anything is asked, as ansible-core does
	}
	answers := value.NewDict()
	for _, v := range p.VarsPrompt {
		if r.Vars.HasExtra(v.Name) {
			continue
		}
		answer, err := r.answer(ctx, p, v)
		if err != nil {
			return err
		}
		answers.SetStr(v.Name, answer)
	}
	r.Vars.Prompted(answers)
	return nil
}

// prompt asks for one variable. Where there is no terminal its default is taken.
func (r *Runner) prompt(ctx context.Context, p *playbook.Play, v playbook.VarsPrompt) (answer value.Value, err error) {
	q := question{scope: r.playScope(ctx, p)}
	text, private, confirm, unsafe := q.text(v.Prompt), q.truth(v.Private, true), q.truth(v.Confirm, false), q.truth(v.Unsafe, false)
	if q.err != nil {
		return nil, q.err
	}
	if answer, err = defaultAnswer(v.Default); err != nil {
		return nil, err
	}
	if !r.Console.Interactive() {
		r.Sink.Handle(event.Warning{Text: "Not prompting as we are not in interactive mode"})
	} else {
		typed, err := r.typed(ctx, v, text, private, confirm)
		if err != nil {
			return nil, err
		}
		if typed != "" || v.Default == nil {
			answer = value.NewMarkedStr(typed, value.Marks{Trusted: !unsafe, Origin: v.Pos})
		}
	}
	if v.Encrypt == nil || v.Encrypt == value.None {
		return answer, nil
	}
	return r.encrypted(q.scope, v, answer)
}

// defaultAnswer is a default as a text, as ansible-core has it: "None" where there is none.
func defaultAnswer(v value.Value) (value.Value, error) {
	if v == nil {
		v = value.None
	}
	if _, isStr := v.(value.Str); isStr {
		return v, nil
	}
	text, err := value.Text(v)
	if v == value.None {
		text = "None"
	}
	return value.NewStr(text), err
}

// typed asks until there is an answer, twice where it must be confirmed.
func (r *Runner) typed(ctx context.Context, v playbook.VarsPrompt, text string, private, confirm bool) (string, error) {
	switch {
	case text != "" && v.Default != nil && v.Default != value.None:
		shown, err := value.Text(v.Default)
		if err != nil {
			return "", err
		}
		text = fmt.Sprintf("%s [%s]: ", text, shown)
	case text != "":
		text += ": "
	default:
		text = v.Name + ": "
	}
	for {
		answer, err := r.Console.Ask(ctx, text, private)
		if err != nil || !confirm {
			return answer, err
		}
		again, err := r.Console.Ask(ctx, "confirm "+text, private)
		if err != nil || again == answer {
			return answer, err
		}
		r.Sink.Handle(event.Note{Text: "***** VALUES ENTERED DO NOT MATCH ****"})
	}
}

// hashes are the schemes of vars_prompt's encrypt, by the names of passlib, and what the filter password_hash calls them.
var hashes = map[string]string{"md5_crypt": "md5", "sha256_crypt": "sha256", "sha512_crypt": "sha512", "bcrypt": "blowfish"}

// encrypted is the hash of an answer.
func (r *Runner) encrypted(scope *templating.Scope, v playbook.VarsPrompt, answer value.Value) (value.Value, error) {
	name, err := value.Text(v.Encrypt)
	if err != nil {
		return nil, err
	}
	kind := hashes[name]
	if kind == "" {
		e := diag.Errorf(v.Pos, "the prompt for %s wants its answer encrypted with %q, which is not known", v.Name, name).
			Hint("there are md5_crypt, sha256_crypt, sha512_crypt and bcrypt")
		e.Cause = &playbook.Verdict{Exit: 1, Msg: fmt.Sprintf("Installed passlib version 1.7.4 does not support the '%s' algorithm.", name)}
		return nil, e
	}
	with := map[string]value.Value{"__answer": answer, "__kind": value.NewStr(kind), "__salt": orNone(v.Salt), "__size": orNone(v.SaltSize)}
	text := value.NewMarkedStr("{{ __answer | password_hash(__kind, salt=__salt, salt_size=__size) }}", value.Marks{Trusted: true, Origin: v.Pos})
	return scope.With(with).Finalize(text)
}

func orNone(v value.Value) value.Value {
	if v == nil {
		return value.None
	}
	return v
}

// question evaluates the parts of a prompt; err is the first error.
type question struct {
	scope *templating.Scope
	err   error
}

func (q *question) value(v value.Value) value.Value {
	if v == nil || q.err != nil {
		return value.None
	}
	v, err := q.scope.Finalize(v)
	if err != nil {
		q.err = err
		return value.None
	}
	return v
}

func (q *question) text(v value.Value) string {
	v = q.value(v)
	if v == value.None {
		return ""
	}
	text, err := value.Text(v)
	if err != nil {
		q.err = err
	}
	return text
}

func (q *question) truth(v value.Value, otherwise bool) bool {
	v = q.value(v)
	if v == value.None {
		return otherwise
	}
	b, err := module.ToBool(v)
	if err != nil {
		q.err = err
	}
	return b
}
