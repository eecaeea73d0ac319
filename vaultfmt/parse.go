package vaultfmt

import (
	"bytes"
	"fmt"
	"strings"
)

const (
	macSize   = 32
	blockSize = 16
)

// Parse reads a vault strictly: exactly what [Envelope.MarshalText] prints, where only the line end of the last line may
// be missing (an inline value written as "|-" has none). Lines end with "\n", all lines of the body but the last have 80
// lower-case hexadecimal digits, the version is 1.1 (no label) or 1.2 (a label), the cipher AES256. The envelope shares
// no memory with the text.
//
// It returns [ErrNotVault], a [*HeaderError] or a [*FormatError]. Where ansible-core reads more, [ParseLenient] does.
func Parse(text []byte) (*Envelope, error) {
	if !hasHeader(text) {
		return nil, ErrNotVault
	}
	end := bytes.IndexByte(text, '\n')
	if end < 0 {
		if i := bytes.IndexByte(text, '\r'); i >= 0 {
			return nil, formatError(FormatHeader, text, i, `the header ends with "\r", not "\n"`)
		}
		return nil, formatError(FormatHeader, text, len(text), "the text ends within the header")
	}
	e, err := parseHeader(text, end)
	if err != nil {
		return nil, err
	}
	b := body{text: text, at: end + 1}
	if err := b.decodeStrict(); err != nil {
		return nil, err
	}
	if err := b.fields(e, lowerHex); err != nil {
		return nil, err
	}
	if reason, field := checkFields(e); reason != "" {
		return nil, formatError(FormatSizes, text, b.offset(2*b.begin[field]), reason)
	}
	return e, nil
}

// parseHeader reads the first line, which ends before end.
func parseHeader(text []byte, end int) (*Envelope, error) {
	line := string(text[:end])
	parts := strings.Split(line, ";")
	if parts[0] != Header {
		return nil, formatError(FormatHeader, text, len(Header), `";" expected after "`+Header+`"`)
	}
	if len(parts) < 3 {
		return nil, formatError(FormatHeader, text, end, "the header has no cipher")
	}
	versionAt := len(Header) + 1
	cipherAt := versionAt + len(parts[1]) + 1
	labelAt := cipherAt + len(parts[2]) + 1
	e := &Envelope{Version: parts[1], Cipher: parts[2]}
	if i := strings.IndexFunc(line, func(r rune) bool { return r < ' ' || r == 0x7f }); i >= 0 {
		if i == end-1 && line[i] == '\r' {
			return nil, formatError(FormatHeader, text, i, `the header ends with "\r\n", not "\n"`)
		}
		return nil, formatError(FormatHeader, text, i, "the header contains a control character")
	}
	if strings.Trim(e.Version, " ") != e.Version {
		return nil, formatError(FormatHeader, text, versionAt, "blanks around the version")
	}
	if strings.Trim(e.Cipher, " ") != e.Cipher {
		return nil, formatError(FormatHeader, text, cipherAt, "blanks around the cipher")
	}
	if e.Version != version11 && e.Version != version12 {
		return nil, &HeaderError{Field: "version", Value: e.Version, Offset: versionAt}
	}
	if e.Cipher != cipherAES256 {
		return nil, &HeaderError{Field: "cipher", Value: e.Cipher, Offset: cipherAt}
	}
	switch hasLabel := len(parts) > 3; {
	case e.Version == version11 && hasLabel:
		return nil, formatError(FormatHeader, text, labelAt-1, "version 1.1 has no label")
	case e.Version == version11:
		return e, nil
	case !hasLabel:
		return nil, formatError(FormatHeader, text, end, "version 1.2 needs a label")
	}
	e.Label = line[labelAt:] // with further semicolons, which are refused below
	if e.Label == "" {
		return nil, formatError(FormatHeader, text, end, "the label is empty")
	}
	if err := checkLabel(e.Label); err != nil {
		return nil, formatError(FormatHeader, text, labelAt, "the label can't be used: "+err.(*LabelError).Reason)
	}
	return e, nil
}

// A body is what follows the header, while it is decoded.
type body struct {
	text  []byte
	at    int    // where the body begins in text
	inner []byte // the outer hexadecimal digits decoded: three lines of hexadecimal digits
	begin [3]int // where the fields begin in inner
}

