package value

import (
	"strings"
	"unicode"
)

func inRanges(table [][2]rune, r rune) bool {
	lo, hi := 0, len(table)
	for lo < hi {
		mid := (lo + hi) / 2
		switch {
		case r < table[mid][0]:
			hi = mid
		case r > table[mid][1]:
			lo = mid + 1
		default:
			return true
		}
	}
	return false
}

func isLower(r rune) bool { return unicode.Is(unicode.Ll, r) || inRanges(otherLower, r) }
func isUpper(r rune) bool { return unicode.Is(unicode.Lu, r) || inRanges(otherUpper, r) }
func isCased(r rune) bool { return isLower(r) || isUpper(r) || unicode.Is(unicode.Lt, r) }

func isDecimal(r rune) bool { return unicode.Is(unicode.Nd, r) }
func isDigit(r rune) bool   { return isDecimal(r) || inRanges(digitRanges, r) }
func isNumeric(r rune) bool { return isDigit(r) || inRanges(numericRanges, r) }

// isSpace is str.isspace() for one character.
func isSpace(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f }

// mapCase maps every character by special or single; bytes that are not UTF-8 stay.
func mapCase(s string, special map[rune]string, single func(rune) rune) string {
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		r, n := decode(s[i:])
		switch t, ok := special[r]; {
		case r < 0:
			b.WriteByte(s[i])
		case ok:
			b.WriteString(t)
		default:
			b.WriteRune(single(r))
		}
		i += n
	}
	return b.String()
}

func mapASCII(s string, from, to byte) string {
	b := []byte(s)
	for i, c := range b {
		if c >= from && c <= to {
			b[i] = c ^ 0x20
		}
	}
	return string(b)
}

// Upper is str.upper().
func Upper(s string) string {
	if isASCII(s) {
		return mapASCII(s, 'a', 'z')
	}
	return mapCase(s, upperSpecial(), unicode.ToUpper)
}

// Lower is str.lower().
func Lower(s string) string {
	if isASCII(s) {
		return mapASCII(s, 'A', 'Z')
	}
	if !strings.ContainsRune(s, 'Σ') {
		return mapCase(s, lowerSpecial(), unicode.ToLower)
	}
	rs := []rune(s)
	var b strings.Builder
	for i := range rs {
		b.WriteString(lowerAt(rs, i))
	}
	return b.String()
}

// lowerAt gives the lower case of rs[i]: a sigma at the end of a word has a form of its own.
func lowerAt(rs []rune, i int) string {
	if rs[i] == 'Σ' {
		before, after := i-1, i+1
		for before >= 0 && caseIgnorable(rs[before]) {
			before--
		}
		for after < len(rs) && caseIgnorable(rs[after]) {
			after++
		}
		if before >= 0 && isCased(rs[before]) && (after == len(rs) || !isCased(rs[after])) {
			return "ς"
		}
		return "σ"
	}
	if t, ok := lowerSpecial()[rs[i]]; ok {
		return t
	}
	return string(unicode.ToLower(rs[i]))
}

func caseIgnorable(r rune) bool {
	return unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Lm, unicode.Sk) || strings.ContainsRune("'.:·’‘․﹒", r)
}

// Casefold is str.casefold().
func Casefold(s string) string {
	if isASCII(s) {
		return mapASCII(s, 'A', 'Z')
	}
	return mapCase(s, foldSpecial(), unicode.ToLower)
}

func titleRune(r rune) string {
	if t, ok := titleSpecial()[r]; ok {
		return t
	}
	return string(unicode.ToTitle(r))
}

// Title is str.title().
func Title(s string) string {
	rs := []rune(s)
	var b strings.Builder
	inWord := false
	for i, r := range rs {
		if inWord {
			b.WriteString(lowerAt(rs, i))
		} else {
			b.WriteString(titleRune(r))
		}
		inWord = isCased(r)
	}
	return b.String()
}

// Capitalize is str.capitalize().
func Capitalize(s string) string {
	rs := []rune(s)
	var b strings.Builder
	for i, r := range rs {
		if i == 0 {
			b.WriteString(titleRune(r))
		} else {
			b.WriteString(lowerAt(rs, i))
		}
	}
	return b.String()
}

// Swapcase is str.swapcase().
func Swapcase(s string) string {
	rs := []rune(s)
	var b strings.Builder
	for i, r := range rs {
		switch {
		case isUpper(r):
			b.WriteString(lowerAt(rs, i))
		case isLower(r):
			if t, ok := upperSpecial()[r]; ok {
				b.WriteString(t)
			} else {
				b.WriteRune(unicode.ToUpper(r))
			}
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
