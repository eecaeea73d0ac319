package builtin

import "unicode"

// asciiDigit gives the digit 0 to 9 that r stands for in its script, else r. Digits of a script stand in a row of ten
// that begins at a zero.
func asciiDigit(r rune) rune {
	if r < 0x80 || !unicode.IsDigit(r) {
		return r
	}
	for _, rng := range unicode.Nd.R16 {
		if r >= rune(rng.Lo) && r <= rune(rng.Hi) {
			return '0' + (r-rune(rng.Lo))%10
		}
	}
	for _, rng := range unicode.Nd.R32 {
		if r >= rune(rng.Lo) && r <= rune(rng.Hi) {
			return '0' + (r-rune(rng.Lo))%10
		}
	}
	return r
}
