package builtin

import (
	"strings"
	"unicode"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja/eval"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = filter("wordwrap",
	"do_wordwrap(!environment, s, width=79, break_long_words=True, wrapstring=None, break_on_hyphens=True)", wordwrap)

func wordwrap(c *eval.Call) (value.Value, error) {
	s, ok := c.Value.(value.Str)
	if !ok {
		return nil, noAttribute(c.Value, "splitlines")
	}
	long, err := c.Bool(1)
	if err != nil {
		return nil, err
	}
	hyphens, err := c.Bool(3)
	if err != nil {
		return nil, err
	}
	sep := "\n"
	if c.Given(2) {
		s, ok := eval.Plain(c.Arg(2)).(value.Str)
		if !ok {
			return nil, noAttribute(c.Arg(2), "join")
		}
		sep = s.String()
	}
	lines, err := splitLines(s.String())
	if err != nil {
		return nil, err
	}
	out := make([]string, len(lines))
	width := 0
	if len(lines) > 0 {
		f, err := value.AsFloat(c.Arg(0))
		if err != nil {
			return nil, value.Raise("TypeError", "'<=' not supported between instances of '%s' and 'int'", c.Arg(0).Type())
		}
		width = int(f)
	}
	for i, l := range lines {
		if width <= 0 {
			return nil, value.Raise("ValueError", "invalid width %d (must be > 0)", width)
		}
		w := wrapper{width: width, long: long, hyphens: hyphens, chunks: chunksOf([]rune(l), hyphens)}
		out[i] = strings.Join(w.wrap(), sep)
	}
	return str(strings.Join(out, sep)), nil
}

// wrapper breaks one line as Python's textwrap does, which drops the blanks where it breaks.
type wrapper struct {
	width         int
	long, hyphens bool
	chunks        [][]rune
}

func blank(rs []rune) bool {
	for _, r := range rs {
		if !isSpace(r) {
			return false
		}
	}
	return true
}

func (w *wrapper) wrap() []string {
	var lines []string
	for len(w.chunks) > 0 {
		var line [][]rune
		n := 0
		if len(lines) > 0 && blank(w.chunks[0]) {
			w.chunks = w.chunks[1:]
		}
		for len(w.chunks) > 0 && n+len(w.chunks[0]) <= w.width {
			n += len(w.chunks[0])
			line = append(line, w.chunks[0])
			w.chunks = w.chunks[1:]
		}
		if len(w.chunks) > 0 && len(w.chunks[0]) > w.width {
			line = w.longWord(line, n)
		}
		if len(line) > 0 && blank(line[len(line)-1]) {
			line = line[:len(line)-1]
		}
		if len(line) > 0 {
			var b strings.Builder
			for _, c := range line {
				b.WriteString(string(c))
			}
			lines = append(lines, b.String())
		}
	}
	return lines
}

// longWord deals with a chunk that fits on no line.
func (w *wrapper) longWord(line [][]rune, n int) [][]rune {
	chunk := w.chunks[0]
	if !w.long {
		if len(line) == 0 {
			line = append(line, chunk)
			w.chunks = w.chunks[1:]
		}
		return line
	}
	end := w.width - n
	if w.hyphens && len(chunk) > end {
		for i := end - 1; i > 0; i-- {
			if chunk[i] == '-' {
				if strings.Trim(string(chunk[:i]), "-") != "" {
					end = i + 1
				}
				break
			}
		}
	}
	line = append(line, chunk[:end])
	w.chunks[0] = chunk[end:]
	return line
}

func wrapSpace(r rune) bool { return strings.ContainsRune("\t\n\v\f\r ", r) }

func wordChar(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r) }

func wordPunct(r rune) bool { return wordChar(r) || strings.ContainsRune(`!"'&.,?`, r) }

func letter(r rune) bool { return r == '_' || unicode.IsLetter(r) }

// chunksOf cuts a line where it may be broken: at blanks, after the hyphens of words, around dashes of several hyphens.
func chunksOf(s []rune, hyphens bool) [][]rune {
	var out [][]rune
	for i := 0; i < len(s); {
		end := i + 1
		switch {
		case wrapSpace(s[i]):
			for end < len(s) && wrapSpace(s[end]) {
				end++
			}
		case !hyphens:
			for end < len(s) && !wrapSpace(s[end]) {
				end++
			}
		default:
			if d := dashEnd(s, i); d > 0 {
				end = d
				break
			}
			for !breakable(s, i, end) {
				end++
			}
		}
		out = append(out, s[i:end])
		i = end
	}
	return out
}

// dashEnd returns where the dash that begins at i ends, or 0: two or more hyphens between words.
func dashEnd(s []rune, i int) int {
	if i == 0 || !wordPunct(s[i-1]) {
		return 0
	}
	j := i
	for j < len(s) && s[j] == '-' {
		j++
	}
	if j-i < 2 || j >= len(s) || !wordChar(s[j]) {
		return 0
	}
	return j
}

// breakable reports whether the word that begins at i may end at end.
func breakable(s []rune, i, end int) bool {
	if end >= len(s) || wrapSpace(s[end]) {
		return true
	}
	if s[end] == '-' && wordPunct(s[end-1]) && dashEnd(s, end) > 0 {
		return true
	}
	if s[end-1] != '-' || end-1 <= i {
		return false
	}
	h := end - 1
	before := h >= 2 && letter(s[h-1]) && (letter(s[h-2]) || s[h-2] == '-' && h >= 3 && letter(s[h-3]))
	if !before || !letter(s[end]) || end+1 >= len(s) {
		return false
	}
	return letter(s[end+1]) || s[end+1] == '-' && end+2 < len(s) && letter(s[end+2])
}
