package yaml

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
)

const (
	controlCharacters = "control characters are not allowed"

	helpTemplate = "\nFor example:\n\n    raw: {{ some_var }}\n\nShould be:\n\n    raw: \"{{ some_var }}\"\n"
	helpColon    = "\nFor example:\n\n    raw: echo 'name: ansible'\n\nShould be:\n\n    raw: \"echo 'name: ansible'\"\n"
	helpQuotes   = "\nFor example:\n\n    raw: \"foo\" in \"bar\"\n\nShould be:\n\n    raw: '\"foo\" in \"bar\"'\n"
	helpQuote    = "\nFor example:\n\n    raw: \"foo\" in bar\n\nShould be:\n\n    raw: '\"foo\" in bar'\n"
)

var (
	// a list marker or more, a key of letters and blanks: what Ansible takes for the beginning of a value's line
	ansibleKey = lazyregexp.New(`^\s*(?:-\s+)*(?:[\pL\pN_][\pL\pN_\s\pZ]*:\s+)?`)
	flowKey    = lazyregexp.New(`^(?:[\s{\[]|-\s)*(?:[\pL\pN_][\pL\pN_\s\pZ{}]*:\s+)?`)
	// the same with every key that can be written without a blank or in quotes
	anyKey   = lazyregexp.New(`^\s*(?:-\s+)*(?:(?:[^\s'"{\[#:][^\s:]*(?: [^\s:]+)*|'[^']*'|"[^"]*")\s*:\s+)?`)
	template = lazyregexp.New(`^\{\{.*\}\}`)
	// {{ key }}: value
	templateKey = lazyregexp.New(`^(\{\{[^"]*\}\}[^\s"]*?)\s*:(?:\s+(.*)|)$`)
	endColon    = lazyregexp.New(`:(?:\s|$)`)
	tightKey    = lazyregexp.New(`^\s*(?:-\s+)*[\w.-]+:[^\s:/]`)
)

// ansible words the complaint as ansible-core 2.19 does, which looks at the line for a well-known mistake first. The order
// is its own.
func (c complaint) ansible() *ParserError {
	line := ""
	if c.pos.File != nil {
		line = c.pos.File.Line(int(c.pos.Line))
	}
	at := func(i int) source.Pos {
		return source.At(c.pos.File, int(c.pos.Line), utf8.RuneCountInString(line[:i])+1)
	}
	plain := c.plain()
	say := func(pos source.Pos, help, sentence string) *ParserError {
		return &ParserError{Message: "YAML parsing failed: " + sentence, Help: help, Pos: pos, Plain: plain}
	}
	if c.problem == controlCharacters && c.pos.Line > 0 {
		index := utf8.RuneCountInString(c.pos.File.Text()[:c.pos.File.Offset(c.pos)])
		char, _ := utf8.DecodeRuneInString(c.pos.File.Text()[c.pos.File.Offset(c.pos):])
		plain = fmt.Sprintf("unacceptable character #x%04x: %s\n  in \"<unicode string>\", position %d", char, controlCharacters, index)
		return say(source.Pos{File: c.pos.File}, "", strings.Replace(plain, "\n ", "", 1))
	}
	if i := strings.IndexByte(line, '\t'); i >= 0 {
		return say(at(i), "", "Tabs are usually invalid in YAML.")
	}
	start := len(ansibleKey().FindString(line))
	value := strings.TrimRight(line[start:], "\r")
	if template().MatchString(value) {
		return say(at(start), helpTemplate, "This may be an issue with missing quotes around a template block.")
	}
	after := len(flowKey().FindString(line))
	if !strings.HasPrefix(strings.TrimLeft(line, " "), ":") {
		if m := endColon().FindStringIndex(line[after:]); m != nil {
			return say(at(after+m[0]), helpColon, "Colons in unquoted values must be followed by a non-space character.")
		}
	}
	if value != "" && (value[0] == '"' || value[0] == '\'') {
		switch {
		case len(value) < 2 || value[len(value)-1] != value[0]:
			return say(at(start), helpQuote, "Values starting with a quote must end with the same quote.")
		case strings.Count(value, value[:1]) > 2:
			return say(at(start), helpQuotes, "Values starting with a quote must end with the same quote, and not contain that quote.")
		}
	}
	sentence := c.problem
	if c.context != "" {
		sentence = c.context + " " + c.problem
	}
	return say(c.pos, "", capitalised(sentence))
}

