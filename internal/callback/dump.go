package callback

import (
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/secret"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// noLogText is what stands for a result that no_log hides.
const noLogText = "the output has been hidden due to the fact that 'no_log: true' was specified for this result"

// verbose gives the dump of a result after lead, where the verbosity or the action asks for it.
func (d *Default) verbose(lead, action string, r *result.Result) string {
	if r.VerboseAlways && r.Status == result.OK && !r.NoLog {
		return lead + d.dump(action, r)
	}
	return d.verboseFrom(1, lead, action, r)
}

func (d *Default) verboseFrom(level int, lead, action string, r *result.Result) string {
	if d.o.Verbosity < level || r.Quiet || r == nil {
		return ""
	}
	return lead + d.dump(action, r)
}

// dump gives a result's values as JSON with sorted keys: in one line, or indented where the action or -vvv asks for it.
func (d *Default) dump(action string, r *result.Result) string {
	values := d.shown(action, r)
	multiline := d.o.Verbosity > 2 || r.VerboseAlways
	text, err := value.AppendJSON(nil, values, value.JSONOptions{
		Multiline: multiline, Indent: "    ", SortKeys: true, Unicode: true, Default: reprOf,
	})
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func reprOf(v value.Value) (value.Value, error) {
	text, err := value.Text(v)
	return value.NewStr(text), err
}

// shown chooses what of a result is shown, as Ansible's default callback does.
func (d *Default) shown(action string, r *result.Result) *value.Dict {
	out := value.NewDict()
	if r.NoLog {
		out.SetStr("censored", value.NewStr(noLogText))
		out.SetStr("changed", value.Bool(r.Changed))
		return out
	}
	debug := isDebug(action)
	if r.Values != nil {
		for it := r.Values.Iterate(); it.Next(); {
			key, ok := it.Key().(value.Str)
			if !ok || hidden(key.String(), d.o.Verbosity) || debug && hiddenInDebug(key.String(), r.Values.Has("msg")) {
				continue
			}
			out.SetStr(key.String(), d.masked(it.Stored()))
		}
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
	return key == "changed" || key == "invocation" || key == "skip_reason" || key == "ansible_loop_var" || key == "item"
}

func isDebug(action string) bool { return action == "debug" || action == "ansible.builtin.debug" }

// masked gives v as it may be shown.
func (d *Default) masked(v value.Value) value.Value {
	if !d.o.Mask {
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
