package syntax

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

type lexState uint8

const (
	inRoot lexState = iota
	inVariable
	inBlock
	inLineStatement
	inComment
	inLineComment
	inRaw
)

// lexer gives the tokens one by one, as the parser asks: an error in the parser's view comes before one further on.
type lexer struct {
	t            *Text
	opts         *Options
	s            string
	pos          int
	state        lexState
	start        int    // where the tag or comment that we are in begins
	open         []byte // the closing brackets that are due
	lineStarting bool   // what was read last ended a line
	openers      []opener
	queue        []token // read but not yet asked for
	bare         bool    // the whole text is one expression
}

// opener is a delimiter that may begin a tag.
type opener struct {
	text  string
	state lexState
}

func newLexer(t *Text, o *Options) *lexer {
	l := &lexer{t: t, opts: o, s: t.text, lineStarting: true}
	// longer ones first; of those of one length Jinja2 takes variable, line statement, line comment, comment, block
	l.add(opener{o.VariableStart, inVariable})
	l.add(opener{o.LineStatementPrefix, inLineStatement})
	l.add(opener{o.LineCommentPrefix, inLineComment})
	l.add(opener{o.CommentStart, inComment})
	l.add(opener{o.BlockStart, inBlock})
	return l
}

func (l *lexer) add(o opener) {
	if o.text == "" {
		return
	}
	i := 0
	for i < len(l.openers) && len(l.openers[i].text) >= len(o.text) {
		i++
	}
	l.openers = append(l.openers, opener{})
	copy(l.openers[i+1:], l.openers[i:])
	l.openers[i] = o
}

func (l *lexer) errorf(off int, msg string) error { return l.t.Errorf(int32(off), msg) }

// advance goes to pos and notes whether that is the beginning of a line.
func (l *lexer) advance(pos int) {
	if pos > l.pos {
		l.lineStarting = l.s[pos-1] == '\n'
	}
	l.pos = pos
}

// next returns the next token; after the last one it gives EOF again and again.
func (l *lexer) next() (token, error) {
	for len(l.queue) == 0 {
		var err error
		switch l.state {
		case inRoot:
			l.root()
		case inComment:
			err = l.comment()
		case inLineComment:
			l.lineComment()
		case inRaw:
			err = l.raw()
		default:
			return l.tag()
		}
		if err != nil {
			return token{}, err
		}
	}
	tok := l.queue[0]
	l.queue = l.queue[1:]
	return tok, nil
}

func (l *lexer) emit(kind Kind, off int, text string) {
	l.queue = append(l.queue, token{kind, int32(off), text})
}

// match is a place in the text where a tag, a comment or raw text begins.
type match struct {
	at, end int // of the delimiter with what belongs to it
	state   lexState
	sign    byte // '-', '+' or 0
}

// root reads up to the next tag.
func (l *lexer) root() {
	if l.pos >= len(l.s) {
		l.emit(EOF, len(l.s), "")
		return
	}
	begin := l.pos
	m, found := l.find()
	if !found {
		l.advance(len(l.s))
		l.emitData(begin, l.s[begin:])
		return
	}
	text := l.s[begin:m.at]
	switch {
	case m.sign == '-':
		text = trimRightSpace(text)
	case m.sign != '+' && l.opts.LstripBlocks && m.state != inVariable:
		text = l.lstrip(text)
	}
	l.advance(m.end)
	l.emitData(begin, text)
	l.state, l.start, l.open = m.state, m.at, l.open[:0]
	switch m.state {
	case inVariable:
		l.emit(VariableBegin, m.at, "")
	case inBlock, inLineStatement:
		l.emit(BlockBegin, m.at, "")
	}
}

func (l *lexer) lstrip(text string) string {
	at := strings.LastIndexByte(text, '\n') + 1
	if (at > 0 || l.lineStarting) && trimRightSpace(text[at:]) == "" {
		return text[:at]
	}
	return text
}

func (l *lexer) emitData(off int, text string) {
	if text != "" {
		l.emit(DataTok, off, normalizeNewlines(text, l.opts.NewlineSequence))
	}
}

// find gives the first place, from where we are, at which something begins.
func (l *lexer) find() (match, bool) {
	line := l.opts.LineStatementPrefix != "" || l.opts.LineCommentPrefix != ""
	for i := l.pos; i < len(l.s); i++ {
		if !line {
			// only a place that begins like a delimiter can be one
			n := indexAnyFirst(l.s[i:], l.openers)
			if n < 0 {
				return match{}, false
			}
			i += n
		}
		if m, ok := l.rawAt(i); ok {
			return m, true
		}
		for _, o := range l.openers {
			if m, ok := l.openerAt(i, o); ok {
				return m, true
			}
		}
	}
	return match{}, false
}

func indexAnyFirst(s string, openers []opener) int {
	best := -1
	for i, o := range openers {
		if i > 0 && o.text[0] == openers[0].text[0] {
			continue
		}
		if n := strings.IndexByte(s, o.text[0]); n >= 0 && (best < 0 || n < best) {
			best = n
		}
	}
	return best
}

