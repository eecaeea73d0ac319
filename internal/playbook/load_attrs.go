package playbook

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// attrs reads the keywords of d, a thing that Ansible calls class ("Play", "Block", "Task"). other is asked for each key that
// is none, or none there, and says whether it is dealt with elsewhere. ok is false when something was wrong.
func (ld *load) attrs(d *value.Dict, on Place, class string, other func(key string, pos source.Pos, v value.Value) bool) (attrs Attrs, ok bool) {
	ok = true
	attrs = make(Attrs, 0, d.Len())
	for it := d.Iterate(); it.Next(); {
		key, pos := keyText(it.Key()), value.OriginOf(it.Key())
		if !pos.IsValid() {
			pos = value.OriginOf(d)
		}
		v := it.Stored()
		k, known := KeywordNamed(key)
		if !known || !k.AllowedOn(on) {
			if !other(key, pos, v) {
				ld.errs.Add(unknownKeyword(key, pos, on, class))
				ok = false
			}
			continue
		}
		if err := ld.checkKeyword(k, v, pos, value.OriginOf(d), class); err != nil {
			ld.errs.Add(err)
			ok = false
			continue
		}
		attrs.set(k, pos, v)
	}
	return attrs, ok
}

// keyText gives a key as a text; a key that is no text is none of ours in any case.
func keyText(k value.Value) string {
	if s, ok := k.(value.Str); ok {
		return s.String()
	}
	s, err := value.Text(k)
	if err != nil {
		return k.Type()
	}
	return s
}

func unknownKeyword(key string, pos source.Pos, on Place, class string) *diag.Error {
	e := refuse(pos, fmt.Sprintf("'%s' is not a valid attribute for a %s", key, class), "%q is no keyword of a %s", key, className(class))
	if near := nearest(key, keywordNames(on)); near != "" {
		return e.Hint("did you mean %q?", near)
	}
	if k, known := KeywordNamed(key); known {
		return e.Hint("%q belongs on %s", key, placesOf(k))
	}
	return e
}

// nearest is diag.Nearest, but a name that only misses letters comes first: "taks" is "tasks" rather than "tags".
func nearest(name string, candidates []string) string {
	var longer []string
	for _, c := range candidates {
		rest := name
		for i := 0; i < len(c) && rest != ""; i++ {
			if c[i] == rest[0] {
				rest = rest[1:]
			}
		}
		if rest == "" {
			longer = append(longer, c)
		}
	}
	if near := diag.Nearest(name, longer); near != "" {
		return near
	}
	return diag.Nearest(name, candidates)
}

// className gives our word for Ansible's name of a class.
func className(class string) string {
	switch class {
	case "Play":
		return "play"
	case "Block":
		return "block"
	case "Task":
		return "task"
	case "Handler":
		return "handler"
	case "TaskInclude", "HandlerTaskInclude":
		return "task that includes tasks"
	case "IncludeRole":
		return "task that includes a role"
	case "PlaybookInclude":
		return "import_playbook"
	case "LoopControl":
		return "loop_control"
	case "RoleMetadata":
		return "role's meta/main.yml"
	}
	return class
}

// placesOf names what a keyword may stand on.
func placesOf(k Keyword) string {
	names := ""
	for _, p := range []struct {
		on   Place
		name string
	}{{OnPlay, "plays"}, {OnRole, "roles"}, {OnBlock, "blocks"}, {OnTask, "tasks"}, {OnHandler, "handlers"}} {
		if k.AllowedOn(p.on) {
			if names != "" {
				names += ", "
			}
			names += p.name
		}
	}
	return names
}

