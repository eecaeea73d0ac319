package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/config"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/inventory"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/runner"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

const adhocAbout = `Runs one task on hosts, as the command ansible does, with its line: a host pattern, -m MODULE, -a ARGUMENTS.

EXAMPLES
   kimai-ansible adhoc all -i hosts.ini -m command -a uptime
   kimai-ansible adhoc localhost -m debug -a 'msg={{ inventory_hostname }}'`

// adhoc is a call of the command ansible.
type adhoc struct {
	pattern, module, args string
	background, poll      int
	timeout               int
	request               runRequest
	line                  *parsedLine
}

// runAdhoc is ansible, and `kimai-ansible adhoc`: it runs one task on hosts.
// Source: https://docs.ansible.com/ansible/latest/cli/ansible.html
func runAdhoc(ctx context.Context, env *Env, args []string, dropIn bool) error {
	p, done, err := readDropIn(env, "ansible", dropIn, args)
	if done || err != nil {
		return err
	}
	if p.has("forks") && (strings.TrimLeft(p.str("forks"), "0") == "" || strings.HasPrefix(p.str("forks"), "-")) {
		return tellUsage(env, p.fail("The number of processes (--forks) must be >= 1"))
	}
	a := adhoc{pattern: p.args[0], module: p.str("module-name"), args: p.str("args"), request: requestOf(p, dropIn), line: p}
	a.background, _ = strconv.Atoi(p.str("background"))
	a.timeout, _ = strconv.Atoi(p.str("task-timeout"))
	a.poll = -1
	if p.has("poll") {
		a.poll, _ = strconv.Atoi(p.str("poll"))
	}
	o, err := runOptionsOf(ctx, p, "module-name", "args", "background", "poll", "one-line", "tree", "playbook-dir", "task-timeout")
	if err != nil {
		return tellError(env, dropIn, err)
	}
	a.request.deprecated = append(a.request.deprecated, oldCallbackOptions(p, args)...)
	o.showSecrets = p.reveal
	list := o.list.hosts
	o.list = listOptions{} // nothing here is a playbook
	a.request.options, a.request.anyLimit, a.request.connects, a.request.adjust = o, true, true, a.callbacks
	return withRun(ctx, env, a.request, func(r *run) error { return a.run(ctx, r, list) })
}

// callbacks chooses how results are shown.
func (a *adhoc) callbacks(s *config.Settings) error {
	stdout := strings.TrimPrefix(s.String("DEFAULT_STDOUT_CALLBACK"), "ansible.builtin.")
	switch {
	case a.line.has("one-line"):
		stdout = "oneline"
	case stdout == "default" || !s.Bool("DEFAULT_LOAD_CALLBACK_PLUGINS"):
		stdout = "minimal"
	}
	if err := s.Override("DEFAULT_STDOUT_CALLBACK", "-o", stdout); err != nil {
		return err
	}
	enabled := ""
	if s.Bool("DEFAULT_LOAD_CALLBACK_PLUGINS") {
		enabled = strings.Join(s.List("CALLBACKS_ENABLED"), ",")
	}
	if a.line.has("tree") {
		enabled = strings.Trim(enabled+",tree", ",")
		if err := s.Override("callback/tree/directory", "-t", a.line.str("tree")); err != nil {
			return err
		}
	}
	return s.Override("CALLBACKS_ENABLED", "-t", enabled)
}

func (a *adhoc) run(ctx context.Context, r *run, list bool) error {
	if a.module == "" {
		a.module = r.settings.String("DEFAULT_MODULE_NAME")
	}
	hosts, err := r.hosts(a.pattern)
	if err != nil {
		if errors.Is(err, inventory.ErrBeyond) {
			r.sink.Handle(event.Warning{Text: "No hosts matched, nothing to do"})
		}
		return err
	}
	if len(hosts) == 0 {
		if len(r.req.options.limit) > 0 {
			return withCode(ExitError, fmt.Errorf("Specified inventory, host pattern and/or --limit leaves us with no hosts to target."))
		}
		r.warnNoHosts(a.pattern)
	}
	if list {
		fmt.Fprintf(r.out, "  hosts (%d):\n", len(hosts))
		for _, h := range hosts {
			fmt.Fprintf(r.out, "    %s\n", h)
		}
		return nil
	}
	if err := a.refuse(); err != nil {
		return err
	}
	if len(hosts) == 0 {
		return nil
	}
	play, err := a.play(ctx, r)
	if err != nil {
		return err
	}
	return r.play(ctx, []runner.Playbook{{Path: adhocFile, Plays: []*playbook.Play{play}}})
}

