package files

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "community.general.ini_file", Redirects: []string{"ansible.builtin.ini_file"}, Check: module.Full, Diff: module.Full, FileArgs: true, Run: runIniFile,
	Args: module.Args{
		{Name: "path", Aliases: []string{"dest"}, Type: module.Path, Required: true, Help: "The file."},
		{Name: "section", Help: "The section; none is what stands before the first."},
		{Name: "section_has_values", Type: module.List, Elements: module.Dict, Help: "Of several sections of that name, the one with these options.", Options: module.Args{
			{Name: "option", Required: true, Help: "An option of the section."},
			{Name: "value", Help: "Its value."},
			{Name: "values", Type: module.List, Help: "Its values."},
		}, Rules: module.Rules{MutuallyExclusive: [][]string{{"value", "values"}}}},
		{Name: "option", Help: "The option; none with state absent is the whole section."},
		{Name: "value", Help: "The value."},
		{Name: "values", Type: module.List, Help: "The values of an option that stands more than once."},
		{Name: "backup", Type: module.Bool, Default: false, Help: "Keep a copy of the file as it was."},
		{Name: "state", Default: "present", Choices: []string{"absent", "present"}, Help: "Whether the option is there."},
		{Name: "exclusive", Type: module.Bool, Default: true, Help: "The option has these values and no others."},
		{Name: "no_extra_spaces", Type: module.Bool, Default: false, Help: "Write no blanks around the equals sign."},
		{Name: "ignore_spaces", Type: module.Bool, Default: false, Help: "Leave a line alone that differs in blanks alone."},
		{Name: "create", Type: module.Bool, Default: true, Help: "Make the file if it is not there."},
		{Name: "allow_no_value", Type: module.Bool, Default: false, Help: "An option may stand without value and equals sign."},
		{Name: "modify_inactive_option", Type: module.Bool, Default: true, Help: "Put the option in the place of one that is commented out."},
		{Name: "follow", Type: module.Bool, Default: false, Help: "Write through a link at path."},
	},
	Rules: module.Rules{MutuallyExclusive: [][]string{{"value", "values"}}},
	Doc: module.Doc{
		Short: "Options in a file of sections.",
		Notes: []string{"An option without value takes its value in place; Ansible adds a line at each run when allow_no_value is set."},
		Examples: `- community.general.ini_file:
    path: /etc/app.ini
    section: mail
    option: host
    value: mail.example.org
    mode: "0644"
`,
		Returns: []module.Return{
			{Name: "path", Type: "str", When: "always", Help: "The file."},
			{Name: "backup_file", Type: "str", When: "changed and backup", Help: "The copy of the file as it was."},
		},
	},
})

func runIniFile(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	if !p.Has("value") && len(p.List("values")) == 0 && p.Str("state") == "present" && !p.Bool("allow_no_value") {
		return module.Fail("Parameter 'value(s)' must be defined if state=present and allow_no_value=False."), nil
	}
	dest := p.Str("path")
	if p.Bool("follow") {
		dest = sys.Realpath(dest)
	}
	ini := &iniFile{p: p, has: sectionValues(p)}
	before, exists := "", false
	if _, err := sys.Stat(dest); err == nil {
		b, err := target.ReadFile(sys, dest)
		if err != nil {
			return module.Raise(strings.Replace(fileattr.PyError(err, dest), "b'", "'", 1)), nil
		}
		before, exists = newlines.Replace(string(b)), true
	} else if !p.Bool("create") {
		return module.Fail("Destination %s does not exist!", dest).With("rc", 257), nil
	}
	ini.read(strings.TrimPrefix(before, "\ufeff"))
	ini.apply()
	r, err := ini.finish(ctx, sys, dest, before, exists)
	return fileattr.Answer(sys, r, err)
}

// sectionValues reads section_has_values; what is shown of the argument has the list of values filled in.
func sectionValues(p *module.Params) []iniOption {
	var out []iniOption
	shown := value.NewList()
	for _, v := range p.List("section_has_values") {
		s := p.Sub(v)
		o := iniOption{name: s.Str("option"), values: s.Strs("values")}
		if s.Has("value") {
			o.values = append(o.values, s.Str("value"))
		}
		out = append(out, o)
		d := v.(*value.Dict).Copy()
		if s.Has("value") {
			d.SetStr("values", module.V(o.values))
		}
		shown.Append(d)
	}
	if len(out) > 0 {
		p.Show("section_has_values", shown)
	}
	return out
}