func (l *lexer) openerAt(i int, o opener) (match, bool) {
	at := i
	switch o.state {
	case inLineStatement:
		if i > 0 && l.s[i-1] != '\n' {
			return match{}, false
		}
		for i < len(l.s) && (l.s[i] == ' ' || l.s[i] == '\t' || l.s[i] == '\v') {
			i++
		}
	case inLineComment:
		if i > 0 && l.s[i-1] != '\n' {
			if r, _ := utf8.DecodeLastRuneInString(l.s[:i]); isSpace(r) {
				return match{}, false
			}
		}
		for i < len(l.s) && isASCIISpace(l.s[i]) && l.s[i] != '\n' && l.s[i] != '\r' {
			i++
		}
	}
	if !strings.HasPrefix(l.s[i:], o.text) {
		return match{}, false
	}
	end, sign := l.sign(i + len(o.text))
	return match{at, end, o.state, sign}, true
}

// sign reads a "-" or "+" at i.
func (l *lexer) sign(i int) (end int, sign byte) {
	if i < len(l.s) && (l.s[i] == '-' || l.s[i] == '+') {
		return i + 1, l.s[i]
	}
	return i, 0
}

// rawAt matches {% raw %} at i.
func (l *lexer) rawAt(i int) (match, bool) {
	if !strings.HasPrefix(l.s[i:], l.opts.BlockStart) {
		return match{}, false
	}
	j, sign := l.sign(i + len(l.opts.BlockStart))
	j = l.skipSpace(j)
	if !strings.HasPrefix(l.s[j:], "raw") {
		return match{}, false
	}
	j = l.skipSpace(j + len("raw"))
	switch {
	case strings.HasPrefix(l.s[j:], "-"+l.opts.BlockEnd):
		j = l.skipSpace(j + 1 + len(l.opts.BlockEnd))
	case strings.HasPrefix(l.s[j:], l.opts.BlockEnd):
		j += len(l.opts.BlockEnd)
	default:
		return match{}, false
	}
	return match{i, j, inRaw, sign}, true
}

// raw reads up to {% endraw %}.
func (l *lexer) raw() error {
	begin := l.pos
	if begin >= len(l.s) {
		l.state = inRoot
		return nil
	}
	for i := begin; ; i++ {
		n := strings.Index(l.s[i:], l.opts.BlockStart)
		if n < 0 {
			return l.errorf(l.start, "Missing end of raw directive")
		}
		i += n
		j, sign := l.sign(i + len(l.opts.BlockStart))
		j = l.skipSpace(j)
		if !strings.HasPrefix(l.s[j:], "endraw") {
			continue
		}
		end, ok := l.closeAt(l.skipSpace(j+len("endraw")), l.opts.BlockEnd)
		if !ok {
			continue
		}
		text := l.s[begin:i]
		switch {
		case sign == '-':
			text = trimRightSpace(text)
		case sign != '+' && l.opts.LstripBlocks:
			text = l.lstrip(text)
		}
		l.emitData(begin, text)
		l.advance(end)
		l.state = inRoot
		return nil
	}
}

// closeAt matches the end of a block or a comment at i, with its sign and the white space that it takes with it.
func (l *lexer) closeAt(i int, end string) (int, bool) {
	switch rest := l.s[i:]; {
	case strings.HasPrefix(rest, "+"+end):
		return i + 1 + len(end), true
	case strings.HasPrefix(rest, "-"+end):
		return l.skipSpace(i + 1 + len(end)), true
	case strings.HasPrefix(rest, end):
		i += len(end)
		if l.opts.TrimBlocks && i < len(l.s) && l.s[i] == '\n' {
			i++
		}
		return i, true
	}
	return i, false
}

// comment reads up to the end of a comment.
func (l *lexer) comment() error {
	l.state = inRoot
	if l.pos >= len(l.s) {
		return nil
	}
	for i := l.pos; ; i++ {
		n := strings.Index(l.s[i:], l.opts.CommentEnd)
		if n < 0 {
			return l.errorf(l.pos, "Missing end of comment tag")
		}
		i += n
		if i > l.pos && (l.s[i-1] == '-' || l.s[i-1] == '+') {
			i--
		}
		if end, ok := l.closeAt(i, l.opts.CommentEnd); ok {
			l.advance(end)
			return nil
		}
	}
}

// lineComment reads up to the end of the line, which is not part of the comment.
func (l *lexer) lineComment() {
	l.state = inRoot
	if n := strings.IndexByte(l.s[l.pos:], '\n'); n >= 0 {
		l.advance(l.pos + n)
		return
	}
	l.advance(len(l.s))
}

func (l *lexer) skipSpace(i int) int {
	for i < len(l.s) {
		if l.s[i] < utf8.RuneSelf {
			if !isASCIISpace(l.s[i]) {
				break
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(l.s[i:])
		if !isSpace(r) {
			break
		}
		i += n
	}
	return i
}

func isASCIISpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' || c >= 0x1c && c <= 0x1f }

// isSpace is Python's str.isspace for one character.
func isSpace(r rune) bool {
	return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f
}

func trimRightSpace(s string) string { return strings.TrimRightFunc(s, isSpace) }
