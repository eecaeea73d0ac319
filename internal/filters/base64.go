package filters

import (
	"encoding/base64"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var (
	_ = All.Add(Def{Name: "ansible.builtin.b64encode", Func: b64encode, Sig: "b64encode(string, encoding='utf-8', urlsafe=False)"})
	_ = All.Add(Def{Name: "ansible.builtin.b64decode", Func: b64decode, Sig: "b64decode(string, encoding='utf-8', urlsafe=False)"})
)

func b64encode(c *Call) (value.Value, error) {
	urlsafe, err := c.Truth("urlsafe")
	if err != nil {
		return nil, err
	}
	b, err := encoded(c)
	if err != nil {
		return nil, err
	}
	if urlsafe {
		return str(base64.URLEncoding.EncodeToString(b)), nil
	}
	return str(base64.StdEncoding.EncodeToString(b)), nil
}

// encoded gives the bytes of the first argument in the encoding asked for.
func encoded(c *Call) ([]byte, error) {
	if b, ok := c.First().(value.Bytes); ok {
		return b.Bytes(), nil
	}
	encoding, err := encodingOf(c, "encode")
	if err != nil {
		return nil, err
	}
	text, err := value.Text(c.First())
	if err != nil {
		return nil, err
	}
	s, err := value.Encode(text, encoding, "surrogate_or_strict")
	return []byte(s), err
}

// encodingOf gives the argument encoding for a method of Python's texts.
func encodingOf(c *Call, method string) (string, error) {
	s, ok := strOf(c.Get("encoding"))
	if !ok {
		return "", value.Raise("TypeError", "%s() argument 'encoding' must be str, not %s", method, given(c.Get("encoding")))
	}
	return s, nil
}

func b64decode(c *Call) (value.Value, error) {
	urlsafe, err := c.Truth("urlsafe")
	if err != nil {
		return nil, err
	}
	b, err := bytesOf(c.First())
	if err != nil {
		return nil, err
	}
	text := string(b)
	if urlsafe {
		text = strings.NewReplacer("-", "+", "_", "/").Replace(text)
	}
	out, err := decode64(text)
	if err != nil {
		return nil, err
	}
	encoding, err := encodingOf(c, "decode")
	if err != nil {
		return nil, err
	}
	s, err := value.Decode(string(out), encoding, "surrogate_or_strict")
	return str(s), err
}

// decode64 reads base64 as Python's binascii does when it is not strict: characters of no meaning are skipped, padding too
// unless it is at the end.
func decode64(text string) ([]byte, error) {
	var data []byte
	pads := 0
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '=':
			pads++
		case isWord(c) && c != '_' || c == '+' || c == '/':
			pads = 0
			data = append(data, c)
		}
	}
	switch n := len(data) % 4; {
	case n == 1:
		return nil, value.Raise("Error", "Invalid base64-encoded string: number of data characters (%d) cannot be 1 more than a multiple of 4", len(data))
	case n > 1 && n+pads < 4:
		return nil, value.Raise("Error", "Incorrect padding")
	}
	return base64.RawStdEncoding.DecodeString(string(data))
}
