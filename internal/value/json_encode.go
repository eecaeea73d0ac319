package value

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// JSONOptions says how AppendJSON writes; the zero value is json.dumps(v): one line, ", " and ": ", ASCII only.
type JSONOptions struct {
	Multiline  bool       // each element on a line of its own, as with any indent but None
	Indent     string     // for one level, with Multiline
	Separators *[2]string // between items and after keys; nil for Python's: {", ", ": "}, {",", ": "} with Multiline
	SortKeys   bool
	Unicode    bool // ensure_ascii=False
	NoNaN      bool // allow_nan=False
	SkipKeys   bool // leave out keys that are not str, int, float, bool or None, which are a TypeError otherwise
	// Default gives what is written in place of a value that JSON has nothing for; nil: a TypeError.
	Default func(v Value) (Value, error)
	// Replace, when set, sees every value before anything else and may replace it.
	Replace func(v Value) (Value, error)
}

// AppendJSON appends v to dst as Python's json.dumps writes it.
func AppendJSON(dst []byte, v Value, o JSONOptions) ([]byte, error) {
	w := jsonWriter{b: dst, o: o, item: ", ", key: ": "}
	if o.Multiline {
		w.item = ","
	}
	if o.Separators != nil {
		w.item, w.key = o.Separators[0], o.Separators[1]
	}
	if err := w.value(v, 0); err != nil {
		return nil, err
	}
	return w.b, nil
}

// JSON is AppendJSON to a Str, which is secret when v is or anything in it.
func JSON(v Value, o JSONOptions) (Str, error) {
	b, err := AppendJSON(nil, v, o)
	if err != nil {
		return Str{}, err
	}
	return DeriveDeep(NewStr(string(b)), v).(Str), nil
}

type jsonWriter struct {
	b         []byte
	o         JSONOptions
	item, key string
	level     int
}

func (w *jsonWriter) add(s string) { w.b = append(w.b, s...) }

func (w *jsonWriter) value(v Value, defaults int) error {
	if w.level > maxDepth {
		return valueErrorf("Circular reference detected")
	}
	v, err := known(v)
	if err != nil {
		return err
	}
	if w.o.Replace != nil {
		if v, err = w.o.Replace(v); err != nil {
			return err
		}
	}
	switch v := v.(type) {
	case NoneType:
		w.add("null")
	case Bool:
		if v {
			w.add("true")
		} else {
			w.add("false")
		}
	case Int:
		if v.big == nil {
			w.b = strconv.AppendInt(w.b, v.small, 10)
			return nil
		}
		s, err := Text(v)
		w.add(s)
		return err
	case Float:
		s, err := w.float(v.f)
		w.add(s)
		return err
	case Str:
		w.b = appendJSONString(w.b, v.s, !w.o.Unicode)
	case *List:
		return w.seq(len(v.elems), v.At)
	case Tuple:
		return w.seq(len(v.elems), func(i int) (Value, error) { return v.elems[i], nil })
	case *Dict:
		return w.dict(v)
	default:
		if w.o.Default == nil || defaults > maxDepth {
			return typeErrorf("Object of type %s is not JSON serializable", v.Type())
		}
		r, err := w.o.Default(v)
		if err != nil {
			return err
		}
		return w.value(r, defaults+1)
	}
	return nil
}

func (w *jsonWriter) float(f float64) (string, error) {
	if !math.IsNaN(f) && !math.IsInf(f, 0) {
		return FloatText(f), nil
	}
	if w.o.NoNaN {
		return "", valueErrorf("Out of range float values are not JSON compliant: %s", FloatText(f))
	}
	switch {
	case math.IsNaN(f):
		return "NaN", nil
	case f > 0:
		return "Infinity", nil
	}
	return "-Infinity", nil
}

func (w *jsonWriter) newline() {
	if w.o.Multiline {
		w.add("\n")
		for range w.level {
			w.add(w.o.Indent)
		}
	}
}

func (w *jsonWriter) seq(n int, at func(int) (Value, error)) error {
	if n == 0 {
		w.add("[]")
		return nil
	}
	w.add("[")
	w.level++
	for i := range n {
		if i > 0 {
			w.add(w.item)
		}
		w.newline()
		e, err := at(i)
		if err != nil {
			return err
		}
		if err := w.value(e, 0); err != nil {
			return err
		}
	}
	w.level--
	w.newline()
	w.add("]")
	return nil
}

