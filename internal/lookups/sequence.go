package lookups

import (
	"context"
	"fmt"
	"sort"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(&Def{Name: "sequence", Run: runSequence, Options: []Option{
	{Name: "start", Type: Int, Default: value.NewInt(1), Help: "The first number."},
	{Name: "end", Type: Int, Help: "The last number. Excludes count."},
	{Name: "count", Type: Int, Help: "How many numbers. Excludes end."},
	{Name: "stride", Type: Int, Default: value.NewInt(1), Help: "The step from one number to the next."},
	{Name: "format", Type: Str, Default: value.NewStr("%d"), Help: "How a number is written, as for printf."},
}})

// shortSequence is the short form: [start-]end[/stride][:format].
var shortSequence = lazyregexp.New(`(?i)^(?:(?:(0x)?([0-9a-f]+))-)?(?:(0x)?([0-9a-f]+))(?:/(?:(0x)?([0-9a-f]+)))?(?::(.*))?$`)

// runSequence gives numbers in order, as texts.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/sequence_lookup.html
func runSequence(_ context.Context, c *Call) ([]value.Value, error) {
	terms := c.Terms
	if len(terms) == 0 && len(c.given) > 0 {
		return c.sequence()
	}
	var out []value.Value
	for _, t := range terms {
		one := &Call{Host: c.Host, Name: c.Name, def: c.def, options: map[string]value.Value{}, given: map[string]bool{}}
		for k, v := range c.options {
			one.options[k], one.given[k] = v, c.given[k]
		}
		s, ok := t.(value.Str)
		if !ok {
			return nil, &Error{Msg: fmt.Sprintf(
				"unknown error parsing with_sequence arguments: %s. Error was: expected string or bytes-like object, got '%s'", shown(t), t.Type(),
			)}
		}
		if err := one.parseSequence(s.String()); err != nil {
			return nil, err
		}
		part, err := one.sequence()
		if err != nil {
			return nil, err
		}
		out = append(out, part...)
	}
	return out, nil
}

func (c *Call) parseSequence(term string) error {
	if m := shortSequence().FindStringSubmatch(term); m != nil {
		for i, name := range []string{"start", "end", "stride"} {
			if digits := m[2*i+2]; digits != "" {
				if err := c.setNamed(name, value.NewStr(m[2*i+1]+digits)); err != nil {
					return err
				}
			}
		}
		if m[7] != "" {
			return c.setNamed("format", value.NewStr(m[7]))
		}
		return nil
	}
	params, rest := parseKV(term)
	var unknown []string
	for _, p := range params {
		switch p.key {
		case "start", "end", "count", "stride", "format":
			if err := c.setNamed(p.key, value.NewStr(p.val)); err != nil {
				return err
			}
		default:
			unknown = append(unknown, p.key)
		}
	}
	if rest != "" && len(params) == 0 {
		return c.setNamed("end", value.NewStr(rest))
	}
	if len(unknown) > 0 {
		sort.Strings(unknown)
		return fmt.Errorf("unrecognized arguments to with_sequence: ['%s']", strings.Join(unknown, "', '"))
	}
	return nil
}

// maxSequence bounds how many numbers a sequence may have.
const maxSequence = 10_000_000

func (c *Call) sequence() ([]value.Value, error) {
	_, hasCount := c.option("count").(value.Int)
	_, hasEnd := c.option("end").(value.Int)
	start, end, count, stride := c.int("start"), c.int("end"), c.int("count"), c.int("stride")
	switch {
	case !hasCount && !hasEnd:
		return nil, fmt.Errorf("must specify count or end in with_sequence")
	case hasCount && hasEnd:
		return nil, fmt.Errorf("can't specify both count and end in with_sequence")
	case hasCount && count == 0:
		return nil, nil
	case hasCount:
		end = start + count*stride - stride
	}
	switch {
	case stride == 0:
		return nil, nil
	case stride > 0 && end < start:
		return nil, fmt.Errorf("to count backwards make stride negative")
	case stride < 0 && end > start:
		return nil, fmt.Errorf("to count forward don't make stride negative")
	}
	format := c.str("format")
	if strings.Count(format, "%") != 1 {
		return nil, fmt.Errorf("bad formatting string: %s", format)
	}
	if (end-start)/stride > maxSequence {
		return nil, fmt.Errorf("a sequence of more than %s numbers is too long", strconv.Itoa(maxSequence))
	}
	var out []value.Value
	for i := start; stride > 0 && i <= end || stride < 0 && i >= end; i += stride {
		v, err := value.FormatPercent(value.NewStr(format), value.NewInt(i))
		if err != nil {
			return nil, fmt.Errorf("problem formatting %d with '%s'", i, format)
		}
		out = append(out, v)
	}
	return out, nil
}
