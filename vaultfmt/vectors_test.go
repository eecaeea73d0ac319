package vaultfmt_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

// A vector is a file of testdata/vectors; its README says what the lines mean.
type vector struct {
	header map[string]string
	text   []byte
}

func loadVectors(t testing.TB) map[string]vector {
	t.Helper()
	files, err := filepath.Glob("testdata/vectors/*.vector")
	if err != nil || len(files) < 60 {
		t.Fatalf("%d vectors, %v", len(files), err)
	}
	known := " comment expect ansible message reason offset password password-hex label payload "
	all := map[string]vector{}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		head, text, ok := bytes.Cut(b, []byte("\n\n"))
		if !ok {
			t.Fatalf("%s: no empty line", file)
		}
		v := vector{header: map[string]string{}, text: text}
		for _, line := range strings.Split(string(head), "\n") {
			key, value, ok := strings.Cut(line, ": ")
			if !ok || !strings.Contains(known, " "+key+" ") {
				t.Fatalf("%s: header line %q", file, line)
			}
			v.header[key] = value
		}
		all[strings.TrimSuffix(filepath.Base(file), ".vector")] = v
	}
	return all
}

func (v vector) password(t *testing.T) []byte {
	if p, ok := v.header["password"]; ok {
		return []byte(p)
	}
	p, err := hex.DecodeString(v.header["password-hex"])
	if err != nil || len(p) == 0 {
		t.Fatalf("password-hex: %v", err)
	}
	return p
}

// class gives the outcome an error stands for, in the words of the vectors.
func class(t *testing.T, err error) string {
	t.Helper()
	classes := []struct {
		err   error
		class string
	}{
		{vaultfmt.ErrNotVault, "not-a-vault"},
		{vaultfmt.ErrMalformed, "malformed"},
		{vaultfmt.ErrUnsupportedVersion, "unsupported"},
		{vaultfmt.ErrUnsupportedCipher, "unsupported"},
		{vaultfmt.ErrMAC, "wrong-password"},
		{vaultfmt.ErrPadding, "bad-padding"},
	}
	if err == nil {
		return "success"
	}
	for _, c := range classes {
		if errors.Is(err, c.err) {
			return c.class
		}
	}
	t.Fatalf("an error of no class: %v", err)
	return ""
}

// TestVectors runs every vector through the strict reader, which must say what "expect" says, and through the lenient
// one, which must say what the real ansible-vault said.
func TestVectors(t *testing.T) {
	for name, v := range loadVectors(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			strict, err := vaultfmt.Parse(v.text)
			v.check(t, "expect", strict, err)
			var at *vaultfmt.FormatError
			if want, ok := v.header["offset"]; ok && (!errors.As(err, &at) || strconv.Itoa(at.Offset) != want) {
				t.Errorf("offset %s, but got %v", want, err)
			}
			if strict != nil {
				text, err := strict.MarshalText()
				if err != nil || string(text) != strings.TrimSuffix(string(v.text), "\n")+"\n" {
					t.Errorf("printed: %q, %v", text, err)
				}
			}
			lenient, err := vaultfmt.ParseLenient(v.text)
			v.check(t, "ansible", lenient, err)
			if differ := v.header["expect"] != v.header["ansible"]; differ != (v.header["reason"] != "") {
				t.Errorf("reason is %q, expect is %q, ansible is %q", v.header["reason"], v.header["expect"], v.header["ansible"])
			}
		})
	}
}

// check decrypts what was parsed and compares with the vector's column.
func (v vector) check(t *testing.T, column string, e *vaultfmt.Envelope, err error) {
	t.Helper()
	secret := v.password(t)
	var plaintext []byte
	if err == nil {
		plaintext, err = e.Decrypt(secret)
		if column == "ansible" && e.Matches(secret) == errors.Is(err, vaultfmt.ErrMAC) {
			t.Errorf("Matches does not agree with Decrypt, which gives %v", err)
		}
	} else if e != nil {
		t.Errorf("%s: an envelope besides the error %v", column, err)
	}
	if got := class(t, err); got != v.header[column] {
		t.Fatalf("%s: got %s (%v), want %s", column, got, err, v.header[column])
	}
	if err != nil {
		if plaintext != nil {
			t.Errorf("%s: plaintext besides the error %v", column, err)
		}
		if column == "ansible" && ansibleMessage(err) != v.header["message"] {
			t.Errorf("an error of ours, %v, is for ansible-vault %q, not %q", err, v.header["message"], ansibleMessage(err))
		}
		return
	}
	if sum := sha256.Sum256(plaintext); hex.EncodeToString(sum[:]) != v.header["payload"] {
		t.Errorf("%s: payload %.60q", column, plaintext)
	}
	if e.Label != v.header["label"] {
		t.Errorf("%s: label %q, want %q", column, e.Label, v.header["label"])
	}
}

// ansibleMessage gives the message that ansible-vault 2.19 has for an error: the types must tell enough for that.
func ansibleMessage(err error) string {
	var he *vaultfmt.HeaderError
	var fe *vaultfmt.FormatError
	switch {
	case errors.Is(err, vaultfmt.ErrNotVault):
		return "Input is not vault encrypted data."
	case errors.Is(err, vaultfmt.ErrMAC):
		return "Decryption failed (no vault secrets were found that could decrypt)."
	case errors.Is(err, vaultfmt.ErrPadding):
		return "Unexpected Exception, this is probably a bug: Invalid padding bytes."
	case errors.As(err, &he):
		return "Cipher '" + he.Value + "' could not be found."
	case errors.As(err, &fe):
		switch fe.Kind {
		case vaultfmt.FormatHeader:
			return "Vault envelope format error: list index out of range"
		case vaultfmt.FormatDigits:
			return "Vault format unhexlify error: Non-hexadecimal digit found"
		case vaultfmt.FormatOdd:
			return "Vault format unhexlify error: Odd-length string"
		case vaultfmt.FormatFields:
			return fmt.Sprintf("Vault vaulttext format error: not enough values to unpack (expected 3, got %d)", fe.Fields)
		}
	}
	return ""
}
