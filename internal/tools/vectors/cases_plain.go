package main

import (
	"bytes"
	"fmt"
	"strings"
)

// plain gives vaults that everybody reads: plaintexts of all kinds under the ordinary headers.
func plain() []vector {
	var binary strings.Builder
	for i := range 256 {
		binary.WriteByte(byte(i))
	}
	all := []vector{
		{name: "plain-text", payload: "hello\n", comment: "a line of text"},
		{name: "plain-empty", payload: "", comment: "an empty plaintext is one block of padding"},
		{name: "plain-1-byte", payload: "a", comment: "15 bytes of padding"},
		{name: "plain-15-bytes", payload: "123456789012345", comment: "one byte of padding"},
		{name: "plain-16-bytes", payload: "1234567890123456", comment: "a whole block of padding"},
		{name: "plain-17-bytes", payload: "12345678901234567", comment: "a second block begun"},
		{name: "plain-padding-like", payload: "data\x0c\x0c\x0c\x0c\x0c\x0c\x0c\x0c\x0c\x0c\x0c\x0c", comment: "a plaintext that ends like padding"},
		{name: "plain-all-bytes", payload: binary.String(), comment: "every byte value once"},
		{name: "plain-crlf", payload: "a\r\nb\r\n", comment: "line ends of the plaintext are kept"},
		{name: "plain-no-final-newline", payload: "hello", comment: "nothing is added to the plaintext"},
		{name: "plain-utf8", payload: "pässwörd: \U0001f511\n", comment: "characters beyond ASCII in the plaintext"},
		{name: "plain-vault", payload: head11 + vault("nested", "inside", defaultPassword), comment: "a vault inside a vault is a plaintext like any other"},
		{name: "plain-huge", payload: strings.Repeat("0123456789abcdef", 4096), comment: "64 KiB: 4096 counter blocks, a text of 262 KiB"},
	}
	for i, v := range all {
		all[i].expect = success
		all[i].text = head11 + vault(v.name, v.payload, defaultPassword)
	}
	return append(all, counterCarry("counter-carry"), label("label-plain", "prod"), label("label-default", "default"),
		label("label-blank-inside", "the vault"), label("label-odd", `a-b_c.d:e/f@g,h=i"j'k\l#m$n%o{{p}}`), label("label-version", "1.1"),
		label("label-long", strings.Repeat("long-", 60)))
}

// label gives a vault of version 1.2.
func label(name, label string) vector {
	return vector{
		name: name, label: label, payload: "hello\n", expect: success,
		comment: fmt.Sprintf("version 1.2 with a label of %d bytes", len(label)),
		text:    "$ANSIBLE_VAULT;1.2;AES256;" + label + "\n" + vault(name, "hello\n", defaultPassword),
	}
}

// counterCarry finds a salt with which the counter's low byte overflows after the first block.
func counterCarry(name string) vector {
	v := vector{name: name, expect: success, payload: strings.Repeat("carry", 10), comment: "the counter block ends with ff: the second one has a carry"}
	for i := 0; ; i++ {
		salt := saltOf(fmt.Sprint(name, i))
		if bytes.HasSuffix(keys(defaultPassword, salt), []byte{0xff}) {
			v.text = head11 + body(seal(pad(v.payload), defaultPassword, salt).inner(), 80)
			return v
		}
	}
}
