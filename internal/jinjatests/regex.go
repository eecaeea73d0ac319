package jinjatests

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/filters"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/pyregex"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var (
	_ = add("regex(value='', pattern='', ignorecase=False, multiline=False, match_type='search')", func(c *filters.Call) (value.Value, error) {
		how, err := c.Text("match_type")
		if err != nil {
			return nil, err
		}
		return matches(c, how)
	}, "regex")
	_ = add("match(value, pattern='', ignorecase=False, multiline=False)", func(c *filters.Call) (value.Value, error) { return matches(c, "match") }, "match")
	_ = add("search(value, pattern='', ignorecase=False, multiline=False)", func(c *filters.Call) (value.Value, error) { return matches(c, "search") }, "search")
)

func matches(c *filters.Call, how string) (value.Value, error) {
	text, err := c.Text("value")
	if err != nil {
		return nil, err
	}
	pattern, ok := c.Get("pattern").(value.Str)
	if !ok {
		if err := value.NewDict().Set(c.Get("pattern"), value.None); err != nil { // Python looks into its cache of patterns first
			return nil, err
		}
		return nil, value.Raise("TypeError", "first argument must be string or compiled pattern")
	}
	var flags pyregex.Flags
	for name, flag := range map[string]pyregex.Flags{"ignorecase": pyregex.IgnoreCase, "multiline": pyregex.Multiline} {
		on, err := c.Truth(name)
		if err != nil {
			return nil, err
		}
		if on {
			flags |= flag
		}
	}
	var m *pyregex.Match
	switch how {
	case "match", "search":
		re, err := pyregex.Compile(pattern.String(), flags)
		if err != nil {
			return nil, err
		}
		if how == "match" {
			m, err = re.MatchStart(text)
		} else {
			m, err = re.Search(text)
		}
		return value.Bool(m != nil), err
	case "fullmatch":
		m, err = pyregex.FullMatch(pattern.String(), flags, text)
		return value.Bool(m != nil), err
	}
	return nil, value.Raise("TypeError", "'str' object is not callable")
}
