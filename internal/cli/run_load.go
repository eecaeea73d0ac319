package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/runner"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// newLoader makes what reads playbooks and roles.
func (r *run) newLoader(ctx context.Context) *playbook.Loader {
	roles := r.settings.Paths("DEFAULT_ROLES_PATH")
	if r.req.kit.dir != "" {
		roles = append([]string{filepath.Join(r.req.kit.dir, "roles")}, roles...)
	}
	l := &playbook.Loader{
		Dir: r.env.Dir, RolesPath: roles, CollectionsPath: r.settings.Paths("COLLECTIONS_PATHS"),
		Decrypt: r.secrets.decrypt, Inline: r.secrets.ring.Hook,
		Template: r.templateStatic,
		Warn:     r.warnLoader,
		Lookup:   func(name string, _ []string) bool { return r.engine.HasLookup(name) },
	}
	r.plugins = r.pluginFiles(l.CollectionsPath)
	l.RoleFound = r.plugins.addRole
	if r.req.dropIn { // else preflight looks at all of them
		l.First = true
		l.Action, l.Lookup, l.NearAction = r.plugins.knownAction, r.plugins.knownLookup, nearAction
		l.Retired = r.plugins.retired
		l.Asks, l.MissingPlugins = func(at *playbook.Scope) { r.asks(ctx, at) }, r.plugins.missing
		l.HasCollection = r.plugins.hasCollection
	}
	return l
}

// templateStatic evaluates what must be known while playbooks are read: with extra vars and what stands on the play.
func (r *run) templateStatic(ctx context.Context, v value.Value, at *playbook.Scope) (value.Value, error) {
	known := r.vars.Extra() // of an import_playbook: no play is there yet
	if at.Play != nil {
		if !r.vars.Playing(at.Play) { // it is being read
			r.readsPlay(ctx, at.Play)
			defer r.vars.EndPlay()
		}
		known = r.vars.Play(at.Play)
	}
	own := map[string]value.Value{}
	if file := value.OriginOf(v).File; at.Play == nil && file != nil {
		own["playbook_dir"] = value.NewStr(filepath.Dir(file.Name()))
	}
	for s := at; s != nil && s.Kind != playbook.PlayScope; s = s.Parent {
		if d := s.Attrs.Vars(); d != nil {
			for it := d.Iterate(); it.Next(); {
				name, _ := it.Key().(value.Str)
				if own[name.String()] == nil && !r.extra.Has(name.String()) {
					own[name.String()] = it.Stored()
				}
			}
		}
	}
	return r.engine.Scope(ctx, known, []string{r.playbookDir()}).With(own).Finalize(v)
}

// load reads all playbooks.
func (r *run) load(ctx context.Context) ([]runner.Playbook, error) {
	var books []runner.Playbook
	var found diag.List
	for _, path := range r.req.playbooks {
		more, err := r.loader.LoadPlaybook(ctx, r.abs(path))
		if err != nil && !r.req.dropIn {
			err = r.noPlaybook(path, err)
		}
		found.Add(err)
		if err != nil && r.req.dropIn {
			break
		}
		books = append(books, runner.Playbook{Path: path, Plays: more})
	}
	if err := found.Err(); err != nil {
		return nil, r.verdict(err)
	}
	r.exempt(playsOf(books))
	return books, nil
}

// noPlaybook adds a hint to the error of a playbook that is not there; any other stays as it is.
func (r *run) noPlaybook(path string, err error) error {
	var list diag.List
	var found *diag.Error
	if _, gone := os.Stat(r.abs(path)); gone == nil {
		return err
	}
	if errors.As(err, &list) && len(list) > 0 {
		found = list[0]
	} else if !errors.As(err, &found) {
		return err
	}
	if near := nearFile(r.abs(path)); near != "" {
		_ = found.Hint("did you mean %q?", near)
	}
	return err
}

func playsOf(books []runner.Playbook) []*playbook.Play {
	var plays []*playbook.Play
	for _, b := range books {
		plays = append(plays, b.Plays...)
	}
	return plays
}

// exempt keeps the names that a reader needs from being masked.
func (r *run) exempt(plays []*playbook.Play) {
	for _, p := range plays {
		own, deps := p.RoleNames()
		r.redactor.Exempt(append(own, deps...)...)
		for _, s := range p.Compile() {
			for _, b := range s.Blocks {
				b.Walk(func(t *playbook.Task) {
					if name, ok := t.RawName().(value.Str); ok {
						r.redactor.Exempt(name.String())
					}
				})
			}
		}
	}
}

// selected reports for a task whether --tags and --skip-tags let it run, and why that can't be known.
func (r *run) selected(ctx context.Context) func(t *playbook.Task) (bool, error) {
	return func(t *playbook.Task) (bool, error) {
		scope := r.engine.Scope(ctx, r.vars.Play(t.Play()), []string{t.Play().Dir})
		tags, err := t.Tags(func(v value.Value) (value.Value, error) { return tagValue(scope, v) })
		return err != nil || r.selection.Runs(tags), err
	}
}

// tagValue evaluates a tag; one that is omitted is none.
func tagValue(scope *templating.Scope, v value.Value) (value.Value, error) {
	v, keep, err := scope.FinalizeArg(v)
	if err == nil && !keep {
		return value.NewList(), nil
	}
	return v, err
}
