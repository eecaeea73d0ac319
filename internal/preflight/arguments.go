package preflight

import (
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// actionArgs are the arguments of actions that have no module of their name, as `ansible-doc` lists them; those with a "!" are
// required.
var actionArgs = map[string]string{
	"assert":        "that! fail_msg msg success_msg quiet",
	"debug":         "msg var verbosity",
	"fail":          "msg",
	"fetch":         "src! dest! fail_on_missing flat validate_checksum",
	"group_by":      "key! parents",
	"include_role":  "name! role allow_duplicates apply defaults_from handlers_from public rolespec_validate tasks_from vars_from",
	"include_tasks": "file apply _raw_params",
	"include_vars":  "_raw_params dir depth extensions file files_matching hash_behaviour ignore_files ignore_unknown_extensions name",
	"pause":         "echo minutes prompt seconds",
	"reboot":        "boot_time_command connect_timeout msg post_reboot_delay pre_reboot_delay reboot_command reboot_timeout search_paths test_command",
	"raw":           "_raw_params executable cmd",
	"script":        "_raw_params cmd chdir creates decrypt executable removes",
	"set_stats":     "aggregate data per_host",
	"template": "src! dest! backup block_end_string block_start_string comment_end_string comment_start_string follow force lstrip_blocks mode " +
		"newline_sequence output_encoding owner group attributes attr selevel serole setype seuser trim_blocks unsafe_writes validate " +
		"variable_end_string variable_start_string",
	"wait_for_connection": "connect_timeout delay sleep timeout",
}

// proxies are actions that have another module run, which is known only then.
var proxies = []string{"service", "package", "dnf", "yum"}

// arguments tells what can be known wrong with the arguments of a task, as far as they are written out.
func (c *checker) arguments(t *playbook.Task) {
	if t.ArgsTemplate != nil || t.Inherited(playbook.ModuleDefaults) != nil {
		return
	}
	if spec, ok := actionArgs[playbook.BuiltinName(t.Action)]; ok {
		c.actionArguments(t, strings.Fields(spec))
		return
	}
	if def := modules.Find(t.Action); def != nil && !freeForm(t) && !slices.Contains(proxies, playbook.BuiltinName(t.Action)) {
		c.moduleArguments(t, def)
	}
}

// freeForm reports whether the arguments are a text, whose reading is the module's.
func freeForm(t *playbook.Task) bool { return t.Args.Has(playbook.RawParams) }

func (c *checker) actionArguments(t *playbook.Task, spec []string) {
	var known, missing []string
	for _, s := range spec {
		name, required := strings.CutSuffix(s, "!")
		known = append(known, name)
		if required && !t.Args.Has(name) && !(name == "name" && t.Args.Has("role")) {
			missing = append(missing, name)
		}
	}
	c.unknownArguments(t, known)
	c.missing(t, missing)
}

func (c *checker) unknownArguments(t *playbook.Task, known []string) {
	for it := t.Args.Iterate(); it.Next(); {
		name, _ := value.Text(it.Key())
		if name == playbook.RawParams || contains(known, name) {
			continue
		}
		e := diag.Errorf(keyPos(it.Key(), t), "%s has no argument %q%s", t.Action, name, named(t))
		if near := diag.Nearest(name, known); near != "" {
			e = e.Hint("did you mean %q?", near)
		} else {
			e = e.Hint("it takes: %s", strings.Join(visible(known), ", "))
		}
		c.found.Errors.Add(e)
	}
}

func visible(names []string) []string {
	var out []string
	for _, n := range names {
		if !strings.HasPrefix(n, "_") {
			out = append(out, n)
		}
	}
	sort.Strings(out)
	return out
}

func contains(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}

// keyPos is the place of a key, or of the task's module where it has none.
func keyPos(key value.Value, t *playbook.Task) source.Pos {
	if p := value.OriginOf(key); p.IsValid() {
		return p
	}
	return t.ActionPos
}

func (c *checker) missing(t *playbook.Task, names []string) {
	if len(names) == 0 || freeForm(t) && t.Args.Len() == 1 {
		return
	}
	sort.Strings(names)
	c.found.Errors.Add(diag.Errorf(t.ActionPos, "%s lacks %s%s", t.Action, argumentsNamed(names), named(t)).
		Hint("ansible-doc, or kimai-ansible's reference pages, tell what %s wants", t.Action))
}

func argumentsNamed(names []string) string {
	word := "the argument "
	if len(names) > 1 {
		word = "the arguments "
	}
	return word + strings.Join(names, ", ")
}

// moduleArguments checks against the module's spec: all of it when nothing is a template, else what the templates leave.
func (c *checker) moduleArguments(t *playbook.Task, def *module.Def) {
	spec := def.Spec()
	var known []string
	for _, a := range spec {
		known = append(known, a.Name)
		known = append(known, a.Aliases...)
	}
	if controlNode(t.Action) { // the control node's half knows one more
		known = append(known, "decrypt")
	}
	before := len(c.found.Errors)
	c.unknownArguments(t, known)
	if len(c.found.Errors) > before {
		return
	}
	c.mode(t)
	var missing []string
	for i := range spec {
		a := &spec[i]
		given, name := argument(t.Args, a)
		if given == nil {
			if a.Required && !controlNode(t.Action) {
				missing = append(missing, a.Name)
			}
			continue
		}
		c.choice(t, a, name, given)
	}
	c.missing(t, missing)
	if len(c.found.Errors) == before && !templated(t.Args) && !controlNode(t.Action) {
		v := module.Validate(def, t.Action, t.Args, module.Env{})
		if v.Problem != "" {
			c.found.Errors.Add(diag.Errorf(c.argumentPos(t, v.Problem), "%s: %s%s", t.Action, v.Problem, named(t)).
				Hint("kimai-ansible's reference page of %s tells what it takes", def.Name))
		}
	}
}

// argumentPos is the place of the argument that a problem names, else that of the module.
func (c *checker) argumentPos(t *playbook.Task, problem string) source.Pos {
	for it := t.Args.Iterate(); it.Next(); {
		name, _ := value.Text(it.Key())
		if strings.Contains(problem, "'"+name+"'") || strings.Contains(problem, " "+name+" ") {
			return keyPos(it.Key(), t)
		}
	}
	return t.ActionPos
}

// mode tells file modes that are numbers without the zero that makes them octal.
func (c *checker) mode(t *playbook.Task) {
	n, ok := t.Args.Stored("mode").(value.Int)
	if !ok {
		return
	}
	pos := value.OriginOf(n)
	text := pos.Text()
	if !pos.IsValid() || int(pos.Col) > len(text) {
		return
	}
	if written := text[pos.Col-1:]; strings.HasPrefix(written, "0") {
		return
	}
	shown, _ := value.Text(n)
	number, err := strconv.Atoi(shown)
	if err != nil {
		return
	}
	c.found.Doubts.Add(diag.Errorf(pos, "mode %s is a decimal number, which is %04o as a mode%s", shown, number, named(t)).
		Hint("write it as text with a zero in front: mode: \"0%s\"", shown))
}

// controlNode reports whether the control node's half of the task makes arguments of its own before the module gets them.
func controlNode(action string) bool {
	switch action[strings.LastIndexByte(action, '.')+1:] {
	case "copy", "unarchive", "assemble", "uri", "gather_facts", "service", "package", "dnf", "setup", "async_status", "command", "shell":
		return true
	}
	return false
}

func argument(args *value.Dict, a *module.Arg) (value.Value, string) {
	for _, n := range append([]string{a.Name}, a.Aliases...) {
		if v := args.Stored(n); v != nil {
			return v, n
		}
	}
	return nil, ""
}

// choice tells a value that is not among those that an argument takes.
func (c *checker) choice(t *playbook.Task, a *module.Arg, name string, given value.Value) {
	if len(a.Choices) == 0 || a.Type != module.Str || templated(given) {
		return
	}
	text, err := value.Text(given)
	if err != nil || contains(a.Choices, text) {
		return
	}
	if b, ok := given.(value.Bool); ok && (contains(a.Choices, "yes") || contains(a.Choices, "true")) {
		_ = b // YAML's booleans stand for the words
		return
	}
	pos := value.OriginOf(given)
	if !pos.IsValid() {
		pos = t.ActionPos
	}
	e := diag.Errorf(pos, "%s: %s is %q%s", t.Action, name, text, named(t))
	if near := diag.Nearest(text, a.Choices); near != "" {
		e = e.Hint("did you mean %q? It takes %s", near, strings.Join(a.Choices, ", "))
	} else {
		e = e.Hint("it takes %s", strings.Join(a.Choices, ", "))
	}
	c.found.Errors.Add(e)
}

// templated reports whether a value, or something in it, is only known when the task runs.
func templated(v value.Value) bool {
	switch v := v.(type) {
	case value.Str:
		return strings.Contains(v.String(), "{{") || strings.Contains(v.String(), "{%") || strings.Contains(v.String(), "{#")
	case *value.List:
		for _, e := range v.Stored() {
			if templated(e) {
				return true
			}
		}
	case *value.Dict:
		for it := v.Iterate(); it.Next(); {
			if templated(it.Stored()) || templated(it.Key()) {
				return true
			}
		}
	case value.Deferred:
		return true
	}
	return false
}
