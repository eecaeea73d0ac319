// Package secret keeps secrets from being shown: a string type that cannot print itself, and the redactor through which
// everything goes that a user or a log may see.
package secret

import (
	"encoding/json"
	"fmt"
	"log/slog"
)

// Mask is what stands where a secret was.
const Mask = "********"

// String is a text that prints as eight stars under every verb, in JSON and in slog. The zero String is empty.
type String struct{ text string }

// New hides text.
func New(text string) String { return String{text} }

// Reveal returns the text. Every use of it can be searched for.
func (s String) Reveal() string { return s.text }

// IsZero reports whether the text is empty.
func (s String) IsZero() bool { return s.text == "" }

// String returns the mask.
func (String) String() string { return Mask }

// GoString returns the mask.
func (String) GoString() string { return Mask }

// Format writes the mask under every verb.
func (String) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(Mask)) }

// MarshalText gives the mask.
func (String) MarshalText() ([]byte, error) { return []byte(Mask), nil }

// MarshalJSON gives the mask as a JSON string.
func (String) MarshalJSON() ([]byte, error) { return json.Marshal(Mask) }

// LogValue gives the mask.
func (String) LogValue() slog.Value { return slog.StringValue(Mask) }

var (
	_ fmt.Formatter  = String{}
	_ slog.LogValuer = String{}
)
