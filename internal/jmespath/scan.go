package jmespath

import (
	"errors"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// kind is what a token is, as messages name it.
type kind string

const (
	eof        kind = "eof"
	identifier kind = "unquoted_identifier"
	quotedName kind = "quoted_identifier"
	literal    kind = "literal"
	number     kind = "number"
	flatten    kind = "flatten"
	filter     kind = "filter"
	lbracket   kind = "lbracket"
	rbracket   kind = "rbracket"
	lparen     kind = "lparen"
	rparen     kind = "rparen"
	lbrace     kind = "lbrace"
	rbrace     kind = "rbrace"
	dot        kind = "dot"
	star       kind = "star"
	comma      kind = "comma"
	colon      kind = "colon"
	current    kind = "current"
	pipe       kind = "pipe"
	or         kind = "or"
	and        kind = "and"
	expref     kind = "expref"
	not        kind = "not"
	eq         kind = "eq"
	ne         kind = "ne"
	lt         kind = "lt"
	le         kind = "lte"
	gt         kind = "gt"
	ge         kind = "gte"
)

// signs are the tokens that are always the same; of those that begin alike the longest is first.
var signs = []struct {
	text string
	kind kind
}{
	{"[]", flatten},
	{"[?", filter},
	{"[", lbracket},
	{"]", rbracket},
	{"(", lparen},
	{")", rparen},
	{"{", lbrace},
	{"}", rbrace},
	{".", dot},
	{"*", star},
	{",", comma},
	{":", colon},
	{"@", current},
	{"||", or},
	{"|", pipe},
	{"&&", and},
	{"&", expref},
	{"!=", ne},
	{"!", not},
	{"==", eq},
	{"<=", le},
	{"<", lt},
	{">=", ge},
	{">", gt},
}

type token struct {
	kind kind
	text string      // the name, or the sign
	val  value.Value // of a literal and a number
	at   int         // where it begins, in characters
}

// shown is the token as messages have it.
func (t token) shown() string {
	if t.val == nil {
		return t.text
	}
	text, err := value.Text(t.val)
	if err != nil {
		return "…"
	}
	return text
}

// maxTokens bounds the length of an expression.
const maxTokens = 50_000

// scan cuts an expression into tokens; the last one is eof.
func scan(text string) ([]token, error) {
	s := scanner{text: text}
	for s.i < len(text) {
		if strings.IndexByte(" \t\n\r", text[s.i]) >= 0 {
			s.skip(1)
			continue
		}
		t, err := s.next()
		if err != nil {
			return nil, err
		}
		if s.tokens = append(s.tokens, t); len(s.tokens) > maxTokens {
			return nil, errDepth
		}
	}
	return append(s.tokens, token{kind: eof, at: s.at}), nil
}

type scanner struct {
	text   string
	i      int // the next byte
	at     int // the same in characters
	tokens []token
}

// skip goes on by n bytes and returns them.
func (s *scanner) skip(n int) string {
	part := s.text[s.i : s.i+n]
	s.i += n
	s.at += utf8.RuneCountInString(part)
	return part
}

func isNameStart(c byte) bool { return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// span counts the bytes from the i-th of rest on that are of a kind.
func span(rest string, i int, is func(c byte) bool) int {
	for i < len(rest) && is(rest[i]) {
		i++
	}
	return i
}

func (s *scanner) next() (token, error) {
	rest, at := s.text[s.i:], s.at
	switch c := rest[0]; {
	case isNameStart(c):
		name := s.skip(span(rest, 1, func(c byte) bool { return isNameStart(c) || isDigit(c) }))
		return token{kind: identifier, text: name, at: at}, nil
	case isDigit(c), c == '-' && len(rest) > 1 && isDigit(rest[1]):
		n, err := value.ParseInt(s.skip(span(rest, 1, isDigit)), 10)
		return token{kind: number, val: n, at: at}, err
	case c == '"':
		return s.quoted(at)
	case c == '\'':
		body, err := s.delimited('\'', at)
		return token{kind: literal, val: value.NewStr(strings.ReplaceAll(body, `\'`, `'`)), at: at}, err
	case c == '`':
		return s.literal(at)
	}
	for _, sign := range signs {
		if strings.HasPrefix(rest, sign.text) {
			return token{kind: sign.kind, text: s.skip(len(sign.text)), at: at}, nil
		}
	}
	if rest[0] == '=' || rest[0] == '-' {
		return token{}, scanError(s.text, at, "Unknown token '%c'", rest[0])
	}
	_, n := utf8.DecodeRuneInString(rest)
	return token{}, scanError(s.text, at, "Unknown token %s", rest[:n])
}

// delimited goes past a text in quotes and returns what stands between them; a backslash takes the character behind it along.
func (s *scanner) delimited(quote byte, at int) (string, error) {
	rest := s.text[s.i:]
	for i := 1; i < len(rest); i++ {
		switch rest[i] {
		case '\\':
			i++
		case quote:
			body := rest[1:i]
			s.skip(i + 1)
			return body, nil
		}
	}
	return "", scanError(s.text, at, "Unclosed %c delimiter", quote)
}

// quoted is a name in quotes, with the escapes of JSON.
func (s *scanner) quoted(at int) (token, error) {
	body, err := s.delimited('"', at)
	if err != nil {
		return token{}, err
	}
	v, err := value.FromJSON([]byte(`"` + body + `"`))
	var bad *value.JSONError
	if errors.As(err, &bad) {
		msg, _, _ := strings.Cut(bad.Msg, ":")
		return token{}, scanError(s.text, at, "%s", msg)
	}
	if err != nil {
		return token{}, err
	}
	name, _ := v.(value.Str)
	return token{kind: quotedName, text: name.String(), at: at}, nil
}

// literal is JSON between backticks; what is no JSON but would be as a text is that text: `present` is `"present"`.
func (s *scanner) literal(at int) (token, error) {
	body, err := s.delimited('`', at)
	if err != nil {
		return token{}, err
	}
	body = strings.ReplaceAll(body, "\\`", "`")
	v, err := value.FromJSON([]byte(body))
	var bad *value.JSONError
	if errors.As(err, &bad) {
		text := strings.TrimLeftFunc(body, unicode.IsSpace)
		if v, err = value.FromJSON([]byte(`"` + text + `"`)); err != nil {
			return token{}, scanError(s.text, at, "Bad token %s", body)
		}
	}
	return token{kind: literal, val: v, at: at}, err
}

// position gives the number of a token, as near as an int can be.
func (t token) position() int {
	n, _ := t.val.(value.Int)
	if i, ok := n.Int64(); ok {
		return int(min(max(i, math.MinInt32), math.MaxInt32))
	}
	return n.Sign() * math.MaxInt32
}
