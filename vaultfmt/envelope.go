package vaultfmt

import (
	"bytes"
	"encoding"
	"encoding/hex"
	"fmt"
	"strings"
)

// Header is what every vault begins with.
const Header = "$ANSIBLE_VAULT"

const (
	version11    = "1.1"
	version12    = "1.2"
	cipherAES256 = "AES256"
	defaultLabel = "default" // the vault id that version 1.1 stands for
	lineWidth    = 80        // hexadecimal digits in a line
)

// An Envelope is a parsed vault: all that can be known of it without a secret.
type Envelope struct {
	// Version is "1.1" or "1.2"; from [ParseLenient] whatever stands in the header.
	Version string
	// Cipher is "AES256".
	Cipher string
	// Label is the vault id in the header, "" in version 1.1. The format does not authenticate it: who can change the
	// file can change the label. Take it as a hint which secret to try first.
	Label string
	// Salt is the salt of the key derivation; [SaltSize] bytes unless it was set by hand.
	Salt []byte
	// MAC is the HMAC-SHA256 of Ciphertext.
	MAC []byte
	// Ciphertext is the encrypted and padded plaintext.
	Ciphertext []byte
}

var (
	_ encoding.TextMarshaler   = (*Envelope)(nil)
	_ encoding.TextUnmarshaler = (*Envelope)(nil)
)

// IsEncrypted reports whether ansible-vault would take the bytes for a vault: they begin with [Header], with nothing
// before it, and are ASCII throughout. Such a text can still be malformed.
func IsEncrypted(b []byte) bool {
	return hasHeader(b) && firstNonASCII(b) < 0
}

func hasHeader(b []byte) bool { return bytes.HasPrefix(b, []byte(Header)) }

// firstNonASCII gives the offset of the first byte above 127, or -1.
func firstNonASCII(b []byte) int {
	for i, c := range b {
		if c >= 0x80 {
			return i
		}
	}
	return -1
}

// MarshalText prints the vault: the header, the body in lines of 80 hexadecimal digits, each with a line end "\n". What
// it prints, [Parse] reads.
//
// An envelope that Parse would not give (another version or cipher, a label in version 1.1, no salt) is refused with
// the error that Parse has for it.
func (e *Envelope) MarshalText() ([]byte, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	head := Header + ";" + e.Version + ";" + e.Cipher
	if e.Version == version12 {
		head += ";" + e.Label
	}
	inner := make([]byte, 0, 2*(len(e.Salt)+len(e.MAC)+len(e.Ciphertext))+2)
	inner = append(hex.AppendEncode(inner, e.Salt), '\n')
	inner = append(hex.AppendEncode(inner, e.MAC), '\n')
	inner = hex.AppendEncode(inner, e.Ciphertext)

	digits := 2 * len(inner)
	text := make([]byte, 0, len(head)+1+digits+(digits+lineWidth-1)/lineWidth)
	text = append(append(text, head...), '\n')
	for len(inner) > 0 {
		n := min(len(inner), lineWidth/2)
		text = append(hex.AppendEncode(text, inner[:n]), '\n')
		inner = inner[n:]
	}
	return text, nil
}

// UnmarshalText reads what [Parse] reads, with the same errors, after which the envelope is unchanged.
func (e *Envelope) UnmarshalText(text []byte) error {
	p, err := Parse(text)
	if err != nil {
		return err
	}
	*e = *p
	return nil
}

// check says what Parse would say of the printed envelope.
func (e *Envelope) check() error {
	switch {
	case e.Version != version11 && e.Version != version12:
		return &HeaderError{Field: "version", Value: e.Version}
	case e.Cipher != cipherAES256:
		return &HeaderError{Field: "cipher", Value: e.Cipher}
	case e.Version == version11 && e.Label != "":
		return &LabelError{Label: e.Label, Reason: "version 1.1 has no label"}
	case e.Version == version12 && e.Label == "":
		return &LabelError{Label: e.Label, Reason: "version 1.2 needs a label"}
	}
	if err := checkLabel(e.Label); err != nil {
		return err
	}
	if reason, _ := checkFields(e); reason != "" {
		return fmt.Errorf("%w: %s", ErrMalformed, reason)
	}
	return nil
}

// Fields of the body, in their order.
const (
	fieldSalt = iota
	fieldMAC
	fieldCiphertext
)

// checkFields says what is wrong with the sizes and in which field it is.
func checkFields(e *Envelope) (reason string, field int) {
	switch {
	case len(e.Salt) == 0:
		return "the salt is empty", fieldSalt
	case len(e.MAC) != macSize:
		return fmt.Sprintf("the MAC has %d bytes, not %d", len(e.MAC), macSize), fieldMAC
	case len(e.Ciphertext) == 0:
		return "the ciphertext is empty", fieldCiphertext
	case len(e.Ciphertext)%blockSize != 0:
		return fmt.Sprintf("the ciphertext has %d bytes, not a multiple of %d; is the text cut off?", len(e.Ciphertext), blockSize), fieldCiphertext
	}
	return "", 0
}

// checkLabel refuses what a header can't hold without being read back as something else: a ";" separates fields,
// blanks at the ends are stripped, a line end ends the header, and ansible-vault takes no text that is not ASCII.
func checkLabel(label string) error {
	for i := range len(label) {
		switch c := label[i]; {
		case c == ';':
			return &LabelError{label, `it contains ";"`}
		case c < ' ' || c == 0x7f:
			return &LabelError{label, "it contains a control character"}
		case c >= 0x80:
			return &LabelError{label, "it is not ASCII"}
		}
	}
	if strings.TrimSpace(label) != label {
		return &LabelError{label, "it begins or ends with a blank"}
	}
	return nil
}
