package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/executor"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/strategy"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// exitParser is the exit code of a run that ends because something can't be read.
const exitParser = 4

// included is what one or more hosts asked for in the same words.
type included struct {
	executor.Include
	hosts  []string
	fresh  []string // those of them that did not include it before the run ended
	number int
	blocks []*playbook.Block
	err    error
	reason string // err as ansible-core tells it
}

// include brings in what an include_tasks or include_role asked for; hosts that asked for the same share it.
func (b *batch) include(ctx context.Context, t *playbook.Task, outcomes []executor.Outcome) error {
	var all []*included
	parts := map[string][]*included{}
	for _, o := range outcomes {
		if o.Result.Bad() || len(o.Includes) == 0 {
			continue
		}
		for _, inc := range o.Includes {
			i, err := same(all, inc, o.Host)
			if err != nil {
				return err
			}
			if i == nil {
				i = &included{Include: inc, number: len(all)}
				all = append(all, i)
			}
			i.hosts = append(i.hosts, o.Host)
			if !o.Past {
				i.fresh = append(i.fresh, o.Host)
			}
			parts[o.Host] = append(parts[o.Host], i)
		}
	}
	for _, i := range all {
		if err := b.load(ctx, t, i); err != nil {
			return err
		}
	}
	for _, o := range outcomes {
		b.enter(t, o, parts[o.Host])
	}
	return nil
}

// same finds an include with the same arguments and variables that a host did not ask for yet.
func same(all []*included, inc executor.Include, host string) (*included, error) {
	for _, i := range all {
		if slices.Contains(i.hosts, host) {
			continue
		}
		args, err := value.Equal(i.Args, inc.Args)
		if err != nil {
			return nil, err
		}
		vars := i.Vars == nil && inc.Vars == nil
		if i.Vars != nil && inc.Vars != nil {
			if vars, err = value.Equal(i.Vars, inc.Vars); err != nil {
				return nil, err
			}
		}
		if args && vars {
			return i, nil
		}
	}
	return nil, nil
}

// load reads what is included and tells so.
func (b *batch) load(ctx context.Context, t *playbook.Task, i *included) error {
	var shown string
	switch i.Kind {
	case playbook.IncludeRole:
		shown, i.err = b.loadRole(ctx, t, i)
	default:
		shown, i.err = b.loadTasks(ctx, t, i)
	}
	if v := (*playbook.Verdict)(nil); errors.As(i.err, &v) && v.Exit == exitParser {
		return i.err // what can't be read ends the run
	}
	if i.err != nil { // a failure of the hosts that asked for it
		b.r.quiet.wake()
		told := includeError(t, i.err)
		b.r.Sink.Handle(told)
		i.reason = told.Text
		return nil
	}
	for _, block := range i.blocks {
		scope := includeScope(block.Scope, t)
		if i.Vars != nil {
			b.r.Vars.IncludeParams(scope, i.Vars)
		}
		b.r.recordInclude(scope, i.Include)
	}
	if len(i.fresh) > 0 {
		b.r.Sink.Handle(event.Included{Task: b.told(t), File: shown, Hosts: i.fresh, Label: i.Label, Item: i.Item, Vars: i.Vars})
	}
	return nil
}

// includeScope finds the scope that the include of t opened around what it brought.
func includeScope(s *playbook.Scope, t *playbook.Task) *playbook.Scope {
	for ; s != nil; s = s.Parent {
		if s.Kind == playbook.IncludeScope && s.Task == t {
			return s
		}
	}
	return nil
}

func (b *batch) loadTasks(ctx context.Context, t *playbook.Task, i *included) (string, error) {
	file := textArg(i.Args, playbook.RawParams)
	if file == "" {
		file = textArg(i.Args, "file")
	}
	blocks, err := b.r.Loader.LoadTasksFile(ctx, playbook.TasksRequest{Task: t, File: file})
	if err != nil {
		return "", err
	}
	i.blocks = blocks
	if len(blocks) > 0 {
		return blocks[0].File(), nil
	}
	return file, nil
}

