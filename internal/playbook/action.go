package playbook

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// action finds the task's module and arguments: under `action`, under `local_action`, or under the one key that is no
// keyword. It reports whether there is one.
func (ld *load) action(d *value.Dict, t *Task, keys []taskKey) bool {
	action, local := d.Stored("action"), d.Stored("local_action")
	if action != nil && local != nil {
		ld.errs.Add(refuse(t.Pos, "action and local_action are mutually exclusive", "the task has both action and local_action"))
		return false
	}
	key, thing := "action", action
	if local != nil {
		key, thing = "local_action", local
	}
	if thing != nil {
		at := keyPos(d, key)
		name, args, ok := ld.namedAction(t, thing, at)
		if !ok {
			return false
		}
		if len(keys) > 0 {
			return ld.conflict(t, name, keys[0])
		}
		t.Action, t.ActionPos = name, at
		if as, ok := nameValue(thing).(value.Str); ok {
			t.ActionPos = value.OriginOf(as)
			if as = value.NewMarkedStr(name, value.MarksOf(as)); isTemplate(as) {
				t.ActionTemplate = as
			}
		}
		if local != nil {
			t.Attrs.set(DelegateTo, at, value.NewMarkedStr("localhost", value.Marks{Trusted: true}))
		}
		// as in Ansible, what stands under `action` is looked up when it runs
		return ld.arguments(t, name, args, d, at)
	}
	if len(keys) == 0 {
		ld.errs.Add(refuse(t.Pos, "no module/action detected in task.", "the task has no module").Hint("add one, such as \"debug:\""))
		return false
	}
	if len(keys) > 1 {
		return ld.conflict(t, keys[0].name, keys[1])
	}
	t.Action, t.ActionPos = keys[0].name, keys[0].pos
	return ld.arguments(t, keys[0].name, keys[0].val, d, keys[0].pos) && ld.knownAction(t)
}

// nameValue is the text under `action` that begins with the name of a module.
func nameValue(thing value.Value) value.Value {
	if d, ok := thing.(*value.Dict); ok {
		return d.Stored("module")
	}
	return thing
}

func keyPos(d *value.Dict, key string) source.Pos {
	for it := d.Iterate(); it.Next(); {
		if s, ok := it.Key().(value.Str); ok && s.String() == key {
			return value.OriginOf(s)
		}
	}
	return value.OriginOf(d)
}

// conflict refuses a second module; more often than not it is a keyword with a typo.
func (ld *load) conflict(t *Task, first string, second taskKey) bool {
	e := seenAt(t.Pos, refuse(second.pos, fmt.Sprintf("conflicting action statements: %s, %s", first, second.name),
		"a task has one module: is it %q or %q?", first, second.name))
	names := keywordNames(OnTask | OnHandler)
	for _, n := range []string{second.name, first} {
		if near := nearest(n, names); near != "" {
			ld.errs.Add(e.Hint("did you mean %q for %q?", near, n))
			return false
		}
	}
	for _, n := range []string{second.name, first} {
		if k, known := KeywordNamed(n); known {
			ld.errs.Add(e.Hint("%q belongs on %s", n, placesOf(k)))
			return false
		}
	}
	ld.errs.Add(e.Hint("begin a second task with \"- \""))
	return false
}

