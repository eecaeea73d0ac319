package vaultfmt_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

func TestRoundTrip(t *testing.T) {
	for _, label := range []string{"", "default", "prod", "a b-c_d.e@f,g"} {
		t.Run(label, func(t *testing.T) {
			e, err := vaultfmt.Encrypt([]byte("hello\n"), []byte("pw"), label)
			if err != nil {
				t.Fatal(err)
			}
			text, err := e.MarshalText()
			if err != nil {
				t.Fatal(err)
			}
			for name, parse := range map[string]func([]byte) (*vaultfmt.Envelope, error){"strict": vaultfmt.Parse, "lenient": vaultfmt.ParseLenient} {
				p, err := parse(text)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				got, which, err := vaultfmt.Open(p, []byte("no"), []byte("pw"))
				if err != nil || which != 1 || !bytes.Equal(got, []byte("hello\n")) {
					t.Errorf("%s: got %q, %d, %v", name, got, which, err)
				}
				if again, err := p.MarshalText(); err != nil || !bytes.Equal(again, text) {
					t.Errorf("%s: prints as %q, %v", name, again, err)
				}
			}
		})
	}
}

// What ansible-vault 2.19 wrote.
const recorded = `$ANSIBLE_VAULT;1.1;AES256
30336366653433646239613333386165613935313932323438363539333335313231363164396439
6634393735663830393932393731303862663365363165610a653461343036623065393838366666
36333732353361623862616633393164323161386131383033653538323761383164623233303836
6434383861623132640a623834343466636535343061326136326363613639306666343561343733
6331
`

func TestRecorded(t *testing.T) {
	e, err := vaultfmt.Parse([]byte(recorded))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := e.Decrypt([]byte("pw")); err != nil || string(got) != "hello\n" {
		t.Errorf("got %q, %v", got, err)
	}
	if e.Matches([]byte("pW")) || !e.Matches([]byte("pw")) {
		t.Error("Matches is wrong")
	}
	if _, err := e.Decrypt([]byte("pW")); err != vaultfmt.ErrMAC {
		t.Errorf("got %v", err)
	}
}

func TestIsEncrypted(t *testing.T) {
	cases := map[string]bool{
		"":                         false,
		"$ANSIBLE_VAUL":            false,
		"$ANSIBLE_VAULT":           true,
		"$ANSIBLE_VAULT;9.9;X":     true,
		"\ufeff$ANSIBLE_VAULT;1.1": false,
		" $ANSIBLE_VAULT;1.1":      false,
		recorded:                   true,
		recorded + "\u00e9":        false,
	}
	for text, want := range cases {
		if got := vaultfmt.IsEncrypted([]byte(text)); got != want {
			t.Errorf("%.30q: got %v", text, got)
		}
	}
}

func TestFormatErrorSaysWhere(t *testing.T) {
	text := strings.Replace(recorded, "6363", "63x3", 1)
	_, err := vaultfmt.Parse([]byte(text))
	var fe *vaultfmt.FormatError
	if !errors.As(err, &fe) {
		t.Fatal(err)
	}
	if at := strings.Index(text, "x"); fe.Offset != at || fe.Line != 5 || fe.Column != at-strings.LastIndex(text[:at], "\n") {
		t.Errorf("got %+v for offset %d", fe, at)
	}
	want := fmt.Sprintf("malformed vault: a byte that is no hexadecimal digit (line 5, column %d, byte %d)", fe.Column, fe.Offset)
	if err.Error() != want {
		t.Errorf("got %q", err)
	}
}

func TestHeaderErrorNamesTheValue(t *testing.T) {
	cases := map[string]struct {
		text, want string
		offset     int
		is         error
	}{
		"version": {"$ANSIBLE_VAULT;1.0;AES256\n", `unsupported vault version "1.0" (supported: 1.1, 1.2)`, 15, vaultfmt.ErrUnsupportedVersion},
		"cipher":  {"$ANSIBLE_VAULT;1.1;AES\n", `unsupported vault cipher "AES" (supported: AES256)`, 19, vaultfmt.ErrUnsupportedCipher},
		"long":    {"$ANSIBLE_VAULT;1.1;" + strings.Repeat("X", 5000) + "\n", `unsupported vault cipher "` + strings.Repeat("X", 32) + `" (supported: AES256)`, 19, vaultfmt.ErrUnsupportedCipher},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := vaultfmt.Parse([]byte(c.text))
			var he *vaultfmt.HeaderError
			if !errors.As(err, &he) || !errors.Is(err, c.is) || he.Offset != c.offset || err.Error() != c.want {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestMarshalTextRefuses(t *testing.T) {
	cases := map[string]struct {
		edit func(*vaultfmt.Envelope)
		is   error
	}{
		"nothing set":       {func(e *vaultfmt.Envelope) { *e = vaultfmt.Envelope{} }, vaultfmt.ErrUnsupportedVersion},
		"version":           {func(e *vaultfmt.Envelope) { e.Version = "1.0" }, vaultfmt.ErrUnsupportedVersion},
		"cipher":            {func(e *vaultfmt.Envelope) { e.Cipher = "AES" }, vaultfmt.ErrUnsupportedCipher},
		"1.1 with label":    {func(e *vaultfmt.Envelope) { e.Label = "prod" }, vaultfmt.ErrLabel},
		"1.2 without label": {func(e *vaultfmt.Envelope) { e.Version = "1.2" }, vaultfmt.ErrLabel},
		"label":             {func(e *vaultfmt.Envelope) { e.Version, e.Label = "1.2", "a;b" }, vaultfmt.ErrLabel},
		"no salt":           {func(e *vaultfmt.Envelope) { e.Salt = nil }, vaultfmt.ErrMalformed},
		"short MAC":         {func(e *vaultfmt.Envelope) { e.MAC = e.MAC[1:] }, vaultfmt.ErrMalformed},
		"no ciphertext":     {func(e *vaultfmt.Envelope) { e.Ciphertext = nil }, vaultfmt.ErrMalformed},
		"part of a block":   {func(e *vaultfmt.Envelope) { e.Ciphertext = e.Ciphertext[1:] }, vaultfmt.ErrMalformed},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			e, err := vaultfmt.Parse([]byte(recorded))
			if err != nil {
				t.Fatal(err)
			}
			c.edit(e)
			if text, err := e.MarshalText(); text != nil || !errors.Is(err, c.is) {
				t.Errorf("got %q, %v", text, err)
			}
		})
	}
}

func TestUnmarshalTextKeepsTheOldOnError(t *testing.T) {
	var e vaultfmt.Envelope
	if err := e.UnmarshalText([]byte(recorded)); err != nil {
		t.Fatal(err)
	}
	mac := e.MAC
	if err := e.UnmarshalText([]byte("no vault")); !errors.Is(err, vaultfmt.ErrNotVault) || !bytes.Equal(e.MAC, mac) {
		t.Errorf("got %v, %x", err, e.MAC)
	}
}

// TestEnvelopeIsACopy changes the text after it was parsed.
func TestEnvelopeIsACopy(t *testing.T) {
	for name, parse := range map[string]func([]byte) (*vaultfmt.Envelope, error){"strict": vaultfmt.Parse, "lenient": vaultfmt.ParseLenient} {
		text := []byte(recorded)
		e, err := parse(text)
		if err != nil {
			t.Fatal(err)
		}
		clear(text)
		if again, err := e.MarshalText(); err != nil || string(again) != recorded {
			t.Errorf("%s: got %q, %v", name, again, err)
		}
	}
}
