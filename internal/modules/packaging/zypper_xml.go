package packaging

import (
	"strconv"
	"strings"
)

// zypperTag is a tag of what zypper writes with --xmlout, with the text up to the next one. Package encoding/xml is a hundredth of
// the agent, and zypper's answers have no more than this.
type zypperTag struct {
	name  string
	attrs map[string]string
	text  string
	end   bool // </name>
}

// zypperTags reads the tags; what is none, as headers and what comes after a tag that is not closed, is left out.
func zypperTags(s string) []zypperTag {
	var out []zypperTag
	for {
		_, rest, ok := strings.Cut(s, "<")
		if !ok {
			return out
		}
		t := zypperTag{attrs: map[string]string{}}
		rest, t.end = strings.CutPrefix(rest, "/")
		n := strings.IndexAny(rest, " \t\r\n/>")
		if n < 0 {
			return out
		}
		t.name, rest = rest[:n], rest[n:]
		if rest, ok = t.readAttrs(rest); !ok {
			return out
		}
		text, _, _ := strings.Cut(rest, "<")
		t.text, s = unescapeXML(text), rest
		if t.name != "" && t.name[0] != '?' && t.name[0] != '!' {
			out = append(out, t)
		}
	}
}

// readAttrs reads the attributes up to the end of the tag, and gives what is behind it.
func (t *zypperTag) readAttrs(s string) (rest string, ok bool) {
	for {
		s = strings.TrimLeft(s, " \t\r\n/?")
		i := strings.IndexAny(s, "=>")
		switch {
		case i < 0:
			return "", false
		case s[i] == '>': // at its end, or behind words that are no attributes: a DOCTYPE
			return s[i+1:], true
		}
		name, after := s[:i], strings.TrimLeft(s[i+1:], " \t\r\n")
		if after == "" || after[0] != '"' && after[0] != '\'' {
			return "", false
		}
		val, after, found := strings.Cut(after[1:], after[:1])
		if !found {
			return "", false
		}
		t.attrs[strings.TrimSpace(name)] = unescapeXML(val)
		s = after
	}
}

// unescapeXML puts characters in the place of references to them.
func unescapeXML(s string) string {
	if !strings.Contains(s, "&") {
		return s
	}
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, "&")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		ref, after, ok := strings.Cut(rest, ";")
		switch c, known := xmlReferences[ref]; {
		case ok && known:
			b.WriteString(c)
		case ok && strings.HasPrefix(ref, "#"):
			n, err := strconv.ParseUint(strings.Replace(ref[1:], "x", "0x", 1), 0, 21)
			if err != nil {
				n = 0xfffd
			}
			b.WriteRune(rune(n))
		default:
			b.WriteByte('&')
			after = rest
		}
		s = after
	}
}

var xmlReferences = map[string]string{"lt": "<", "gt": ">", "amp": "&", "quot": `"`, "apos": "'"}
