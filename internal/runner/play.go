package runner

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/inventory"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Head is what is known of a play before it has hosts.
type Head struct {
	Hosts []string // host patterns
	Name  string   // what its banner shows
	Scope *templating.Scope
}

// Head evaluates the host patterns and the name of a play: with extra vars, what stands on the play, and the vars_files whose
// names are known without a host.
func (r *Runner) Head(ctx context.Context, p *playbook.Play) (Head, error) {
	if err := r.playVarsFiles(ctx, p); err != nil {
		return Head{}, err
	}
	h := Head{Scope: r.playScope(ctx, p)}
	title, named := p.Get(playbook.Name), playbook.Name
	if s, isText := title.(value.Str); title == nil || title == value.None || isText && s.String() == "" { // the play is called as its hosts are
		title = p.Get(playbook.Hosts)
	}
	shown, err := h.Scope.Finalize(title)
	if err != nil {
		return h, keywordError(named, title, err)
	}
	raw := p.Get(playbook.Hosts)
	v, err := h.Scope.Finalize(raw)
	if err != nil {
		return h, keywordError(playbook.Hosts, raw, err)
	}
	if err := checkHosts(p, v); err != nil {
		return h, err
	}
	if h.Hosts, err = allTexts(v); err != nil {
		return h, keywordError(playbook.Hosts, raw, err)
	}
	if h.Name, err = playName(p, shown); err != nil {
		return h, keywordError(named, title, err)
	}
	return h, r.checkHead(h.Scope, p)
}

// playName is what a play is called: a list of hosts that stands there as one has commas between them.
func playName(p *playbook.Play, shown value.Value) (string, error) {
	if _, written := p.Get(playbook.Hosts).(*value.List); written && shown.Type() == "list" {
		texts, err := allTexts(shown)
		return strings.Join(texts, ","), err
	}
	return value.Text(shown)
}

// allTexts gives a text, or a list of them, as texts.
func allTexts(v value.Value) ([]string, error) {
	elems := []value.Value{v}
	if l, ok := v.(*value.List); ok {
		elems = l.Stored()
	}
	texts := make([]string, len(elems))
	for i, e := range elems {
		var err error
		if texts[i], err = value.Text(e); err != nil {
			return nil, err
		}
	}
	return texts, nil
}

// headless is the error of a play whose name or host patterns can't be evaluated.
func headless(err error) error {
	var t *templating.Error
	if !errors.As(err, &t) {
		return err
	}
	e := diag.Errorf(t.Pos, "%w", err)
	e.Cause = &playbook.Verdict{Msg: t.Msg, Pos: t.Pos, Exit: 4, Because: t.Cause}
	if t.Cause == nil || !result.FaultOf(t.Cause).Pos.IsValid() {
		e.Cause = &playbook.Verdict{Msg: result.FaultOf(t).Summary(), Pos: t.Pos, Exit: 4}
	}
	return e
}

// play runs one play, batch by batch; more tells whether the next one may follow.
// Source: https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_strategies.html
func (r *Runner) play(ctx context.Context, p *playbook.Play) (more bool, err error) {
	r.Vars.StartPlay(p, nil, nil)
	r.recordPlay(p)
	if err := r.prompts(ctx, p); err != nil {
		return false, err
	}
	head, err := r.Head(ctx, p)
	if err != nil {
		return false, headless(err)
	}
	scope, pattern, name := head.Scope, inventory.JoinPatterns(head.Hosts), head.Name
	k := &keywords{}
	if err := k.read(r, scope, p); err != nil {
		return false, err
	}
	r.plays++
	start := event.PlayStart{Play: r.plays, Name: name, CheckMode: r.Check, Pos: p.Pos}
	r.Sink.Handle(start)
	if k.strategy, err = choice(r, scope, p, playbook.Strategy, r.Strategy, strategies); err != nil {
		return false, err
	}
	if k.strategy == "debug" {
		k.strategy, k.debugger = "linear", true
	}
	var hosts []string
	if len(head.Hosts) > 0 { // no pattern at all is none, not all hosts
		if hosts, err = r.Hosts(pattern); err != nil {
			return false, err
		}
	}
	if len(hosts) == 0 {
		r.Sink.Handle(event.NoHostsMatched{})
		return true, nil
	}
	for i, some := range k.batches(k.order(hosts)) {
		if i > 0 {
			r.Sink.Handle(start)
		}
		goOn, err := r.batch(ctx, p, k, name, pattern, hosts, some)
		if err != nil || !goOn || ctx.Err() != nil {
			return false, err
		}
		if r.playEnded {
			break
		}
	}
	r.playEnded = false
	return true, nil
}

// batch runs a play on some of its hosts; more tells whether anything may follow: it may not when all of them failed, or
// more than max_fail_percentage allows.
func (r *Runner) batch(ctx context.Context, p *playbook.Play, k *keywords, name, pattern string, all, hosts []string) (more bool, err error) {
	for h := range r.doomed {
		r.failed[h] = true
	}
	alive := slices.DeleteFunc(slices.Clone(hosts), func(h string) bool { return r.failed[h] })
	if len(alive) == 0 {
		return true, nil
	}
	b, err := newBatch(ctx, r, p, k, pattern, all, alive)
	if err != nil {
		return false, err
	}
	r.Vars.NamePlay(name)
	b.size = len(hosts)
	if err := b.run(ctx); err != nil {
		return false, err
	}
	failed := 0
	for _, h := range alive {
		if r.failed[h] {
			failed++
		}
	}
	return failed < len(hosts) && !b.tooMany, nil
}
