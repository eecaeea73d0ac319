package main

import (
	"encoding/hex"
	"strings"
)

// fields gives vaults whose three fields are not as they should be, cut off, or changed.
func fields() []vector {
	const text = "hello\n"
	const size = "ansible-vault checks no sizes: it finds the MAC wrong"
	s := seal(pad(text), defaultPassword, saltOf("field"))
	salt, mac, ct := hex.EncodeToString(s.salt), hex.EncodeToString(s.mac), hex.EncodeToString(s.ciphertext)
	join := func(parts ...string) string { return head11 + body(strings.Join(parts, "\n"), 80) }
	whole := join(salt, mac, ct)
	at := func(innerByte int) int { // offset in the text of a byte of the three lines
		d := 2 * innerByte
		return len(head11) + d + d/80
	}
	flip := func(h string) string { // another last digit
		if strings.HasSuffix(h, "0") {
			return h[:len(h)-1] + "1"
		}
		return h[:len(h)-1] + "0"
	}
	long := seal(pad("the second block is lost"), defaultPassword, saltOf("field-long"))
	cutBlock := sealed{long.salt, long.mac, long.ciphertext[:16]}.inner()

	all := []vector{
		{name: "field-only-salt", text: join(salt), expect: malformed, comment: "one field instead of three"},
		{name: "field-no-ciphertext", text: join(salt, mac), expect: malformed, comment: "two fields instead of three"},
		{name: "field-4", text: join(salt, mac, ct, ct), expect: malformed, offset: at(130 + len(ct)), comment: "four fields"},
		{name: "field-final-newline", text: join(salt, mac, ct, ""), expect: malformed, offset: at(130 + len(ct)), comment: "a line end after the ciphertext"},
		{name: "field-crlf", text: join(salt+"\r", mac+"\r", ct), expect: malformed, offset: at(64), comment: "the fields end with CR LF"},
		{name: "field-empty-salt", text: join("", mac, ct), expect: malformed, offset: at(0), comment: "an empty salt", reason: size},
		{name: "field-empty-mac", text: join(salt, "", ct), expect: malformed, offset: at(65), comment: "an empty MAC", reason: size},
		{name: "field-empty-ciphertext", text: join(salt, mac, ""), expect: malformed, offset: at(130), comment: "an empty ciphertext", reason: size},
		{name: "field-short-mac", text: join(salt, mac[:62], ct), expect: malformed, offset: at(65), comment: "a MAC of 31 bytes", reason: size},
		{name: "field-long-mac", text: join(salt, mac+"00", ct), expect: malformed, offset: at(65), comment: "a MAC of 33 bytes", reason: size},
		{name: "field-odd-salt", text: join(salt[:63], mac, ct), expect: malformed, offset: at(63), comment: "a salt with an odd number of digits"},
		{name: "field-odd-mac", text: join(salt, mac[:63], ct), expect: malformed, offset: at(65 + 63), comment: "a MAC with an odd number of digits"},
		{name: "field-odd-ciphertext", text: join(salt, mac, ct[:31]), expect: malformed, offset: at(130 + 31), comment: "a ciphertext with an odd number of digits"},
		{name: "field-salt-not-hex", text: join("x"+salt[1:], mac, ct), expect: malformed, offset: at(0), comment: "a salt that is not hexadecimal"},
		{name: "field-mac-not-hex", text: join(salt, mac[:10]+" "+mac[11:], ct), expect: malformed, offset: at(75), comment: "a blank in the MAC"},
		{name: "field-ciphertext-not-hex", text: join(salt, mac, ct[:4]+"\xff"+ct[5:]), expect: malformed, offset: at(134), comment: "a byte that is not ASCII in the ciphertext"},
		{name: "field-upper-case", text: join(strings.ToUpper(salt), strings.ToUpper(mac), strings.ToUpper(ct)), payload: text, expect: malformed, comment: "the inner digits in upper case", reason: "ansible-vault reads digits in upper case"},

		{name: "cut-in-salt", text: whole[:at(20)] + "\n", expect: malformed, comment: "the text ends within the salt"},
		{name: "cut-after-salt", text: whole[:at(64)] + "\n", expect: malformed, comment: "the text ends before the line end after the salt"},
		{name: "cut-before-mac", text: whole[:at(65)] + "\n", expect: malformed, comment: "the text ends after the salt"},
		{name: "cut-in-mac", text: whole[:at(90)] + "\n", expect: malformed, comment: "the text ends within the MAC"},
		{name: "cut-after-mac", text: whole[:at(129)] + "\n", expect: malformed, comment: "the text ends before the line end after the MAC"},
		{name: "cut-before-ciphertext", text: whole[:at(130)] + "\n", expect: malformed, comment: "the text ends before the ciphertext", reason: size},
		{name: "cut-in-ciphertext", text: whole[:at(140)] + "\n", expect: malformed, offset: at(130), comment: "the text ends within a block of the ciphertext", reason: size},
		{name: "cut-at-block", text: head11 + body(cutBlock, 80), expect: wrong, comment: "the second of two blocks is missing: only the MAC can tell"},
		{name: "cut-at-digit", text: whole[:at(140)+1] + "\n", expect: malformed, comment: "the text ends within a byte"},
		{name: "cut-first-line-missing", text: head11 + body(s.inner()[40:], 80), expect: wrong, comment: "the first line of the body is missing: a shorter salt"},

		{name: "changed-salt", text: join(flip(salt), mac, ct), expect: wrong, comment: "one digit of the salt changed"},
		{name: "changed-mac", text: join(salt, flip(mac), ct), expect: wrong, comment: "one digit of the MAC changed"},
		{name: "changed-mac-first", text: join(salt, "00"+mac[2:], ct), expect: wrong, comment: "the first byte of the MAC changed"},
		{name: "changed-ciphertext", text: join(salt, mac, flip(ct)), expect: wrong, comment: "one digit of the ciphertext changed"},
		{name: "changed-label", text: "$ANSIBLE_VAULT;1.2;AES256;prod\n" + whole[len(head11):], label: "prod", payload: text, expect: success, comment: "a header that was changed: neither label nor version is authenticated"},
		{name: "mac-over-plaintext", text: macElsewhere(pad(text), s), expect: wrong, comment: "a MAC over the plaintext"},
	}
	return append(all, paddings()...)
}

