package value

import (
	"strconv"
	"strings"
)

// Format is str.format(*args, **kwargs). The result is secret when the format or anything that went in is.
func Format(s Str, args []Value, kwargs *Dict) (Value, error) {
	f := formatter{from: s, args: args, byName: func(name string) (Value, error) {
		if kwargs != nil {
			if v, ok, err := kwargs.GetStr(name); ok || err != nil {
				return v, err
			}
		}
		return nil, keyError(NewStr(name))
	}}
	return f.run(s)
}

func formatMap(s Str, mapping Value) (Value, error) {
	f := formatter{from: s, isMap: true, byName: func(name string) (Value, error) { return Index(mapping, NewStr(name)) }}
	return f.run(s)
}

type formatter struct {
	from   Str
	args   []Value
	isMap  bool
	byName func(name string) (Value, error)
	auto   int // the next automatic number
	mode   int // 0 not known yet, 1 automatic, 2 by number
	secret bool
}

func (f *formatter) run(s Str) (Value, error) {
	text, err := f.expand(s.s, 2)
	if err != nil {
		return nil, err
	}
	if f.secret {
		return NewMarkedStr(text, Marks{Secret: true}), nil
	}
	return Derive(NewStr(text), s), nil
}

func (f *formatter) expand(s string, depth int) (string, error) {
	if depth == 0 {
		return "", valueErrorf("Max string recursion exceeded")
	}
	var b strings.Builder
	for s != "" {
		i := strings.IndexAny(s, "{}")
		if i < 0 {
			b.WriteString(s)
			break
		}
		b.WriteString(s[:i])
		c := s[i]
		s = s[i+1:]
		if s != "" && s[0] == c {
			b.WriteByte(c)
			s = s[1:]
			continue
		}
		if c == '}' {
			return "", valueErrorf("Single '}' encountered in format string")
		}
		if s == "" {
			return "", valueErrorf("Single '{' encountered in format string")
		}
		n, err := f.fieldEnd(s)
		if err != nil {
			return "", err
		}
		text, err := f.field(s[:n], depth)
		if err != nil {
			return "", err
		}
		b.WriteString(text)
		if b.Len() > maxRepeat {
			return "", errTooLarge
		}
		s = s[n+1:]
	}
	return b.String(), nil
}

// fieldEnd finds the brace that closes a replacement field: those in its specifier nest, those in [ ] do not count.
func (f *formatter) fieldEnd(s string) (int, error) {
	depth, bracket, spec := 1, false, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case bracket:
			bracket = c != ']'
		case c == '[' && !spec:
			bracket = true
		case (c == ':' || c == '!') && depth == 1:
			spec = true
		case c == '{':
			if !spec {
				return 0, valueErrorf("unexpected '{' in field name")
			}
			depth++
		case c == '}':
			if depth--; depth == 0 {
				return i, nil
			}
		}
	}
	if spec {
		return 0, valueErrorf("unmatched '{' in format spec")
	}
	return 0, valueErrorf("expected '}' before end of string")
}

func (f *formatter) field(s string, depth int) (string, error) {
	name, conv, spec := s, byte(0), ""
	inBracket := false
scan:
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '[':
			inBracket = true
		case s[i] == ']':
			inBracket = false
		case inBracket:
		case s[i] == ':':
			name, spec = s[:i], s[i+1:]
			break scan
		case s[i] == '!':
			name = s[:i]
			rest := s[i+1:]
			if rest == "" {
				return "", valueErrorf("unmatched '{' in format spec")
			}
			conv = rest[0]
			if rest = rest[1:]; rest != "" {
				if rest[0] != ':' {
					return "", valueErrorf("expected ':' after conversion specifier")
				}
				spec = rest[1:]
			}
			break scan
		}
	}
	v, err := f.lookup(name)
	if err != nil {
		return "", err
	}
	f.secret = f.secret || HasSecret(v)
	if v, err = convert(v, conv); err != nil {
		return "", err
	}
	if strings.ContainsAny(spec, "{}") {
		if spec, err = f.expand(spec, depth-1); err != nil {
			return "", err
		}
	}
	return FormatSpec(v, spec)
}

func convert(v Value, conv byte) (Value, error) {
	switch conv {
	case 0:
		return known(v)
	case 's':
		return TextStr(v)
	case 'r':
		return ReprStr(v)
	case 'a':
		s, err := ReprStr(v)
		return Derive(NewStr(toASCII(s.s)), s), err
	}
	return nil, valueErrorf("Unknown conversion specifier %c", conv)
}

// toASCII escapes what ascii() escapes and repr() does not.
func toASCII(s string) string {
	var b []byte
	for _, r := range s {
		switch {
		case r < 0x80:
			b = append(b, byte(r))
		case r < 0x100:
			b = appendEscape(b, 'x', r, 2)
		case r < 0x10000:
			b = appendEscape(b, 'u', r, 4)
		default:
			b = appendEscape(b, 'U', r, 8)
		}
	}
	return string(b)
}

func (f *formatter) lookup(name string) (Value, error) {
	end := strings.IndexAny(name, ".[")
	if end < 0 {
		end = len(name)
	}
	first, rest := name[:end], name[end:]
	v, err := f.first(first)
	if err != nil {
		return nil, err
	}
	for rest != "" {
		f.secret = f.secret || IsSecret(v)
		if rest[0] == '.' {
			end := strings.IndexAny(rest[1:], ".[")
			if end < 0 {
				end = len(rest) - 1
			}
			attr := rest[1 : 1+end]
			if attr == "" {
				return nil, valueErrorf("Empty attribute in format string")
			}
			a, ok, err := Attr(v, attr)
			if err != nil {
				return nil, err
			}
			if m := missing(v); !ok && m != nil {
				return nil, m
			}
			if !ok {
				return nil, Raise("AttributeError", "'%s' object has no attribute '%s'", v.Type(), attr)
			}
			v, rest = a, rest[1+end:]
			continue
		}
		if rest[0] != '[' {
			return nil, valueErrorf("Only '.' or '[' may follow ']' in format field specifier")
		}
		end := strings.IndexByte(rest, ']')
		if end < 0 {
			return nil, valueErrorf("Missing ']' in format string")
		}
		if end == 1 {
			return nil, valueErrorf("Empty attribute in format string")
		}
		var key Value = NewStr(rest[1:end])
		if n, err := strconv.ParseUint(rest[1:end], 10, 62); err == nil {
			key = NewInt(int64(n))
		}
		if v, err = Index(v, key); err != nil {
			return nil, err
		}
		rest = rest[end+1:]
	}
	return v, nil
}

func (f *formatter) first(name string) (Value, error) {
	n, err := strconv.ParseUint(name, 10, 31)
	switch {
	case name == "":
		if f.mode == 2 {
			return nil, valueErrorf("cannot switch from manual field specification to automatic field numbering")
		}
		f.mode = 1
		n = uint64(f.auto)
		f.auto++
	case err != nil:
		return f.byName(name)
	default:
		if f.mode == 1 {
			return nil, valueErrorf("cannot switch from automatic field numbering to manual field specification")
		}
		f.mode = 2
	}
	if f.isMap {
		return nil, valueErrorf("Format string contains positional fields")
	}
	if n >= uint64(len(f.args)) {
		return nil, Raise("IndexError", "Replacement index %d out of range for positional args tuple", n)
	}
	return f.args[n], nil
}
