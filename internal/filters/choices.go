package filters

import mathbits "math/bits"

// Choices gives n indexes from 0 to size-1, as random.Random(seed).choice picks them from a sequence of size elements, for
// the lookup password. size must be at least 1.
func Choices(seed string, size, n int) []int {
	m := &mersenne{}
	m.seedBytes([]byte(seed))
	k := mathbits.Len(uint(size))
	out := make([]int, n)
	for i := range out {
		for {
			if out[i] = int(m.uint32() >> (32 - k)); out[i] < size {
				break
			}
		}
	}
	return out
}