// explain makes the finding: the place where the reader has to look, what is wrong there, and the remedy.
func (c complaint) explain() *diag.Error {
	pos, msg, hint := c.classic()
	if msg == "" {
		pos, msg = c.pos, c.problem
		if c.context != "" {
			msg = c.context + ", " + msg
		}
	}
	e := diag.Errorf(pos, "invalid YAML: %s", msg)
	e.Cause = c.ansible()
	if hint != "" {
		e = e.Hint("%s", hint)
	}
	return e
}

// classic finds the mistakes that people make again and again.
func (c complaint) classic() (pos source.Pos, msg, hint string) {
	if c.pos.File == nil || c.pos.Line == 0 {
		return c.pos, "", ""
	}
	f := c.pos.File
	line := f.Line(int(c.pos.Line))
	indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
	if i := strings.IndexByte(indent, '\t'); i >= 0 {
		return source.At(f, int(c.pos.Line), i+1), "a tab character in the indentation", "YAML is indented with spaces"
	}
	start := len(anyKey().FindString(line))
	value := strings.TrimSpace(line[start:])
	here := source.At(f, int(c.pos.Line), utf8.RuneCountInString(line[:start])+1)
	switch {
	case template().MatchString(value):
		return here, `a value that begins with "{{" must be quoted`, c.quoted(line, start)
	case strings.HasPrefix(c.problem, "found unhashable key"):
		return c.unhashable(value)
	case c.problem == "mapping values are not allowed in this context":
		return c.mappingValue(line, start, value)
	case c.problem == "could not find expected ':'" && c.from.IsValid():
		return c.noColon()
	case c.problem == "could not find expected ':'":
		return here, "a key without its colon", "a key ends with a colon and a blank: key: value"
	case c.problem == "found character that cannot start any token":
		return c.badStart(line, start)
	case c.problem == "found unexpected end of stream" && c.from.IsValid():
		return c.from, "the quote that opens here is not closed", "add the closing quote, or double a quote that belongs to the text"
	case c.problem == "found unknown escape character":
		return c.pos, "unknown escape in double quotes", `write \\ for a backslash, or use single quotes`
	case strings.HasPrefix(c.problem, "did not find expected ',' or"):
		return c.unclosed()
	case value != "" && (value[0] == '"' || value[0] == '\'') && strings.HasPrefix(c.problem, "did not find expected"):
		return here, "there is text after the closing quote", c.quoted(line, start)
	case c.problem == "did not find expected key" || c.problem == "did not find expected '-' indicator":
		return c.pos, c.context + ", " + c.problem, "the line is indented unlike its neighbours; elements of one list or mapping begin in the same column"
	case c.problem == "found undefined alias":
		return c.pos, "no anchor of that name stands before this alias", `a text that begins with "*" must be quoted`
	case c.problem == controlCharacters:
		return c.pos, c.problem, "remove the invisible character at this place"
	}
	return c.pos, "", ""
}

// unclosed explains a list or mapping in brackets that does not go on.
func (c complaint) unclosed() (source.Pos, string, string) {
	open := "{"
	if strings.HasSuffix(c.problem, "']'") {
		open = "["
	}
	if c.from.IsValid() && c.from.Line != c.pos.Line {
		line := c.from.File.Line(int(c.from.Line))
		start := len(anyKey().FindString(line))
		if strings.HasPrefix(line[start:], "{{") {
			return c.from, `a value that begins with "{{" must be quoted`, c.quoted(line, start)
		}
		return c.from, fmt.Sprintf("the %q that opens here is not closed where line %d begins something new", open, c.pos.Line),
			"close it, or put the comma that is missing"
	}
	return c.pos, c.context + ", " + c.problem, fmt.Sprintf("is a comma missing, or a quote, or is the %q not closed?", open)
}

