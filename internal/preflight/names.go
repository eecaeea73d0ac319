package preflight

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// play is what must be known of a whole play: its handlers, and whether anything may bring more.
type play struct {
	handlers []string // names and topics
	open     bool     // something included when it runs may bring more of them
}

func handlersOf(p *playbook.Play) play {
	var out play
	for _, b := range p.AllHandlers() {
		b.Walk(func(t *playbook.Task) {
			if t.Include() != playbook.NoInclude {
				out.open = true
			}
			out.handlers = append(out.handlers, t.Listen...)
			name, ok := t.RawName().(value.Str)
			if !ok {
				return
			}
			out.open = out.open || templated(name)
			out.handlers = append(out.handlers, name.String(), t.Title(name.String()))
			if role := t.Role(); role != nil {
				out.handlers = append(out.handlers, role.Name+" : "+name.String())
			}
		})
	}
	return out
}

// notify tells handlers that a task notifies and that are not there.
func (c *checker) notify(t *playbook.Task) {
	if c.play.open {
		return
	}
	for _, v := range t.Own(playbook.Notify) {
		each(v, func(one value.Value) {
			name, ok := one.(value.Str)
			if !ok || templated(name) || contains(c.play.handlers, name.String()) {
				return
			}
			pos := value.OriginOf(name)
			if !pos.IsValid() {
				pos = t.Pos
			}
			e := diag.Errorf(pos, "no handler named %q, and none listens to it%s", name.String(), named(t))
			switch near := diag.Nearest(name.String(), c.play.handlers); {
			case near != "":
				e = e.Hint("did you mean %q?", near)
			case len(c.play.handlers) == 0:
				e = e.Hint("the play has no handlers")
			default:
				e = e.Hint("handlers of this play: %s", strings.Join(c.play.handlers, ", "))
			}
			if c.o.MissingHandlerWarns || changesNothing(t) {
				c.found.Doubts.Add(e)
				return
			}
			c.found.Errors.Add(e)
		})
	}
}

// changesNothing reports whether a task says that it never changes anything: it notifies nobody.
func changesNothing(t *playbook.Task) bool {
	own := t.Own(playbook.ChangedWhen)
	switch playbook.BuiltinName(t.Action) {
	case "assert", "debug", "fail", "pause", "ping", "set_fact", "stat", "slurp", "find", "include_vars", "set_stats":
		return len(own) == 0
	}
	return len(own) == 1 && own[0] == value.False
}

// fileKinds are the arguments that name a file of the control node, with the folder in which it is looked for.
var fileKinds = map[string]struct{ arg, folder string }{
	"template": {"src", "templates"}, "copy": {"src", "files"}, "include_tasks": {playbook.RawParams, "tasks"},
	"script": {playbook.RawParams, "files"}, "include_vars": {playbook.RawParams, "vars"}, "unarchive": {"src", "files"},
}

// files tells files of the control node that a task names and that are not there; a template that is there is read.
func (c *checker) files(t *playbook.Task) {
	short := playbook.BuiltinName(t.Action)
	kind, ok := fileKinds[short]
	if !ok || t.ArgsTemplate != nil || t.Setting(playbook.DelegateTo) != nil {
		return
	}
	raw, ok := t.Args.Stored(kind.arg).(value.Str)
	if !ok && short == "include_tasks" {
		raw, ok = t.Args.Stored("file").(value.Str)
	}
	if !ok || templated(raw) || raw.String() == "" || t.Args.Has("remote_src") || t.Args.Has("dir") {
		return
	}
	name := raw.String()
	if short == "script" {
		name, _, _ = strings.Cut(name, " ")
	}
	if strings.ContainsAny(name, "~$=") || strings.Contains(name, "://") {
		return
	}
	path, near := c.find(t, kind.folder, name)
	pos := value.OriginOf(raw)
	if !pos.IsValid() {
		pos = t.ActionPos
	}
	if path == "" {
		places := c.places(t, kind.folder)
		e := diag.Errorf(pos, "there is no file %q for %s%s", name, t.Action, named(t))
		if near != "" {
			e = e.Hint("did you mean %q?", near)
		} else {
			e = e.Hint("it is looked for in %s", strings.Join(places, ", "))
		}
		c.missingFile(t, e)
		return
	}
	if short == "template" {
		c.templateFile(t, path)
	}
}

// missingFile is an error where the task runs for sure; else a warning, as a file may be made before it does, or the task be skipped for
// what it creates or removes.
func (c *checker) missingFile(t *playbook.Task, e *diag.Error) {
	if len(t.When()) > 0 || c.mayBeSkipped(t) || c.makesFiles || t.Args.Has("creates") || t.Args.Has("removes") {
		c.found.Doubts.Add(e)
		return
	}
	c.found.Errors.Add(e)
}

func (c *checker) places(t *playbook.Task, folder string) []string {
	var out []string
	for _, dir := range c.o.Search(t) {
		for _, place := range []string{filepath.Join(dir, folder), dir} {
			if !contains(out, place) {
				out = append(out, place)
			}
		}
	}
	return out
}

// find gives the path of a file, or the name that is near in one of the folders.
func (c *checker) find(t *playbook.Task, folder, name string) (path, near string) {
	places := []string{""}
	if !filepath.IsAbs(name) {
		places = c.places(t, folder)
	}
	var names []string
	for _, dir := range places {
		at := filepath.Join(dir, name)
		if _, err := os.Stat(at); err == nil {
			return at, ""
		}
		entries, _ := os.ReadDir(filepath.Dir(at))
		for _, e := range entries {
			names = append(names, filepath.Join(filepath.Dir(name), e.Name()))
		}
	}
	return "", diag.Nearest(name, names)
}

// templateFile reads a template; one with a dialect of its own is left for the run.
func (c *checker) templateFile(t *playbook.Task, path string) {
	for _, option := range []string{"block_start_string", "variable_start_string", "comment_start_string", "trim_blocks", "lstrip_blocks"} {
		if t.Args.Has(option) {
			return
		}
	}
	if c.read[path] {
		return
	}
	c.read[path] = true
	text, err := os.ReadFile(path)
	if err != nil || strings.HasPrefix(string(text), "$ANSIBLE_VAULT") {
		return
	}
	c.found.Errors = append(c.found.Errors, c.o.Engine.CheckFile(source.NewFile(path, string(text)), templating.DefaultFileOptions())...)
}
