package filters

import (
	crand "crypto/rand"
	"crypto/sha512"
	"encoding/binary"
	"math"
	"math/big"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// mersenne is Python's random.Random: the Mersenne Twister MT19937, seeded as Python seeds it, so that a seed gives the
// numbers that it gives in Ansible.
type mersenne struct {
	state [624]uint32
	next  int
}

// newRandom gives random.Random(seed), or with None numbers that can't be foretold.
func newRandom(seed value.Value) (*mersenne, error) {
	m := &mersenne{}
	switch s := seed.(type) {
	case value.NoneType:
		var key [2496]byte
		if _, err := crand.Read(key[:]); err != nil {
			return nil, err
		}
		words := make([]uint32, 624)
		for i := range words {
			words[i] = binary.LittleEndian.Uint32(key[4*i:])
		}
		m.seed(words)
	case value.Str:
		m.seedBytes([]byte(s.String()))
	case value.Bytes:
		m.seedBytes(s.Bytes())
	case value.Int:
		m.seedBig(s.Big())
	case value.Bool:
		n := int64(0)
		if s {
			n = 1
		}
		m.seedBig(big.NewInt(n))
	case value.Float:
		m.seedBig(big.NewInt(floatHash(s.Float64())))
	default:
		return nil, value.Raise("TypeError", "The only supported seed types are:\nNone, int, float, str, bytes, and bytearray.")
	}
	return m, nil
}

func (m *mersenne) seedBytes(b []byte) {
	sum := sha512.Sum512(b)
	m.seedBig(new(big.Int).SetBytes(append(append([]byte(nil), b...), sum[:]...)))
}

// seedBig seeds with the absolute value of n, as words from the lowest on.
func (m *mersenne) seedBig(n *big.Int) {
	b := new(big.Int).Abs(n).Bytes()
	words := make([]uint32, max(1, (len(b)+3)/4))
	for i := range b {
		words[i/4] |= uint32(b[len(b)-1-i]) << (8 * (i % 4))
	}
	m.seed(words)
}

// floatHash is Python's hash() of a float.
func floatHash(f float64) int64 {
	switch {
	case math.IsInf(f, 1):
		return 314159
	case math.IsInf(f, -1):
		return -314159
	case math.IsNaN(f):
		return 0
	}
	const bits = 61
	p := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), bits), big.NewInt(1))
	r := new(big.Rat).SetFloat64(math.Abs(f))
	h := new(big.Int).ModInverse(new(big.Int).Mod(r.Denom(), p), p)
	h.Mul(h, r.Num()).Mod(h, p)
	if f < 0 {
		return -h.Int64()
	}
	return h.Int64()
}

// seed is init_by_array of the reference implementation.
func (m *mersenne) seed(key []uint32) {
	s := &m.state
	s[0] = 19650218
	for i := uint32(1); i < 624; i++ {
		s[i] = 1812433253*(s[i-1]^s[i-1]>>30) + i
	}
	i, j := 1, 0
	for range max(624, len(key)) {
		s[i] = (s[i] ^ (s[i-1]^s[i-1]>>30)*1664525) + key[j] + uint32(j)
		if i++; i == 624 {
			s[0], i = s[623], 1
		}
		if j++; j == len(key) {
			j = 0
		}
	}
	for range 623 {
		s[i] = (s[i] ^ (s[i-1]^s[i-1]>>30)*1566083941) - uint32(i)
		if i++; i == 624 {
			s[0], i = s[623], 1
		}
	}
	s[0] = 0x80000000
	m.next = 624
}

func (m *mersenne) uint32() uint32 {
	s := &m.state
	if m.next == 624 {
		for i := range 624 {
			y := s[i]&0x80000000 | s[(i+1)%624]&0x7fffffff
			s[i] = s[(i+397)%624] ^ y>>1
			if y&1 != 0 {
				s[i] ^= 0x9908b0df
			}
		}
		m.next = 0
	}
	y := s[m.next]
	m.next++
	y ^= y >> 11
	y ^= y << 7 & 0x9d2c5680
	y ^= y << 15 & 0xefc60000
	return y ^ y>>18
}

// bits is random.getrandbits(k).
func (m *mersenne) bits(k int) *big.Int {
	n := new(big.Int)
	for i := 0; k > 0; i, k = i+1, k-32 {
		r := m.uint32()
		if k < 32 {
			r >>= 32 - k
		}
		n.Or(n, new(big.Int).Lsh(big.NewInt(int64(r)), uint(32*i)))
	}
	return n
}

// below gives a number from 0 to n-1, n > 0.
func (m *mersenne) below(n *big.Int) *big.Int {
	k := n.BitLen()
	r := m.bits(k)
	for r.Cmp(n) >= 0 {
		r = m.bits(k)
	}
	return r
}
