package cli

import (
	"context"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/runner"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// loading is what is known of the play that is being read: the files of its vars_files, which names of roles and imports may use.
type loading struct {
	play  *playbook.Play
	files []*value.Dict
}

// readsPlay makes the variables of a play ready for what is evaluated while it is read.
func (r *run) readsPlay(ctx context.Context, p *playbook.Play) {
	if r.loading.play == p {
		r.vars.StartPlay(p, nil, nil)
		r.vars.SetVarsFiles("", r.loading.files)
		return
	}
	r.vars.StartPlay(p, nil, nil)
	heads := &runner.Runner{Engine: r.engine, Vars: r.vars, Reader: r.reader, Sink: r.sink}
	files, err := heads.PlayVarsFiles(ctx, p)
	if err != nil {
		return // told when the play begins
	}
	r.loading = loading{play: p, files: files}
}

// asks is what Ansible does where it looks at a play's variables while it loads: it warns of those whose names are keywords.
func (r *run) asks(ctx context.Context, at *playbook.Scope) {
	if at.Play == nil {
		return
	}
	r.readsPlay(ctx, at.Play)
	defer r.vars.EndPlay()
	r.warnReserved(at)
}

// warnReserved warns of variables with the names of keywords that are known at a scope.
func (r *run) warnReserved(at *playbook.Scope) {
	layers := r.vars.Play(at.Play).Layers()
	var own []*value.Dict
	for s := at; s != nil && s.Kind != playbook.PlayScope; s = s.Parent {
		if d := s.Attrs.Vars(); d != nil && (s.Kind == playbook.BlockScope || s == at) {
			own = append([]*value.Dict{d}, own...)
		}
	}
	runner.WarnReserved(r.sink, append(layers, own...), r.vars.ExtraNames())
}
