package filters

import (
	"math/big"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var (
	_ = All.Add(Def{Name: "ansible.builtin.random", Keeps: true, Func: random, Sig: "rand(!env, end, start=None, step=None, seed=None)"})
	_ = All.Add(Def{Name: "ansible.builtin.shuffle", Keeps: true, Func: shuffle, Sig: "randomize_list(mylist, seed=None)"})
)

func random(c *Call) (value.Value, error) {
	r, err := newRandom(c.Get("seed"))
	if err != nil {
		return nil, err
	}
	switch end := c.Get("end").(type) {
	case value.Int:
		return randomNumber(c, r, end.Big())
	case value.Bool:
		n := big.NewInt(0)
		if end {
			n.SetInt64(1)
		}
		return randomNumber(c, r, n)
	}
	if _, err := value.Iter(c.Get("end")); err != nil {
		return nil, fail("random can only be used on sequences and integers")
	}
	for _, name := range []string{"start", "step"} {
		if set, err := c.Truth(name); err != nil || set {
			return nil, fail("start and step can only be used with integer values")
		}
	}
	n, err := value.Len(c.Get("end"))
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, value.Raise("IndexError", "Cannot choose from an empty sequence")
	}
	return value.Index(c.Get("end"), value.NewBigInt(r.below(big.NewInt(int64(n)))))
}

// randomNumber is random.randrange(start, end, step).
func randomNumber(c *Call, r *mersenne, end *big.Int) (value.Value, error) {
	arg := func(name string, none int64) (*big.Int, error) {
		v := c.Get(name)
		if set, err := value.Truth(v); err != nil || !set {
			return big.NewInt(none), err
		}
		n, ok := v.(value.Int)
		if !ok {
			i, err := toInt(v)
			return big.NewInt(int64(i)), err
		}
		return n.Big(), nil
	}
	start, err := arg("start", 0)
	if err != nil {
		return nil, err
	}
	step, err := arg("step", 1)
	if err != nil {
		return nil, err
	}
	width := new(big.Int).Sub(end, start)
	n := width
	if step.IsInt64() && step.Int64() == 1 {
		if n.Sign() <= 0 {
			return nil, value.Raise("ValueError", "empty range in randrange(%s, %s)", start, end)
		}
	} else {
		edge := big.NewInt(-1)
		if step.Sign() < 0 {
			edge = big.NewInt(1)
		}
		n = new(big.Int).Add(width, step)
		n.Add(n, edge)
		floor, m := new(big.Int).QuoRem(n, step, new(big.Int))
		if m.Sign() != 0 && m.Sign() != step.Sign() {
			floor.Sub(floor, big.NewInt(1))
		}
		if n = floor; n.Sign() <= 0 {
			return nil, value.Raise("ValueError", "empty range in randrange(%s, %s, %s)", start, end, step)
		}
	}
	k := r.below(n)
	return value.NewBigInt(k.Add(start, k.Mul(k, step))), nil
}

func shuffle(c *Call) (value.Value, error) {
	elems, err := value.Elems(c.First())
	if err != nil {
		if value.ClassOf(err) == "TypeError" { // what can't be shuffled is returned as it is
			return c.First(), nil
		}
		return nil, err
	}
	seed := c.Get("seed")
	if set, err := value.Truth(seed); err != nil {
		return nil, err
	} else if !set { // 0 and "" are no seeds
		seed = value.None
	}
	r, err := newRandom(seed)
	if err != nil {
		return nil, err
	}
	out := append([]value.Value(nil), elems...)
	for i := len(out) - 1; i > 0; i-- {
		j := int(r.below(big.NewInt(int64(i + 1))).Int64())
		out[i], out[j] = out[j], out[i]
	}
	return value.NewList(out...), nil
}
