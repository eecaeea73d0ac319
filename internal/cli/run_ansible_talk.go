package cli

import (
	"context"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/secret"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
)

// refuseTalk refuses what would ask the user in a run by the real ansible-playbook, which has no terminal: it would go on
// without an answer. Where nobody sits at a terminal that is what Ansible does anyway.
func (r *run) refuseTalk(ctx context.Context, plays []*playbook.Play) error {
	var found diag.List
	refuse := func(at *diag.Error) { found.Add(at.Hint("take --engine native")) }
	if r.req.options.step {
		refuse(diag.Errorf(noPos, "--step needs the native engine"))
		return withCode(ExitUsage, found.Err())
	}
	if !(console{r}).Interactive() {
		return nil
	}
	selected := r.selected(ctx)
	for _, p := range plays {
		for _, v := range p.VarsPrompt {
			if !r.extra.Has(v.Name) {
				found.Add(diag.Errorf(v.Pos, "a run by ansible-playbook can't ask for the variable %s", v.Name).
					Hint("give it by -e, or take --engine native"))
			}
		}
		walkTasks(p, func(t *playbook.Task) {
			is, _ := selected(t) // true where the tags can't be evaluated
			switch debugger, _ := t.Setting(playbook.Debugger).(value.Str); {
			case !is:
			case t.ActionName() == "pause" && !t.Args.Has("seconds") && !t.Args.Has("minutes"):
				refuse(diag.Errorf(t.Pos, "a run by ansible-playbook can't wait for an answer to pause"))
			case debugger.String() != "" && debugger.String() != "never":
				refuse(diag.Errorf(t.Pos, "a run by ansible-playbook can't show the debugger"))
			}
		})
	}
	return withCode(ExitError, found.Err())
}

// walkTasks visits all tasks and handlers of a play that are known before it runs.
func walkTasks(p *playbook.Play, visit func(t *playbook.Task)) {
	for _, section := range p.Compile() {
		for _, b := range section.Blocks {
			b.Walk(visit)
		}
	}
	for _, b := range p.AllHandlers() {
		b.Walk(visit)
	}
}

// hostPasswordFiles asks for the passwords of hosts, as the options and settings want them, and writes them into files; "" where
// there is none.
func (r *run) hostPasswordFiles(ctx context.Context, scratch *vault.Scratch) (login, become string, err error) {
	passwords, err := r.askPasswords(ctx)
	if err != nil {
		return "", "", err
	}
	write := func(name string, password *secret.String) (string, error) {
		if password == nil || password.Reveal() == "" {
			return "", nil
		}
		file, err := scratch.WriteFile(name, []byte(password.Reveal()+"\n"))
		return file, withCode(ExitError, err)
	}
	if login, err = write("login", passwords.login); err != nil {
		return "", "", err
	}
	become, err = write("become", passwords.become)
	return login, become, err
}
