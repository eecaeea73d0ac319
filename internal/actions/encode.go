package actions

import (
	"fmt"
	"strings"
	"unicode/utf16"
)

// encode gives a text in one of Python's encodings: UTF-8, UTF-16, ISO 8859-1 or ASCII.
func (c *Call) encode(text, encoding string) ([]byte, error) {
	switch normal := strings.NewReplacer("_", "-", " ", "-").Replace(strings.ToLower(encoding)); normal {
	case "utf-8", "utf8", "u8", "utf":
		return []byte(text), nil
	case "utf-8-sig":
		return append([]byte("\xef\xbb\xbf"), text...), nil
	case "ascii", "us-ascii", "646":
		return c.narrow(text, "ascii", 128)
	case "latin-1", "latin1", "iso-8859-1", "iso8859-1", "8859", "cp819", "l1":
		return c.narrow(text, "latin-1", 256)
	case "utf-16", "utf16", "u16":
		return append([]byte{0xff, 0xfe}, wide(text, 0, 8)...), nil
	case "utf-16-le", "utf-16le":
		return wide(text, 0, 8), nil
	case "utf-16-be", "utf-16be":
		return wide(text, 8, 0), nil
	}
	return nil, c.raise("unknown encoding: %s", encoding)
}

func wide(text string, first, second int) []byte {
	units := utf16.Encode([]rune(text))
	out := make([]byte, 0, 2*len(units))
	for _, u := range units {
		out = append(out, byte(u>>first), byte(u>>second))
	}
	return out
}

// narrow encodes a text a byte a character; one that is not below limit is an error.
func (c *Call) narrow(text, name string, limit rune) ([]byte, error) {
	var out []byte
	for i, r := range []rune(text) {
		if r >= limit {
			return nil, c.raise("'%s' codec can't encode character '%s' in position %d: ordinal not in range(%d)", name, pyEscape(r), i, limit)
		}
		out = append(out, byte(r))
	}
	return out, nil
}

func pyEscape(r rune) string {
	switch {
	case r < 0x100:
		return fmt.Sprintf(`\x%02x`, r)
	case r < 0x10000:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}
