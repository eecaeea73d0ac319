package builtin

import (
	"html"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja/eval"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var (
	_ = markupFilter("escape", "@markupsafe._speedups.escape(s)", escape, "e")
	_ = markupFilter("forceescape", "do_forceescape(value)", forceEscape)
	_ = markupFilter("safe", "do_mark_safe(value)", safe)
	_ = filter("striptags", "do_striptags(value)", stripTags)
	_ = filter("xmlattr", "do_xmlattr(!eval_ctx, d, autospace=True)", xmlAttr)
	_ = filter("urlencode", "do_urlencode(value)", urlEncode)
	_ = filter("tojson", "do_tojson(!eval_ctx, value, indent=None)", toJSON)
)

func escape(c *eval.Call) (value.Value, error) { return eval.Escape(c.Value, nil) }

func forceEscape(c *eval.Call) (value.Value, error) { return eval.Escape(eval.Plain(c.Value), nil) }

func safe(c *eval.Call) (value.Value, error) {
	s, _, err := softStr(c.Value)
	return eval.Markup{Text: s}, err
}

var (
	commentRE = lazyregexp.New(`(?s)<!--.*?-->`)
	tagRE     = lazyregexp.New(`(?s)<.*?>`)
)

func stripTags(c *eval.Call) (value.Value, error) {
	s, err := value.Text(c.Value)
	if err != nil {
		return nil, err
	}
	s = tagRE().ReplaceAllString(commentRE().ReplaceAllString(s, ""), "")
	return str(html.UnescapeString(strings.Join(strings.Fields(s), " "))), nil
}

func xmlAttr(c *eval.Call) (value.Value, error) {
	d, ok := c.Value.(*value.Dict)
	if !ok {
		return nil, noAttribute(c.Value, "items")
	}
	space, err := c.Bool(0)
	if err != nil {
		return nil, err
	}
	var parts []string
	for it := d.Iterate(); it.Next(); {
		v, err := it.Value()
		if err != nil {
			return nil, err
		}
		if _, none := v.(value.NoneType); none || eval.IsUndefined(v) {
			continue
		}
		name, ok := it.Key().(value.Str)
		if !ok {
			return nil, value.Raise("TypeError", "expected string or bytes-like object, got '%s'", it.Key().Type())
		}
		key := name.String()
		if strings.ContainsAny(key, " \t\n\r\f\v/>=") {
			r, _ := value.Repr(str(key))
			return nil, value.Raise("ValueError", "Invalid character in attribute name: %s", r)
		}
		m, err := eval.Escape(v, nil)
		if err != nil {
			return nil, err
		}
		parts = append(parts, eval.EscapeHTML(key)+`="`+m.Text.String()+`"`)
	}
	rv := strings.Join(parts, " ")
	if space && rv != "" {
		rv = " " + rv
	}
	return wrap(str(rv), c.Autoescape()), nil
}

// noAttribute is Python's error for an attribute that is not there.
func noAttribute(v value.Value, name string) error {
	if u, ok := v.(*value.Undefined); ok {
		return eval.UndefinedError(u)
	}
	if m, ok := v.(value.Missing); ok {
		return m.Missing()
	}
	return value.Raise("AttributeError", "'%s' object has no attribute '%s'", v.Type(), name)
}

// quoteURL is Python's urllib.parse.quote; query makes it fit for a query string.
func quoteURL(v value.Value, query bool) (string, error) {
	var s string
	if b, ok := v.(value.Bytes); ok {
		s = string(b.Bytes())
	} else {
		var err error
		if s, err = value.Text(eval.Plain(v)); err != nil {
			return "", err
		}
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("_.-~", c) >= 0,
			c == '/' && !query:
			b.WriteByte(c)
		case c == ' ' && query:
			b.WriteByte('+')
		default:
			const hex = "0123456789ABCDEF"
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String(), nil
}

func urlEncode(c *eval.Call) (value.Value, error) {
	if _, ok := c.Value.(value.Str); !ok {
		var it value.Iterator
		var err error
		if d, ok := c.Value.(*value.Dict); ok {
			it = value.ItemsView(d).Iter()
		} else if it, err = value.Iter(c.Value); err != nil && eval.IsUndefined(c.Value) {
			return nil, err
		}
		if it != nil && err == nil {
			return encodePairs(it)
		}
	}
	s, err := quoteURL(c.Value, false)
	return str(s), err
}

func encodePairs(it value.Iterator) (value.Value, error) {
	var parts []string
	for {
		pair, ok := it.Next()
		if !ok {
			return str(strings.Join(parts, "&")), it.Err()
		}
		kv, err := value.Elems(pair)
		if eval.IsUndefined(pair) {
			return nil, err
		}
		if err != nil {
			return nil, value.Raise("TypeError", "cannot unpack non-iterable %s object", pair.Type())
		}
		switch {
		case len(kv) > 2:
			return nil, value.Raise("ValueError", "too many values to unpack (expected 2)")
		case len(kv) < 2:
			return nil, value.Raise("ValueError", "not enough values to unpack (expected 2, got %d)", len(kv))
		}
		k, err := quoteURL(kv[0], true)
		if err != nil {
			return nil, err
		}
		v, err := quoteURL(kv[1], true)
		if err != nil {
			return nil, err
		}
		parts = append(parts, k+"="+v)
	}
}

var jsonEscaper = strings.NewReplacer("<", `\u003c`, ">", `\u003e`, "&", `\u0026`, "'", `\u0027`)

func toJSON(c *eval.Call) (value.Value, error) {
	o := value.JSONOptions{SortKeys: true}
	switch in := c.Arg(0).(type) {
	case value.NoneType:
	case value.Str:
		o.Multiline, o.Indent = true, in.String()
	default:
		n, err := eval.AsIndex(in)
		if err != nil {
			return nil, err
		}
		if n > 1<<16 {
			return nil, &eval.LimitError{Msg: "the indentation is too large"}
		}
		o.Multiline, o.Indent = true, strings.Repeat(" ", max(0, n))
	}
	b, err := value.AppendJSON(nil, c.Value, o)
	if err != nil {
		return nil, err
	}
	return eval.Markup{Text: value.NewStr(jsonEscaper.Replace(string(b)))}, nil
}
