package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/executor"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// ErrQuit ends a run because the user left the debugger; that was told.
var ErrQuit = errors.New("the user left the debugger")

// debugged lets the user look at what came of a task on a host, where the keyword debugger or a setting asks for it, and run it
// again; it returns what came of it in the end. again runs the task anew.
// Source: https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_debugger.html
func (b *batch) debugged(ctx context.Context, t *playbook.Task, o executor.Outcome,
	again func(executor.Override) (executor.Outcome, error),
) (executor.Outcome, error) {
	d := &debugger{b: b, t: t, host: o.Host, o: o}
	for b.debugs(ctx, t, d.o) {
		redo, err := d.talk(ctx)
		if err != nil || !redo {
			return d.o, err
		}
		if d.o, err = again(d.over); err != nil {
			return d.o, err
		}
	}
	return d.o, nil
}

// debugs reports whether the debugger is to be shown for an outcome.
func (b *batch) debugs(ctx context.Context, t *playbook.Task, o executor.Outcome) bool {
	r := o.Result
	bad := r.Bad() && (!r.Ignored || !b.r.DebugHonoursIgnore)
	when, err := b.debuggerKeyword(ctx, t, o.Host)
	switch {
	case err != nil || when == "never":
		return false
	case when == "always":
		return true
	case when == "on_failed" && bad, when == "on_unreachable" && r.Status == result.Unreachable, when == "on_skipped" && r.Status == result.Skipped:
		return true
	}
	return (b.r.Debugger || b.k.debugger) && bad
}

func (b *batch) debuggerKeyword(ctx context.Context, t *playbook.Task, host string) (string, error) {
	raw := t.Setting(playbook.Debugger)
	if raw == nil || raw == value.None {
		return "", nil
	}
	v, err := b.scope(ctx, t, host).Finalize(raw)
	if err != nil {
		return "", err
	}
	return value.Text(v)
}

// debugger is one talk about one outcome.
type debugger struct {
	b    *batch
	t    *playbook.Task
	host string
	o    executor.Outcome
	over executor.Override      // what the next run takes
	vars map[string]value.Value // assigned, and not taken over by update_task yet
	last string                 // the last command, which an empty line repeats
}

// talk asks for commands until one of them goes on; redo says that the task runs again.
func (d *debugger) talk(ctx context.Context) (redo bool, err error) {
	prompt := fmt.Sprintf("[%s] TASK: %s (debug)> ", d.host, d.t.Title(d.b.taskName(ctx, d.t, d.host)))
	for {
		line, err := d.b.r.Console.Ask(ctx, prompt, false)
		if errors.Is(err, io.EOF) {
			line, err = "quit", nil
		}
		if err != nil {
			return false, err
		}
		if line = strings.TrimSpace(line); line == "" {
			line = d.last
		}
		d.last = line
		word, rest, _ := strings.Cut(line, " ")
		switch word {
		case "":
		case "c", "continue":
			return false, nil
		case "r", "redo":
			return true, nil
		case "q", "quit", "EOF":
			d.say("User interrupted execution")
			return false, ErrQuit
		case "u", "update_task":
			d.update()
		case "p", "pprint":
			d.print(ctx, strings.TrimSpace(rest))
		case "h", "help", "?":
			d.help(strings.TrimSpace(rest))
		default:
			d.assign(ctx, line)
		}
	}
}

func (d *debugger) say(text string) { d.b.r.Sink.Handle(event.Note{Text: text}) }

// debuggerHelp tells of each command what it does.
var debuggerHelp = map[string]string{
	"c": "Continue to next result", "continue": "Continue to next result", "h": "List available commands with \"help\" or detailed help with \"help cmd\".",
	"help": "List available commands with \"help\" or detailed help with \"help cmd\".", "p": "Pretty Print", "pprint": "Pretty Print",
	"q": "Quit", "quit": "Quit", "EOF": "Quit", "r": "Schedule task for re-execution. The re-execution may not be the next result",
	"redo":        "Schedule task for re-execution. The re-execution may not be the next result",
	"u":           "Recreate the task from ``task._ds``, and template with updated ``task_vars``",
	"update_task": "Recreate the task from ``task._ds``, and template with updated ``task_vars``",
}

