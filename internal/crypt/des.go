package crypt

// DES gives the crypt of old Unix: a salt of two characters of Alphabet, which stand before the hash. Of the secret the first
// eight bytes count, and seven bits of each.
func DES(secret, salt string) string {
	var key [64]byte // a bit each
	for i := range min(8, len(secret)) {
		for j := range 7 {
			key[i*8+j] = secret[i] >> (6 - j) & 1
		}
	}
	// the salt swaps bits of the expansion
	swap := desExpansion
	for i := range 2 {
		c := alphabetValue(salt[i])
		for j := range 6 {
			if c>>j&1 != 0 {
				swap[6*i+j], swap[6*i+j+24] = swap[6*i+j+24], swap[6*i+j]
			}
		}
	}
	keys := desKeys(key)
	var block [64]byte
	for range 25 {
		block = desEncrypt(block, keys, swap)
	}
	out := []byte(salt[:2])
	for i := range 11 {
		c := 0
		for j := range 6 {
			c <<= 1
			if 6*i+j < 64 {
				c |= int(block[6*i+j])
			}
		}
		out = append(out, Alphabet[c])
	}
	return string(out)
}

func alphabetValue(c byte) int {
	for i := range len(Alphabet) {
		if Alphabet[i] == c {
			return i
		}
	}
	return 0
}

// desKeys makes the keys of the sixteen rounds (FIPS 46-3).
func desKeys(key [64]byte) (out [16][48]byte) {
	var cd [56]byte
	for i, p := range desPC1 {
		cd[i] = key[p-1]
	}
	for round := range 16 {
		for range desShifts[round] {
			c, d := cd[0], cd[28]
			copy(cd[:27], cd[1:28])
			copy(cd[28:55], cd[29:56])
			cd[27], cd[55] = c, d
		}
		for i, p := range desPC2 {
			out[round][i] = cd[p-1]
		}
	}
	return out
}

func desEncrypt(in [64]byte, keys [16][48]byte, expansion [48]byte) (out [64]byte) {
	var l, r [32]byte
	for i := range 32 {
		l[i], r[i] = in[desIP[i]-1], in[desIP[i+32]-1]
	}
	for round := range 16 {
		var f [32]byte
		for box := range 8 {
			var in byte
			for i := range 6 {
				in = in<<1 | r[expansion[box*6+i]-1]&1 ^ keys[round][box*6+i]
			}
			row, column := in>>4&2|in&1, in>>1&15
			s := desS[box][row*16+column]
			for i := range 4 {
				f[box*4+i] = s >> (3 - i) & 1
			}
		}
		var next [32]byte
		for i, p := range desP {
			next[i] = l[i] ^ f[p-1]
		}
		l, r = r, next
	}
	var joined [64]byte
	copy(joined[:32], r[:]) // the halves are not swapped at the end
	copy(joined[32:], l[:])
	for i := range 64 { // the inverse of the initial permutation
		out[desIP[i]-1] = joined[i]
	}
	return out
}