// macElsewhere gives a vault whose MAC was made over other bytes.
func macElsewhere(of string, s sealed) string {
	s.mac = macOf(keys(defaultPassword, s.salt), []byte(of))
	return head11 + body(s.inner(), 80)
}

// paddings gives vaults with a right MAC over a badly padded plaintext.
func paddings() []vector {
	all := []vector{
		{name: "padding-0", text: "sixteen letters\x00", comment: "the last byte is 0"},
		{name: "padding-17", text: "fifteen letters\x11", comment: "the last byte is greater than a block"},
		{name: "padding-255", text: strings.Repeat("\xff", 32), comment: "the last byte is 255"},
		{name: "padding-none", text: "sixteen letters!", comment: "a text without padding"},
		{name: "padding-uneven", text: "twelve bytes\x04\x03\x04\x04", comment: "one byte of the padding differs"},
		{name: "padding-first-byte", text: strings.Repeat("\x10", 15) + "\x0f" + "\x11" + strings.Repeat("\x10", 15), comment: "a block of padding with a wrong first byte"},
		{name: "padding-17-uniform", text: strings.Repeat("\x11", 32), comment: "17 bytes of padding that agree with each other"},
		{name: "padding-stream", text: "ten bytes!", expect: malformed, comment: "a plaintext that was not padded to a block", reason: "ansible-vault checks no sizes: it finds the padding wrong"},
		{name: "padding-32-bytes", text: "hello" + strings.Repeat("\x1b", 27), comment: "padded to 32 bytes, as if that were the block"},
	}
	for i, v := range all {
		if v.expect == "" {
			all[i].expect = badPadding
		}
		all[i].text = head11 + body(seal(v.text, defaultPassword, saltOf(v.name)).inner(), 80)
	}
	return all
}
