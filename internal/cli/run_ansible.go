package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/actions"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/ansibleengine"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/runner"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
)

// playByAnsible hands the run to the real ansible-playbook. Passwords and extra variables go to it as files in memory, which
// are gone when it ends; if this process is killed, the next one takes them away.
func (r *run) playByAnsible(ctx context.Context, books []runner.Playbook, binary, why string) error {
	if err := r.refuseTalk(ctx, playsOf(books)); err != nil {
		return err
	}
	environ := r.secrets.environ
	r.tellEngine(fmt.Sprintf("ansible (%s, ansible-core %s), %s", binary, ansibleengine.Version(ctx, binary, environ), why))
	scratch, err := vault.NewScratch(vault.ScratchRoots(r.env.LookupEnv))
	if err != nil {
		return withCode(ExitError, fmt.Errorf("a place for passwords and variables of ansible-playbook: %w", err))
	}
	defer func() { _ = scratch.Remove() }()
	ids, err := r.passwordFiles(scratch)
	if err != nil {
		return withCode(ExitError, err)
	}
	extra, err := r.extraVarsFiles(scratch)
	if err != nil {
		return err
	}
	login, become, err := r.hostPasswordFiles(ctx, scratch)
	if err != nil {
		return err
	}
	o := r.req.options
	run := &ansibleengine.Run{
		PasswordFile: login, BecomePasswordFile: become,
		Binary: binary, Dir: r.env.Dir, Inventories: r.absInventories(), VaultIDs: ids, Environ: environ, RolesPath: r.loader.RolesPath,
		Sink: r.sink, Task: tasksByPlace(playsOf(books)),
		Options: ansibleengine.Options{
			Check: o.check, Diff: o.diff, ForceHandlers: o.forceHandlers, FlushCache: o.flushCache, StartAt: o.startAt,
			Limit: strings.Join(o.limit, ","), Tags: strings.Join(o.tags, ","), SkipTags: strings.Join(o.skipTags, ","),
			ExtraVarsFiles: extra, Forks: o.forks, Verbosity: o.verbosity,
			Connection: o.connection, User: o.user, Timeout: o.timeout, SSHCommonArgs: o.commonArgs, SSHExtraArgs: o.extraArgs,
			Become: o.become, BecomeMethod: o.becomeMethod, BecomeUser: o.becomeUser,
		},
	}
	if o.privateKey != "" {
		run.Options.PrivateKey = r.abs(r.settings.Expand(o.privateKey))
	}
	for _, b := range books {
		run.Playbooks = append(run.Playbooks, r.abs(b.Path))
		r.sink.Handle(event.PlaybookStart{Path: b.Path, Plays: len(b.Plays), CheckMode: o.check})
	}
	code, err := run.Run(ctx)
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case err != nil:
		return withCode(ExitError, fmt.Errorf("%s could not be run: %w", binary, err))
	case code != 0:
		return &CodeError{Code: code}
	}
	return nil
}

// passwordFiles writes the vault passwords into files and gives LABEL@FILE for each, in their order.
func (r *run) passwordFiles(scratch *vault.Scratch) ([]string, error) {
	var ids []string
	for i, s := range r.secrets.all {
		file, err := scratch.WriteFile(fmt.Sprintf("vault-%d", i), s.Reveal())
		if err != nil {
			return nil, err
		}
		ids = append(ids, s.ID+"@"+file)
	}
	return ids, nil
}

// extraVarsFiles makes a file of each -e, in their order; files that the user named stay where they are.
func (r *run) extraVarsFiles(scratch *vault.Scratch) ([]string, error) {
	var files []string
	for i, text := range r.req.options.extraVars {
		if name, ok := strings.CutPrefix(text, "@"); ok {
			files = append(files, r.abs(r.settings.Expand(name)))
			continue
		}
		if text == "" {
			continue
		}
		if text[0] != '{' && text[0] != '[' {
			words, err := keyValues(text)
			if err != nil {
				return nil, withCode(ExitUsage, err)
			}
			d := value.NewDict()
			for _, w := range words {
				d.SetStr(w[0], value.NewStr(w[1]))
			}
			json, err := value.AppendJSON(nil, d, value.JSONOptions{})
			if err != nil {
				return nil, withCode(ExitError, err)
			}
			text = string(json)
		}
		file, err := scratch.WriteFile(fmt.Sprintf("extra-%d.yml", i), []byte(text+"\n"))
		if err != nil {
			return nil, withCode(ExitError, err)
		}
		files = append(files, file)
	}
	return files, nil
}

// absInventories are the inventories as the child finds them, wherever the playbooks are.
func (r *run) absInventories() []string {
	var all []string
	for _, i := range r.req.inventories {
		if !strings.Contains(i, ",") {
			i = r.abs(i)
		}
		all = append(all, i)
	}
	return all
}

// tasksByPlace finds the tasks that are known before the run by where they stand.
func tasksByPlace(plays []*playbook.Play) func(file string, line int) (ansibleengine.Task, bool) {
	type place struct {
		file string
		line int
	}
	known := map[place]ansibleengine.Task{}
	add := func(t *playbook.Task) {
		if !t.Pos.IsValid() {
			return
		}
		known[place{filepath.Clean(t.Pos.File.Name()), int(t.Pos.Line)}] = ansibleengine.Task{
			Pos: t.Pos, Ignores: t.Setting(playbook.IgnoreErrors) == value.True, Module: actions.Set.Find(t.Action) == nil,
		}
	}
	for _, p := range plays {
		walkTasks(p, add)
	}
	return func(file string, line int) (ansibleengine.Task, bool) {
		t, ok := known[place{filepath.Clean(file), line}]
		return t, ok
	}
}
