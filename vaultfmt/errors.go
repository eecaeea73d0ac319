package vaultfmt

import (
	"errors"
	"fmt"
)

// What can be wrong with a vault, for use with [errors.Is]. [Parse] and [ParseLenient] give the first four, the
// functions that decrypt give the next three.
var (
	// ErrNotVault: the text does not begin with [Header].
	ErrNotVault = errors.New("not an Ansible Vault text")
	// ErrMalformed: the text begins like a vault but breaks the format. The error is a [*FormatError].
	ErrMalformed = errors.New("malformed vault")
	// ErrUnsupportedVersion: the header names a version other than 1.1 and 1.2. The error is a [*HeaderError].
	ErrUnsupportedVersion = errors.New("unsupported vault version")
	// ErrUnsupportedCipher: the header names a cipher other than AES256. The error is a [*HeaderError].
	ErrUnsupportedCipher = errors.New("unsupported vault cipher")

	// ErrMAC: the MAC does not fit. The secret is wrong, or the data was changed; the format cannot tell which.
	ErrMAC = errors.New("MAC mismatch: wrong password, or the data was changed")
	// ErrNoMatch: none of the secrets handed to [Open] fits.
	ErrNoMatch = errors.New("no secret matches")
	// ErrPadding: the MAC fits, so the secret is right, but the plaintext is not padded as the format wants it. Only a
	// faulty writer makes such a vault.
	ErrPadding = errors.New("bad padding")

	// ErrEmptySecret: encrypting with an empty secret is refused, as ansible-vault refuses it.
	ErrEmptySecret = errors.New("empty vault password")
	// ErrKeySpent: a [Key] that has decrypted or encrypted was about to encrypt, or a wiped one to be used.
	ErrKeySpent = errors.New("vault key was used or wiped before")
	// ErrLabel: a label cannot stand in a header. The error is a [*LabelError].
	ErrLabel = errors.New("invalid vault id label")
)

// A FormatKind is the part of the format that a text breaks.
type FormatKind int

const (
	// FormatHeader: the first line.
	FormatHeader FormatKind = iota
	// FormatLines: how the body is broken into lines. [Parse] only.
	FormatLines
	// FormatDigits: something that is no hexadecimal digit, in the body or in one of its three fields.
	FormatDigits
	// FormatOdd: an odd number of digits, in the body or in one of its three fields. As ansible-core counts, a byte that is
	// no digit counts too, and an odd number goes before a wrong digit.
	FormatOdd
	// FormatFields: fewer than three fields in the body.
	FormatFields
	// FormatSizes: a field of a size that can't be. [Parse] only.
	FormatSizes
)

// A FormatError says where and why a text that begins like a vault is not one. It is [ErrMalformed].
type FormatError struct {
	// Kind is the part of the format that is broken. For what [ParseLenient] returns, ansible-core has a message for each.
	Kind FormatKind
	// Fields is, with FormatFields, how many there are.
	Fields int
	// Offset is the position in the parsed text, in bytes from 0.
	Offset int
	// Line and Column are the same position counted from 1, the column in bytes. Only "\n" ends a line here.
	Line, Column int
	// Reason says what is wrong, without quoting the text.
	Reason string
}

// Error gives the reason with line, column and offset.
func (e *FormatError) Error() string {
	return fmt.Sprintf("malformed vault: %s (line %d, column %d, byte %d)", e.Reason, e.Line, e.Column, e.Offset)
}

// Unwrap gives [ErrMalformed].
func (e *FormatError) Unwrap() error { return ErrMalformed }

// A HeaderError names a version or cipher that is not supported. It is [ErrUnsupportedVersion] or
// [ErrUnsupportedCipher].
type HeaderError struct {
	// Field is "version" or "cipher".
	Field string
	// Value is what the header says; Error shows its first 32 bytes.
	Value string
	// Offset is the position of the field in the parsed text, in bytes from 0.
	Offset int
}

// Error names the field and its value.
func (e *HeaderError) Error() string {
	if e.Field == "version" {
		return fmt.Sprintf("%v %q (supported: %s, %s)", ErrUnsupportedVersion, clip(e.Value), version11, version12)
	}
	return fmt.Sprintf("%v %q (supported: %s)", ErrUnsupportedCipher, clip(e.Value), cipherAES256)
}

// Unwrap gives the sentinel that belongs to the field.
func (e *HeaderError) Unwrap() error {
	if e.Field == "version" {
		return ErrUnsupportedVersion
	}
	return ErrUnsupportedCipher
}

// A LabelError says why a vault id label cannot be written. It is [ErrLabel].
type LabelError struct {
	// Label is the refused label.
	Label string
	// Reason says what is wrong with it.
	Reason string
}

// Error names the label and the reason.
func (e *LabelError) Error() string {
	return fmt.Sprintf("%v %q: %s", ErrLabel, clip(e.Label), e.Reason)
}

// Unwrap gives [ErrLabel].
func (e *LabelError) Unwrap() error { return ErrLabel }

// clip keeps error texts short whatever stands in a file.
func clip(s string) string {
	const most = 32
	if len(s) > most {
		return s[:most]
	}
	return s
}
