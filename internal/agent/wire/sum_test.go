package wire_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/wire"
)

// A bit, the length and the order count.
func TestSum(t *testing.T) {
	text := make([]byte, 100_000)
	for i := range text {
		text[i] = byte(i * i >> 3)
	}
	name := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	whole, size, err := wire.SumFile(name)
	if err != nil || size != int64(len(text)) || whole != wire.Sum(text) || len(whole) != 32 {
		t.Fatalf("got %s, %d, %v", whole, size, err)
	}
	seen := map[string]string{whole: "whole"}
	add := func(what string, b []byte) {
		if was := seen[wire.Sum(b)]; was != "" {
			t.Errorf("%s has the checksum of %s", what, was)
		}
		seen[wire.Sum(b)] = what
	}
	add("cut", text[:len(text)-1])
	add("longer", append(text[:len(text):len(text)], 0))
	text[50_000] ^= 1
	add("a bit", text)
	text[50_000] ^= 1
	copy(text, append(append([]byte{}, text[16:32]...), text[:16]...))
	add("order", text)
}

func BenchmarkSum(b *testing.B) {
	program := make([]byte, 8<<20)
	b.SetBytes(int64(len(program)))
	for b.Loop() {
		wire.Sum(program)
	}
}