// checkKeyword refuses what is wrong with a keyword's value whatever templates give: what Ansible refuses while it
// loads. The rest is found when the value is templated.
func (ld *load) checkKeyword(k Keyword, v value.Value, key, object source.Pos, class string) *diag.Error {
	at := value.OriginOf(v)
	if !at.IsValid() {
		at = key
	}
	if keywords[k].typ == StringType && k != Register && (isList(v) || isDict(v)) {
		field := k
		if k == UserKeyword {
			field = RemoteUser
		}
		return seenAt(object, refuse(at, fmt.Sprintf("The field '%s' is supposed to be a string type, however the incoming data structure is a %s", field, typeName(v)),
			"%s is a text, not %s", k, kindOf(v)))
	}
	switch k {
	case Vars:
		return checkVars(v, at, class)
	case Tags:
		_, isText := v.(value.Str)
		if !isText && !isList(v) {
			return exitsWith(exitError, seenAt(seenPlace(v), refuse(at, "tags must be specified as a list", "tags are a list or a text, not %s", kindOf(v))))
		}
		if l, ok := v.(*value.List); ok {
			return checkTags(l)
		}
	case Register:
		return checkRegister(v, at)
	case LoopControl:
		return ld.checkLoopControl(v, at)
	case Listen, Collections:
		return checkTexts(k, v, object)
	case ModuleDefaults:
		if e := checkModuleDefaults(v, at); e != nil {
			return e
		}
		return ld.resolveDefaults(v)
	}
	return nil
}

func isList(v value.Value) bool {
	_, ok := v.(*value.List)
	return ok
}

// checkTags refuses what can be no tag; Ansible ends with an exception of Python's there.
func checkTags(l *value.List) *diag.Error {
	for _, e := range l.Stored() {
		if isDict(e) {
			return unexpected(refuse(value.OriginOf(e), "Unexpected Exception, this is probably a bug: unhashable type: '_AnsibleTaggedDict'",
				"a tag is a text, not a mapping"))
		}
	}
	return nil
}

func checkVars(v value.Value, at source.Pos, class string) *diag.Error {
	if v == value.None {
		return nil
	}
	d, ok := v.(*value.Dict)
	if !ok {
		return seenAt(seenPlace(v), refuse(at, "Vars in a "+class+" must be specified as a dictionary.", "vars are a mapping of names to values, not %s", kindOf(v))).
			Hint("write \"vars:\" and below it one \"name: value\" a line")
	}
	return checkNames(d)
}

// checkNames refuses keys that are no names of variables.
func checkNames(d *value.Dict) *diag.Error {
	for it := d.Iterate(); it.Next(); {
		if msg := badName(it.Key()); msg != "" {
			return exitsWith(exitError, helped(NameHelp, refuse(value.OriginOf(it.Key()), msg, "%q is no name for a variable", keyText(it.Key()))).
				Hint("a name begins with a letter or an underscore and has letters, digits and underscores"))
		}
	}
	return nil
}

// ShownName is a name as Python shows it, in quotes.
func ShownName(name value.Str) string {
	shown, err := value.Repr(value.NewStr(name.String()))
	if err != nil {
		return name.String()
	}
	return shown
}

// NameHelp is what ansible-core says of a name that no variable may have.
const NameHelp = "Variable names must be strings starting with a letter or underscore character, and contain only letters, numbers and underscores."

// badName gives what ansible-core says to a name that no variable can have, or "".
func badName(v value.Value) string {
	s, ok := v.(value.Str)
	switch {
	case ok && IsName(s.String()):
		return ""
	case ok:
		return "Invalid variable name " + ShownName(s) + "."
	}
	switch v.(type) {
	case value.Int, value.Float, value.Bool:
		return fmt.Sprintf("Invalid variable name '%s' of type '%s'.", keyText(v), v.Type())
	}
	return fmt.Sprintf("Invalid variable name of type '%s'.", v.Type())
}

// IsName reports whether a variable may have that name: a letter or underscore, then letters, digits and underscores, all
// of them ASCII.
func IsName(name string) bool {
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z':
		case i > 0 && c >= '0' && c <= '9':
		default:
			return false
		}
	}
	return name != ""
}

func checkRegister(v value.Value, at source.Pos) *diag.Error {
	if v == value.None {
		return nil
	}
	msg := badName(v)
	if msg == "" {
		return nil
	}
	return because(&Verdict{Msg: msg, Pos: at, Help: NameHelp}, refuse(at, "Invalid 'register' specified.", "register needs the name of a variable").
		Hint("a name begins with a letter or an underscore, has letters, digits and underscores, and is no template"))
}

