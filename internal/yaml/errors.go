package yaml

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"

	marks "go.yaml.in/yaml/v4"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
)

// ParserError is the Cause of every error of Load: what ansible-core 2.19 says of the same mistake, for those who print
// as ansible-playbook does. The diag.Error around it is often more precise and carries a hint of its own.
type ParserError struct {
	Message string     // "YAML parsing failed: " and one sentence
	Help    string     // what Ansible prints below the excerpt, or ""
	Pos     source.Pos // where Ansible points; the file alone when it does not know
	Plain   string     // the text of PyYAML's error, which the filter from_yaml shows: with every place it knows
}

// Error gives the message.
func (e *ParserError) Error() string { return e.Message }

// plain is the text of PyYAML's error: what was being read, where that began unless it is the very place, what is wrong
// and where.
func (c complaint) plain() string {
	var b strings.Builder
	place := func(p source.Pos) {
		if p.Line > 0 {
			fmt.Fprintf(&b, "\n  in %q, line %d, column %d", p.File.Name(), p.Line, max(p.Col, 1))
		}
	}
	if c.context != "" {
		b.WriteString(c.context)
		if c.from.Line != c.pos.Line || c.from.Col != c.pos.Col {
			place(c.from)
		}
		b.WriteByte('\n')
	}
	b.WriteString(c.problem)
	place(c.pos)
	return b.String()
}

// complaint is what a parser or a constructor has against a text, in libyaml's and PyYAML's terms.
type complaint struct {
	problem string
	pos     source.Pos
	context string
	from    source.Pos // where the context began
}

var parserMessage = lazyregexp.New(`^yaml: (?:line ([0-9]+): )?(.*)$`)

// syntaxError makes a finding of what the parser complains about, with the place and, for a classic mistake, its cause
// and remedy.
func syntaxError(f *source.File, err error) *diag.Error {
	c := complaint{problem: err.Error(), pos: source.Pos{File: f}}
	if m := parserMessage().FindStringSubmatch(c.problem); m != nil {
		line, _ := strconv.Atoi(m[1])
		c.problem, c.pos.Line = m[2], int32(line)
	}
	if m := anchorUnknown().FindStringSubmatch(c.problem); m != nil {
		return undefinedAlias(f, m[1])
	}
	if place, ok := unreadable(f, c.problem); ok {
		c.pos = place
	} else if found := locate(f.Text(), c.problem); found != nil {
		c.pos = source.At(f, found.Mark.Line, found.Mark.Column)
		c.context = found.ContextMsg
		switch c.problem {
		case "found unknown escape character", "did not find expected hexdecimal number", "found invalid Unicode character escape code":
			c.context = "while parsing a quoted scalar" // libyaml's words
		}
		if found.ContextMark.Line > 0 {
			c.from = source.At(f, found.ContextMark.Line, found.ContextMark.Column)
		}
	}
	return c.explain()
}

var anchorUnknown = lazyregexp.New(`^unknown anchor '(.*)' referenced$`)

// undefinedAlias finds the alias that no anchor before it answers.
func undefinedAlias(f *source.File, name string) *diag.Error {
	pos := source.Pos{File: f}
	alias := regexp.MustCompile(`(^|[\s\[{,:\-])\*` + regexp.QuoteMeta(name) + `([\s\]},:]|$)`)
	anchor := regexp.MustCompile(`&` + regexp.QuoteMeta(name) + `([\s\]},]|$)`)
	text := f.Text()
	for _, m := range alias.FindAllStringSubmatchIndex(text, -1) {
		if a := anchor.FindStringIndex(text); a == nil || a[0] > m[3] {
			pos = f.Pos(m[3])
			break
		}
	}
	return complaint{problem: "found undefined alias", pos: pos}.explain()
}

// unreadable finds the character that the reader refuses: one that is no UTF-8, or a control character.
func unreadable(f *source.File, problem string) (source.Pos, bool) {
	if problem != controlCharacters && !strings.Contains(problem, "UTF-8") {
		return source.Pos{}, false
	}
	for i, r := range f.Text() {
		printable := r == '\t' || r == '\n' || r == '\r' || r == 0x85 || 0x20 <= r && r <= 0x7e ||
			0xa0 <= r && r <= 0xd7ff || 0xe000 <= r && r <= 0xfffd || 0x10000 <= r
		if !printable || r == 0xfffd && !strings.HasPrefix(f.Text()[i:], "\ufffd") {
			return f.Pos(i), true
		}
	}
	return source.Pos{}, false
}

// locate asks the parser that keeps marks where problem is to be found. It refuses a comment right behind a quote or a
// bracket, which libyaml reads; such comments are blanked out until it has something else to say.
func locate(text, problem string) *marks.LoadError {
	for range 100 {
		e := firstError(text)
		if e == nil || sameProblem(e.Message, problem) {
			return e
		}
		i := e.Mark.Index
		if e.Message != "found a comment without preceding whitespace" || i >= len(text) || text[i] != '#' {
			break
		}
		end := strings.IndexAny(text[i:], "\r\n")
		if end < 0 {
			end = len(text) - i
		}
		text = text[:i] + strings.Repeat(" ", end) + text[i+end:]
	}
	if problem == "found character that cannot start any token" {
		// a tab behind a dash
		if m := regexp.MustCompile(`(?m)^\s*[-?](\t)`).FindStringSubmatchIndex(text); m != nil {
			p := source.NewFile("", text).Pos(m[2])
			return &marks.LoadError{
				Message: problem, ContextMsg: "while scanning for the next token",
				Mark: marks.Mark{Line: int(p.Line), Column: int(p.Col)},
			}
		}
	}
	return nil
}

// firstError gives the error at which text is refused, if it has a place.
func firstError(text string) (found *marks.LoadError) {
	defer func() {
		if recover() != nil {
			found = nil
		}
	}()
	l, err := marks.NewLoader(strings.NewReader(text))
	if err != nil {
		return nil
	}
	for {
		var n marks.Node
		err := l.Load(&n)
		if err == nil {
			continue
		}
		var e *marks.LoadError
		if errors.Is(err, io.EOF) || !errors.As(err, &e) || e.Mark.Line == 0 {
			return nil
		}
		return e
	}
}

func sameProblem(a, b string) bool {
	return strings.ReplaceAll(a, "hexadecimal", "hexdecimal") == strings.ReplaceAll(b, "hexadecimal", "hexdecimal")
}

// capitalised is s as a sentence.
func capitalised(s string) string {
	if s == "" {
		return s
	}
	s = strings.ToUpper(s[:1]) + s[1:]
	if !strings.HasSuffix(s, ".") {
		s += "."
	}
	return s
}