func (w *jsonWriter) dict(v *Dict) error {
	if v.Len() == 0 {
		w.add("{}")
		return nil
	}
	var room [24]int32
	order, err := v.order(room[:0], w.o.SortKeys)
	if err != nil {
		return err
	}
	w.add("{")
	w.level++
	first := true
	for _, i := range order {
		name, ok, err := w.keyText(&v.entries[i])
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		if !first {
			w.add(w.item)
		}
		first = false
		w.newline()
		w.b = appendJSONString(w.b, name, !w.o.Unicode)
		w.add(w.key)
		e, err := v.resolve(int(i))
		if err != nil {
			return err
		}
		if err := w.value(e, 0); err != nil {
			return err
		}
	}
	w.level--
	if !first {
		w.newline()
	}
	w.add("}")
	return nil
}

// order appends the places of the entries of d to room, in their order or, if sorted, in that of their keys.
func (d *Dict) order(room []int32, sorted bool) ([]int32, error) {
	texts := true
	for i := range d.entries {
		if e := &d.entries[i]; !e.deleted() {
			room, texts = append(room, int32(i)), texts && e.str
		}
	}
	if !sorted {
		return room, nil
	}
	var failed error
	slices.SortStableFunc(room, func(i, j int32) int {
		if texts {
			return strings.Compare(d.entries[i].name, d.entries[j].name)
		}
		if failed != nil {
			return 0
		}
		c, err := Compare(d.entries[i].keyValue(), d.entries[j].keyValue())
		failed = err
		return c
	})
	return room, failed
}

// keyText is the text of a key; ok is false for one that is left out.
func (w *jsonWriter) keyText(e *entry) (text string, ok bool, err error) {
	if e.str {
		return e.name, true, nil
	}
	switch k := e.key.(type) {
	case Bool:
		if k {
			return "true", true, nil
		}
		return "false", true, nil
	case NoneType:
		return "null", true, nil
	case Int:
		s, err := Text(k)
		return s, true, err
	case Float:
		s, err := w.float(k.f)
		return s, true, err
	}
	if w.o.SkipKeys {
		return "", false, nil
	}
	return "", false, typeErrorf("keys must be str, int, float, bool or None, not %s", qualified(e.key))
}

// SortStable sorts elems by cmp, keeping the order of equal ones. The first error of cmp ends it.
func SortStable(elems []Value, cmp func(a, b Value) (int, error)) error {
	var failed error
	slices.SortStableFunc(elems, func(a, b Value) int {
		if failed != nil {
			return 0
		}
		c, err := cmp(a, b)
		if err != nil {
			failed = err
			return 0
		}
		return c
	})
	return failed
}

func appendJSONString(b []byte, s string, ascii bool) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); {
		plain := i
		for i < len(s) && plainInJSON[s[i]] {
			i++
		}
		if b = append(b, s[plain:i]...); i == len(s) {
			break
		}
		c := s[i]
		if c < utf8.RuneSelf {
			b = appendJSONByte(b, c, ascii)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case !ascii:
			b = append(b, s[i:i+n]...)
		case r == utf8.RuneError && n == 1:
			b = appendEscape(b, 'u', 0xdc00+rune(c), 4)
		case r >= 0x10000:
			r -= 0x10000
			b = appendEscape(b, 'u', 0xd800+r>>10, 4)
			b = appendEscape(b, 'u', 0xdc00+r&0x3ff, 4)
		default:
			b = appendEscape(b, 'u', r, 4)
		}
		i += n
	}
	return append(b, '"')
}

// plainInJSON are the bytes that stand for themselves in a JSON text.
var plainInJSON = func() (plain [256]bool) {
	for c := ' '; c < 0x7f; c++ {
		plain[c] = c != '"' && c != '\\'
	}
	return plain
}()

func appendJSONByte(b []byte, c byte, ascii bool) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, '\\', 'n')
	case '\r':
		return append(b, '\\', 'r')
	case '\t':
		return append(b, '\\', 't')
	case '\f':
		return append(b, '\\', 'f')
	case '\b':
		return append(b, '\\', 'b')
	}
	if c < ' ' || c == 0x7f && ascii {
		return appendEscape(b, 'u', rune(c), 4)
	}
	return append(b, c)
}
