package yaml

import (
	"encoding/base64"
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

type nodeKind int

const (
	scalarNode nodeKind = iota
	sequenceNode
	mappingNode
)

// node is what a value is written as.
type node struct {
	kind     nodeKind
	tag      string // short form
	text     string // of a scalar
	style    byte   // of a scalar: 0 for plain
	flow     bool
	children []*node // keys and values in turn for a mapping
	uses     int     // how often it occurs
	anchor   string  // given when it is first written
}

// representer makes nodes of values, as PyYAML's SafeRepresenter does.
type representer struct {
	o    DumpOptions
	seen map[any]*node
}

func (r *representer) scalar(tag, text string, style byte) *node {
	if r.o.Literal != nil && tag == tagStr {
		if literal, ok := r.o.Literal(text); ok {
			text, style = literal, '|'
		}
	}
	if style == 0 {
		style = r.o.Style
	}
	return &node{kind: scalarNode, tag: tag, text: text, style: style}
}

func (r *representer) represent(v value.Value) (*node, error) {
	if c, ok := v.(Ciphertexter); ok {
		return r.scalar(tagVault, c.Ciphertext(), '|'), nil
	}
	if vault := value.MarksOf(v).Vault; vault != "" {
		return r.scalar(tagVault, vault, '|'), nil
	}
	switch v := v.(type) {
	case value.NoneType:
		return r.scalar(tagNull, "null", 0), nil
	case value.Bool:
		return r.scalar(tagBool, strconv.FormatBool(bool(v)), 0), nil
	case value.Int:
		return r.scalar(tagInt, v.String(), 0), nil
	case value.Float:
		return r.scalar(tagFloat, floatText(v.Float64()), 0), nil
	case value.Str:
		if !utf8.ValidString(v.String()) {
			return nil, fmt.Errorf("a text that is no UTF-8 cannot be written as YAML")
		}
		return r.scalar(tagStr, v.String(), 0), nil
	case value.Bytes:
		return r.scalar(tagBinary, base64Lines(v.Bytes()), '|'), nil
	case value.Date:
		return r.scalar(tagTimestamp, v.Time.Format("2006-01-02"), 0), nil
	case value.DateTime:
		return r.scalar(tagTimestamp, dateTimeText(v), 0), nil
	case *value.List, *value.Dict, *value.Set:
		return r.shared(v)
	case value.Tuple:
		if v.Class() != nil {
			r, err := value.Repr(v)
			if err != nil {
				return nil, err
			}
			return nil, fmt.Errorf("('cannot represent an object', %s)", r)
		}
		return r.sequence(&node{}, v.Elems())
	case *value.Undefined:
		return nil, &value.UndefinedError{Value: v}
	case value.Deferred:
		made, err := v.Resolve()
		if err != nil {
			return nil, err
		}
		return r.represent(made)
	case value.Iterabler:
		var elems []value.Value
		it := v.Iter()
		for e, ok := it.Next(); ok; e, ok = it.Next() {
			elems = append(elems, e)
		}
		if err := it.Err(); err != nil {
			return nil, err
		}
		return r.sequence(&node{}, elems)
	}
	return nil, fmt.Errorf("cannot represent an object of type %s as YAML", v.Type())
}

// shared makes the node of a container once, however often it occurs.
func (r *representer) shared(v value.Value) (*node, error) {
	if n, ok := r.seen[v]; ok {
		n.uses++
		return n, nil
	}
	n := &node{}
	r.seen[v] = n
	switch v := v.(type) {
	case *value.List:
		elems, err := v.Elems()
		if err != nil {
			return nil, err
		}
		return r.sequence(n, elems)
	case *value.Set:
		members := v.Members()
		none := make([]value.Value, len(members))
		for i := range none {
			none[i] = value.None
		}
		return r.mapping(n, tagSet, members, none)
	}
	d := v.(*value.Dict)
	var keys, vals []value.Value
	for it := d.Iterate(); it.Next(); {
		val, err := it.Value()
		if err != nil {
			return nil, err
		}
		keys, vals = append(keys, it.Key()), append(vals, val)
	}
	return r.mapping(n, tagMap, keys, vals)
}

func (r *representer) sequence(n *node, elems []value.Value) (*node, error) {
	n.kind, n.tag, n.uses = sequenceNode, tagSeq, 1
	plain := true
	for _, e := range elems {
		child, err := r.represent(e)
		if err != nil {
			return nil, err
		}
		plain = plain && child.kind == scalarNode && child.style == 0
		n.children = append(n.children, child)
	}
	n.flow = r.flow(plain)
	return n, nil
}

func (r *representer) flow(plain bool) bool {
	return r.o.Flow == Flow || r.o.Flow == Auto && plain
}

func (r *representer) mapping(n *node, tag string, keys, vals []value.Value) (*node, error) {
	n.kind, n.tag, n.uses = mappingNode, tag, 1
	order := make([]int, len(keys))
	for i := range order {
		order[i] = i
	}
	if r.o.SortKeys && sortable(keys) {
		sort.SliceStable(order, func(i, j int) bool { return less(keys[order[i]], keys[order[j]]) })
	}
	plain := true
	for _, i := range order {
		for _, v := range []value.Value{keys[i], vals[i]} {
			child, err := r.represent(v)
			if err != nil {
				return nil, err
			}
			plain = plain && child.kind == scalarNode && child.style == 0
			n.children = append(n.children, child)
		}
	}
	n.flow = r.flow(plain)
	return n, nil
}

// sortable tells whether Python can compare all the keys with each other: numbers, or texts, or bytes, or dates.
func sortable(keys []value.Value) bool {
	kind := func(v value.Value) string {
		switch v.(type) {
		case value.Bool, value.Int, value.Float:
			return "number"
		case value.Str, value.Bytes, value.Date, value.DateTime:
			return v.Type()
		}
		return ""
	}
	for _, k := range keys {
		if kind(k) == "" || kind(k) != kind(keys[0]) {
			return false
		}
	}
	return true
}

func less(a, b value.Value) bool {
	switch a := a.(type) {
	case value.Str:
		return a.String() < b.(value.Str).String()
	case value.Bytes:
		return string(a.Bytes()) < string(b.(value.Bytes).Bytes())
	case value.Date:
		return a.Time.Before(b.(value.Date).Time)
	case value.DateTime:
		return a.Time.Before(b.(value.DateTime).Time)
	}
	if x, ok := a.(value.Int); ok {
		if y, ok := b.(value.Int); ok {
			return x.Big().Cmp(y.Big()) < 0
		}
	}
	return number(a) < number(b)
}

func number(v value.Value) float64 {
	switch v := v.(type) {
	case value.Bool:
		if v {
			return 1
		}
		return 0
	case value.Int:
		return v.Float()
	case value.Float:
		return v.Float64()
	}
	return 0
}

// floatText is repr(f) in the form that YAML 1.1 reads as a float.
func floatText(f float64) string {
	switch {
	case math.IsNaN(f):
		return ".nan"
	case math.IsInf(f, 1):
		return ".inf"
	case math.IsInf(f, -1):
		return "-.inf"
	}
	if a := math.Abs(f); a == 0 || a >= 1e-4 && a < 1e16 {
		s := strconv.FormatFloat(f, 'f', -1, 64)
		if !strings.Contains(s, ".") {
			s += ".0"
		}
		return s
	}
	s := strconv.FormatFloat(f, 'e', -1, 64) // 1e+16, with two digits at least, as Python
	if !strings.Contains(s, ".") {
		s = strings.Replace(s, "e", ".0e", 1)
	}
	return s
}

// base64Lines is base64.encodebytes: lines of 76 characters.
func base64Lines(b []byte) string {
	s := base64.StdEncoding.EncodeToString(b)
	var out strings.Builder
	for len(s) > 76 {
		out.WriteString(s[:76] + "\n")
		s = s[76:]
	}
	if s != "" {
		out.WriteString(s + "\n")
	}
	return out.String()
}

// dateTimeText is datetime.isoformat(" ").
func dateTimeText(d value.DateTime) string {
	form := "2006-01-02 15:04:05"
	if d.Time.Nanosecond()/1000 != 0 {
		form += ".000000"
	}
	if d.Aware {
		form += "-07:00"
	}
	return d.Time.Format(form)
}
