package filters

import "github.com/seed-6d8ad27c/kimai-ansible/internal/value"

var (
	_ = All.Add(Def{Name: "ansible.builtin.bool", Func: toBool, Sig: "to_bool(value)"})
	_ = All.Add(Def{Name: "ansible.builtin.ternary", Keeps: true, Func: ternary, Sig: "ternary(value, true_val, false_val, none_val=None)"})
	_ = All.Add(Def{Name: "ansible.builtin.mandatory", Keeps: true, Undefined: true, Func: mandatory, Sig: "mandatory(a, msg=None)"})
	_ = All.Add(Def{Name: "ansible.builtin.type_debug", Undefined: true, Func: typeDebug, Sig: "type_debug(obj)"})
)

// ToBool is the filter bool; ok is false for a value that it takes for false with a warning, or 1.0 for true.
func ToBool(v value.Value) (b, ok bool) {
	switch x := v.(type) {
	case value.Bool:
		return bool(x), true
	case value.Str:
		switch value.Lower(x.String()) {
		case "yes", "on", "1", "true":
			return true, true
		case "no", "off", "0", "false":
			return false, true
		}
	case value.Int:
		if n, ok := x.Int64(); ok && (n == 0 || n == 1) {
			return n == 1, true
		}
	case value.Float:
		return x.Float64() == 1, false
	}
	return false, false
}

func toBool(c *Call) (value.Value, error) {
	b, ok := ToBool(c.First())
	if !ok {
		shown := "a secret value"
		if !value.HasSecret(c.First()) {
			var err error
			if shown, err = value.Repr(c.First()); err != nil {
				return nil, err
			}
		}
		result, _ := value.Text(value.Bool(b))
		c.Host.Deprecatef("The `bool` filter coerced invalid value %s (%s) to %s. This feature will be removed from ansible-core version 2.23.",
			shown, c.First().Type(), result)
	}
	return value.Bool(b), nil
}

func ternary(c *Call) (value.Value, error) {
	if c.IsNone("value") && !c.IsNone("none_val") {
		return c.Get("none_val"), nil
	}
	yes, err := c.Truth("value")
	if err != nil {
		return nil, err
	}
	if yes {
		return c.Get("true_val"), nil
	}
	return c.Get("false_val"), nil
}

func mandatory(c *Call) (value.Value, error) {
	u, ok := c.First().(*value.Undefined)
	switch {
	case !ok:
		return c.First(), nil
	case u.Err != nil:
		return nil, &value.UndefinedError{Value: u}
	}
	if !c.IsNone("msg") {
		msg, err := c.Text("msg")
		if err != nil {
			return nil, err
		}
		return nil, fail("%s", msg)
	}
	if u.Name != "" {
		return nil, fail("Mandatory variable '%s' not defined.", u.Name)
	}
	return nil, fail("Mandatory variable not defined.")
}

func typeDebug(c *Call) (value.Value, error) {
	if u, ok := c.First().(*value.Undefined); ok {
		if u.Err != nil {
			return str("CapturedExceptionMarker"), nil
		}
		return str("UndefinedMarker"), nil
	}
	return str(c.First().Type()), nil
}
