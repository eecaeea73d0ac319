package jinjatests

import (
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/filters"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var (
	_ = add("is_uri(value, schemes=None)", func(c *filters.Call) (value.Value, error) {
		_, ok, err := address(c)
		return value.Bool(ok), err
	}, "uri")
	_ = add("is_url(value, schemes=None)", func(c *filters.Call) (value.Value, error) {
		u, ok, err := address(c)
		return value.Bool(ok && (u.Netloc != "" || u.Scheme == "file")), err
	}, "url")
	_ = add("is_urn(value)", func(c *filters.Call) (value.Value, error) {
		s, ok := c.First().(value.Str)
		if !ok {
			return value.False, nil
		}
		return value.Bool(strings.HasPrefix(strings.ToLower(s.String()), "urn:")), nil
	}, "urn")
)

// address splits an address; ok is false when it is none or its scheme is not among those asked for.
func address(c *filters.Call) (u filters.URL, ok bool, err error) {
	switch x := c.First().(type) {
	case value.Str:
		if u, err = filters.SplitURL(x.String()); err != nil {
			return u, false, nil
		}
	case value.NoneType: // Python splits it as an empty address
	default:
		return u, false, nil
	}
	if c.IsNone("schemes") {
		return u, true, nil
	}
	ok, err = value.Contains(c.Get("schemes"), value.NewStr(u.Scheme))
	return u, ok, err
}