// finish writes what has changed, sets the attributes and gives the result.
func (f *iniFile) finish(ctx context.Context, sys target.System, dest, before string, exists bool) (module.Result, error) {
	p := f.p
	after := strings.Join(f.lines, "")
	r := module.Result{Changed: f.msg != "OK", HasMsg: true, Msg: f.msg}
	if r.Changed && !p.Check {
		if !exists {
			if err := makeAll(sys, path.Dir(dest)); err != nil {
				return module.Fail("Error when creating %s (%s)", path.Dir(dest), fileattr.PyError(err, path.Dir(dest))), nil
			}
		}
		if p.Bool("backup") && exists {
			name, err := fileattr.Backup(sys, dest)
			if err != nil {
				return r, err
			}
			r.Set("backup_file", name)
		}
		if err := placeText(ctx, sys, dest, after, p); err != nil {
			return r, err
		}
	}
	if _, err := sys.Lstat(dest); err == nil && !p.Check {
		did, err := fileattr.Of(p).Apply(sys, dest, p.Check, nil)
		if err != nil {
			return r, err
		}
		r.Changed = r.Changed || did
	}
	d := value.DictOf("before", value.NewStr(""), "after", value.NewStr(""))
	if p.Diff {
		d.SetStr("before", value.NewStr(strings.TrimPrefix(before, "\ufeff")))
		d.SetStr("after", value.NewStr(after))
	}
	r.Diff = named(d, p.Str("path")+" (content)")
	r.Set("path", p.Str("path"))
	fileattr.AddInfo(sys, p.Str("path"), &r)
	return r, nil
}

// placeText replaces what is at a path by a file with the text; a link gives way to the file.
func placeText(ctx context.Context, sys target.System, dest, text string, p *module.Params) error {
	tmp, err := fileattr.NewTemp(sys, dest, strings.NewReader(text))
	if err != nil {
		return &fileattr.Failure{Msg: "Unable to create temporary file: " + fileattr.PyError(err, dest)}
	}
	if ctx.Err() != nil {
		tmp.Discard()
		return ctx.Err()
	}
	if err := tmp.Replace(fileattr.KeepDest, p.Bool("unsafe_writes")); err != nil {
		return &fileattr.Failure{Msg: "Unable to move temporary file " + tmp.Name() + " to " + dest + ": " + fileattr.PyError(err, dest)}
	}
	return nil
}

// iniOption is an option with its values.
type iniOption struct {
	name   string
	values []string
}

// newlines reads the ends of lines as Python does in text files: all are "\n", and are so when the file is written.
var newlines = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// iniFile is the text of a file, by lines with their ends, while it is changed.
type iniFile struct {
	p     *module.Params
	has   []iniOption
	lines []string
	msg   string
}

func (f *iniFile) read(text string) {
	f.lines, f.msg = keepEnds(text), "OK"
	if len(f.lines) == 0 {
		f.lines = []string{"\n"}
	}
	last := len(f.lines) - 1
	f.lines[last] = ended(f.lines[last])
}

// iniLine is a line taken apart.
type iniLine struct {
	inactive bool // commented out
	name     string
	value    string
	equals   bool
}

// parseIni takes a line apart; the name is empty when it is no option.
func parseIni(line string) iniLine {
	s := strings.TrimRight(strings.TrimLeft(line, " \t"), "\r\n")
	l := iniLine{}
	if s != "" && (s[0] == '#' || s[0] == ';') {
		l.inactive = true
		s = strings.TrimLeft(s[1:], " \t")
	}
	name, v, equals := strings.Cut(s, "=")
	l.name, l.value, l.equals = strings.TrimRight(name, " \t"), strings.TrimSpace(v), equals
	return l
}

// header gives the name of the section that a line begins.
func header(line string) (string, bool) {
	s := strings.TrimRight(line, " \t\r\n")
	if !strings.HasPrefix(s, "[") || !strings.HasSuffix(s, "]") {
		return "", false
	}
	return strings.TrimSpace(s[1 : len(s)-1]), true
}

// find gives the lines of the section, behind its head; -1 when it is not there.
func (f *iniFile) find() (start, end int) {
	section := f.p.Str("section")
	start = -1
	if !f.p.Has("section") || section == "" {
		start = 0
	}
	for i, line := range f.lines {
		if !strings.HasPrefix(line, "[") {
			continue
		}
		if start >= 0 && f.matches(start, i) {
			return start, i
		}
		start = -1
		if name, ok := header(line); ok && name == section && section != "" {
			start = i + 1
		}
	}
	if start >= 0 && f.matches(start, len(f.lines)) {
		return start, len(f.lines)
	}
	return -1, -1
}

// matches reports whether the lines have all options of section_has_values.
func (f *iniFile) matches(start, end int) bool {
	for _, want := range f.has {
		ok := len(want.values) == 0
		for _, line := range f.lines[start:end] {
			l := parseIni(line)
			if !l.inactive && l.name == want.name && (slices.Contains(want.values, l.value) || len(want.values) == 0 && !l.equals) {
				ok = true
			}
		}
		if !ok {
			return false
		}
	}
	return true
}

