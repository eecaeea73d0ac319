package value

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

// NoneType is the type of None.
type NoneType struct{}

// None is Python's None, YAML's and JSON's null.
var None = NoneType{}

// Type returns "NoneType".
func (NoneType) Type() string { return "NoneType" }

// Bool is Python's bool.
type Bool bool

// True and False are the two values of Bool.
const (
	True  = Bool(true)
	False = Bool(false)
)

// Type returns "bool".
func (Bool) Type() string { return "bool" }

// Int is Python's int: of any size.
type Int struct {
	small int64
	big   *big.Int // set only when the number does not fit in small
	m     *Marks
}

// NewInt gives an Int.
func NewInt(n int64) Int { return Int{small: n} }

// NewBigInt gives an Int with the number n, which may not be changed afterwards.
func NewBigInt(n *big.Int) Int {
	if n.IsInt64() {
		return Int{small: n.Int64()}
	}
	return Int{big: n}
}

// Type returns "int".
func (Int) Type() string { return "int" }

// Int64 returns the number and true, or false when it does not fit.
func (i Int) Int64() (int64, bool) { return i.small, i.big == nil }

// Big returns the number; it may be shared and must not be changed.
func (i Int) Big() *big.Int {
	if i.big != nil {
		return i.big
	}
	return big.NewInt(i.small)
}

// Sign is -1, 0 or +1.
func (i Int) Sign() int {
	switch {
	case i.big != nil:
		return i.big.Sign()
	case i.small < 0:
		return -1
	case i.small > 0:
		return 1
	}
	return 0
}

// String gives the number in decimal, as Python's str().
func (i Int) String() string {
	if i.big == nil {
		return strconv.FormatInt(i.small, 10)
	}
	return i.big.String()
}

// Float returns the nearest float, infinite when the number is too large.
func (i Int) Float() float64 {
	if i.big == nil {
		return float64(i.small)
	}
	f, _ := new(big.Float).SetInt(i.big).Float64()
	return f
}

// Float is Python's float.
type Float struct {
	f float64
	m *Marks
}

// NewFloat gives a Float.
func NewFloat(f float64) Float { return Float{f: f} }

// Type returns "float".
func (Float) Type() string { return "float" }

// Float64 returns the number.
func (f Float) Float64() float64 { return f.f }

// IsInt reports whether the number has no fraction.
func (f Float) IsInt() bool {
	return !math.IsInf(f.f, 0) && !math.IsNaN(f.f) && f.f == math.Trunc(f.f)
}

// Str is Python's str. The text is UTF-8; a byte that is not valid UTF-8 stands for itself, as Python's
// surrogateescape has it.
type Str struct {
	s string
	m *Marks
}

// NewStr gives a Str without marks: not trusted, of unknown origin.
func NewStr(s string) Str { return Str{s: s} }

// NewMarkedStr gives a Str with marks.
func NewMarkedStr(s string, m Marks) Str { return Str{s: s, m: pack(m)} }

// Type returns "str".
func (Str) Type() string { return "str" }

// String returns the text. It is not masked: what shows values to people masks secrets by their mark.
func (s Str) String() string { return s.s }

// Len returns the number of characters (code points).
func (s Str) Len() int { return utf8.RuneCountInString(s.s) }

// Bytes is Python's bytes.
type Bytes struct {
	b string
	m *Marks
}

// NewBytes gives Bytes with a copy of b.
func NewBytes(b []byte) Bytes { return Bytes{b: string(b)} }

// Type returns "bytes".
func (Bytes) Type() string { return "bytes" }

// Bytes returns a copy of the bytes.
func (b Bytes) Bytes() []byte { return []byte(b.b) }

// Len returns the number of bytes.
func (b Bytes) Len() int { return len(b.b) }

// Contains reports whether sub is within s.
func (s Str) Contains(sub string) bool { return strings.Contains(s.s, sub) }
