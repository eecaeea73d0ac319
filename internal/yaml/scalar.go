package yaml

import (
	"encoding/base64"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// parseInt makes an int of the text of an !!int scalar, as PyYAML's safe constructor does.
func parseInt(text string) (value.Value, error) {
	s := strings.ReplaceAll(text, "_", "")
	base := 10
	bad := func() error { return fmt.Errorf("invalid literal for int() with base %d: %s", base, pyQuote(s)) }
	sign := int64(1)
	if strings.HasPrefix(s, "-") {
		sign = -1
	}
	if s != "" && (s[0] == '-' || s[0] == '+') {
		s = s[1:]
	}
	if s == "" {
		return nil, bad()
	}
	switch {
	case s == "0":
		return value.NewInt(0), nil
	case strings.HasPrefix(s, "0b"):
		base, s = 2, s[2:]
	case strings.HasPrefix(s, "0x"):
		base, s = 16, s[2:]
	case s[0] == '0':
		base = 8
	case strings.Contains(s, ":"):
		return parseSixties(s, sign, bad)
	}
	// what is left goes to Python's int(), which takes blanks around it and a sign of its own
	n, ok := new(big.Int).SetString(strings.TrimSpace(s), base)
	if !ok {
		return nil, bad()
	}
	return value.NewBigInt(n.Mul(n, big.NewInt(sign))), nil
}

func parseSixties(s string, sign int64, bad func() error) (value.Value, error) {
	n, sixty := new(big.Int), big.NewInt(60)
	for part := range strings.SplitSeq(s, ":") {
		d, ok := new(big.Int).SetString(part, 10)
		if !ok {
			return nil, bad()
		}
		n.Add(n.Mul(n, sixty), d)
	}
	return value.NewBigInt(n.Mul(n, big.NewInt(sign))), nil
}

// parseFloat makes a float of the text of a !!float scalar, as PyYAML's safe constructor does.
func parseFloat(text string) (value.Value, error) {
	bad := func() error { return fmt.Errorf("could not convert string to float: %s", pyQuote(text)) }
	s := strings.ToLower(strings.ReplaceAll(text, "_", ""))
	sign := 1.0
	if strings.HasPrefix(s, "-") {
		sign = -1
	}
	if s != "" && (s[0] == '-' || s[0] == '+') {
		s = s[1:]
	}
	switch {
	case s == ".inf":
		return value.NewFloat(sign * math.Inf(1)), nil
	case s == ".nan":
		return value.NewFloat(math.NaN()), nil
	case strings.Contains(s, ":"):
		parts := strings.Split(s, ":")
		base, sum := 1.0, 0.0
		for i := len(parts) - 1; i >= 0; i-- {
			d, err := pyFloat(parts[i])
			if err != nil {
				return nil, bad()
			}
			sum += d * base
			base *= 60
		}
		return value.NewFloat(sign * sum), nil
	}
	f, err := pyFloat(s)
	if err != nil {
		return nil, bad()
	}
	return value.NewFloat(sign * f), nil
}

// pyFloat is Python's float(str): decimal only, and too large a number is infinite.
func pyFloat(s string) (float64, error) {
	s = strings.TrimSpace(s)
	if strings.ContainsAny(s, "xXpP_") {
		return 0, strconv.ErrSyntax
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil && math.IsInf(f, 0) {
		return f, nil // out of range
	}
	return f, err
}

// pyQuote gives a text roughly as Python's repr() does; it is only for messages.
func pyQuote(s string) string {
	q := strconv.Quote(s)
	if strings.Contains(s, "'") {
		return q
	}
	return "'" + q[1:len(q)-1] + "'"
}

// parseBool makes a bool of the text of a !!bool scalar.
func parseBool(text string) (value.Value, error) {
	switch strings.ToLower(text) {
	case "yes", "true", "on":
		return value.True, nil
	case "no", "false", "off":
		return value.False, nil
	}
	return nil, fmt.Errorf("no boolean: %s", pyQuote(text))
}

// parseBinary decodes the base64 of a !!binary scalar. As Python's base64.decodebytes, characters outside the alphabet
// are skipped.
func parseBinary(text string) (value.Value, error) {
	var clean strings.Builder
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c >= 0x80:
			return nil, fmt.Errorf("failed to convert base64 data into ascii")
		case isDigit(c), 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '+', c == '/', c == '=':
			clean.WriteByte(c)
		}
	}
	b, err := base64.StdEncoding.DecodeString(clean.String())
	if err != nil {
		return nil, fmt.Errorf("failed to decode base64 data: Incorrect padding")
	}
	return value.NewBytes(b), nil
}
