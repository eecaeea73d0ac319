package jinjatests

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/filters"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/filters/version"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = add("version_compare(value, version, operator='eq', strict=None, version_type=None)", versionCompare, "version", "version_compare")

// operators tells for each spelling which orders are true.
var operators = map[string]func(c int) bool{}

func init() {
	for _, o := range []struct {
		names []string
		holds func(c int) bool
	}{
		{[]string{"==", "=", "eq"}, func(c int) bool { return c == 0 }},
		{[]string{"<", "lt"}, func(c int) bool { return c < 0 }},
		{[]string{"<=", "le"}, func(c int) bool { return c <= 0 }},
		{[]string{">", "gt"}, func(c int) bool { return c > 0 }},
		{[]string{">=", "ge"}, func(c int) bool { return c >= 0 }},
		{[]string{"!=", "<>", "ne"}, func(c int) bool { return c != 0 }},
	} {
		for _, n := range o.names {
			operators[n] = o.holds
		}
	}
}

func versionCompare(c *filters.Call) (value.Value, error) {
	a, b := c.Get("value"), c.Get("version")
	if set, err := filled(a); err != nil || !set {
		return nil, orFail(err, "Input version value cannot be empty")
	}
	if set, err := filled(b); err != nil || !set {
		return nil, orFail(err, "Version parameter to compare against cannot be empty")
	}
	kind := "loose"
	if !c.IsNone("version_type") {
		if !c.IsNone("strict") {
			return nil, fail("Cannot specify both 'strict' and 'version_type'")
		}
		var err error
		if kind, err = c.Text("version_type"); err != nil {
			return nil, err
		}
	}
	if strict, err := c.Truth("strict"); err != nil {
		return nil, err
	} else if strict {
		kind = "strict"
	}
	switch kind {
	case "loose", "strict", "semver", "semantic", "pep440":
	default:
		return nil, fail("Invalid version type (%s). Must be one of 'loose', 'strict', 'semver', 'semantic', 'pep440'", kind)
	}
	op, err := c.Text("operator")
	if err != nil {
		return nil, err
	}
	holds, ok := operators[op]
	if !ok {
		return nil, fail("Invalid operator type (%s). Must be one of '==', '=', 'eq', '<', 'lt', '<=', 'le', '>', 'gt', '>=', 'ge', '!=', '<>', 'ne'", op)
	}
	x, err := value.Text(a)
	if err != nil {
		return nil, incomparable(err)
	}
	y, err := value.Text(b)
	if err != nil {
		return nil, incomparable(err)
	}
	order, err := version.Compare(x, y, kind)
	if err != nil {
		return nil, incomparable(err)
	}
	return value.Bool(holds(order)), nil
}

// filled reports whether a version is given at all.
func filled(v value.Value) (bool, error) { return value.Truth(v) }

func orFail(err error, msg string) error {
	if err != nil {
		return err
	}
	return fail("%s", msg)
}

func incomparable(err error) error { return fail("Version comparison failed: %s", err) }
