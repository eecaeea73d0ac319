package builtin

import (
	"sort"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja/eval"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = markupFilter("urlize",
	"do_urlize(!eval_ctx, value, trim_url_limit=None, nofollow=False, target=None, rel=None, extra_schemes=None)", urlize)

const host = `[\p{L}\p{N}_%-]`

var (
	spacesRE = lazyregexp.New(`\s+`)
	headRE   = lazyregexp.New(`^(?:[(<]|&lt;)+`)
	tailRE   = lazyregexp.New(`(?:[)>.,\n]|&gt;)+$`)
	emailRE  = lazyregexp.New(`^\S+@[\p{L}\p{N}_][\p{L}\p{N}_.-]*\.[\p{L}\p{N}_]+$`)
	schemeRE = lazyregexp.New(`^([\w.+-]{2,}:(//)?)$`)
	linkRE   = lazyregexp.New(`(?i)^(?:(?:https?://|www\.)(?:` + host + `+\.)*(?:[a-z]{2,63}|xn--[\p{L}\p{N}_%]{2,59})` +
		`|(?:` + host + `{2,63}\.)+(?:com|net|int|edu|gov|org|info|mil)` +
		`|https?://(?:\d{1,3}(?:\.\d{1,3}){3}|\[(?:[\da-f]{0,4}:){2}(?:[\da-f]{0,4}:?){1,6}\]))` +
		`(?::\d{1,5})?(?:[/?#]\S*)?$`)
)

// linker makes links of the addresses in a text.
type linker struct {
	limit   int // of the text of a link; -1 for none
	attrs   string
	schemes []string
}

func urlize(c *eval.Call) (value.Value, error) {
	l := linker{limit: -1}
	var err error
	if c.Given(0) {
		if l.limit, err = c.Int(0); err != nil {
			return nil, err
		}
	}
	rel := map[string]bool{"noopener": true}
	if c.Given(3) {
		s, err := c.Str(3)
		if err != nil {
			return nil, err
		}
		for _, w := range strings.Fields(s) {
			rel[w] = true
		}
	}
	nofollow, err := c.Bool(1)
	if err != nil {
		return nil, err
	}
	if nofollow {
		rel["nofollow"] = true
	}
	var rels []string
	for w := range rel {
		rels = append(rels, w)
	}
	sort.Strings(rels)
	l.attrs = ` rel="` + eval.EscapeHTML(strings.Join(rels, " ")) + `"`
	if c.Given(2) {
		s, err := c.Str(2)
		if err != nil {
			return nil, err
		}
		l.attrs += ` target="` + eval.EscapeHTML(s) + `"`
	}
	if c.Given(4) {
		elems, err := value.Elems(c.Arg(4))
		if err != nil {
			return nil, err
		}
		for _, e := range elems {
			s, err := value.Text(e)
			if err != nil {
				return nil, err
			}
			if !schemeRE().MatchString(s) {
				r, _ := value.Repr(str(s))
				return nil, argumentError("%s is not a valid URI scheme prefix.", r)
			}
			l.schemes = append(l.schemes, s)
		}
	}
	m, err := eval.Escape(c.Value, nil)
	if err != nil {
		return nil, err
	}
	text := m.Text.String()
	var b strings.Builder
	at := 0
	for _, sp := range spacesRE().FindAllStringIndex(text, -1) {
		b.WriteString(l.word(text[at:sp[0]]) + text[sp[0]:sp[1]])
		at = sp[1]
	}
	b.WriteString(l.word(text[at:]))
	return wrap(str(b.String()), c.Autoescape()), nil
}

// word makes a link of a word, less the brackets and full stops around it.
func (l *linker) word(w string) string {
	head := headRE().FindString(w)
	middle := w[len(head):]
	tail := tailRE().FindString(middle)
	middle = middle[:len(middle)-len(tail)]
	for _, pair := range [][2]string{{"(", ")"}, {"<", ">"}, {"&lt;", "&gt;"}} {
		open := strings.Count(middle, pair[0])
		if open <= strings.Count(middle, pair[1]) {
			continue
		}
		for n := min(open, strings.Count(tail, pair[1])); n > 0; n-- {
			end := strings.Index(tail, pair[1]) + len(pair[1])
			middle += tail[:end]
			tail = tail[end:]
		}
	}
	return head + l.link(middle) + tail
}

func (l *linker) link(s string) string {
	switch {
	case linkRE().MatchString(s):
		href := s
		if !strings.HasPrefix(s, "https://") && !strings.HasPrefix(s, "http://") {
			href = "https://" + s
		}
		shown := s
		if rs := []rune(s); l.limit >= 0 && len(rs) > l.limit {
			shown = string(rs[:l.limit]) + "..."
		}
		return `<a href="` + href + `"` + l.attrs + `>` + shown + `</a>`
	case strings.HasPrefix(s, "mailto:") && emailRE().MatchString(s[7:]):
		return `<a href="` + s + `">` + s[7:] + `</a>`
	case strings.Contains(s, "@") && !strings.HasPrefix(s, "www.") && !strings.Contains(s, ":") && emailRE().MatchString(s):
		return `<a href="mailto:` + s + `">` + s + `</a>`
	}
	for _, scheme := range l.schemes {
		if s != scheme && strings.HasPrefix(s, scheme) {
			s = `<a href="` + s + `"` + l.attrs + `>` + s + `</a>`
		}
	}
	return s
}
