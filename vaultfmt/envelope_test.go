package vaultfmt_test

import (
	"bytes"
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