// namedAction takes `action: module k=v`, or the deprecated mapping with a key "module".
func (ld *load) namedAction(t *Task, thing value.Value, at source.Pos) (name string, args value.Value, ok bool) {
	switch v := thing.(type) {
	case value.Str:
		name, rest := firstWord(v.String())
		if name == "" {
			ld.errs.Add(unexpected(refuse(at, "Unexpected Exception, this is probably a bug: list index out of range", "the action is empty")))
			return "", nil, false
		}
		return name, value.NewMarkedStr(rest, value.MarksOf(v)), true
	case *value.Dict:
		ld.warn(helpedWarning("Using a mapping for `action` is deprecated. This feature will be removed from ansible-core version 2.23.",
			"Use a string value for `action`.", value.OriginOf(v), "a mapping as action is deprecated"))
		m := v.Stored("module")
		text, isText := m.(value.Str)
		if !isText {
			ld.errs.Add(refuse(t.Pos, "no module/action detected in task.", "the action names no module").Hint("put it under \"module\""))
			return "", nil, false
		}
		name, rest := firstWord(text.String())
		d := v.Copy()
		d.DeleteStr("module")
		if rest != "" {
			params, err := ParseParams(rest, isFreeForm(name))
			if err != nil {
				ld.errs.Add(unbalanced(t, rest, at))
				return "", nil, false
			}
			for _, p := range params {
				d.SetStr(p.Key, value.NewMarkedStr(p.Value, value.MarksOf(text)))
			}
		}
		return name, d, true
	}
	ld.errs.Add(seenAt(t.Pos, refuse(at, "unexpected parameter type in action: "+typeName(thing), "an action is a text, not %s", kindOf(thing))))
	return "", nil, false
}

// firstWord cuts a text at its first blank outside of templates and quotes.
func firstWord(s string) (word, rest string) {
	s = pyStrip(s)
	if words, err := splitWords(s); err == nil && len(words) > 0 && strings.HasPrefix(s, words[0]) { // a template is one word
		return words[0], strings.TrimLeftFunc(s[len(words[0]):], pySpace)
	}
	if i := strings.IndexFunc(s, pySpace); i >= 0 {
		return s[:i], strings.TrimLeftFunc(s[i:], pySpace)
	}
	return s, ""
}

func helpedWarning(msg, help string, at source.Pos, ours string) *diag.Error {
	e := diag.Errorf(at, "%s", ours).Hint("%s", help)
	e.Cause = &Verdict{Msg: msg, Help: help, Pos: at, Deprecated: true}
	return e
}

func unbalanced(t *Task, text string, at source.Pos) *diag.Error {
	return seenAt(t.Pos, refuse(at, "Error loading tasks: failed at splitting arguments, either an unbalanced jinja2 block or quotes: "+text,
		"a quote or a {{ … }} in the arguments does not end").Hint("put the whole text in quotes of the other kind, or give the arguments as a mapping"))
}

// arguments fills t.Args from what stands behind the module's name and from `args`.
func (ld *load) arguments(t *Task, module string, thing value.Value, d *value.Dict, at source.Pos) bool {
	var kv []string // keys that were given as k=v
	switch v := thing.(type) {
	case value.NoneType:
	case *value.Dict:
		t.Args = v
	case value.Str:
		params, err := ParseParams(v.String(), isFreeForm(module))
		if err != nil {
			ld.errs.Add(unbalanced(t, v.String(), at))
			return false
		}
		args := value.NewDict()
		for _, p := range params {
			key := value.NewMarkedStr(p.Key, value.Marks{Origin: value.OriginOf(v)})
			_ = args.Set(key, value.NewMarkedStr(p.Value, value.MarksOf(v))) // a text can be a key
			if p.Key != RawParams {
				kv = append(kv, "'"+p.Key+"'")
			}
		}
		t.Args = args
		if raw, ok := args.Stored(RawParams).(value.Str); ok && isTemplate(raw) && !TakesText(module) {
			t.ArgsTemplate = raw
			args.DeleteStr(RawParams)
		}
	default:
		ld.errs.Add(seenAt(t.Pos, refuse(at, "unexpected parameter type in action: "+typeName(thing), "the arguments of a module are a mapping or a text, not %s", kindOf(thing))))
		return false
	}
	return ld.mergeArgs(t, d, kv, value.OriginOf(thing))
}

