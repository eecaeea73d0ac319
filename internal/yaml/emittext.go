package yaml

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// analysis says which styles a text can be written in.
type analysis struct {
	multiline             bool
	flowPlain, blockPlain bool
	single, block         bool
}

func isBreak(r rune) bool {
	return r == '\n' || r == '\r' || r == 0x85 || r == 0x2028 || r == 0x2029
}

// isPrintable is libyaml's notion: no tab, and nothing beyond the basic plane.
func isPrintable(r rune) bool {
	return r == '\n' || 0x20 <= r && r <= 0x7e || 0xa0 <= r && r <= 0xd7ff || 0xe000 <= r && r <= 0xfffd && r != 0xfeff
}

// blankAt tells whether a blank, a tab, a line break or the end of s stands at i.
func blankAt(s string, i int) bool {
	if i >= len(s) {
		return true
	}
	r, _ := utf8.DecodeRuneInString(s[i:])
	return r == ' ' || r == '\t' || r == 0 || isBreak(r)
}

func spaceAt(s string, i int) bool { return i < len(s) && s[i] == ' ' }

// analyse looks at a text once for all that decides on its style.
func analyse(s string, unicode bool) analysis {
	if s == "" {
		return analysis{blockPlain: true, single: true}
	}
	var flowInd, blockInd, breaks, special bool
	var leading, trailingSpace, trailingBreak, breakSpace, spaceBreak, wasSpace, wasBreak bool
	if strings.HasPrefix(s, "---") || strings.HasPrefix(s, "...") {
		flowInd, blockInd = true, true
	}
	blankBefore := true
	for i, r := range s {
		end := i + utf8.RuneLen(r)
		blankAfter := blankAt(s, end)
		switch {
		case i == 0 && strings.ContainsRune("#,[]{}&*!|>'\"%@`", r):
			flowInd, blockInd = true, true
		case i == 0 && (r == '?' || r == ':'):
			flowInd, blockInd = true, blockInd || blankAfter
		case i == 0 && r == '-' && blankAfter:
			flowInd, blockInd = true, true
		case i > 0 && strings.ContainsRune(",?[]{}", r):
			flowInd = true
		case i > 0 && r == ':':
			flowInd, blockInd = true, blockInd || blankAfter
		case i > 0 && r == '#' && blankBefore:
			flowInd, blockInd = true, true
		}
		special = special || !isPrintable(r) || r > 0x7f && !unicode
		switch {
		case r == ' ':
			leading = leading || i == 0
			trailingSpace = end == len(s)
			breakSpace = breakSpace || wasBreak
			wasSpace, wasBreak = true, false
		case isBreak(r):
			breaks = true
			leading = leading || i == 0
			trailingBreak = end == len(s)
			spaceBreak = spaceBreak || wasSpace
			wasSpace, wasBreak = false, true
		default:
			wasSpace, wasBreak = false, false
		}
		blankBefore = r == ' ' || r == '\t' || isBreak(r)
	}
	plain := !leading && !trailingSpace && !trailingBreak && !breakSpace && !spaceBreak && !special && !breaks
	return analysis{
		multiline:  breaks,
		flowPlain:  plain && !flowInd,
		blockPlain: plain && !blockInd,
		single:     !breakSpace && !spaceBreak && !special,
		block:      !trailingSpace && !spaceBreak && !special,
	}
}

func (e *emitter) plain(s string, folds bool) {
	if !e.blank && (s != "" || e.depth > 0) {
		e.put(" ")
	}
	spaces, breaks := false, false
	for i, r := range s {
		switch {
		case r == ' ':
			if folds && !spaces && e.column > e.width && !spaceAt(s, i+1) {
				e.writeIndent()
			} else {
				e.put(" ")
			}
			spaces = true
		case isBreak(r):
			if !breaks && r == '\n' {
				e.putBreak()
			}
			e.writeBreak(r)
			e.indention, breaks = true, true
		default:
			if breaks {
				e.writeIndent()
			}
			e.put(string(r))
			e.indention, spaces, breaks = false, false, false
		}
	}
	e.blank, e.indention = false, false
}

