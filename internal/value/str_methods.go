package value

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

var strMethods map[string]*methodDef

func makeStrMethods() {
	strMethods = named(map[string]*methodDef{
		"capitalize":   textMethod(Capitalize),
		"casefold":     textMethod(Casefold),
		"lower":        textMethod(Lower),
		"upper":        textMethod(Upper),
		"title":        textMethod(Title),
		"swapcase":     textMethod(Swapcase),
		"isalnum":      eachMethod(func(r rune) bool { return unicode.IsLetter(r) || isNumeric(r) }),
		"isalpha":      eachMethod(unicode.IsLetter),
		"isdecimal":    eachMethod(isDecimal),
		"isdigit":      eachMethod(isDigit),
		"isnumeric":    eachMethod(isNumeric),
		"isspace":      eachMethod(isSpace),
		"isascii":      strMethod(noArgs, "", func(s string, _ []Value) (Value, error) { return Bool(isASCII(s)), nil }),
		"isprintable":  strMethod(noArgs, "", strIsPrintable),
		"isidentifier": strMethod(noArgs, "", strIsIdentifier),
		"islower":      strMethod(noArgs, "", func(s string, _ []Value) (Value, error) { return Bool(hasOnlyCase(s, isLower)), nil }),
		"isupper":      strMethod(noArgs, "", func(s string, _ []Value) (Value, error) { return Bool(hasOnlyCase(s, isUpper)), nil }),
		"istitle":      strMethod(noArgs, "", strIsTitle),
		"center":       strMethod(positional, "width fillchar?", pad('^')),
		"ljust":        strMethod(positional, "width fillchar?", pad('<')),
		"rjust":        strMethod(positional, "width fillchar?", pad('>')),
		"zfill":        strMethod(oneArg, "width", strZfill),
		"expandtabs":   strMethod(withKeyword, "tabsize?", strExpandtabs),
		"count":        strMethod(positional, "sub start? end?", strCount),
		"find":         strMethod(positional, "sub start? end?", finder("find", strings.Index, false)),
		"rfind":        strMethod(positional, "sub start? end?", finder("rfind", strings.LastIndex, false)),
		"index":        strMethod(positional, "sub start? end?", finder("index", strings.Index, true)),
		"rindex":       strMethod(positional, "sub start? end?", finder("rindex", strings.LastIndex, true)),
		"startswith":   strMethod(positional, "prefix start? end?", affix("startswith", strings.HasPrefix)),
		"endswith":     strMethod(positional, "suffix start? end?", affix("endswith", strings.HasSuffix)),
		"strip":        strMethod(positional, "chars?", stripper("strip", true, true)),
		"lstrip":       strMethod(positional, "chars?", stripper("lstrip", true, false)),
		"rstrip":       strMethod(positional, "chars?", stripper("rstrip", false, true)),
		"removeprefix": strMethod(oneArg, "prefix", remover("removeprefix", strings.TrimPrefix)),
		"removesuffix": strMethod(oneArg, "suffix", remover("removesuffix", strings.TrimSuffix)),
		"partition":    strMethod(oneArg, "sep", strPartition),
		"rpartition":   strMethod(oneArg, "sep", strRPartition),
		"replace":      strMethod(withKeyword, "old new count?", strReplace),
		"split":        strMethod(withKeyword, "sep? maxsplit?", strSplit),
		"rsplit":       strMethod(withKeyword, "sep? maxsplit?", strRSplit),
		"splitlines":   strMethod(withKeyword, "keepends?", strSplitlines),
		"join":         strMethod(oneArg, "iterable", strJoin),
		"translate":    strMethod(oneArg, "table", strTranslate),
		"encode":       strMethod(withKeyword, "encoding? errors?", strEncode),
		"format": rawMethod(func(self Value, args []Value, kwargs *Dict) (Value, error) {
			return Format(self.(Str), args, kwargs)
		}),
		"format_map": strMethod(oneArg, "mapping", func(s string, a []Value) (Value, error) {
			return formatMap(NewStr(s), a[0])
		}),
	})
}

func strMethod(style argStyle, params string, f func(s string, a []Value) (Value, error)) *methodDef {
	return method(style, params, func(self Value, a []Value) (Value, error) { return f(self.(Str).s, a) })
}

func textMethod(f func(string) string) *methodDef {
	return strMethod(noArgs, "", func(s string, _ []Value) (Value, error) { return NewStr(f(s)), nil })
}

func eachMethod(f func(rune) bool) *methodDef {
	return strMethod(noArgs, "", func(s string, _ []Value) (Value, error) {
		for _, r := range s {
			if !f(r) {
				return False, nil
			}
		}
		return Bool(s != ""), nil
	})
}

// decode gives the first character of s, or a negative one for a byte that is not UTF-8.
func decode(s string) (rune, int) {
	r, n := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && n == 1 {
		return -1, 1
	}
	return r, n
}

func strIsPrintable(s string, _ []Value) (Value, error) {
	for len(s) > 0 {
		r, n := decode(s)
		if r < 0 || !unicode.IsPrint(r) {
			return False, nil
		}
		s = s[n:]
	}
	return True, nil
}

func strIsIdentifier(s string, _ []Value) (Value, error) { return Bool(IsIdentifier(s)), nil }