// text writes an option.
func (f *iniFile) text(name, v string) string {
	if f.p.Bool("no_extra_spaces") {
		return name + "=" + v + "\n"
	}
	return name + " = " + v + "\n"
}

// values are the wanted values; an option without value is one that is nil.
func (f *iniFile) values() []*string {
	var out []*string
	for _, v := range f.p.Strs("values") {
		out = append(out, &v)
	}
	if f.p.Has("value") {
		v := f.p.Str("value")
		out = append(out, &v)
	}
	if len(out) == 0 {
		out = append(out, nil)
	}
	return out
}

// apply changes the lines.
func (f *iniFile) apply() {
	start, end := f.find()
	name := f.p.Str("option")
	absent := f.p.Str("state") == "absent"
	switch {
	case start < 0 && !absent:
		f.addSection(name)
	case start < 0:
	case absent && name == "":
		if f.p.Str("section") != "" {
			start-- // the head too
		}
		f.replace(start, end, nil, "section removed")
	case absent:
		f.replace(start, end, f.without(f.lines[start:end], name), "option changed")
	case name != "":
		f.set(start, end, name)
	}
}

func (f *iniFile) replace(start, end int, by []string, msg string) {
	if !slices.Equal(f.lines[start:end], by) {
		f.lines = slices.Concat(f.lines[:start], by, f.lines[end:])
		f.msg = msg
	}
}

func (f *iniFile) addSection(name string) {
	var add []string
	if s := f.p.Str("section"); s != "" {
		add = append(add, "["+s+"]\n")
	}
	for _, o := range f.has {
		for _, v := range o.values {
			add = append(add, f.text(o.name, v))
		}
	}
	f.msg = "only section added"
	if name != "" {
		f.msg = "section and option added"
		for _, v := range f.values() {
			add = append(add, f.line(name, v))
		}
	}
	f.lines = append(f.lines, add...)
}

func (f *iniFile) line(name string, v *string) string {
	if v == nil {
		return name + "\n"
	}
	return f.text(name, *v)
}

// without leaves an option out, or those of its values that are named when it is not exclusive.
func (f *iniFile) without(lines []string, name string) []string {
	var out []string
	for _, line := range lines {
		l := parseIni(line)
		if !l.inactive && l.name == name && (f.p.Bool("exclusive") || slices.ContainsFunc(f.values(), func(v *string) bool { return v != nil && *v == l.value })) {
			continue
		}
		out = append(out, line)
	}
	return out
}

// set gives an option its values in the lines of its section.
func (f *iniFile) set(start, end int, name string) {
	lines := slices.Clone(f.lines[start:end])
	left := f.values()
	done := make([]bool, len(lines)) // has one of the values
	is := func(i int, inactive bool) bool {
		l := parseIni(lines[i])
		return l.name == name && (!l.inactive || inactive)
	}
	msg := "option changed"
	take := func(i, n int) {
		lines[i] = f.rewritten(lines[i], f.line(name, left[n]))
		left, done[i] = slices.Delete(slices.Clone(left), n, n+1), true
	}
	for i := range lines { // values that are there already
		l := parseIni(lines[i])
		if !is(i, false) {
			continue
		}
		if n := slices.IndexFunc(left, func(v *string) bool { return v == nil && !l.equals || v != nil && l.equals && *v == l.value }); n >= 0 {
			take(i, n)
		}
	}
	naked := func(i int) bool { return !parseIni(lines[i]).equals } // an option without value takes one
	for i := range lines {
		inactive := f.p.Bool("modify_inactive_option")
		if len(left) > 0 && !done[i] && is(i, inactive) && (f.p.Bool("exclusive") || naked(i)) {
			take(i, 0)
		}
	}
	if f.p.Bool("exclusive") {
		var kept []string
		for i := range lines {
			if done[i] || !is(i, f.p.Bool("modify_inactive_option")) {
				kept = append(kept, lines[i])
			}
		}
		lines = kept
	}
	if len(left) > 0 {
		msg = "option added"
		at := 0
		for i, line := range lines {
			if l := parseIni(line); !l.inactive && l.name != "" {
				at = i + 1
			}
		}
		var add []string
		for _, v := range left {
			add = append(add, f.line(name, v))
		}
		lines = slices.Insert(lines, at, add...)
	}
	f.replace(start, end, lines, msg)
}

// rewritten is the line that takes the place of old: old itself when only blanks differ and that is to be ignored.
func (f *iniFile) rewritten(old, fresh string) string {
	a, b := parseIni(old), parseIni(fresh)
	if f.p.Bool("ignore_spaces") && a == b {
		return old
	}
	return fresh
}
