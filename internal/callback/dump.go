package callback

import (
	"strings"
	"unicode"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/secret"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

// noLogText is what stands for a result that no_log hides.
const noLogText = "the output has been hidden due to the fact that 'no_log: true' was specified for this result"

// Format is how results are written, the options result_format and pretty_results.
type Format struct {
	YAML   bool
	Pretty *bool // nil: as the format has it
}

// dumper writes results as text.
type dumper struct {
	verbosity int
	mask      bool
	format    Format
	general   bool // as the callback community.general.yaml has it
	sections  bool // as the callback ansible.posix.debug has it
	items     bool // with the results of items, which were not shown one by one
	context   int  // lines of a diff around what changed
}

func newDumper(o Options) dumper {
	d := dumper{verbosity: o.Verbosity, mask: o.Mask, format: o.Format, context: 3}
	if o.Context != nil {
		d.context = *o.Context
	}
	return d
}

// itemsDumper shows the results of a loop's items in that of the loop.
func itemsDumper(o Options) dumper {
	d := newDumper(o)
	d.items = true
	return d
}

// verbose gives the dump of a result after lead, where the verbosity or the action asks for it.
func (d dumper) verbose(lead, action string, r *result.Result) string {
	if r.VerboseAlways && r.Status == result.OK && !r.NoLog {
		return lead + d.dump(action, r)
	}
	if d.verbosity < 1 || r.Quiet {
		return ""
	}
	return lead + d.dump(action, r)
}

// dump gives a result's values as JSON with sorted keys, in one line, or indented where the action or -vvv asks for it; or
// as YAML.
func (d dumper) dump(action string, r *result.Result) string {
	values := d.shown(action, r)
	switch {
	case d.general && r.NoLog:
		return jsonText(value.DictOf("censored", value.NewStr("T"+noLogText[1:])), false, "")
	case d.general:
		return generalYAML(values)
	case d.sections:
		return sections(values)
	case d.format.YAML:
		return d.yaml(values, "    ")
	}
	multiline := d.verbosity > 2 || r.VerboseAlways && !r.NoLog
	if d.format.Pretty != nil {
		multiline = *d.format.Pretty
	}
	indent := ""
	if multiline {
		indent = "    "
	}
	return jsonText(values, multiline, indent)
}

// failed gives the values of a result that failed, all of them.
func (d dumper) failed(r *result.Result) string {
	with := *r
	with.Values = r.Values.Copy()
	if !with.Values.Has("changed") {
		with.Values.SetStr("changed", value.Bool(r.Changed))
	}
	return d.dump("", &with)
}

// flat gives values without line ends, as Ansible shows custom stats.
func (d dumper) flat(v *value.Dict) string {
	var text string
	if d.format.YAML {
		text = d.yaml(v, " ")
	} else {
		text = jsonText(d.masked(v), true, " ")
	}
	return strings.ReplaceAll(text, "\n", "")
}

func jsonText(v value.Value, multiline bool, indent string) string {
	text, err := value.AppendJSON(nil, v, value.JSONOptions{
		Multiline: multiline, Indent: indent, SortKeys: true, Unicode: true, Default: reprOf,
	})
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// yaml gives values as YAML in lines of their own. Unless it is told not to, it makes them nice to read: a list of lines
// beside a text that has them is left out, and texts of several lines are written as such.
func (d dumper) yaml(v *value.Dict, prefix string) string {
	pretty := d.format.Pretty == nil || *d.format.Pretty
	o := yaml.DumpOptions{Flow: yaml.Block, SortKeys: true, Unicode: true, Literal: asItIs}
	if pretty {
		o.Indent, o.Literal = 4, literal
		v = withoutLines(v)
	}
	text, err := yaml.Dump(v, o)
	if err != nil {
		return err.Error()
	}
	return "\n" + strings.TrimRight(indented(text, prefix), "\n")
}

// indented puts a prefix before each line that is not blank.
func indented(text, prefix string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) != "" {
			b.WriteString(prefix)
		}
		b.WriteString(line)
	}
	return b.String()
}

// withoutLines leaves out the lists of lines beside texts.
func withoutLines(v *value.Dict) *value.Dict {
	out := v.Copy()
	for _, key := range []string{"stdout", "stderr"} {
		if out.Has(key) && out.Has(key+"_lines") {
			out.SetStr(key+"_lines", value.NewStr("<omitted>"))
		}
	}
	return out
}

// asItIs tells which texts have several lines.
func asItIs(text string) (string, bool) {
	return text, strings.ContainsAny(text, "\n\r\u2028\u2029\u0085\x1c\x1d\x1e")
}

// literal makes a text of several lines nice to read: without what can't be printed and blanks at the ends of lines.
func literal(text string) (string, bool) {
	if _, several := asItIs(text); !several {
		return text, false
	}
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		l = strings.Map(func(c rune) rune {
			if c != '\t' && !unicode.IsPrint(c) {
				return -1
			}
			return c
		}, l)
		lines[i] = strings.TrimRight(expandTabs(l), " ")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), " \n"), true
}