func (c complaint) unhashable(value string) (source.Pos, string, string) {
	hint := "a key must be a text, a number, a boolean or a date"
	if strings.Contains(value, "{{") {
		hint = `a template within [ ] or { } must be quoted too: ["{{ name }}"]`
	}
	return c.pos, "a list or a mapping cannot be a key", hint
}

// mappingValue explains a colon where none may stand.
func (c complaint) mappingValue(line string, start int, value string) (source.Pos, string, string) {
	if start > 0 && strings.TrimSpace(line[:start]) != "-" && endColon().MatchString(value) && c.upTo(line) >= start {
		return c.pos, "a second colon in one line", c.quoted(line, start)
	}
	before := ""
	for n := int(c.pos.Line) - 1; n > 0 && strings.TrimSpace(before) == ""; n-- {
		before = c.pos.File.Line(n)
	}
	if tightKey().MatchString(before) {
		return c.pos, c.problem, "the line above has no blank after its colon"
	}
	return c.pos, c.problem, "the line above is a text already and cannot have keys below it; check the indentation and the colon there"
}

// upTo is the byte offset of the complaint within its line.
func (c complaint) upTo(line string) int {
	i := 0
	for col := int32(1); col < c.pos.Col && i < len(line); col++ {
		_, n := utf8.DecodeRuneInString(line[i:])
		i += n
	}
	return i
}

func (c complaint) noColon() (source.Pos, string, string) {
	line := c.from.File.Line(int(c.from.Line))
	if tightKey().MatchString(line) {
		i := strings.IndexByte(line, ':')
		return source.At(c.from.File, int(c.from.Line), utf8.RuneCountInString(line[:i])+1), "no blank after the colon",
			c.show(strings.TrimSpace(line[:i+1] + " " + line[i+1:]))
	}
	if strings.HasPrefix(strings.TrimLeft(line, " "), "-") {
		return c.from, "no blank after the dash", `an element of a list begins with "- "`
	}
	return c.from, "a key without a colon", `a key is followed by ": "; a text of several lines is indented below its key`
}

func (c complaint) badStart(line string, start int) (source.Pos, string, string) {
	i := c.upTo(line)
	if i >= len(line) {
		return c.pos, "", ""
	}
	r, _ := utf8.DecodeRuneInString(line[i:])
	if r == '\t' {
		return c.pos, "a tab character where a value begins", "YAML is indented with spaces"
	}
	if start > i {
		start = i
	}
	msg := fmt.Sprintf("a text cannot begin with %q without quotes", string(r))
	if strings.HasPrefix(line[start:], "{%") {
		msg = `a value that begins with "{%" must be quoted`
	}
	return c.pos, msg, c.quoted(line, start)
}

// quoted gives the line with the value from start on in quotes, as a remedy.
func (c complaint) quoted(line string, start int) string {
	value := strings.TrimSpace(line[start:])
	if m := templateKey().FindStringSubmatch(value); m != nil && strings.Trim(line[:start], "- ") == "" {
		return c.show(strings.TrimSpace(strings.TrimSpace(line[:start]) + ` "` + m[1] + `": ` + m[2]))
	}
	if i := strings.Index(value, " #"); i > 0 {
		value = strings.TrimSpace(value[:i])
	}
	if strings.ContainsAny(value, `"\`) {
		value = "'" + strings.ReplaceAll(value, "'", "''") + "'"
	} else {
		value = `"` + value + `"`
	}
	return c.show(strings.TrimSpace(line[:start]) + " " + value)
}

// show gives a remedy that repeats what the file says, unless the file came out of a vault.
func (c complaint) show(remedy string) string {
	if c.pos.File.Sensitive() {
		return "put quotes around the whole value"
	}
	return "write: " + strings.TrimSpace(remedy)
}
