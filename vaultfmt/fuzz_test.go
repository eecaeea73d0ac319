package vaultfmt_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

func seed(f *testing.F) {
	for _, v := range loadVectors(f) {
		if len(v.text) < 10_000 {
			f.Add(v.text)
		}
	}
}

// FuzzParse reads any text with both readers: nothing panics, every error is of a known class and points into the text,
// and what the strict reader takes, the lenient one takes too and understands alike.
func FuzzParse(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		strict, errS := vaultfmt.Parse(text)
		lenient, errL := vaultfmt.ParseLenient(text)
		for _, err := range []error{errS, errL} {
			class(t, err)
			var fe *vaultfmt.FormatError
			if errors.As(err, &fe) && (fe.Offset < 0 || fe.Offset > len(text) || fe.Line < 1 || fe.Column < 1 || fe.Reason == "") {
				t.Errorf("%+v in a text of %d bytes", fe, len(text))
			}
		}
		if (strict == nil) != (errS != nil) || (lenient == nil) != (errL != nil) {
			t.Errorf("%v, %v; %v, %v", strict, errS, lenient, errL)
		}
		if (errL == nil || errS == nil) && !vaultfmt.IsEncrypted(text) {
			t.Error("parsed, but IsEncrypted says no")
		}
		if errS == nil && (errL != nil || !equal(strict, lenient)) {
			t.Errorf("strict gives %+v, lenient %+v, %v", strict, lenient, errL)
		}
	})
}

// FuzzParsePrintParse prints what was parsed. What the strict reader takes is printed as the same bytes, so that no
// vault has two spellings; what only the lenient one takes gets the usual spelling, or is refused.
func FuzzParsePrintParse(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		if e, err := vaultfmt.Parse(text); err == nil {
			printed, err := e.MarshalText()
			if err != nil || !bytes.Equal(printed, append(bytes.TrimSuffix(text, []byte("\n")), '\n')) {
				t.Fatalf("%q is printed as %q, %v", text, printed, err)
			}
		}
		e, err := vaultfmt.ParseLenient(text)
		if err != nil {
			return
		}
		printed, err := e.MarshalText()
		if err != nil {
			return
		}
		again, err := vaultfmt.Parse(printed)
		if err != nil || !equal(e, again) {
			t.Fatalf("%+v is printed as %q, which gives %+v, %v", e, printed, again, err)
		}
	})
}

func equal(a, b *vaultfmt.Envelope) bool {
	return a.Version == b.Version && a.Cipher == b.Cipher && a.Label == b.Label &&
		bytes.Equal(a.Salt, b.Salt) && bytes.Equal(a.MAC, b.MAC) && bytes.Equal(a.Ciphertext, b.Ciphertext)
}
