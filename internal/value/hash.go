package value

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// hashKey is what two equal hashable values have in common: 1, 1.0 and True are one key, as in Python.
type hashKey struct {
	kind byte
	n    int64
	s    string
}

// Object is what values of other rooms implement that can be keys and are equal to themselves alone.
type Object interface {
	// Identity tells the value from all others.
	Identity() string
}

// UnhashableError says that a value can't be a dict key or a member of a set.
type UnhashableError struct{ TypeName string }

// Error gives Python's message.
func (e *UnhashableError) Error() string { return "unhashable type: '" + e.TypeName + "'" }

func keyOf(v Value) (hashKey, error) {
	switch v := v.(type) {
	case Str:
		return hashKey{kind: 's', s: v.s}, nil
	case NoneType:
		return hashKey{kind: 'n'}, nil
	case Bool:
		if v {
			return hashKey{kind: 'i', n: 1}, nil
		}
		return hashKey{kind: 'i'}, nil
	case Int:
		if v.big != nil {
			return hashKey{kind: 'I', s: v.big.String()}, nil
		}
		return hashKey{kind: 'i', n: v.small}, nil
	case Float:
		return floatKey(v.f), nil
	case Bytes:
		return hashKey{kind: 'b', s: v.b}, nil
	case Tuple:
		return tupleKey(v)
	case DateTime:
		if v.Aware {
			return hashKey{kind: 'T', n: v.Time.UnixMicro()}, nil
		}
		return hashKey{kind: 't', n: v.Time.UnixMicro()}, nil
	case Date:
		return hashKey{kind: 'd', n: v.Time.Unix()}, nil
	case TimeDelta:
		return hashKey{kind: 'D', n: int64(time.Duration(v) / time.Microsecond)}, nil
	}
	if u, ok := v.(*Undefined); ok {
		return hashKey{}, &UndefinedError{Value: u}
	}
	if o, ok := v.(Object); ok {
		return hashKey{kind: 'o', s: o.Identity()}, nil
	}
	return hashKey{}, &UnhashableError{TypeName: v.Type()}
}

func floatKey(f float64) hashKey {
	if f == math.Trunc(f) && !math.IsInf(f, 0) {
		if f >= -1<<63 && f < 1<<63 {
			return hashKey{kind: 'i', n: int64(f)}
		}
		return hashKey{kind: 'I', s: strconv.FormatFloat(f, 'f', 0, 64)}
	}
	return hashKey{kind: 'f', n: int64(math.Float64bits(f))}
}

func tupleKey(t Tuple) (hashKey, error) {
	var b strings.Builder
	for _, e := range t.elems {
		k, err := keyOf(e)
		if err != nil {
			return hashKey{}, err
		}
		b.WriteByte(k.kind)
		b.WriteString(strconv.FormatInt(k.n, 10))
		b.WriteByte(':')
		b.WriteString(strconv.Itoa(len(k.s)))
		b.WriteByte(':')
		b.WriteString(k.s)
	}
	return hashKey{kind: '(', s: b.String()}, nil
}