func (e *emitter) singleQuoted(s string, folds bool) {
	e.indicator("'", true, false, false)
	spaces, breaks := false, false
	for i, r := range s {
		switch {
		case r == ' ':
			if folds && !spaces && e.column > e.width && i > 0 && i < len(s)-1 && !spaceAt(s, i+1) {
				e.writeIndent()
			} else {
				e.put(" ")
			}
			spaces = true
		case isBreak(r):
			if !breaks && r == '\n' {
				e.putBreak()
			}
			e.writeBreak(r)
			e.indention, breaks = true, true
		default:
			if breaks {
				e.writeIndent()
			}
			if r == '\'' {
				e.put("'")
			}
			e.put(string(r))
			e.indention, spaces, breaks = false, false, false
		}
	}
	if breaks {
		e.writeIndent()
	}
	e.indicator("'", false, false, false)
	e.blank, e.indention = false, false
}

var escapes = map[rune]string{
	0: "0", 7: "a", 8: "b", 9: "t", '\n': "n", 0xb: "v", 0xc: "f", '\r': "r", 0x1b: "e", '"': `"`,
	'\\': `\`, 0x85: "N", 0xa0: "_", 0x2028: "L", 0x2029: "P",
}

func (e *emitter) doubleQuoted(s string, folds bool) {
	e.indicator(`"`, true, false, false)
	spaces := false
	for i, r := range s {
		switch {
		case !isPrintable(r) || !e.o.Unicode && r > 0x7f || isBreak(r) || r == '"' || r == '\\':
			e.put(`\`)
			if c, ok := escapes[r]; ok {
				e.put(c)
			} else if r <= 0xff {
				e.put(fmt.Sprintf("x%02X", r))
			} else if r <= 0xffff {
				e.put(fmt.Sprintf("u%04X", r))
			} else {
				e.put(fmt.Sprintf("U%08X", r))
			}
			spaces = false
		case r == ' ':
			if folds && !spaces && e.column > e.width && i > 0 && i < len(s)-1 {
				e.writeIndent()
				if spaceAt(s, i+1) {
					e.put(`\`)
				}
			} else {
				e.put(" ")
			}
			spaces = true
		default:
			e.put(string(r))
			spaces = false
		}
	}
	e.indicator(`"`, false, false, false)
	e.blank, e.indention = false, false
}

// blockHints writes what follows | or >: the indentation when the text begins with a blank, and how it ends.
func (e *emitter) blockHints(s string) {
	first, _ := utf8.DecodeRuneInString(s)
	if s != "" && (first == ' ' || isBreak(first)) {
		e.put(fmt.Sprint(e.step))
	}
	last, n := utf8.DecodeLastRuneInString(s)
	switch rest := s[:len(s)-n]; {
	case s == "" || !isBreak(last):
		e.put("-")
	default:
		if before, _ := utf8.DecodeLastRuneInString(rest); rest == "" || isBreak(before) {
			e.put("+")
			e.openEnded = true
		}
	}
	e.putBreak()
	e.indention, e.blank = true, true
}

func (e *emitter) literal(s string) {
	e.indicator("|", true, false, false)
	e.blockHints(s)
	breaks := true
	for _, r := range s {
		if isBreak(r) {
			e.writeBreak(r)
			e.indention, breaks = true, true
			continue
		}
		if breaks {
			e.writeIndent()
		}
		e.put(string(r))
		e.indention, breaks = false, false
	}
}

func (e *emitter) folded(s string) {
	e.indicator(">", true, false, false)
	e.blockHints(s)
	breaks, leading := true, true
	for i, r := range s {
		if isBreak(r) {
			if !breaks && !leading && r == '\n' {
				after := strings.TrimLeftFunc(s[i:], isBreak)
				if !blankAt(after, 0) {
					e.putBreak()
				}
			}
			e.writeBreak(r)
			e.indention, breaks = true, true
			continue
		}
		if breaks {
			e.writeIndent()
			leading = r == ' ' || r == '\t'
		}
		if !breaks && r == ' ' && !spaceAt(s, i+1) && e.column > e.width {
			e.writeIndent()
		} else {
			e.put(string(r))
		}
		e.indention, breaks = false, false
	}
}
