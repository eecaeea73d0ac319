package vaultfmt

import (
	"bytes"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"
)

// both names the two implementations.
func both(secret []byte) map[string]kdf {
	return map[string]kdf{"fast": newFastKDF(secret), "plain": newPlainKDF(secret)}
}

// key joins blocks 1 to 3 to the first n bytes of PBKDF2's output.
func key(d kdf, salt []byte, count, n int) []byte {
	var all []byte
	for i := range uint32(3) {
		var out [sha256.Size]byte
		d.block(&out, i+1, salt, count)
		all = append(all, out[:]...)
	}
	return all[:n]
}

// TestKDFKnown has the PBKDF2-HMAC-SHA-256 vector of RFC 7914, section 11.
func TestKDFKnown(t *testing.T) {
	const want = "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783"
	for name, d := range both([]byte("passwd")) {
		if got := hex.EncodeToString(key(d, []byte("salt"), 1, 64)); got != want {
			t.Errorf("%s: got %s", name, got)
		}
	}
}

func TestFastKDFIsUsed(t *testing.T) {
	if !fastWorks() {
		t.Error("crypto/sha256 marshals its state in another way now: fastKDF has to be adapted, plainKDF is slower than crypto/pbkdf2")
	}
}

func TestDeriveKeyEqualsStandardLibrary(t *testing.T) {
	cases := map[string]struct{ secret, salt string }{
		"usual":          {"secret", strings.Repeat("salt", 8)},
		"empty":          {"", ""},
		"64 bytes":       {strings.Repeat("k", 64), strings.Repeat("s", 64)},
		"65 bytes":       {strings.Repeat("k", 65), strings.Repeat("s", 65)},
		"salt of 1 MB":   {"secret", strings.Repeat("s", 1<<20)},
		"not UTF-8":      {"\xff\x00\x80", "\x00"},
		"padding length": {"secret", strings.Repeat("s", 55)},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			want, err := pbkdf2.Key(sha256.New, c.secret, []byte(c.salt), iterations, 80)
			if err != nil {
				t.Fatal(err)
			}
			k := DeriveKey([]byte(c.secret), []byte(c.salt))
			if got := slicesOf(k); !bytes.Equal(got, want) {
				t.Errorf("got %x, want %x", got, want)
			}
		})
	}
}

func slicesOf(k *Key) []byte {
	return append(append(append([]byte(nil), k.cipher[:]...), k.mac[:]...), k.iv[:]...)
}

// FuzzDeriveKey compares both implementations, block by block, with crypto/pbkdf2.
func FuzzDeriveKey(f *testing.F) {
	f.Add([]byte("secret"), []byte("salt"), uint16(1))
	f.Add([]byte(""), []byte(""), uint16(2))
	f.Add(bytes.Repeat([]byte("k"), 65), bytes.Repeat([]byte("s"), 64), uint16(3))
	f.Add([]byte("\xff\x00"), bytes.Repeat([]byte("s"), 51), uint16(40))
	f.Fuzz(func(t *testing.T, secret, salt []byte, count uint16) {
		n := 1 + int(count)%64
		want, err := pbkdf2.Key(sha256.New, string(secret), salt, n, 96)
		if err != nil {
			t.Fatal(err)
		}
		for name, d := range both(secret) {
			if got := key(d, salt, n, 96); !bytes.Equal(got, want) {
				t.Errorf("%s: %d iterations: got %x, want %x", name, n, got, want)
			}
			d.wipe()
		}
	})
}

