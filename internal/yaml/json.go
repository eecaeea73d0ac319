package yaml

import (
	"errors"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// errNoJSON says that a text is to be read as YAML.
var errNoJSON = errors.New("not JSON")

// loadJSON reads f as Python's json.loads does, or gives errNoJSON; another error is the Vault hook's. As ansible-core
// 2.19 has it: values know their file but no line, keys are plain text without marks, and the objects
// {"__ansible_vault": text} and {"__ansible_unsafe": text} stand for the tags.
func loadJSON(f *source.File, opts Options) (value.Value, error) {
	s := f.Text()
	if i := strings.TrimLeft(s, " \t\n\r"); i == "" || !strings.ContainsRune("{[\"-0123456789tfnNI", rune(i[0])) {
		return nil, errNoJSON
	}
	r := &jsonReader{s: s, opts: opts, marks: value.Marks{Origin: source.Pos{File: f}, Secret: opts.Secret || f.Sensitive()}}
	v, err := r.value(0)
	if err != nil {
		return nil, err
	}
	if r.blanks(); r.i < len(s) {
		return nil, errNoJSON
	}
	return v, nil
}

type jsonReader struct {
	s     string
	i     int
	opts  Options
	marks value.Marks
}

func (r *jsonReader) blanks() {
	for r.i < len(r.s) && strings.IndexByte(" \t\n\r", r.s[r.i]) >= 0 {
		r.i++
	}
}

// take skips blanks and the text, if it comes next.
func (r *jsonReader) take(text string) bool {
	r.blanks()
	if !strings.HasPrefix(r.s[r.i:], text) {
		return false
	}
	r.i += len(text)
	return true
}

func (r *jsonReader) value(depth int) (value.Value, error) {
	if depth > maxDepth {
		return nil, errNoJSON
	}
	mark := func(v value.Value) (value.Value, error) { return value.WithMarks(v, r.marks), nil }
	switch {
	case r.take("{"):
		return r.object(depth)
	case r.take("["):
		return r.array(depth)
	case r.take(`"`):
		s, err := r.text()
		if err != nil {
			return nil, err
		}
		m := r.marks
		m.Trusted = r.opts.Trusted
		return value.NewMarkedStr(s, m), nil
	case r.take("true"):
		return value.True, nil
	case r.take("false"):
		return value.False, nil
	case r.take("null"):
		return value.None, nil
	case r.take("NaN"):
		return mark(value.NewFloat(math.NaN()))
	case r.take("Infinity"):
		return mark(value.NewFloat(math.Inf(1)))
	case r.take("-Infinity"):
		return mark(value.NewFloat(math.Inf(-1)))
	}
	v, err := r.number()
	if err != nil {
		return nil, err
	}
	return mark(v)
}

func (r *jsonReader) number() (value.Value, error) {
	start := r.i
	rest := strings.TrimPrefix(r.s[start:], "-")
	n := span(rest, isDigit)
	if n == 0 || n > 1 && rest[0] == '0' {
		return nil, errNoJSON
	}
	float := false
	if after := rest[n:]; len(after) > 1 && after[0] == '.' && isDigit(after[1]) {
		float, n = true, n+1+span(after[1:], isDigit)
	}
	if after := rest[n:]; len(after) > 1 && (after[0] == 'e' || after[0] == 'E') {
		sign := 1
		if after[1] == '-' || after[1] == '+' {
			sign = 2
		}
		if digits := span(after[sign:], isDigit); digits > 0 {
			float, n = true, n+sign+digits
		}
	}
	r.i = len(r.s) - len(rest) + n
	text := r.s[start:r.i]
	if float {
		f, _ := strconv.ParseFloat(text, 64) // out of range: infinite or zero, as in Python
		return value.NewFloat(f), nil
	}
	i, _ := new(big.Int).SetString(text, 10)
	return value.NewBigInt(i), nil
}

// text reads a string behind its opening quote.
func (r *jsonReader) text() (string, error) {
	var b strings.Builder
	for r.i < len(r.s) {
		n := strings.IndexAny(r.s[r.i:], "\"\\")
		if n < 0 {
			return "", errNoJSON
		}
		part := r.s[r.i : r.i+n]
		for j := 0; j < n; j++ {
			if part[j] < 0x20 {
				return "", errNoJSON
			}
		}
		b.WriteString(part)
		r.i += n + 1
		if r.s[r.i-1] == '"' {
			if s := b.String(); utf8.ValidString(s) {
				return s, nil
			}
			return "", errNoJSON
		}
		if err := r.escape(&b); err != nil {
			return "", err
		}
	}
	return "", errNoJSON
}

func (r *jsonReader) escape(b *strings.Builder) error {
	if r.i >= len(r.s) {
		return errNoJSON
	}
	c := r.s[r.i]
	r.i++
	if i := strings.IndexByte(`"\/bfnrt`, c); i >= 0 {
		b.WriteByte("\"\\/\b\f\n\r\t"[i])
		return nil
	}
	if c != 'u' {
		return errNoJSON
	}
	one, ok := r.unit()
	if !ok {
		return errNoJSON
	}
	if utf16.IsSurrogate(one) {
		if !strings.HasPrefix(r.s[r.i:], `\u`) {
			return errNoJSON
		}
		r.i += 2
		two, ok := r.unit()
		if one = utf16.DecodeRune(one, two); !ok || one == utf8.RuneError {
			return errNoJSON
		}
	}
	b.WriteRune(one)
	return nil
}

func (r *jsonReader) unit() (rune, bool) {
	if r.i+4 > len(r.s) {
		return 0, false
	}
	n, err := strconv.ParseUint(r.s[r.i:r.i+4], 16, 16)
	r.i += 4
	return rune(n), err == nil
}

func (r *jsonReader) array(depth int) (value.Value, error) {
	l := value.NewList()
	if !r.take("]") {
		for {
			v, err := r.value(depth + 1)
			if err != nil {
				return nil, err
			}
			l.Append(v)
			if r.take("]") {
				break
			}
			if !r.take(",") {
				return nil, errNoJSON
			}
		}
	}
	return value.WithMarks(l, r.marks), nil
}

func (r *jsonReader) object(depth int) (value.Value, error) {
	d := value.NewDict()
	if !r.take("}") {
		for {
			if !r.take(`"`) {
				return nil, errNoJSON
			}
			key, err := r.text()
			if err != nil {
				return nil, err
			}
			if !r.take(":") {
				return nil, errNoJSON
			}
			v, err := r.value(depth + 1)
			if err != nil {
				return nil, err
			}
			d.SetStr(key, v)
			if r.take("}") {
				break
			}
			if !r.take(",") {
				return nil, errNoJSON
			}
		}
	}
	return r.special(d)
}

// special makes the values that stand for tags out of their objects.
func (r *jsonReader) special(d *value.Dict) (value.Value, error) {
	switch {
	case d.Has("__ansible_type"):
		return nil, errNoJSON
	case d.Has("__ansible_vault"):
		text, ok := d.Stored("__ansible_vault").(value.Str)
		if !ok || r.opts.Vault == nil {
			return nil, errNoJSON
		}
		v, err := r.opts.Vault(text.String(), r.marks.Origin)
		var e *diag.Error
		if err != nil && !errors.As(err, &e) {
			err = diag.Errorf(r.marks.Origin, "%w", err)
		}
		return v, err
	case d.Has("__ansible_unsafe"):
		text, ok := d.Stored("__ansible_unsafe").(value.Str)
		if !ok {
			return nil, errNoJSON
		}
		return value.NewMarkedStr(text.String(), r.marks), nil
	}
	return value.WithMarks(d, r.marks), nil
}

// LoadJSON reads f as JSON alone, under the rules of Options.JSONFirst: as Python's json.loads, with the objects that stand
// for !vault and !unsafe. The error of a text that is no JSON is a *diag.Error without a place.
func LoadJSON(f *source.File, opts Options) (value.Value, error) {
	v, err := loadJSON(f, opts)
	if err == errNoJSON {
		return nil, diag.Errorf(source.Pos{File: f}, "not JSON")
	}
	return v, err
}
