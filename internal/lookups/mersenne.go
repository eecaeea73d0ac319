package lookups

import (
	"crypto/sha512"
	"math/bits"
)

// mersenne is Python's random.Random seeded with a str: the Mersenne Twister MT19937.
// Source: https://docs.python.org/3/library/random.html; Matsumoto and Nishimura, "Mersenne Twister", 1998.
type mersenne struct {
	state [624]uint32
	next  int
}

// newMersenne seeds a generator as random.seed(text) does.
func newMersenne(text string) *mersenne {
	sum := sha512.Sum512([]byte(text))
	digits := append([]byte(text), sum[:]...)
	// the number whose big-endian bytes are digits, in words of 32 bits from the lowest on
	var key []uint32
	for end := len(digits); end > 0; end -= 4 {
		var w uint32
		for _, b := range digits[max(0, end-4):end] {
			w = w<<8 | uint32(b)
		}
		key = append(key, w)
	}
	for len(key) > 1 && key[len(key)-1] == 0 {
		key = key[:len(key)-1]
	}
	m := &mersenne{}
	m.seedArray(key)
	return m
}

func (m *mersenne) seedNumber(s uint32) {
	m.state[0] = s
	for i := 1; i < len(m.state); i++ {
		p := m.state[i-1]
		m.state[i] = 1812433253*(p^p>>30) + uint32(i)
	}
	m.next = len(m.state)
}

func (m *mersenne) seedArray(key []uint32) {
	m.seedNumber(19650218)
	n := len(m.state)
	i, j := 1, 0
	for k := max(n, len(key)); k > 0; k-- {
		p := m.state[i-1]
		m.state[i] = (m.state[i] ^ (p^p>>30)*1664525) + key[j] + uint32(j)
		if i++; i >= n {
			m.state[0], i = m.state[n-1], 1
		}
		if j++; j >= len(key) {
			j = 0
		}
	}
	for k := n - 1; k > 0; k-- {
		p := m.state[i-1]
		m.state[i] = (m.state[i] ^ (p^p>>30)*1566083941) - uint32(i)
		if i++; i >= n {
			m.state[0], i = m.state[n-1], 1
		}
	}
	m.state[0] = 0x80000000
}

func (m *mersenne) uint32() uint32 {
	if m.next >= len(m.state) {
		m.refill()
	}
	y := m.state[m.next]
	m.next++
	y ^= y >> 11
	y ^= y << 7 & 0x9d2c5680
	y ^= y << 15 & 0xefc60000
	return y ^ y>>18
}

func (m *mersenne) refill() {
	n := len(m.state)
	for i := range m.state {
		y := m.state[i]&0x80000000 | m.state[(i+1)%n]&0x7fffffff
		v := m.state[(i+397)%n] ^ y>>1
		if y&1 != 0 {
			v ^= 0x9908b0df
		}
		m.state[i] = v
	}
	m.next = 0
}

// below returns a number from 0 to n-1, as random.choice picks an index. n is at most 1<<31.
func (m *mersenne) below(n int) int {
	k := bits.Len(uint(n))
	for {
		if r := int(m.uint32() >> (32 - k)); r < n {
			return r
		}
	}
}
