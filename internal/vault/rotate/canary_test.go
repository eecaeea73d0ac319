package rotate_test

import (
	"encoding/base64"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
)

var base64Text = lazyregexp.New(`[A-Za-z0-9+/]{4,}={0,2}`)

// decodeAll gives a text and behind it what is base64 in it, decoded.
func decodeAll(text string) []byte {
	out := []byte(text)
	for _, m := range base64Text().FindAllString(text, -1) {
		if b, err := base64.StdEncoding.DecodeString(m); err == nil {
			out = append(out, b...)
		}
	}
	return out
}

// The search must find what it looks for, also in base64.
func TestDecodeAllFires(t *testing.T) {
	if got := string(decodeAll(`{"x":"` + base64.StdEncoding.EncodeToString([]byte("a Canary")) + `"}`)); got[len(got)-8:] != "a Canary" {
		t.Errorf("got %q", got)
	}
}