// mergeArgs adds the arguments of the `args` keyword; the ones given with the module win.
func (ld *load) mergeArgs(t *Task, d *value.Dict, kv []string, at source.Pos) bool {
	const need = "A mapping or template which resolves to a mapping is required."
	extra := d.Stored("args")
	switch v := extra.(type) {
	case nil:
		return true
	case value.NoneType:
		ld.warn(helpedWarning("Ignoring empty task `args` keyword. This feature will be removed from ansible-core version 2.23.", need, t.Pos, "args is empty"))
		return true
	case *value.Dict:
		merged := v.Copy()
		for it := t.Args.Iterate(); it.Next(); {
			_ = merged.Set(it.Key(), it.Stored())
		}
		t.Args = merged
	case value.Str:
		if !isTemplate(v) {
			ld.errs.Add(badArgs(v))
			return false
		}
		t.ArgsTemplate = v
	default:
		ld.errs.Add(badArgs(v))
		return false
	}
	if len(kv) > 0 {
		slices.Sort(kv)
		ld.warn(helpedWarning("Merging legacy k=v args ("+strings.Join(kv, ", ")+") into task args. This feature will be removed from ansible-core version 2.23.",
			"Include all task args in the task `args` mapping.", at, "arguments as k=v beside args are deprecated"))
	}
	return true
}

func badArgs(v value.Value) *diag.Error {
	return helped("A mapping or template which resolves to a mapping is required.", seenAt(seenPlace(v), refuse(value.OriginOf(v), "The value of the task `args` keyword is invalid.",
		"args is a mapping, not %s", kindOf(v))))
}

// knownAction asks whether the module exists.
func (ld *load) knownAction(t *Task) bool {
	switch t.ActionName() {
	case "include_tasks", "include_role", "import_tasks", "import_role", "meta":
		return true
	case "include":
		ld.errs.Add(exitsWith(exitError, seenAt(t.Pos, refuse(t.ActionPos, "The 'ansible.builtin.include' action plugin has been removed. Use include_tasks or import_tasks instead. "+
			"This feature was removed from ansible-core in a release after 2023-05-16.", "include was removed from Ansible").Hint("use include_tasks or import_tasks"))))
		return false
	}
	if e := ld.retired(t.Action, t.ActionPos, t.collections()); e != nil {
		ld.errs.Add(seenAt(t.Pos, e))
		return false
	}
	ld.warnMissing(t.Action, t.ActionPos, t.collections())
	if ld.Action == nil || ld.Action(t.Action, t.collections()) {
		return true
	}
	e := seenAt(t.Pos, refuse(t.ActionPos, fmt.Sprintf("couldn't resolve module/action '%s'. This often indicates a misspelling, missing collection, or incorrect module path.", t.Action),
		"no module named %q", t.Action))
	if ld.NearAction != nil {
		if near := ld.NearAction(t.Action); near != "" {
			e = e.Hint("did you mean %q?", near)
		}
	}
	ld.errs.Add(e)
	return false
}

// retired refuses a module that its collection has removed, and warns of one that it will remove.
func (ld *load) retired(action string, at source.Pos, collections []string) *diag.Error {
	if ld.Retired == nil {
		return nil
	}
	told, gone := ld.Retired(action, collections)
	switch {
	case gone:
		return exitsWith(exitError, refuse(at, told, "the module %q is no longer in its collection", action).Hint("%s", told))
	case told != "":
		w := diag.Errorf(at, "%s", told)
		w.Cause = &Verdict{Msg: told, Deprecated: true}
		ld.warn(w)
	}
	return nil
}

// warnMissing warns of collections that are not there while an action is looked for.
func (ld *load) warnMissing(action string, at source.Pos, collections []string) {
	if ld.MissingPlugins == nil {
		return
	}
	for _, text := range ld.MissingPlugins(action, collections) {
		w := diag.Errorf(at, "%s", text)
		w.Cause = &Verdict{Msg: text}
		ld.warn(w)
	}
}

// isFreeForm reports whether a module's text is a command in which only its own options count as k=v.
func isFreeForm(module string) bool {
	switch strings.TrimPrefix(BuiltinName(module), "ansible.windows.") {
	case "command", "shell", "script", "raw", "win_command", "win_shell":
		return true
	}
	return false
}

// TakesText reports whether an action works with text that is no k=v.
func TakesText(module string) bool {
	if isFreeForm(module) {
		return true
	}
	switch BuiltinName(module) {
	case "add_host", "group_by", "include_vars", "meta", "set_fact", "include_tasks", "import_tasks", "include_role", "import_role":
		return true
	}
	return false
}
