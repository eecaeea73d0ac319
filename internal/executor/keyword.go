package executor

import (
	"fmt"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// setting evaluates a keyword of the task, its own or inherited; nil when it is written nowhere, or omitted.
func (r *run) setting(scope *templating.Scope, k playbook.Keyword) (value.Value, error) {
	raw := r.task.Setting(k)
	if raw == nil {
		return nil, nil
	}
	v, keep, err := scope.FinalizeArg(raw)
	if err != nil {
		return nil, &templating.Error{Msg: "Error processing keyword '" + k.String() + "'", Pos: originOf(raw), Cause: err}
	}
	if !keep || v == value.None {
		return nil, nil
	}
	return v, nil
}

// originOf is where the value of a keyword stands. What is put together from several scopes stands nowhere: it is shown instead.
func originOf(raw value.Value) source.Pos {
	if pos := value.OriginOf(raw); pos.IsValid() {
		return pos
	}
	shown, err := value.Repr(raw)
	if err != nil {
		return source.Pos{}
	}
	return source.At(source.NewFile("<unknown>", shown), 0, 0)
}

// notOfType is the error of a keyword whose value is of another type than it must be.
func (r *run) notOfType(k playbook.Keyword, v value.Value, typ string) error {
	name := k.String()
	if k == playbook.Async {
		name = "async_val" // ansible-core's own name of it
	}
	return notOfType(name, r.task.Setting(k), v, typ)
}

func notOfType(name string, raw, v value.Value, typ string) error {
	shown, err := value.Repr(v)
	if err != nil {
		shown = v.Type()
	}
	pos, at := value.OriginOf(raw), value.OriginOf(v)
	if !at.IsValid() {
		at = pos
	}
	return &templating.Error{Msg: "Error processing keyword '" + name + "'", Pos: pos, Cause: &typeError{
		msg: fmt.Sprintf("The value %s could not be converted to '%s'.", shown, typ), pos: at,
	}}
}

// typeError says that a keyword has a value of another type.
type typeError struct {
	msg string
	pos source.Pos
}

// Error gives the text.
func (e *typeError) Error() string { return e.msg }

// Fault gives the text and its place.
func (e *typeError) Fault() (string, source.Pos) { return e.msg, e.pos }

// Apart says that it is told by itself.
func (*typeError) Apart() bool { return true }

func (r *run) boolean(scope *templating.Scope, k playbook.Keyword) (bool, error) {
	v, err := r.setting(scope, k)
	if v == nil || err != nil {
		return false, err
	}
	b, err := module.ToBool(v)
	if err != nil {
		return false, r.notOfType(k, v, "bool")
	}
	return b, nil
}

func (r *run) integer(scope *templating.Scope, k playbook.Keyword, otherwise int) (int, error) {
	v, err := r.setting(scope, k)
	if v == nil || err != nil {
		return otherwise, err
	}
	n, err := module.ToInt(v)
	if err != nil {
		return 0, r.notOfType(k, v, "int")
	}
	return int(n), nil
}

func (r *run) seconds(scope *templating.Scope, k playbook.Keyword, otherwise float64) (time.Duration, error) {
	v, err := r.setting(scope, k)
	if err != nil {
		return 0, err
	}
	n := otherwise
	if v != nil {
		if n, err = module.ToFloat(v); err != nil {
			return 0, r.notOfType(k, v, "float")
		}
	}
	return time.Duration(n * float64(time.Second)), nil
}

// strings evaluates a keyword that is a text or a list of texts.
func (r *run) strings(scope *templating.Scope, k playbook.Keyword) ([]string, error) {
	v, err := r.setting(scope, k)
	if v == nil || err != nil {
		return nil, err
	}
	elems := []value.Value{v}
	if l, ok := v.(*value.List); ok {
		elems = l.Stored()
	}
	out := make([]string, 0, len(elems))
	for _, e := range elems {
		text, err := value.Text(e)
		if err != nil {
			return nil, err
		}
		out = append(out, text)
	}
	return out, nil
}
