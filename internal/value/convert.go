package value

import (
	"encoding/json"
	"fmt"
	"math/big"
	"reflect"
	"sort"
	"time"
)

// FromGo gives the value for plain Go data: nil, booleans, numbers, *big.Int, json.Number, strings, []byte, time.Time,
// time.Duration, slices, maps with string keys (in sorted order) and Values, pointers and interfaces to them. Any other
// type is an error.
func FromGo(x any) (Value, error) {
	switch x := x.(type) {
	case nil:
		return None, nil
	case Value:
		return x, nil
	case bool:
		return Bool(x), nil
	case string:
		return NewStr(x), nil
	case int:
		return NewInt(int64(x)), nil
	case int64:
		return NewInt(x), nil
	case float64:
		return NewFloat(x), nil
	case []byte:
		return NewBytes(x), nil
	case *big.Int:
		return NewBigInt(x), nil
	case json.Number:
		return parseNumber(x.String())
	case time.Time:
		return NewDateTime(x), nil
	case time.Duration:
		return TimeDelta(x.Truncate(time.Microsecond)), nil
	case []any:
		l := &List{elems: make([]Value, len(x))}
		for i, e := range x {
			v, err := FromGo(e)
			if err != nil {
				return nil, err
			}
			l.elems[i] = v
		}
		return l, nil
	case map[string]any:
		return fromMap(x)
	}
	return fromReflect(reflect.ValueOf(x))
}

func fromMap(m map[string]any) (Value, error) {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	d := NewDict()
	for _, k := range keys {
		v, err := FromGo(m[k])
		if err != nil {
			return nil, err
		}
		d.SetStr(k, v)
	}
	return d, nil
}

func fromReflect(r reflect.Value) (Value, error) {
	switch r.Kind() {
	case reflect.Bool:
		return Bool(r.Bool()), nil
	case reflect.String:
		return NewStr(r.String()), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return NewInt(r.Int()), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return NewBigInt(new(big.Int).SetUint64(r.Uint())), nil
	case reflect.Float32, reflect.Float64:
		return NewFloat(r.Float()), nil
	case reflect.Pointer, reflect.Interface:
		if r.IsNil() {
			return None, nil
		}
		return FromGo(r.Elem().Interface())
	case reflect.Slice, reflect.Array:
		l := &List{elems: make([]Value, r.Len())}
		for i := range l.elems {
			v, err := FromGo(r.Index(i).Interface())
			if err != nil {
				return nil, err
			}
			l.elems[i] = v
		}
		return l, nil
	case reflect.Map:
		if r.Type().Key().Kind() != reflect.String {
			break
		}
		m := make(map[string]any, r.Len())
		for it := r.MapRange(); it.Next(); {
			m[it.Key().String()] = it.Value().Interface()
		}
		return fromMap(m)
	}
	return nil, fmt.Errorf("no value stands for Go's %s", r.Type())
}

// ToGo gives plain Go data: nil, bool, int64 or *big.Int, float64, string, []byte, time.Time (datetime, date),
// time.Duration, []any (list, tuple, set and whatever else can be iterated over), map[string]any (keys by Text). Marks are
// lost; an Undefined is an error.
func ToGo(v Value) (any, error) { return toGo(v, 0) }

func toGo(v Value, depth int) (any, error) {
	v, err := known(v)
	if err != nil {
		return nil, err
	}
	if depth > maxDepth {
		return nil, errTooDeep
	}
	switch v := v.(type) {
	case NoneType:
		return nil, nil
	case Bool:
		return bool(v), nil
	case Int:
		if v.big != nil {
			return new(big.Int).Set(v.big), nil
		}
		return v.small, nil
	case Float:
		return v.f, nil
	case Str:
		return v.s, nil
	case Bytes:
		return []byte(v.b), nil
	case DateTime:
		return v.Time, nil
	case Date:
		return v.Time, nil
	case TimeDelta:
		return time.Duration(v), nil
	case *Dict:
		m := make(map[string]any, v.Len())
		for it := v.Iterate(); it.Next(); {
			k, err := Text(it.Key())
			if err != nil {
				return nil, err
			}
			e, err := it.Value()
			if err != nil {
				return nil, err
			}
			if m[k], err = toGo(e, depth+1); err != nil {
				return nil, err
			}
		}
		return m, nil
	}
	elems, err := Elems(v)
	if err != nil {
		return nil, fmt.Errorf("no Go data stands for a %s", v.Type())
	}
	out := make([]any, len(elems))
	for i, e := range elems {
		if out[i], err = toGo(e, depth+1); err != nil {
			return nil, err
		}
	}
	return out, nil
}