func (b *batch) loadRole(ctx context.Context, t *playbook.Task, i *included) (string, error) {
	name := textArg(i.Args, "name")
	if name == "" {
		name = textArg(i.Args, "role")
	}
	req := playbook.RoleRequest{Task: t, Name: name, Loop: i.Vars, From: playbook.RoleEntryPoints{
		Tasks: textArg(i.Args, "tasks_from"), Vars: textArg(i.Args, "vars_from"),
		Defaults: textArg(i.Args, "defaults_from"), Handlers: textArg(i.Args, "handlers_from"),
	}}
	var err error
	if req.Public, err = boolArg(i.Args, "public", false); err != nil {
		return "", err
	}
	validate, err := boolArg(i.Args, "rolespec_validate", true)
	if err != nil {
		return "", err
	}
	req.NoValidate = !validate
	if i.Args.Has("allow_duplicates") {
		allow, err := boolArg(i.Args, "allow_duplicates", true)
		if err != nil {
			return "", err
		}
		req.AllowDuplicates = &allow
	}
	role, err := b.r.Loader.LoadRole(ctx, req)
	if err != nil {
		return "", err
	}
	i.blocks = role.Blocks()
	b.addHandlers(role.AllHandlers())
	b.r.Vars.RoleIncluded(role.Name)
	if role.Public {
		b.r.Vars.PublicRole(b.play, role)
	}
	return name, nil
}

func textArg(args *value.Dict, name string) string {
	if v := args.Stored(name); v != nil && v != value.None {
		text, _ := value.Text(v)
		return text
	}
	return ""
}

func boolArg(args *value.Dict, name string, otherwise bool) (bool, error) {
	v := args.Stored(name)
	if v == nil || v == value.None {
		return otherwise, nil
	}
	is, err := module.ToBool(v)
	if err != nil {
		return false, fmt.Errorf("%s: %w", name, err)
	}
	return is, nil
}

// enter moves a host into what it included, or past the include.
func (b *batch) enter(t *playbook.Task, o executor.Outcome, parts []*included) {
	it := b.walk.Hosts[o.Host]
	bad := ""
	var bring []strategy.Included
	for _, p := range parts {
		if p.err != nil {
			if bad == "" {
				bad = p.reason
			}
			continue
		}
		bring = append(bring, strategy.Included{Number: p.number, Blocks: p.blocks})
	}
	switch {
	case bad != "":
		for range bring {
			b.r.stats.count(o.Host, o.Result, false)
		}
		loop := o.Result.Loop
		if o.Result = notIncluded(o, bad); !loop { // of a loop ansible-core tells no more
			b.r.Sink.Handle(event.HostResult{Host: o.Host, Task: b.told(t), Result: o.Result})
		}
		b.r.stats.count(o.Host, o.Result, false) // a rescue does not change that, and does not learn what failed
		b.failed(o.Host, it.Fail(), true)
	case len(parts) == 0:
		b.advance(o.Host, o, true)
	default:
		for range bring { // each file or role counts
			b.r.stats.count(o.Host, o.Result, false)
		}
		it.Include(bring)
	}
}

// includeError is what is told of an include whose file or role can't be read: in other words than of a failed task.
func includeError(t *playbook.Task, err error) event.Error {
	var v *playbook.Verdict
	if !errors.As(err, &v) {
		return event.Error{Text: err.Error()}
	}
	told := event.Error{Text: v.Msg, Pos: v.Pos, Help: v.Help}
	which, unread := unretrieved(v.Msg)
	switch name := t.Args.Stored("name"); {
	case t.Include() == playbook.IncludeRole:
		if name != nil && v.Pos == t.Pos { // it is the role itself that is wrong
			told.Pos = value.OriginOf(name)
		}
	case unread:
		told.Text = which + ": " + v.Msg // ansible-core names the file twice
	default:
		told.Wrapped = v.Pos.IsValid()
	}
	return told
}

// notIncluded is the result of an include whose file or role can't be read. It is not ignored, as in Ansible.
func notIncluded(o executor.Outcome, reason string) *result.Result {
	r := &result.Result{Status: result.Failed, Values: value.DictOf("changed", value.False, "reason", value.NewStr(reason))}
	if o.Result.Values != nil && !o.Result.Loop {
		if file := o.Result.Values.Stored("include"); file != nil {
			r.Values.SetStr("include", file)
		}
	}
	return r
}

// unretrieved finds the file in what is said of a file that can't be read; ok is false for any other text.
func unretrieved(words string) (which string, ok bool) {
	first, rest, more := strings.Cut(words, "\n")
	which, _, _ = strings.Cut(rest, ".\n")
	return which, more && first == "Unable to retrieve file contents."
}
