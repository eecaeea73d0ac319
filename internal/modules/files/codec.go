package files

import (
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
)

// codec turns the bytes of a file into text and back.
type codec struct {
	decode func(bytes string) (string, error)
	encode func(text string) (string, error)
}

// codecOf gives the codec of an encoding by one of Python's names for it.
//
// Source: https://docs.python.org/3/library/codecs.html#standard-encodings
func codecOf(name string) (codec, error) {
	same := func(s string) (string, error) { return s, nil } // bytes that are not UTF-8 stay as they are
	switch strings.NewReplacer("_", "", "-", "", " ", "").Replace(strings.ToLower(name)) {
	case "utf8", "u8", "utf", "cp65001", "ascii", "usascii", "646":
		return codec{same, same}, nil
	case "latin1", "iso88591", "l1", "8859", "cp819", "latin", "iso885911987":
		return codec{latin1, toLatin1}, nil
	case "utf16", "u16":
		return codec{
			func(s string) (string, error) {
				if strings.HasPrefix(s, "\xfe\xff") {
					return fromUTF16(s[2:], binary.BigEndian)
				}
				return fromUTF16(strings.TrimPrefix(s, "\xff\xfe"), binary.LittleEndian)
			},
			func(s string) (string, error) { return "\xff\xfe" + toUTF16(s, binary.LittleEndian), nil },
		}, nil
	case "utf16le", "utf16be":
		order := byteOrder(binary.LittleEndian)
		if strings.HasSuffix(strings.ToLower(name), "be") {
			order = binary.BigEndian
		}
		return codec{
			func(s string) (string, error) { return fromUTF16(s, order) },
			func(s string) (string, error) { return toUTF16(s, order), nil },
		}, nil
	}
	return codec{}, fmt.Errorf("unknown encoding: %s", name)
}

func latin1(s string) (string, error) {
	var b strings.Builder
	for i := range len(s) {
		b.WriteRune(rune(s[i]))
	}
	return b.String(), nil
}

func toLatin1(s string) (string, error) {
	out := make([]byte, 0, len(s))
	n := 0
	for _, r := range s {
		if r > 0xff {
			return "", &fileattr.Failure{Msg: fmt.Sprintf("'latin-1' codec can't encode character '\\u%04x' in position %d: ordinal not in range(256)", r, n)}
		}
		out = append(out, byte(r))
		n++
	}
	return string(out), nil
}

func fromUTF16(s string, order byteOrder) (string, error) {
	if len(s)%2 != 0 {
		return "", fmt.Errorf("'utf-16' codec can't decode byte 0x%02x in position %d: truncated data", s[len(s)-1], len(s)-1)
	}
	units := make([]uint16, len(s)/2)
	for i := range units {
		units[i] = order.Uint16([]byte(s[2*i : 2*i+2]))
	}
	return string(utf16.Decode(units)), nil
}

func toUTF16(s string, order byteOrder) string {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = order.AppendUint16(out, u)
	}
	return string(out)
}

// byteOrder reads and appends numbers.
type byteOrder interface {
	binary.ByteOrder
	binary.AppendByteOrder
}
