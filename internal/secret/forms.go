package secret

import (
	"encoding/base64"
	"encoding/json"
	"html"
	"net/url"
	"strings"
)

// forms gives the ways in which a secret text shows up in outputs: as it is, each of its lines, as JSON and YAML escape
// it, as Python's repr does, as a shell word, percent-encoded, HTML-escaped, and within base64 at each of the three
// alignments.
func forms(text string) []string {
	all := []string{text}
	if strings.ContainsAny(text, "\n\r") {
		all = append(all, strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' })...)
	}
	for _, s := range all {
		all = append(all, jsonForms(s)...)
		all = append(all, urlForms(s)...)
		all = append(all, html.EscapeString(s), pythonForm(s),
			strings.ReplaceAll(s, "'", `'"'"'`), strings.ReplaceAll(s, "'", `'\''`), strings.ReplaceAll(s, "'", "''"))
		trimmed := strings.TrimSpace(s)
		all = append(all, trimmed)
		all = append(all, base64Forms(s)...)
	}
	return all
}

func jsonForms(s string) []string {
	b, err := json.Marshal(s)
	if err != nil {
		return nil
	}
	goForm := string(b[1 : len(b)-1])
	plain := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&", `\u2028`, "\u2028", `\u2029`, "\u2029").Replace(goForm)
	return []string{goForm, plain, ascii(plain), strings.ReplaceAll(plain, "/", `\/`)}
}

// ascii writes characters beyond ASCII as \u escapes, as json.dumps does by default.
func ascii(s string) string {
	var b strings.Builder
	const hex = "0123456789abcdef"
	unit := func(r rune) {
		b.WriteString(`\u`)
		for shift := 12; shift >= 0; shift -= 4 {
			b.WriteByte(hex[r>>shift&15])
		}
	}
	for _, r := range s {
		switch {
		case r < 0x80:
			b.WriteRune(r)
		case r > 0xffff:
			r -= 0x10000
			unit(0xd800 + r>>10)
			unit(0xdc00 + r&0x3ff)
		default:
			unit(r)
		}
	}
	return b.String()
}

func pythonForm(s string) string {
	return strings.NewReplacer(`\`, `\\`, "'", `\'`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(s)
}

func urlForms(s string) []string {
	query, path := url.QueryEscape(s), url.PathEscape(s)
	full := strings.ReplaceAll(query, "+", "%20")
	slash := strings.ReplaceAll(full, "%2F", "/") // Jinja's urlencode and Python's quote leave the slash alone
	return []string{query, path, full, slash, lowerHex(full), lowerHex(query)}
}

// lowerHex writes percent-encoding with small letters.
func lowerHex(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			for j := i + 1; j <= i+2; j++ {
				if b[j] >= 'A' && b[j] <= 'F' {
					b[j] += 'a' - 'A'
				}
			}
		}
	}
	return string(b)
}

// base64Forms gives what is sure to stand in the base64 of any text that holds s, for each alignment: the characters
// that depend on s alone. The whole encoding of s by itself comes first.
func base64Forms(s string) []string {
	out := []string{base64.StdEncoding.EncodeToString([]byte(s)), base64.URLEncoding.EncodeToString([]byte(s))}
	for lead := 0; lead < 3; lead++ {
		padded := append(make([]byte, lead), s...)
		from := (lead*8 + 5) / 6 // the first character that holds no bit of what stands before
		to := len(padded) * 8 / 6
		for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			if text := enc.EncodeToString(padded); from < to {
				out = append(out, text[from:to])
			}
		}
	}
	return out
}
