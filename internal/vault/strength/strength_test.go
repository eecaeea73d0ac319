package strength_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	zxcvbn "github.com/ccojocar/zxcvbn-go"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/strength"
)

// score is that of zxcvbn: powers of a hundred in the time that it takes.
func score(bits float64) int {
	for i, limit := range []float64{20.9, 27.6, 34.2, 40.9} { // 10^2, 10^4, 10^6 and 10^8 seconds at 10^4 guesses a second
		if bits < limit {
			return i
		}
	}
	return 4
}

// TestAsZxcvbn holds the estimates against those of the library: they may be a class apart, never more.
func TestAsZxcvbn(t *testing.T) {
	same := 0
	all := append([]string{}, known...)
	rnd := rand.New(rand.NewPCG(3, 4))
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
	for n := 4; n < 44; n++ {
		var b strings.Builder
		for range n {
			b.WriteByte(letters[rnd.IntN(len(letters))])
		}
		all = append(all, b.String())
	}
	for _, p := range all {
		bits, want := strength.Bits(p), zxcvbn.PasswordStrength(p, nil)
		got := score(bits)
		if got == want.Score {
			same++
		}
		if got-want.Score > 1 || want.Score-got > 1 {
			t.Errorf("%q: %.1f bits, class %d; the library says %.1f, class %d", p, bits, got, want.Entropy, want.Score)
		}
	}
	if same < len(all)*3/4 {
		t.Errorf("only %d of %d are in the same class", same, len(all))
	}
	t.Logf("%d of %d in the same class", same, len(all))
}

var known = []string{
	"password", "Password1", "p@ssw0rd", "P@$$w0rd", "123456", "12345678901234567890", "qwerty", "qwertyuiop", "asdfghjkl", "letmein", "changeme", "ansible",
	"vault", "secret", "secret123", "hunter2", "admin", "administrator", "root", "toor", "kimai", "kimai-demo", "Sommer2026!", "Winter2025", "Welcome1",
	"monkey", "dragon", "iloveyou", "trustno1", "abc123", "abcdefgh", "aaaaaaaa", "abababab", "1qaz2wsx", "zaq12wsx", "q1w2e3r4", "michael", "jennifer1",
	"correct horse battery staple", "correcthorsebatterystaple", "Tr0ub4dour&3", "drowssap", "19841984", "01012000", "test", "test1234", "demo", "example",
	"D0g..................", "thx1138", "ncc1701", "aC5!x", "xK8#mQ2$", "Eupompus gave splendour to art", "h7Jq-9sLw2pX_4vTz8Rk3mNb", "g", "",
}

func TestBits(t *testing.T) {
	for _, c := range []struct {
		password string
		from, to float64
	}{
		{"", 0, 0},
		{"password", 0, 1},
		{"password" + "password", 0, 3},
		{"ÄÖÜäöü", 20, 60},
		{strings.Repeat("x", 10000), 0, 20},
		{"zQ7vT2mK9pL4xW8cR5nB3hJ6dF1gS0yA", 150, 200},
	} {
		if got := strength.Bits(c.password); got < c.from || got > c.to {
			t.Errorf("%.40q: %.1f bits, want %.0f to %.0f", c.password, got, c.from, c.to)
		}
	}
}
