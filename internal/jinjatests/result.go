package jinjatests

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/filters"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var (
	_ = add("failed(result)", resultTest("failed", isFailed), "failed", "failure")
	_ = add("success(result)", resultTest("failed", func(d *value.Dict) (bool, error) { b, err := isFailed(d); return !b, err }), "succeeded", "success", "successful")
	_ = add("changed(result)", resultTest("changed", isChanged), "changed", "change")
	_ = add("skipped(result)", resultTest("skipped", isSkipped), "skipped", "skip")
	_ = add("unreachable(result)", resultTest("unreachable", flag("unreachable")), "unreachable")
	_ = add("reachable(result)", resultTest("unreachable", func(d *value.Dict) (bool, error) { b, err := flag("unreachable")(d); return !b, err }), "reachable")
	_ = add("timedout(result)", resultTest("timedout", isTimedout), "timedout")
	_ = add("finished(result)", asyncTest("finished"), "finished")
	_ = add("started(result)", asyncTest("started"), "started")
)

// resultTest makes a test of what a task registered.
func resultTest(name string, f func(d *value.Dict) (bool, error)) filters.Func {
	return func(c *filters.Call) (value.Value, error) {
		d, ok := c.First().(*value.Dict)
		if !ok {
			return nil, fail("The '%s' test expects a dictionary", name)
		}
		b, err := f(d)
		return value.Bool(b), err
	}
}

// flag gives the truth of an entry, false when there is none.
func flag(key string) func(d *value.Dict) (bool, error) {
	return func(d *value.Dict) (bool, error) {
		v, ok, err := d.GetStr(key)
		if err != nil || !ok {
			return false, err
		}
		return value.Truth(v)
	}
}

func isFailed(d *value.Dict) (bool, error) { return flag("failed")(d) }

// results gives the results of a loop.
func results(d *value.Dict) ([]value.Value, bool, error) {
	v, ok, err := d.GetStr("results")
	if err != nil || !ok {
		return nil, false, err
	}
	l, ok := v.(*value.List)
	if !ok {
		return nil, false, nil
	}
	elems, err := l.Elems()
	return elems, true, err
}

// isChanged is true for a loop when one of its results is.
func isChanged(d *value.Dict) (bool, error) {
	if d.Has("changed") {
		return flag("changed")(d)
	}
	elems, ok, err := results(d)
	if err != nil || !ok {
		return false, err
	}
	for _, e := range elems {
		if one, ok := e.(*value.Dict); ok {
			if b, err := flag("changed")(one); err != nil || b {
				return b, err
			}
		}
	}
	return false, nil
}

func isSkipped(d *value.Dict) (bool, error) { return flag("skipped")(d) }

func isTimedout(d *value.Dict) (bool, error) {
	v, ok, err := d.GetStr("timedout")
	if err != nil || !ok {
		return false, err
	}
	if on, err := value.Truth(v); err != nil || !on {
		return false, err
	}
	t, ok := v.(*value.Dict)
	if !ok {
		return false, value.Raise("AttributeError", "'%s' object has no attribute 'get'", v.Type())
	}
	return flag("period")(t)
}

// asyncTest is a test of an asynchronous task; any other counts as started and finished, with a warning.
func asyncTest(key string) filters.Func {
	return func(c *filters.Call) (value.Value, error) {
		d, ok := c.First().(*value.Dict)
		if !ok {
			return nil, fail("The '%s' test expects a dictionary", key)
		}
		if !d.Has(key) {
			c.Host.Warnf("The '%s' test expects an async task, but a non-async task was tested", key)
			return value.True, nil
		}
		b, err := flag(key)(d)
		return value.Bool(b), err
	}
}
