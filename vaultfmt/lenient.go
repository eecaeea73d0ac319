package vaultfmt

import "bytes"

// ParseLenient reads what ansible-core 2.19 reads: any version (it is kept, but not looked at), blanks around the fields
// of the header, a label in the fourth field whatever the version, further fields, line ends "\n", "\r\n" or "\r", lines
// of any length, empty lines, upper-case digits, a salt and MAC of any length. A ciphertext that can't be right is found
// when it is decrypted ([ErrMAC], [ErrPadding]). The envelope shares no memory with the text.
//
// It returns [ErrNotVault], a [*FormatError], or a [*HeaderError] for another cipher.
func ParseLenient(text []byte) (*Envelope, error) {
	if !IsEncrypted(text) {
		return nil, ErrNotVault
	}
	end := bytes.IndexAny(text, "\r\n")
	if end < 0 {
		end = len(text)
	}
	parts := bytes.Split(text[:end], []byte(";"))
	if len(parts) < 3 {
		return nil, formatError(FormatHeader, text, end, "the header has no cipher")
	}
	at := len(parts[0]) + 1 + len(parts[1]) + 1
	for i := range parts {
		parts[i] = bytes.TrimSpace(parts[i])
	}
	e := &Envelope{Version: string(parts[1]), Cipher: string(parts[2])}
	if e.Cipher != cipherAES256 {
		return nil, &HeaderError{Field: "cipher", Value: e.Cipher, Offset: at}
	}
	if len(parts) > 3 {
		e.Label = string(parts[3])
	}
	b := body{text: text, at: end}
	if err := b.decodeLenient(); err != nil {
		return nil, err
	}
	if err := b.fields(e, anyHex); err != nil {
		return nil, err
	}
	return e, nil
}

// decodeLenient decodes the digits of all lines together.
func (b *body) decodeLenient() error {
	digits := make([]byte, 0, len(b.text)-b.at)
	wrong := -1
	for i := b.at; i < len(b.text); i++ {
		c := b.text[i]
		if c == '\n' || c == '\r' {
			continue
		}
		if wrong < 0 && !anyHex(c) {
			wrong = i
		}
		digits = append(digits, c)
	}
	if wrong >= 0 {
		start := bytes.LastIndexAny(b.text[:wrong], "\r\n") + 1
		line, _, _ := bytes.Cut(b.text[start:], []byte("\n"))
		return formatError(digitKind(len(digits)), b.text, wrong, digitReason(line, wrong-start))
	}
	if len(digits)%2 != 0 {
		return formatError(FormatOdd, b.text, len(b.text), "an odd number of digits")
	}
	b.inner = appendHex(make([]byte, 0, len(digits)/2), digits)
	return nil
}