// checkTexts refuses lists whose elements are no texts, of keywords that are no templates.
// object is the place of what has the keyword.
func checkTexts(k Keyword, v value.Value, object source.Pos) *diag.Error {
	for _, e := range listOf(v) {
		if _, ok := e.(value.Str); !ok && e != value.None {
			p := value.OriginOf(e)
			if !p.IsValid() {
				p = object
			}
			return refuse(p, fmt.Sprintf("Keyword '%s' items must be of type 'str', not '%s'.", k, e.Type()), "%s is a list of texts, not of %s", k, e.Type())
		}
	}
	return nil
}

var loopControlKeys = []string{"loop_var", "index_var", "label", "pause", "extended", "extended_allitems", "break_when"}

func (ld *load) checkLoopControl(v value.Value, at source.Pos) *diag.Error {
	d, ok := v.(*value.Dict)
	if !ok {
		return seenAt(seenPlace(v), refuse(at, "the `loop_control` value must be specified as a dictionary and cannot be a variable itself (though it can contain variables)",
			"loop_control is a mapping, not %s", kindOf(v)))
	}
	for it := d.Iterate(); it.Next(); {
		key := keyText(it.Key())
		known := false
		for _, k := range loopControlKeys {
			known = known || k == key
		}
		if !known {
			e := refuse(value.OriginOf(it.Key()), fmt.Sprintf("'%s' is not a valid attribute for a LoopControl", key), "loop_control has no %q", key)
			if near := diag.Nearest(key, loopControlKeys); near != "" {
				e = e.Hint("did you mean %q?", near)
			}
			return e
		}
	}
	return nil
}

func checkModuleDefaults(v value.Value, at source.Pos) *diag.Error {
	if v == value.None {
		return nil
	}
	for _, e := range listOf(v) {
		if d, ok := e.(*value.Dict); ok {
			for it := d.Iterate(); it.Next(); {
				if s, ok := it.Key().(value.Str); !ok || isTemplate(s) {
					return badModuleDefaults(value.OriginOf(it.Key()))
				}
			}
			continue
		}
		return seenAt(seenPlace(e), badModuleDefaults(at))
	}
	return nil
}

// resolveDefaults refuses modules and groups that are nowhere.
func (ld *load) resolveDefaults(v value.Value) *diag.Error {
	if ld.Action == nil || ld.HasCollection == nil {
		return nil
	}
	for _, e := range listOf(v) {
		d, ok := e.(*value.Dict)
		if !ok {
			continue
		}
		for it := d.Iterate(); it.Next(); {
			name, at := keyText(it.Key()), value.OriginOf(it.Key())
			if !at.IsValid() {
				continue
			}
			if group, isGroup := strings.CutPrefix(name, "group/"); isGroup {
				if _, ok := ld.ActionGroup(group, filepath.Dir(at.File.Name())); !ok && !ld.HasCollection(group) {
					if !strings.Contains(group, ".") {
						group = "ansible.builtin." + group
					}
					return seenAt(source.Pos{}, refuse(at, "Error loading module_defaults: could not resolve the module_defaults group "+group, "no collection has a group of modules %q", group))
				}
				continue
			}
			if e := ld.retired(name, at, nil); e != nil {
				return seenAt(source.Pos{}, e)
			}
			ld.warnMissing(name, at, nil)
			if !ld.Action(name, nil) {
				full := name
				if !strings.Contains(name, ".") {
					full = "ansible.legacy." + name
				}
				return seenAt(source.Pos{}, refuse(at, "Could not resolve action "+full+" in module_defaults", "no module named %q", name))
			}
		}
	}
	return nil
}

func badModuleDefaults(at source.Pos) *diag.Error {
	return refuse(at, "The field 'module_defaults' is supposed to be a dictionary or list of dictionaries, the keys of which must be static action, module, or group names. "+
		"Only the values may contain templates. For example: {'ping': \"{{ ping_defaults }}\"}", "module_defaults are a mapping of modules or group/… to arguments")
}
