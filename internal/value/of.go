package value

import "fmt"

// Of turns a plain Go value into a Value: nil, a Value, a string, bool, int, int64, float64 or []string. Another type is a mistake of
// the caller and panics.
func Of(v any) Value {
	switch v := v.(type) {
	case nil:
		return None
	case Value:
		return v
	case string:
		return NewStr(v)
	case bool:
		return Bool(v)
	case int:
		return NewInt(int64(v))
	case int64:
		return NewInt(v)
	case float64:
		return NewFloat(v)
	case []string:
		elems := make([]Value, len(v))
		for i, s := range v {
			elems[i] = NewStr(s)
		}
		return NewList(elems...)
	}
	panic(fmt.Sprintf("value: %T is not a value", v))
}