// warnNoHosts tells that a pattern means no host.
func (r *run) warnNoHosts(pattern string) {
	switch {
	case len(r.inventory.Hosts()) > 0:
		r.warn("No hosts matched, nothing to do")
	case r.settings.Bool("LOCALHOST_WARNING"):
		r.warn("provided hosts list is empty, only localhost is available. Note that the implicit localhost does not match '" + pattern + "'")
	}
}

// needArguments are the modules that do nothing without arguments.
var needArguments = []string{"command", "raw", "script", "shell", "win_command", "win_shell"}

// refuse says which tasks can't be run so.
func (a *adhoc) refuse() error {
	name := strings.TrimPrefix(playbook.BuiltinName(a.module), "ansible.windows.")
	if slices.Contains(needArguments, name) && a.args == "" {
		more := ""
		if strings.HasSuffix(a.pattern, ".yml") {
			more = " (did you mean to run ansible-playbook?)"
		}
		return optionsError("No argument passed to %s module%s", a.module, more)
	}
	switch name {
	case "import_playbook":
		return optionsError("'%s' is not a valid action for ad-hoc commands", a.module)
	}
	return nil
}

// oldCallbackOptions tells what Ansible says of the options for callbacks that it will drop, in the order and the words of the
// command line.
func oldCallbackOptions(p *parsedLine, args []string) []string {
	var told []string
	for _, o := range []struct{ name, short, callback string }{{"one-line", "-o", "oneline"}, {"tree", "-t", "tree"}} {
		if !p.has(o.name) {
			continue
		}
		as, long := o.short, "--"+o.name
		if slices.ContainsFunc(args, func(a string) bool { return a == long || strings.HasPrefix(a, long+"=") }) {
			as = long
		}
		told = append(told, fmt.Sprintf("The '%s' argument is deprecated. This feature will be removed from ansible-core version 2.23. "+
			"Use callback configuration to enable the %s callback instead.", as, o.callback))
	}
	at := func(short string) int {
		return slices.IndexFunc(args, func(a string) bool { return strings.HasPrefix(a, short) })
	}
	if t, o := at("-t"), at("-o"); len(told) == 2 && t >= 0 && t < o {
		slices.Reverse(told)
	}
	return told
}

// adhocFile is the name of the playbook that is made of the command line.
const adhocFile = "/<adhoc>"

// adhocText is a file system of that one file, for the loader.
type adhocText struct{ text string }

// ReadFile gives the playbook, or a file of the user's.
func (a adhocText) ReadFile(name string) ([]byte, error) {
	if name == adhocFile {
		return []byte(a.text), nil
	}
	return os.ReadFile(name)
}

// ReadDir lists a folder.
func (a adhocText) ReadDir(name string) ([]fs.DirEntry, error) { return os.ReadDir(name) }

// Stat tells of a file.
func (a adhocText) Stat(name string) (fs.FileInfo, error) {
	if name == adhocFile {
		name = os.DevNull
	}
	return os.Stat(name)
}

