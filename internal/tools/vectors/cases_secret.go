package main

import (
	"encoding/hex"
	"strings"
)

// secrets gives vaults with unusual passwords and salts.
func secrets() []vector {
	const text = "hello\n"
	good := []vector{
		{name: "password-utf8", password: "p\u00e4ssw\u00f6rd \U0001f511", comment: "a password beyond ASCII, in UTF-8"},
		{name: "password-latin1", password: "p\xe4ssw\xf6rd", comment: "a password that is not UTF-8: passwords are bytes"},
		{name: "password-bytes", password: "\xff\xfe\x80\x01\xc3", comment: "a password of random bytes"},
		{name: "password-blank-inside", password: "correct horse battery staple", comment: "blanks inside a password"},
		{name: "password-quotes", password: `p@ss/w:o$r#d'"\` + "`{{ x }}", comment: "punctuation in a password"},
		{name: "password-nul", password: "a\x00b", comment: "a NUL inside a password"},
		{name: "password-newline-inside", password: "two\nlines", comment: "a line end inside a password"},
		{name: "password-1-byte", password: "x", comment: "a password of one byte"},
		{name: "password-64-bytes", password: strings.Repeat("k", 64), comment: "as long as HMAC's block"},
		{name: "password-65-bytes", password: strings.Repeat("k", 65), comment: "longer than HMAC's block: it is hashed first"},
		{name: "password-1000-bytes", password: strings.Repeat("0123456789", 100), comment: "a long password"},
	}
	for i, v := range good {
		good[i].expect, good[i].payload = success, text
		good[i].text = head11 + vault(v.name, text, v.password)
	}
	salts := []struct{ name, salt, comment string }{
		{"salt-1-byte", "s", "a salt of one byte (vault_encrypt_salt)"},
		{"salt-text", "a salt that someone chose", "a salt of 25 bytes (vault_encrypt_salt)"},
		{"salt-newline", "line\nline\r\n", "a salt with line ends in it"},
		{"salt-zero", strings.Repeat("\x00", 32), "a salt of zeros"},
		{"salt-64-bytes", strings.Repeat("long", 16), "a salt of 64 bytes"},
		{"salt-100-bytes", strings.Repeat("0123456789", 10), "a salt longer than SHA-256's block"},
	}
	for _, s := range salts {
		good = append(good, vector{
			name: s.name, comment: s.comment, expect: success, payload: text,
			text: head11 + body(seal(pad(text), defaultPassword, []byte(s.salt)).inner(), 80),
		})
	}
	usual := head11 + vault("password-wrong", text, "PW")
	return append(good,
		vector{name: "password-wrong", text: usual, expect: wrong, comment: "made with PW, not pw: passwords have a case"},
		vector{name: "password-hex", text: head11 + vault("password-hex", text, hex.EncodeToString([]byte("pw"))), expect: wrong, comment: "made with the password's hexadecimal digits"},
		vector{name: "password-with-newline", text: head11 + vault("password-with-newline", text, "pw\n"), expect: wrong, comment: "made with the line end of the password file"},
	)
}
