package value

import (
	"math"
	"math/big"
)

// maxIntBits bounds integers, so that ** ends.
const maxIntBits = 1 << 24

func numberOp(op string, a, b Value) (Value, error) {
	x, xInt := asInt(a)
	y, yInt := asInt(b)
	if xInt && yInt {
		if op == "**" && y.Sign() < 0 {
			return floatPow(x, y)
		}
		if x.big == nil && y.big == nil {
			if v, ok := smallOp(op, x.small, y.small); ok {
				return v, nil
			}
		}
		return bigOp(op, x.Big(), y.Big())
	}
	if op == "**" {
		return floatPow(a, b)
	}
	f, err := AsFloat(a)
	if err != nil {
		return nil, err
	}
	g, err := AsFloat(b)
	if err != nil {
		return nil, err
	}
	return floatOp(op, f, g)
}

// AsFloat gives the number of an int, bool or float as a float64; an int that is too large is an OverflowError.
func AsFloat(v Value) (float64, error) {
	switch v := v.(type) {
	case Float:
		return v.f, nil
	case Int, Bool:
		n, _ := asInt(v)
		f := n.Float()
		if math.IsInf(f, 0) {
			return 0, Raise("OverflowError", "int too large to convert to float")
		}
		return f, nil
	}
	return 0, typeErrorf("must be real number, not %s", qualified(v))
}

// smallOp is the usual case, without big integers; ok is false when the result may not fit.
func smallOp(op string, x, y int64) (Value, bool) {
	const half = 1 << 62
	fits := x > -half && x < half && y > -half && y < half
	switch op {
	case "+":
		return NewInt(x + y), fits
	case "-":
		return NewInt(x - y), fits
	case "*":
		const root = 1 << 31
		return NewInt(x * y), x > -root && x < root && y > -root && y < root
	case "//", "%":
		if y == 0 || !fits {
			return nil, false
		}
		q, r := x/y, x%y
		if r != 0 && (r < 0) != (y < 0) {
			q--
			r += y
		}
		if op == "%" {
			return NewInt(r), true
		}
		return NewInt(q), true
	case "/":
		const exact = 1 << 53
		if y != 0 && x > -exact && x < exact && y > -exact && y < exact {
			return NewFloat(float64(x) / float64(y)), true
		}
	}
	return nil, false
}

func bigOp(op string, x, y *big.Int) (Value, error) {
	if y.Sign() == 0 {
		switch op {
		case "/":
			return nil, Raise("ZeroDivisionError", "division by zero")
		case "//":
			return nil, Raise("ZeroDivisionError", "integer division or modulo by zero")
		case "%":
			return nil, Raise("ZeroDivisionError", "integer modulo by zero")
		}
	}
	z := new(big.Int)
	switch op {
	case "+":
		return NewBigInt(z.Add(x, y)), nil
	case "-":
		return NewBigInt(z.Sub(x, y)), nil
	case "*":
		if x.BitLen()+y.BitLen() > maxIntBits {
			return nil, errTooLarge
		}
		return NewBigInt(z.Mul(x, y)), nil
	case "/":
		f, _ := new(big.Rat).SetFrac(x, y).Float64()
		if math.IsInf(f, 0) {
			return nil, Raise("OverflowError", "integer division result too large for a float")
		}
		if f == 0 && (x.Sign() < 0) != (y.Sign() < 0) && x.Sign() != 0 {
			f = math.Copysign(0, -1)
		}
		return NewFloat(f), nil
	case "//", "%":
		m := new(big.Int)
		z.QuoRem(x, y, m)
		if m.Sign() != 0 && (m.Sign() < 0) != (y.Sign() < 0) {
			z.Sub(z, big.NewInt(1))
			m.Add(m, y)
		}
		if op == "%" {
			return NewBigInt(m), nil
		}
		return NewBigInt(z), nil
	case "**":
		if x.CmpAbs(big.NewInt(1)) > 0 && (!y.IsInt64() || y.Int64() > maxIntBits/int64(x.BitLen())) {
			return nil, errTooLarge
		}
		if x.CmpAbs(big.NewInt(1)) <= 0 {
			y = big.NewInt(int64(y.Bit(0)) + 2*int64(y.Sign())) // 0, 1 and -1: only zero or not, odd or even, matter
		}
		return NewBigInt(z.Exp(x, y, nil)), nil
	}
	return nil, nil
}

func floatOp(op string, x, y float64) (Value, error) {
	switch op {
	case "+":
		return NewFloat(x + y), nil
	case "-":
		return NewFloat(x - y), nil
	case "*":
		return NewFloat(x * y), nil
	case "/":
		if y == 0 {
			return nil, Raise("ZeroDivisionError", "float division by zero")
		}
		return NewFloat(x / y), nil
	case "//":
		if y == 0 {
			return nil, Raise("ZeroDivisionError", "float floor division by zero")
		}
		q, _ := floatDivMod(x, y)
		return NewFloat(q), nil
	case "%":
		if y == 0 {
			return nil, Raise("ZeroDivisionError", "float modulo by zero")
		}
		_, m := floatDivMod(x, y)
		return NewFloat(m), nil
	}
	return nil, nil
}

// floatDivMod gives the quotient rounded down and the rest, which has the sign of y.
func floatDivMod(x, y float64) (q, m float64) {
	m = math.Mod(x, y)
	q = (x - m) / y
	if m != 0 {
		if (y < 0) != (m < 0) {
			m += y
			q--
		}
	} else {
		m = math.Copysign(0, y)
	}
	if q == 0 {
		return math.Copysign(0, x/y), m
	}
	floor := math.Floor(q)
	if q-floor > 0.5 {
		floor++
	}
	return floor, m
}

func floatPow(a, b Value) (Value, error) {
	x, err := AsFloat(a)
	if err != nil {
		return nil, err
	}
	y, err := AsFloat(b)
	if err != nil {
		return nil, err
	}
	if x == 0 && y < 0 {
		return nil, Raise("ZeroDivisionError", "0.0 cannot be raised to a negative power")
	}
	if x < 0 && y != math.Trunc(y) && !math.IsInf(x, 0) && !math.IsInf(y, 0) {
		return nil, valueErrorf("a negative number raised to a fraction is a complex number, which is not supported")
	}
	r := Pow(x, y)
	if math.IsInf(r, 0) && !math.IsInf(x, 0) && !math.IsInf(y, 0) {
		return nil, Raise("OverflowError", "(34, 'Numerical result out of range')")
	}
	return NewFloat(r), nil
}