// play makes a play of one task. Its module is looked up when it runs.
func (a *adhoc) play(ctx context.Context, r *run) (*playbook.Play, error) {
	args, err := a.arguments()
	if err != nil {
		return nil, err
	}
	poll := a.poll
	if poll < 0 {
		poll = r.settings.Int("DEFAULT_POLL_INTERVAL")
	}
	task := value.DictOf("async", value.NewInt(int64(a.background)), "poll", value.NewInt(int64(poll)), "timeout", value.NewInt(int64(a.timeout)))
	if raw := args.Stored(playbook.RawParams); raw != nil && args.Len() == 1 {
		task.SetStr(a.module, raw)
	} else {
		task.SetStr(a.module, value.Value(args))
	}
	if a.background == 0 {
		_, _ = task.Delete(value.NewStr("async"))
		_, _ = task.Delete(value.NewStr("poll"))
	}
	if a.timeout == 0 {
		_, _ = task.Delete(value.NewStr("timeout"))
	}
	book := value.NewList(value.DictOf("hosts", value.NewStr(inventory.JoinPatterns([]string{a.pattern})), "name", value.NewStr("Ansible Ad-Hoc"),
		"gather_facts", value.Bool(false), "tasks", value.NewList(task)))
	text, err := yaml.Dump(book, yaml.DumpOptions{Unicode: true, Width: -1})
	if err != nil {
		return nil, err
	}
	loader := *r.loader
	loader.Files, loader.Action, loader.Retired = adhocText{text}, nil, nil // the module is looked up when it runs
	plays, err := loader.LoadPlaybook(ctx, adhocFile)
	if err != nil {
		return nil, r.verdict(err)
	}
	a.place(plays[0], args, poll, r.playbookDir())
	return plays[0], nil
}

// place gives the task the place that Ansible tells: what was asked for.
func (a *adhoc) place(p *playbook.Play, args *value.Dict, poll int, dir string) {
	shown, _ := value.Repr(value.DictOf("action", value.NewStr(a.module), "args", value.Value(args), "timeout", value.NewInt(int64(a.timeout)),
		"async_val", value.NewInt(int64(a.background)), "poll", value.NewInt(int64(poll))))
	at := source.At(source.NewFile(fmt.Sprintf("<adhoc '%s' task>", a.module), shorten(shown)), 0, 0)
	p.Dir = dir
	p.File = filepath.Join(dir, "adhoc")
	for _, section := range p.Compile() {
		for _, b := range section.Blocks {
			b.Walk(func(t *playbook.Task) {
				if !t.Implicit {
					t.Pos, t.ActionPos = at, source.At(source.NewFile("<CLI option '-m'>", a.module), 0, 0)
					t.Args = placed(t.Args)
				}
			})
		}
	}
}

// placed gives arguments the place that Ansible tells of each: the option, and the text itself.
func placed(args *value.Dict) *value.Dict {
	if args == nil {
		return nil
	}
	out := value.NewDict()
	for it := args.Iterate(); it.Next(); {
		v := it.Stored()
		if s, ok := v.(value.Str); ok {
			v = value.WithMarks(s, value.Marks{Origin: source.At(source.NewFile("<CLI option '-a'>", s.String()), 0, 0), Trusted: true})
		}
		_ = out.Set(it.Key(), v) // it was a key already
	}
	return out
}

// shorten cuts a text at a blank, so that it is no longer than 120 characters, as Python's textwrap.shorten does.
func shorten(text string) string {
	const most, end = 120, " [...]"
	words := strings.Fields(text)
	if text = strings.Join(words, " "); utf8.RuneCountInString(text) <= most {
		return text
	}
	for len(words) > 0 && utf8.RuneCountInString(strings.Join(words, " "))+len(end) > most {
		words = words[:len(words)-1]
	}
	return strings.Join(words, " ") + end
}

// arguments reads -a: JSON or YAML of a mapping, or key=value and what is no such thing.
func (a *adhoc) arguments() (*value.Dict, error) {
	if text := strings.TrimSpace(a.args); strings.HasPrefix(text, "{") && strings.HasSuffix(text, "}") && !strings.HasPrefix(text, "{{") {
		v, err := yaml.Load(source.NewFile("<CLI option '-a'>", text), yaml.Options{Trusted: true, JSONFirst: true})
		if d, ok := v.(*value.Dict); ok && err == nil {
			return d, nil
		}
	}
	free := slices.Contains(needArguments, strings.TrimPrefix(playbook.BuiltinName(a.module), "ansible.windows."))
	params, err := playbook.ParseParams(a.args, free)
	if err != nil {
		return nil, withCode(ExitParser, fmt.Errorf("failed at splitting arguments, either an unbalanced jinja2 block or quotes: %s", a.args))
	}
	d := value.NewDict()
	for _, p := range params {
		d.SetStr(p.Key, value.NewStr(p.Value))
	}
	return d, nil
}