// TestWipe looks where a key was: in a Key, in the implementation of the derivation and in the hash that it uses.
func TestWipe(t *testing.T) {
	k := DeriveKey([]byte("secret"), []byte("salt"))
	if bytes.Equal(slicesOf(k), make([]byte, 80)) {
		t.Fatal("a key of zeros")
	}
	k.Wipe()
	if got := slicesOf(k); !bytes.Equal(got, make([]byte, 80)) {
		t.Errorf("the key is still there: %x", got)
	}

	d := newFastKDF([]byte("secret"))
	before := fmt.Sprintf("%v", d.sha) // prints the words and the block buffer inside
	var out [sha256.Size]byte
	d.block(&out, 1, []byte("salt"), 2)
	d.wipe()
	for name, b := range map[string][]byte{"inner": d.inner, "outer": d.outer, "buf": d.buf[:], "msg": d.msg[:]} {
		if !bytes.Equal(b, make([]byte, len(b))) {
			t.Errorf("%s is still there: %x", name, b)
		}
	}
	nonzero := func(s string) bool { return strings.Trim(s, "&{}[] 0false") != "" }
	if after := fmt.Sprintf("%v", d.sha); !nonzero(before) || nonzero(after) {
		t.Errorf("the hash held %s, holds %s", before, after)
	}
}

func TestUnpadWipes(t *testing.T) {
	for _, text := range []string{"sixteen letters!", "sixteen letters\x00", "twelve bytes\x04\x03\x04\x04", "short", strings.Repeat("\x11", 32)} {
		buf := []byte(text)
		if plaintext, err := unpad(buf); plaintext != nil || err != ErrPadding {
			t.Errorf("%q: got %q, %v", text, plaintext, err)
		}
		if !bytes.Equal(buf, make([]byte, len(buf))) {
			t.Errorf("%q: the plaintext is still there: %q", text, buf)
		}
	}
	if plaintext, err := unpad([]byte("twelve bytes\x04\x04\x04\x04")); string(plaintext) != "twelve bytes" || err != nil {
		t.Errorf("got %q, %v", plaintext, err)
	}
}

func BenchmarkDeriveKey(b *testing.B) {
	secret, salt := []byte("a usual password"), bytes.Repeat([]byte("s"), SaltSize)
	b.ReportAllocs()
	for b.Loop() {
		DeriveKey(secret, salt).Wipe()
	}
}

func BenchmarkStdlibPBKDF2(b *testing.B) {
	salt := bytes.Repeat([]byte("s"), SaltSize)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := pbkdf2.Key(sha256.New, "a usual password", salt, iterations, 80); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMatches(b *testing.B) {
	salt := bytes.Repeat([]byte("s"), SaltSize)
	e, err := EncryptWithSalt([]byte("plaintext"), []byte("a usual password"), salt, "")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if e.Matches([]byte("another password")) {
			b.Fatal("a wrong password matches")
		}
	}
}

func BenchmarkParse(b *testing.B) {
	e := &Envelope{Version: version11, Cipher: cipherAES256, Salt: make([]byte, 32), MAC: make([]byte, 32), Ciphertext: make([]byte, 1<<20)}
	text, err := e.MarshalText()
	if err != nil {
		b.Fatal(err)
	}
	for name, parse := range map[string]func([]byte) (*Envelope, error){"strict": Parse, "lenient": ParseLenient} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if _, err := parse(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestDeriveKeyIsNotSlower holds the best of some interleaved runs against crypto/pbkdf2's best. On an idle machine the
// ratio is 0.7.
func TestDeriveKeyIsNotSlower(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("measures time")
	}
	secret, salt := []byte("a usual password"), bytes.Repeat([]byte("s"), SaltSize)
	ours, theirs := time.Hour, time.Hour
	for range 20 {
		start := time.Now()
		DeriveKey(secret, salt)
		ours = min(ours, time.Since(start))
		start = time.Now()
		if _, err := pbkdf2.Key(sha256.New, string(secret), salt, iterations, 80); err != nil {
			t.Fatal(err)
		}
		theirs = min(theirs, time.Since(start))
	}
	t.Logf("ours %v, crypto/pbkdf2 %v: %.2f", ours, theirs, float64(ours)/float64(theirs))
	if ours > theirs {
		t.Errorf("a key takes %v, with crypto/pbkdf2 %v", ours, theirs)
	}
}
