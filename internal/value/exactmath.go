package value

import (
	"math"
	"math/big"
	"sync"
)

// Go's math.Pow and math.Log are off by a last digit where glibc's, which Python calls, are not; what a template prints
// would differ. These are computed with more digits and rounded once.

const exactBits = 192

func newExact(x float64) *big.Float { return new(big.Float).SetPrec(exactBits).SetFloat64(x) }

var ln2 = sync.OnceValue(func() *big.Float { return lnNear(newExact(2)) })

// lnNear is the logarithm of m, best near 1: 2 atanh((m-1)/(m+1)).
func lnNear(m *big.Float) *big.Float {
	z := new(big.Float).Quo(new(big.Float).Sub(m, newExact(1)), new(big.Float).Add(m, newExact(1)))
	zz := new(big.Float).Mul(z, z)
	sum, power := newExact(0), new(big.Float).Set(z)
	for k := 1.0; k < 400; k += 2 {
		term := new(big.Float).Quo(power, newExact(k))
		if term.Sign() == 0 || sum.Sign() != 0 && term.MantExp(nil) < sum.MantExp(nil)-exactBits {
			break
		}
		sum.Add(sum, term)
		power.Mul(power, zz)
	}
	return sum.Mul(sum, newExact(2))
}

// bigLog is ln x for a finite x > 0.
func bigLog(x *big.Float) *big.Float {
	m := new(big.Float).SetPrec(exactBits)
	e := x.MantExp(m) // 0.5 <= m < 1
	if m.Cmp(newExact(0.75)) < 0 {
		m.Mul(m, newExact(2))
		e--
	}
	sum := lnNear(m)
	return sum.Add(sum, new(big.Float).Mul(newExact(float64(e)), ln2()))
}

// bigExp is e to the t, for |t| < 2^20.
func bigExp(t *big.Float) *big.Float {
	k, _ := new(big.Float).Quo(t, ln2()).Int64()
	r := new(big.Float).Sub(t, new(big.Float).Mul(newExact(float64(k)), ln2()))
	const halvings = 8
	r.SetMantExp(r, -halvings)
	sum, term := newExact(1), newExact(1)
	for n := 1.0; n < 60; n++ {
		term.Mul(term, r)
		term.Quo(term, newExact(n))
		if term.Sign() == 0 || term.MantExp(nil) < -exactBits {
			break
		}
		sum.Add(sum, term)
	}
	for range halvings {
		sum.Mul(sum, sum)
	}
	return sum.SetMantExp(sum, int(k))
}

func ordinary(x float64) bool { return x != 0 && !math.IsInf(x, 0) && !math.IsNaN(x) }

// Pow is x to the y, rounded correctly; the special cases are those of C's pow.
func Pow(x, y float64) float64 {
	if !ordinary(x) || !ordinary(y) || math.Abs(x) == 1 || x < 0 && y != math.Trunc(y) {
		return math.Pow(x, y)
	}
	t := new(big.Float).Mul(bigLog(newExact(math.Abs(x))), newExact(y))
	if t.Sign() == 0 || t.MantExp(nil) > 12 {
		return math.Pow(x, y) // far out of range
	}
	r, _ := bigExp(t).Float64()
	if x < 0 && math.Mod(y, 2) != 0 {
		r = -r
	}
	return r
}

// Log is the natural logarithm of x, rounded correctly; the special cases are those of math.Log.
func Log(x float64) float64 {
	if !ordinary(x) || x < 0 || x == 1 {
		return math.Log(x)
	}
	r, _ := bigLog(newExact(x)).Float64()
	return r
}

// Log10 is the logarithm of x to the base 10, rounded correctly; the special cases are those of math.Log10.
func Log10(x float64) float64 {
	if !ordinary(x) || x < 0 || x == 1 {
		return math.Log10(x)
	}
	r, _ := new(big.Float).Quo(bigLog(newExact(x)), bigLog(newExact(10))).Float64()
	return r
}
