package module

import (
	"errors"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// ToBool converts a value as an argument of type bool is converted: true, yes, on, 1, "t"… The error is Ansible's text.
func ToBool(v value.Value) (bool, error) {
	out, msg := toBool(v)
	if msg != "" {
		return false, errors.New(msg)
	}
	b, _ := out.(value.Bool)
	return bool(b), nil
}

// ToInt converts a value as an argument of type int is converted. The error is Ansible's text.
func ToInt(v value.Value) (int64, error) {
	out, msg := toInt(v)
	if msg != "" {
		return 0, errors.New(msg)
	}
	i, _ := out.(value.Int)
	n, ok := i.Int64()
	if !ok {
		return 0, errors.New("the number is too large")
	}
	return n, nil
}

// ToFloat converts a value as an argument of type float is converted. The error is Ansible's text.
func ToFloat(v value.Value) (float64, error) {
	out, msg := toFloat(v)
	if msg != "" {
		return 0, errors.New(msg)
	}
	switch f := out.(type) {
	case value.Float:
		return f.Float64(), nil
	case value.Int:
		return f.Float(), nil
	}
	return 0, errors.New("not a number")
}
