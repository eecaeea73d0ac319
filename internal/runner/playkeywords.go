package runner

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// keywords are those of a play that say how its hosts are worked, evaluated.
type keywords struct {
	strategy      string // linear, free or host_pinned
	debugger      bool   // the strategy debug: linear, with the debugger for what fails
	ordering      string
	serial        []share
	maxFail       *float64 // per cent of a batch; nil: no limit
	forceHandlers bool
}

// share is a number of hosts, or a part of all of them.
type share struct {
	n       int
	percent bool
}

// of gives the number of hosts out of n; 0 or less means all.
func (s share) of(n int) int {
	if !s.percent {
		return s.n
	}
	return max(1, n*s.n/100)
}

// The strategies and orders that there are.
var (
	strategies = []string{"linear", "free", "host_pinned", "debug"}
	orders     = []string{"inventory", "reverse_inventory", "sorted", "reverse_sorted", "shuffle"}
)

// Strategies are the names of the strategies, without a collection.
func Strategies() []string { return strategies }

// read evaluates the keywords of a play that are needed before its hosts are known.
func (k *keywords) read(r *Runner, scope *templating.Scope, p *playbook.Play) (err error) {
	if k.ordering, err = choice(r, scope, p, playbook.Order, "", orders); err != nil {
		return err
	}
	if k.serial, err = serial(scope, p); err != nil {
		return err
	}
	if k.maxFail, err = maxFail(scope, p); err != nil {
		return err
	}
	k.forceHandlers, err = boolean(scope, playbook.ForceHandlers, p.Get(playbook.ForceHandlers))
	k.forceHandlers = k.forceHandlers || r.ForceHandlers && p.Get(playbook.ForceHandlers) == nil
	return err
}

// choice evaluates a keyword that has one of some values, of which the first is the default.
func choice(r *Runner, scope *templating.Scope, p *playbook.Play, k playbook.Keyword, setting string, of []string) (string, error) {
	text, err := r.playText(scope, p, k)
	if err != nil {
		return "", err
	}
	if p.Get(k) == nil {
		text = setting
	}
	if text == "" || text == "None" {
		return of[0], nil
	}
	name := playbook.BuiltinName(text)
	if slices.Contains(of, name) {
		return name, nil
	}
	at := p.Scope.Attrs.Pos(k)
	e := diag.Errorf(at, "the keyword %s has no value %q", k, text)
	v := &playbook.Verdict{Msg: "Invalid play strategy specified: " + text, Pos: p.Pos, Exit: 1}
	if k == playbook.Strategy {
		r.Sink.Handle(event.Deprecation{Text: "Use of strategy plugins not included in ansible.builtin are deprecated and do not carry any backwards " +
			"compatibility guarantees. No alternative for third party strategy plugins is currently planned. " +
			"This feature will be removed from ansible-core in a future release."})
	}
	if k == playbook.Order {
		v = &playbook.Verdict{Msg: "Invalid 'order' specified for inventory hosts: " + text, Exit: 5}
	}
	e.Cause = v
	if near := diag.Nearest(name, of); near != "" {
		return "", e.Hint("did you mean %q?", near)
	}
	return "", e.Hint("it is one of %s", strings.Join(of, ", "))
}

// serial reads the sizes of batches.
func serial(scope *templating.Scope, p *playbook.Play) ([]share, error) {
	raw := p.Get(playbook.Serial)
	if raw == nil {
		return nil, nil
	}
	v, err := scope.Finalize(raw)
	if err != nil || v == value.None {
		return nil, err
	}
	sizes := []value.Value{v}
	if l, ok := v.(*value.List); ok {
		sizes = l.Stored()
	}
	var out []share
	for _, size := range sizes {
		text, err := value.Text(size)
		if err != nil {
			return nil, err
		}
		number, percent := strings.CutSuffix(strings.TrimSpace(text), "%")
		n, err := strconv.Atoi(strings.TrimSpace(number))
		if err != nil {
			e := diag.Errorf(value.OriginOf(raw), "the keyword serial wants numbers of hosts or percentages, not %q", text).
				Hint("write serial: 2, serial: \"30%%\" or a list of them")
			e.Cause = &playbook.Verdict{Msg: "Unexpected Exception, this is probably a bug: " + noInt(size), Exit: 250}
			return nil, e
		}
		out = append(out, share{n, percent})
	}
	return out, nil
}

// noInt is what Python says of a value that is no number: ansible-core stumbles there.
func noInt(v value.Value) string {
	switch v := v.(type) {
	case value.Str:
		if shown, err := value.Repr(v); err == nil {
			return "invalid literal for int() with base 10: " + shown
		}
	case *value.Dict:
		return "int() argument must be a string, a bytes-like object or a real number, not '_AnsibleTaggedDict'"
	}
	return "int() argument must be a string, a bytes-like object or a real number, not '" + v.Type() + "'"
}

func maxFail(scope *templating.Scope, p *playbook.Play) (*float64, error) {
	raw := p.Get(playbook.MaxFailPercentage)
	if raw == nil {
		return nil, nil
	}
	v, err := scope.Finalize(raw)
	if err != nil || v == value.None {
		return nil, err
	}
	text, err := value.Text(v)
	if err != nil {
		return nil, err
	}
	n, err := module.ToFloat(value.NewStr(strings.TrimSuffix(strings.TrimSpace(text), "%")))
	if err != nil {
		return nil, diag.Errorf(value.OriginOf(raw), "the keyword max_fail_percentage wants a percentage, not %q", text)
	}
	return &n, nil
}

// order puts hosts in the order that the play asks for.
// Source: https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_strategies.html#ordering-execution-based-on-inventory
func (k *keywords) order(hosts []string) []string {
	hosts = slices.Clone(hosts)
	switch k.ordering {
	case "reverse_inventory":
		slices.Reverse(hosts)
	case "sorted":
		slices.Sort(hosts)
	case "reverse_sorted":
		slices.Sort(hosts)
		slices.Reverse(hosts)
	case "shuffle":
		rand.Shuffle(len(hosts), func(i, j int) { hosts[i], hosts[j] = hosts[j], hosts[i] })
	}
	return hosts
}

// batches splits hosts into those that are worked at a time; the last size holds for all that are left.
func (k *keywords) batches(hosts []string) [][]string {
	var out [][]string
	for i, left := 0, hosts; len(left) > 0; i++ {
		n := len(left)
		if len(k.serial) > 0 {
			if size := k.serial[min(i, len(k.serial)-1)].of(len(hosts)); size > 0 {
				n = min(n, size)
			}
		}
		out, left = append(out, left[:n]), left[n:]
	}
	return out
}

var errNoReader = errors.New("no reader of variables' files is wired")