// decodeStrict decodes the digits and checks the lines.
func (b *body) decodeStrict() error {
	rest := b.text[b.at:]
	if len(rest) == 0 {
		err := formatError(FormatFields, b.text, b.at, "the body is empty")
		err.Fields = 1 // as nothing split at line ends gives one empty field
		return err
	}
	b.inner = make([]byte, 0, len(rest)/2)
	for at := b.at; len(rest) > 0; {
		line, after, _ := bytes.Cut(rest, []byte("\n"))
		if i := firstNot(line, lowerHex); i >= 0 && i < lineWidth {
			return formatError(FormatDigits, b.text, at+i, digitReason(line, i))
		}
		switch {
		case len(line) > lineWidth:
			return formatError(FormatLines, b.text, at+lineWidth, fmt.Sprintf("a line longer than %d digits", lineWidth))
		case len(line) == 0:
			return formatError(FormatLines, b.text, at, "an empty line")
		case len(line) < lineWidth && len(after) > 0 && lowerHex(after[0]):
			// What is no digit is told by the next round: something stands behind the last line.
			return formatError(FormatLines, b.text, at+len(line), fmt.Sprintf("a line of %d digits, not %d, before the last one", len(line), lineWidth))
		case len(line)%2 != 0:
			return formatError(FormatOdd, b.text, at+len(line), "an odd number of digits")
		}
		b.inner = appendHex(b.inner, line)
		at += len(line) + 1
		rest = after
	}
	return nil
}

// fields takes the three fields out of the decoded digits.
func (b *body) fields(e *Envelope, digit func(byte) bool) error {
	names := [3]string{"salt", "MAC", "ciphertext"}
	parts := bytes.SplitN(b.inner, []byte("\n"), 3)
	if len(parts) < 3 {
		err := formatError(FormatFields, b.text, len(b.text), "the text ends within the "+names[len(parts)-1])
		err.Fields = len(parts)
		return err
	}
	at := 0
	for i, p := range parts {
		b.begin[i] = at
		if j := firstNot(p, digit); j >= 0 {
			return formatError(digitKind(len(p)), b.text, b.offset(2*(at+j)), fmt.Sprintf("the %s has a byte that is no hexadecimal digit", names[i]))
		}
		if len(p)%2 != 0 {
			return formatError(FormatOdd, b.text, b.offset(2*(at+len(p))), fmt.Sprintf("the %s has an odd number of digits", names[i]))
		}
		at += len(p) + 1
	}
	e.Salt, e.MAC, e.Ciphertext = appendHex(nil, parts[0]), appendHex(nil, parts[1]), appendHex(nil, parts[2])
	return nil
}

// offset gives the position in the text of the n-th digit of the body, or that behind the last digit.
func (b *body) offset(n int) int {
	end := b.at
	for i := b.at; i < len(b.text); i++ {
		if c := b.text[i]; c == '\n' || c == '\r' {
			continue
		}
		if n == 0 {
			return i
		}
		n--
		end = i + 1
	}
	return end
}

// digitReason says what is wrong at line[i], for the mistakes that people and programs make.
func digitReason(line []byte, i int) string {
	switch c := line[i]; {
	case c == '\r' && i == len(line)-1:
		return `a line that ends with "\r\n", not "\n"`
	case (c == ' ' || c == '\t') && len(bytes.TrimLeft(line[:i], " \t")) == 0:
		return "a line that begins with blanks"
	case (c == ' ' || c == '\t') && len(bytes.TrimLeft(line[i:], " \t\r")) == 0:
		return "a line that ends with blanks"
	case c >= 'A' && c <= 'F':
		return "an upper-case hexadecimal digit"
	}
	return "a byte that is no hexadecimal digit"
}

// digitKind is the kind of a wrong digit among n.
func digitKind(n int) FormatKind {
	if n%2 != 0 {
		return FormatOdd
	}
	return FormatDigits
}

// formatError counts line and column of an offset.
func formatError(kind FormatKind, text []byte, offset int, reason string) *FormatError {
	before := text[:offset]
	return &FormatError{
		Kind:   kind,
		Offset: offset,
		Line:   bytes.Count(before, []byte("\n")) + 1,
		Column: offset - (bytes.LastIndexByte(before, '\n') + 1) + 1,
		Reason: reason,
	}
}

func lowerHex(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' }

func anyHex(c byte) bool { return lowerHex(c) || 'A' <= c && c <= 'F' }

func firstNot(b []byte, ok func(byte) bool) int {
	for i, c := range b {
		if !ok(c) {
			return i
		}
	}
	return -1
}

// appendHex decodes digits that were checked before.
func appendHex(dst, digits []byte) []byte {
	for i := 0; i+1 < len(digits); i += 2 {
		dst = append(dst, nibble(digits[i])<<4|nibble(digits[i+1]))
	}
	return dst
}

func nibble(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c&0x0f + 9
}
