package yaml

import "strings"

// The tags of YAML 1.1 in the short form that the parser gives.
const (
	tagNull      = "!!null"
	tagBool      = "!!bool"
	tagInt       = "!!int"
	tagFloat     = "!!float"
	tagStr       = "!!str"
	tagBinary    = "!!binary"
	tagTimestamp = "!!timestamp"
	tagOmap      = "!!omap"
	tagPairs     = "!!pairs"
	tagSet       = "!!set"
	tagSeq       = "!!seq"
	tagMap       = "!!map"
	tagMerge     = "!!merge"
	tagValue     = "!!value"

	tagVault          = "!vault"
	tagVaultEncrypted = "!vault-encrypted"
	tagUnsafe         = "!unsafe"
)

// longPrefix is what "!!" stands for.
const longPrefix = "tag:yaml.org,2002:"

// resolvePlain gives the tag of a plain scalar by the rules of YAML 1.1 as PyYAML's resolver has them (PyYAML
// documentation, "YAML tags and Python types"; https://yaml.org/type/). PyYAML asks only the rules that are registered for
// the first character, which makes a difference for ".5" with a sign, for instance.
func resolvePlain(s string) string {
	if s == "" {
		return tagNull
	}
	switch s[0] {
	case '~':
		if s == "~" {
			return tagNull
		}
	case '<':
		if s == "<<" {
			return tagMerge
		}
	case '=':
		if s == "=" {
			return tagValue
		}
	case 'n', 'N':
		if s == "null" || s == "Null" || s == "NULL" {
			return tagNull
		}
		fallthrough
	case 'y', 'Y', 't', 'T', 'f', 'F', 'o', 'O':
		if isBool(s) {
			return tagBool
		}
	case '-', '+', '.', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		switch {
		case isFloat(s):
			return tagFloat
		case s[0] == '.':
		case isInt(s):
			return tagInt
		case s[0] != '-' && s[0] != '+' && isTimestamp(s):
			return tagTimestamp
		}
	}
	return tagStr
}

func isBool(s string) bool {
	switch s {
	case "yes", "Yes", "YES", "no", "No", "NO", "true", "True", "TRUE", "false", "False", "FALSE",
		"on", "On", "ON", "off", "Off", "OFF":
		return true
	}
	return false
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// span returns the length of the prefix of s whose bytes are all in set, which is a digit range 0..max and "_".
func span(s string, ok func(byte) bool) int {
	i := 0
	for i < len(s) && ok(s[i]) {
		i++
	}
	return i
}

func digitOrLine(c byte) bool { return isDigit(c) || c == '_' }
func octalOrLine(c byte) bool { return '0' <= c && c <= '7' || c == '_' }
func hexOrLine(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F' || c == '_'
}
func binaryOrLine(c byte) bool { return c == '0' || c == '1' || c == '_' }

// isFloat matches
//
//	[-+]?[0-9][0-9_]*\.[0-9_]*([eE][-+][0-9]+)?  |  \.[0-9][0-9_]*([eE][-+][0-9]+)?
//	[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+\.[0-9_]*  |  [-+]?\.(inf|Inf|INF)  |  \.(nan|NaN|NAN)
func isFloat(s string) bool {
	switch s {
	case ".nan", ".NaN", ".NAN":
		return true
	}
	rest := s
	signed := s[0] == '-' || s[0] == '+'
	if signed {
		rest = s[1:]
	}
	switch rest {
	case ".inf", ".Inf", ".INF":
		return true
	case "":
		return false
	}
	if rest[0] == '.' {
		return !signed && len(rest) > 1 && isDigit(rest[1]) && isExponent(rest[1+span(rest[1:], digitOrLine):])
	}
	if !isDigit(rest[0]) {
		return false
	}
	rest = rest[span(rest, digitOrLine):]
	after, sexagesimal := skipSixties(rest)
	if after == "" || after[0] != '.' {
		return false
	}
	after = after[1+span(after[1:], digitOrLine):]
	return after == "" || !sexagesimal && isExponent(after)
}

// isExponent matches ([eE][-+][0-9]+)? to the end.
func isExponent(s string) bool {
	if s == "" {
		return true
	}
	return len(s) > 2 && (s[0] == 'e' || s[0] == 'E') && (s[1] == '-' || s[1] == '+') && span(s[2:], isDigit) == len(s)-2
}

// skipSixties takes (:[0-5]?[0-9])* off s, and tells whether it was there at least once. Where two digits do not make a
// number below 60 the second one is left, as a regular expression leaves it.
func skipSixties(s string) (rest string, any bool) {
	for len(s) > 1 && s[0] == ':' && isDigit(s[1]) {
		any = true
		if s[1] <= '5' && len(s) > 2 && isDigit(s[2]) {
			s = s[3:]
		} else {
			s = s[2:]
		}
	}
	return s, any
}

// isInt matches
//
//	[-+]?0b[0-1_]+ | [-+]?0[0-7_]+ | [-+]?(0|[1-9][0-9_]*) | [-+]?0x[0-9a-fA-F_]+ | [-+]?[1-9][0-9_]*(:[0-5]?[0-9])+
func isInt(s string) bool {
	if s[0] == '-' || s[0] == '+' {
		s = s[1:]
	}
	if s == "" || !isDigit(s[0]) {
		return false
	}
	if s[0] != '0' {
		rest, _ := skipSixties(s[span(s, digitOrLine):])
		return rest == ""
	}
	switch {
	case s == "0":
		return true
	case strings.HasPrefix(s, "0b"):
		return len(s) > 2 && span(s[2:], binaryOrLine) == len(s)-2
	case strings.HasPrefix(s, "0x"):
		return len(s) > 2 && span(s[2:], hexOrLine) == len(s)-2
	}
	return span(s[1:], octalOrLine) == len(s)-1
}
