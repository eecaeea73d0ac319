package value

import (
	"encoding/hex"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

var bytesMethods map[string]*methodDef

func makeBytesMethods() {
	bytesMethods = named(map[string]*methodDef{
		"decode": method(withKeyword, "encoding? errors?", func(self Value, a []Value) (Value, error) {
			enc, errs, err := codecArgs("decode", a)
			if err != nil {
				return nil, err
			}
			s, err := Decode(self.(Bytes).b, enc, errs)
			return NewStr(s), err
		}),
		"hex": method(noArgs, "", func(self Value, _ []Value) (Value, error) {
			return NewStr(hex.EncodeToString([]byte(self.(Bytes).b))), nil
		}),
	})
}

func codecArgs(name string, a []Value) (encoding, errs string, err error) {
	out := [2]string{"utf-8", "strict"}
	for i, what := range []string{"encoding", "errors"} {
		if a[i] == nil {
			continue
		}
		s, ok := a[i].(Str)
		if !ok {
			return "", "", typeErrorf("%s() argument '%s' must be str, not %s", name, what, qualified(a[i]))
		}
		out[i] = s.s
	}
	return out[0], out[1], nil
}

func strEncode(s string, a []Value) (Value, error) {
	enc, errs, err := codecArgs("encode", a)
	if err != nil {
		return nil, err
	}
	b, err := Encode(s, enc, errs)
	return Bytes{b: b}, err
}

// codec gives Python's name of an encoding: "utf-8", "ascii", "latin-1", "utf-16", "utf-16-le" or "utf-16-be".
func codec(name string) (string, error) {
	switch strings.NewReplacer("_", "-", " ", "-").Replace(strings.ToLower(name)) {
	case "utf-8", "utf8", "u8", "cp65001":
		return "utf-8", nil
	case "ascii", "us-ascii", "646":
		return "ascii", nil
	case "latin-1", "latin1", "iso-8859-1", "iso8859-1", "l1", "8859", "cp819":
		return "latin-1", nil
	case "utf-16", "utf16", "u16":
		return "utf-16", nil
	case "utf-16-le", "utf-16le", "utf16le":
		return "utf-16-le", nil
	case "utf-16-be", "utf-16be", "utf16be":
		return "utf-16-be", nil
	}
	return "", Raise("LookupError", "unknown encoding: %s", name)
}

func errorHandler(name string) error {
	switch name {
	case "strict", "ignore", "replace", "surrogateescape", "surrogate_or_strict", "surrogate_or_replace",
		"backslashreplace", "xmlcharrefreplace":
		return nil
	}
	return Raise("LookupError", "unknown error handler name '%s'", name)
}

// Encode is s.encode(encoding, errors) for UTF-8, ASCII, Latin-1 and UTF-16.
func Encode(s, encoding, errs string) (string, error) {
	name, err := codec(encoding)
	if err != nil {
		return "", err
	}
	limit := map[string]rune{"ascii": 0x80, "latin-1": 0x100}[name]
	if name == "utf-8" && utf8.ValidString(s) {
		return s, nil
	}
	if strings.HasPrefix(name, "utf-16") {
		return encode16(s, name), nil
	}
	if err := errorHandler(errs); err != nil {
		return "", err
	}
	var b strings.Builder
	for i, n := 0, 0; n < len(s); i++ {
		r, w := decode(s[n:])
		switch {
		case r < 0 && strings.HasPrefix(errs, "surrogate"):
			b.WriteByte(s[n])
		case r >= 0 && limit == 0:
			b.WriteString(s[n : n+w])
		case r >= 0 && r < limit:
			b.WriteByte(byte(r))
		case errs == "ignore":
		case errs == "replace" || errs == "surrogate_or_replace":
			b.WriteByte('?')
		case errs == "xmlcharrefreplace":
			b.WriteString("&#" + NewInt(int64(r)).String() + ";")
		case errs == "backslashreplace":
			b.WriteString(toASCII(s[n : n+w]))
		default:
			return "", encodeError(name, s[n:], i, limit)
		}
		n += w
	}
	return b.String(), nil
}

func encodeError(name, rest string, at int, limit rune) error {
	r, w := decode(rest)
	quoted := toASCII(rest[:w])
	why := "ordinal not in range(" + NewInt(int64(limit)).String() + ")"
	if r < 0 {
		quoted, why = string(appendEscape(nil, 'u', 0xdc00+rune(rest[0]), 4)), "surrogates not allowed"
	}
	last := at
	for rest = rest[w:]; rest != ""; rest = rest[w:] {
		next, n := decode(rest)
		if w = n; next >= 0 && (limit == 0 || next < limit) {
			break
		}
		last++
	}
	if last > at {
		return Raise("UnicodeEncodeError", "'%s' codec can't encode characters in position %d-%d: %s", name, at, last, why)
	}
	return Raise("UnicodeEncodeError", "'%s' codec can't encode character '%s' in position %d: %s", name, quoted, at, why)
}

func encode16(s, name string) string {
	units := utf16.Encode([]rune(s))
	if name == "utf-16" {
		units = append([]uint16{0xfeff}, units...)
	}
	b := make([]byte, 0, 2*len(units))
	for _, u := range units {
		if name == "utf-16-be" {
			b = append(b, byte(u>>8), byte(u))
		} else {
			b = append(b, byte(u), byte(u>>8))
		}
	}
	return string(b)
}

// Decode is b.decode(encoding, errors) for UTF-8, ASCII, Latin-1 and UTF-16.
func Decode(b, encoding, errs string) (string, error) {
	name, err := codec(encoding)
	if err != nil {
		return "", err
	}
	if name == "utf-8" && utf8.ValidString(b) || name == "ascii" && isASCII(b) {
		return b, nil
	}
	if strings.HasPrefix(name, "utf-16") {
		return decode16(b, name), nil
	}
	if err := errorHandler(errs); err != nil {
		return "", err
	}
	var out strings.Builder
	for i := 0; i < len(b); {
		c := b[i]
		r, n := decode(b[i:])
		switch {
		case name == "latin-1":
			out.WriteRune(rune(c))
			n = 1
		case r >= 0 && (name == "utf-8" || c < 0x80):
			out.WriteString(b[i : i+n])
		default:
			n = badLength(b[i:], name)
			if err := undecodable(&out, b, i, n, name, errs); err != nil {
				return "", err
			}
		}
		i += n
	}
	return out.String(), nil
}

// badLength tells how many bytes that can't be decoded belong together: the longest start of a UTF-8 sequence, or one.
func badLength(b, name string) int {
	c := b[0]
	if name != "utf-8" || c < 0xc2 || c > 0xf4 {
		return 1
	}
	want, low, high := 2, byte(0x80), byte(0xbf)
	switch {
	case c >= 0xf0:
		want = 4
	case c >= 0xe0:
		want = 3
	}
	switch c {
	case 0xe0:
		low = 0xa0
	case 0xed:
		high = 0x9f
	case 0xf0:
		low = 0x90
	case 0xf4:
		high = 0x8f
	}
	n := 1
	for n < want && n < len(b) && b[n] >= low && b[n] <= high {
		low, high = 0x80, 0xbf
		n++
	}
	return n
}

func undecodable(out *strings.Builder, b string, i, n int, name, errs string) error {
	switch errs {
	case "surrogateescape", "surrogate_or_strict", "surrogate_or_replace":
		out.WriteString(b[i : i+n])
	case "ignore":
	case "replace":
		out.WriteRune(utf8.RuneError)
	case "backslashreplace":
		for _, c := range []byte(b[i : i+n]) {
			out.WriteString(`\x` + hex.EncodeToString([]byte{c}))
		}
	default:
		return decodeError(b, i, n, name)
	}
	return nil
}

func decodeError(b string, i, n int, name string) error {
	why := "invalid start byte"
	switch c := b[i]; {
	case name == "ascii":
		why = "ordinal not in range(128)"
	case c >= 0xc2 && c <= 0xf4 && i+n >= len(b):
		why = "unexpected end of data"
	case c >= 0xc2 && c <= 0xf4:
		why = "invalid continuation byte"
	}
	if n > 1 {
		return Raise("UnicodeDecodeError", "'%s' codec can't decode bytes in position %d-%d: %s", name, i, i+n-1, why)
	}
	return Raise("UnicodeDecodeError", "'%s' codec can't decode byte 0x%02x in position %d: %s", name, b[i], i, why)
}

func decode16(b, name string) string {
	big := name == "utf-16-be"
	if name == "utf-16" && len(b) >= 2 {
		switch b[:2] {
		case "\xff\xfe":
			b = b[2:]
		case "\xfe\xff":
			big, b = true, b[2:]
		}
	}
	units := make([]uint16, 0, len(b)/2)
	for i := 0; i+1 < len(b); i += 2 {
		if big {
			units = append(units, uint16(b[i])<<8|uint16(b[i+1]))
		} else {
			units = append(units, uint16(b[i+1])<<8|uint16(b[i]))
		}
	}
	return string(utf16.Decode(units))
}