// IsIdentifier is str.isidentifier().
func IsIdentifier(s string) bool {
	for i, r := range s {
		start := r == '_' || unicode.IsLetter(r) || unicode.Is(unicode.Nl, r) || unicode.Is(unicode.Other_ID_Start, r)
		if !start && (i == 0 || !unicode.In(r, unicode.Mn, unicode.Mc, unicode.Nd, unicode.Pc, unicode.Other_ID_Continue)) {
			return false
		}
	}
	return s != ""
}

func hasOnlyCase(s string, want func(rune) bool) bool {
	found := false
	for _, r := range s {
		if isCased(r) {
			if !want(r) {
				return false
			}
			found = true
		}
	}
	return found
}

func strIsTitle(s string, _ []Value) (Value, error) {
	found, inWord := false, false
	for _, r := range s {
		switch {
		case isUpper(r) || unicode.Is(unicode.Lt, r):
			if inWord {
				return False, nil
			}
			found, inWord = true, true
		case isLower(r):
			if !inWord {
				return False, nil
			}
		default:
			inWord = false
		}
	}
	return Bool(found), nil
}

// asIndex gives an argument that must be an int.
func asIndex(v Value) (int, error) {
	n, ok := asInt(v)
	if !ok {
		return 0, typeErrorf("'%s' object cannot be interpreted as an integer", qualified(v))
	}
	i, fits := n.Int64()
	if !fits {
		return 0, Raise("OverflowError", "Python int too large to convert to C ssize_t")
	}
	return int(i), nil
}

func pad(align byte) func(s string, a []Value) (Value, error) {
	return func(s string, a []Value) (Value, error) {
		width, err := asIndex(a[0])
		if err != nil {
			return nil, err
		}
		fill := " "
		if a[1] != nil {
			f, ok := a[1].(Str)
			if !ok {
				return nil, typeErrorf("The fill character must be a unicode character, not %s", qualified(a[1]))
			}
			if f.Len() != 1 {
				return nil, typeErrorf("The fill character must be exactly one character long")
			}
			fill = f.s
		}
		if width > maxRepeat {
			return nil, errTooLarge
		}
		n := width - utf8.RuneCountInString(s)
		if n <= 0 {
			return NewStr(s), nil
		}
		left := 0
		switch align {
		case '>':
			left = n
		case '^':
			left = n/2 + (n & width & 1) // as Python's str.center: the odd one goes left when the width is odd
		}
		return NewStr(strings.Repeat(fill, left) + s + strings.Repeat(fill, n-left)), nil
	}
}

func strZfill(s string, a []Value) (Value, error) {
	width, err := asIndex(a[0])
	if err != nil {
		return nil, err
	}
	n := width - utf8.RuneCountInString(s)
	if n <= 0 {
		return NewStr(s), nil
	}
	if n > maxRepeat {
		return nil, errTooLarge
	}
	sign := ""
	if s != "" && (s[0] == '+' || s[0] == '-') {
		sign, s = s[:1], s[1:]
	}
	return NewStr(sign + strings.Repeat("0", n) + s), nil
}

func strExpandtabs(s string, a []Value) (Value, error) {
	size := 8
	if a[0] != nil {
		var err error
		if size, err = asIndex(a[0]); err != nil {
			return nil, err
		}
	}
	if size > 0 && tooLarge(max(strings.Count(s, "\t"), 1), NewInt(int64(size))) {
		return nil, errTooLarge
	}
	var b strings.Builder
	col := 0
	for _, r := range s {
		switch {
		case r == '\t':
			if size > 0 {
				n := size - col%size
				b.WriteString(strings.Repeat(" ", n))
				col += n
			}
			continue
		case r == '\n' || r == '\r':
			col = -1
		}
		col++
		b.WriteRune(r)
	}
	return NewStr(b.String()), nil
}

func strJoin(s string, a []Value) (Value, error) {
	elems, err := Elems(a[0])
	if err != nil {
		if ClassOf(err) == "TypeError" {
			err = typeErrorf("can only join an iterable")
		}
		return nil, err
	}
	parts := make([]string, len(elems))
	for i, e := range elems {
		e, err := known(e)
		if err != nil {
			return nil, err
		}
		t, ok := e.(Str)
		if !ok {
			return nil, typeErrorf("sequence item %d: expected str instance, %s found", i, qualified(e))
		}
		parts[i] = t.s
	}
	return NewStr(strings.Join(parts, s)), nil
}

func strTranslate(s string, a []Value) (Value, error) {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := decode(s[i:])
		t, err := Index(a[0], NewInt(int64(r)))
		switch x := t.(type) {
		case nil:
			if c := ClassOf(err); c != "KeyError" && c != "IndexError" {
				return nil, err
			}
			b.WriteString(s[i : i+n])
		case NoneType:
		case Str:
			b.WriteString(x.s)
		case Int:
			if x.Sign() < 0 || x.big != nil || x.small > unicode.MaxRune {
				return nil, valueErrorf("character mapping must be in range(0x110000)")
			}
			b.WriteRune(rune(x.small))
		default:
			return nil, typeErrorf("character mapping must return integer, None or str")
		}
		i += n
	}
	return NewStr(b.String()), nil
}