func expandTabs(line string) string {
	if !strings.Contains(line, "\t") {
		return line
	}
	var b strings.Builder
	column := 0
	for _, c := range line {
		if c != '\t' {
			b.WriteRune(c)
			column++
			continue
		}
		n := 8 - column%8
		b.WriteString(strings.Repeat(" ", n))
		column += n
	}
	return b.String()
}

func reprOf(v value.Value) (value.Value, error) {
	text, err := value.Text(v)
	return value.NewStr(text), err
}

// shown chooses what of a result is shown, as Ansible's default callback does.
func (d dumper) shown(action string, r *result.Result) *value.Dict {
	out := value.NewDict()
	if r.NoLog {
		return d.censored(action, r)
	}
	debug := isDebug(action)
	values := d.valuesOf(r)
	for it := values.Iterate(); it.Next(); {
		key, ok := it.Key().(value.Str)
		if !ok || hidden(key.String(), d.verbosity) || debug && hiddenInDebug(key.String(), values.Has("msg")) {
			continue
		}
		out.SetStr(key.String(), d.masked(it.Stored()))
	}
	switch {
	case r.Status == result.Unreachable:
		out.SetStr("changed", value.False)
		out.SetStr("unreachable", value.True)
	case debug:
	case r.Values != nil && r.Values.Has("changed"):
		out.SetStr("changed", value.Bool(r.Changed))
	}
	return out
}

// valuesOf gives the values of a result, with those of its items.
func (d dumper) valuesOf(r *result.Result) *value.Dict {
	if r.Loop && d.items {
		if v, err := r.Registered(); err == nil {
			return v.(*value.Dict)
		}
	}
	if r.Values == nil {
		return value.NewDict()
	}
	return r.Values
}

// censored is what is shown of a result that no_log hides, and of its items.
func (d dumper) censored(action string, r *result.Result) *value.Dict {
	out := censored(action, r)
	if d.items && r.Loop {
		items := value.NewList()
		for _, i := range r.Items {
			item := censored(action, i)
			if i.Status == result.Unreachable {
				item.SetStr("exception", value.NewStr(result.NoTraceback))
			}
			items.Append(item)
		}
		out.SetStr("results", items)
	}
	return out
}

// censored is what is shown of a result that no_log hides.
func censored(action string, r *result.Result) *value.Dict {
	if isDebug(action) {
		return value.DictOf("censored", value.NewStr(noLogText))
	}
	out := value.DictOf("censored", value.NewStr(noLogText), "changed", value.Bool(r.Changed))
	if r.Attempts > 0 {
		out.SetStr("attempts", value.NewInt(int64(r.Attempts)))
	}
	return out
}

func hidden(key string, verbosity int) bool {
	switch key {
	case "diff", "failed", "skipped", "warnings", "deprecations", "exception":
		return true
	case "invocation":
		return verbosity < 3
	}
	return strings.HasPrefix(key, "_ansible_")
}

// hiddenInDebug leaves of a debug's result its message alone, or the variable that it shows.
func hiddenInDebug(key string, hasMsg bool) bool {
	if hasMsg {
		return key != "msg"
	}
	switch key {
	case "changed", "invocation", "skip_reason", "ansible_loop_var", "ansible_index_var", "ansible_loop":
		return true
	}
	return false
}

func isDebug(action string) bool { return action == "debug" || action == "ansible.builtin.debug" }

// itemLabel is what stands for the item of a loop; no_log hides it.
func (d dumper) itemLabel(r *result.Result) string {
	if r.NoLog {
		return "(censored due to no_log)"
	}
	if r.Item == nil || r.Item.Label == nil {
		return "None"
	}
	text, err := value.Text(d.masked(r.Item.Label))
	if err != nil {
		return "(undefined)"
	}
	return text
}

// masked gives v as it may be shown.
func (d dumper) masked(v value.Value) value.Value {
	if !d.mask {
		return v
	}
	return masked(v)
}

// masked gives v with every secret scalar in it replaced by stars. Longer secrets are also masked by their text, where
// the output passes the redactor; short ones by this mark alone.
func masked(v value.Value) value.Value {
	if value.IsSecret(v) {
		switch v.(type) {
		case *value.Dict, *value.List, value.Tuple, *value.Set:
		default:
			return value.NewStr(secret.Mask)
		}
	}
	switch v := v.(type) {
	case *value.List:
		out := make([]value.Value, v.Len())
		for i, e := range v.Stored() {
			out[i] = masked(e)
		}
		return value.NewList(out...)
	case value.Tuple:
		out := make([]value.Value, v.Len())
		for i, e := range v.Elems() {
			out[i] = masked(e)
		}
		return value.NewTuple(out...)
	case *value.Dict:
		out := value.NewDict()
		for it := v.Iterate(); it.Next(); {
			_ = out.Set(it.Key(), masked(it.Stored()))
		}
		return out
	}
	return v
}