func (d *debugger) help(of string) {
	if of == "" {
		d.say("\nDocumented commands (type help <topic>):\n========================================\n" +
			"EOF  c  continue  h  help  p  pprint  q  quit  r  redo  u  update_task\n")
		return
	}
	if text := debuggerHelp[of]; text != "" {
		d.say(text)
		return
	}
	d.say("*** No help on " + of)
}

// update takes the variables that were assigned over into the task.
func (d *debugger) update() {
	if d.over.Vars == nil {
		d.over.Vars = map[string]value.Value{}
	}
	for name, v := range d.vars {
		d.over.Vars[name] = v
	}
}

// names are what expressions may begin with.
var debuggerNames = []string{"host", "play_context", "result", "task", "task_vars"}

var leadingName = lazyregexp.New(`^[A-Za-z_][A-Za-z0-9_]*`)

// scope is where the debugger's expressions are evaluated.
func (d *debugger) scope(ctx context.Context) (*templating.Scope, error) {
	scope := d.b.scope(ctx, d.t, d.host)
	registered, err := d.o.Result.Registered()
	if err != nil {
		return nil, err
	}
	task := value.DictOf("name", value.NewStr(executor.TaskName(scope, d.t)), "action", value.NewStr(d.t.Action), "args", d.args())
	all := value.NewDict()
	for _, name := range scope.Names() {
		if v, ok := scope.Vars().Lookup(name); ok {
			all.SetStr(name, v)
		}
	}
	for _, assigned := range []map[string]value.Value{d.over.Vars, d.vars} {
		for name, v := range assigned {
			all.SetStr(name, v)
		}
	}
	return scope.With(map[string]value.Value{
		"task": task, "task_vars": value.NewLazyDict(all, scope, value.Marks{}), "host": value.NewStr(d.host), "result": registered,
		"play_context": value.DictOf("check_mode", value.Bool(d.b.r.Check)),
	}), nil
}

func (d *debugger) args() *value.Dict {
	if d.over.Args != nil {
		return d.over.Args
	}
	return d.t.Args
}

// evaluate gives the value of an expression; told says that it has none, and why was said.
func (d *debugger) evaluate(ctx context.Context, expr string) (v value.Value, told bool) {
	if name := leadingName().FindString(strings.TrimLeft(expr, "(")); name != "" && !slices.Contains(debuggerNames, name) && !slices.Contains([]string{"True", "False", "None"}, name) {
		d.say(fmt.Sprintf("***NameError:NameError(\"name '%s' is not defined\")", name))
		return nil, true
	}
	scope, err := d.scope(ctx)
	if err == nil {
		v, err = scope.Finalize(value.NewMarkedStr("{{ "+expr+" }}", value.Marks{Trusted: true}))
	}
	if err != nil {
		d.say("***" + err.Error())
		return nil, true
	}
	return v, false
}

// print shows the value of an expression.
func (d *debugger) print(ctx context.Context, expr string) {
	switch expr {
	case "task":
		d.say("TASK: " + d.t.Title(d.b.taskName(ctx, d.t, d.host)))
		return
	case "host":
		d.say(d.host)
		return
	}
	v, told := d.evaluate(ctx, "("+expr+") | pprint")
	if told {
		return
	}
	text, _ := value.Text(v)
	d.say(text)
}

var assignment = lazyregexp.New(`^(task\.args|task_vars)\[(.+?)\]\s*=\s*([^=].*)$`)

// assign carries out an assignment to an argument of the task or to a variable.
func (d *debugger) assign(ctx context.Context, line string) {
	m := assignment().FindStringSubmatch(line)
	if m == nil {
		d.evaluate(ctx, line) // as in Python a mere expression shows nothing
		return
	}
	key, told := d.evaluate(ctx, m[2])
	if told {
		return
	}
	v, told := d.evaluate(ctx, m[3])
	if told {
		return
	}
	if s, ok := v.(value.Str); ok {
		v = value.NewMarkedStr(s.String(), value.Marks{Trusted: true}) // who sits at the terminal may write templates
	}
	if m[1] == "task_vars" {
		name, err := value.Text(key)
		if err != nil {
			d.say("***" + err.Error())
			return
		}
		if d.vars == nil {
			d.vars = map[string]value.Value{}
		}
		d.vars[name] = v
		return
	}
	args := d.args().Copy()
	if err := args.Set(key, v); err != nil {
		d.say("***" + err.Error())
		return
	}
	d.over.Args = args
}
