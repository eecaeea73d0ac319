package eval

import (
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Markup is a text that needs no escaping, as markupsafe.Markup. What is joined to it is escaped.
type Markup struct{ Text value.Str }

// Type returns "Markup".
func (Markup) Type() string { return "Markup" }

// Str gives the text.
func (m Markup) Str() string { return m.Text.String() }

// Repr gives Markup('…').
func (m Markup) Repr() string {
	r, _ := value.Repr(m.Text)
	return "Markup(" + r + ")"
}

// Truth reports whether there is any text.
func (m Markup) Truth() bool { return m.Text.String() != "" }

// Len returns the number of characters.
func (m Markup) Len() (int, error) { return m.Text.Len(), nil }

// Iter walks over the characters.
func (m Markup) Iter() value.Iterator {
	it, _ := value.Iter(m.Text)
	return it
}

// Attr gives the methods of the text; what they return is plain.
func (m Markup) Attr(name string) (value.Value, bool, error) { return value.Attr(m.Text, name) }

// Index gives an item of the text.
func (m Markup) Index(key value.Value) (value.Value, bool, error) {
	v, err := value.Index(m.Text, key)
	return v, err == nil, err
}

var htmlEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;")

// EscapeHTML escapes & < > " and ' as Jinja2 does.
func EscapeHTML(s string) string { return htmlEscaper.Replace(s) }

// Escape gives v as Markup: as it is when it is Markup, else its text escaped. text gives the text of other values; nil
// means value.Text.
func Escape(v value.Value, text func(value.Value) (string, error)) (Markup, error) {
	if m, ok := v.(Markup); ok {
		return m, nil
	}
	if text == nil {
		text = value.Text
	}
	s, err := text(v)
	if err != nil {
		return Markup{}, err
	}
	return Markup{value.DeriveDeep(value.NewStr(EscapeHTML(s)), v).(value.Str)}, nil
}

// Plain returns Markup as a str and any other value as it is.
func Plain(v value.Value) value.Value {
	if m, ok := v.(Markup); ok {
		return m.Text
	}
	return v
}

func isMarkup(v value.Value) bool {
	_, ok := v.(Markup)
	return ok
}

// markupBinary is an operator with Markup on one side: + escapes the other side, % and * keep Markup.
func markupBinary(op string, a, b value.Value) (value.Value, error) {
	_, left := a.(Markup)
	switch {
	case op == "+" && isText(a) && isText(b):
		x, err := Escape(a, nil)
		if err != nil {
			return nil, err
		}
		y, err := Escape(b, nil)
		if err != nil {
			return nil, err
		}
		return joinMarkup(x, y)
	case op == "%" && left:
		arg, err := escapeArgs(b)
		if err != nil {
			return nil, err
		}
		return asMarkup(value.Binary(op, Plain(a), arg))
	case op == "*":
		v, err := asMarkup(value.Binary(op, Plain(a), Plain(b)))
		if err != nil {
			return value.Binary(op, a, b)
		}
		return v, nil
	}
	return value.Binary(op, a, b)
}

func isText(v value.Value) bool {
	switch v.(type) {
	case value.Str, Markup:
		return true
	}
	return false
}

func joinMarkup(a, b Markup) (value.Value, error) {
	v, err := value.Binary("+", a.Text, b.Text)
	return asMarkup(v, err)
}

func asMarkup(v value.Value, err error) (value.Value, error) {
	if s, ok := v.(value.Str); ok && err == nil {
		return Markup{s}, nil
	}
	return v, err
}

// escapeArgs escapes the texts among the arguments of a % format.
func escapeArgs(v value.Value) (value.Value, error) {
	switch v := v.(type) {
	case value.Str, Markup:
		m, err := Escape(v, nil)
		return m.Text, err
	case value.Tuple:
		out := make([]value.Value, v.Len())
		for i, e := range v.Elems() {
			var err error
			if out[i], err = escapeArgs(e); err != nil {
				return nil, err
			}
		}
		return value.NewTuple(out...), nil
	case *value.Dict:
		out := value.NewDict()
		for it := v.Iterate(); it.Next(); {
			e, err := it.Value()
			if err != nil {
				return nil, err
			}
			if e, err = escapeArgs(e); err != nil {
				return nil, err
			}
			if err := out.Set(it.Key(), e); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return v, nil
}
