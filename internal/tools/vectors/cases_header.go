package main

import "strings"

// headers gives vaults with an ordinary body under a first line that is not ordinary.
func headers() []vector {
	const lenientVersion = "ansible-vault ignores the version"
	const lenientBlanks = "ansible-vault strips blanks around the fields of the header"
	const name = len("$ANSIBLE_VAULT")
	v12 := len("$ANSIBLE_VAULT;1.2;AES256")
	all := []vector{
		{name: "header-1-field", text: "$ANSIBLE_VAULT\n", expect: malformed, offset: name, comment: "no version, no cipher"},
		{name: "header-2-fields", text: "$ANSIBLE_VAULT;1.1\n", expect: malformed, offset: name + 4, comment: "no cipher"},
		{name: "header-1.2-without-label", text: "$ANSIBLE_VAULT;1.2;AES256\n", expect: malformed, offset: v12, comment: "version 1.2 with three fields", reason: lenientVersion},
		{name: "header-1.2-empty-label", text: "$ANSIBLE_VAULT;1.2;AES256;\n", expect: malformed, offset: v12 + 1, comment: "version 1.2 with an empty label", reason: "ansible-vault takes an empty label for none"},
		{name: "header-1.1-with-label", text: "$ANSIBLE_VAULT;1.1;AES256;prod\n", label: "prod", expect: malformed, offset: v12, comment: "version 1.1 with four fields", reason: lenientVersion + " and takes the label"},
		{name: "header-1.1-trailing-semicolon", text: "$ANSIBLE_VAULT;1.1;AES256;\n", expect: malformed, offset: v12, comment: "version 1.1 with an empty fourth field", reason: lenientVersion},
		{name: "header-5-fields", text: "$ANSIBLE_VAULT;1.2;AES256;a;b\n", label: "a", expect: malformed, offset: v12 + 1, comment: "a label with a semicolon, or a fifth field", reason: "ansible-vault ignores fields after the fourth"},
		{name: "header-1.1-5-fields", text: "$ANSIBLE_VAULT;1.1;AES256;a;b\n", label: "a", expect: malformed, offset: v12, comment: "version 1.1 with five fields", reason: lenientVersion + " and fields after the fourth"},
		{name: "header-version-1.0", text: "$ANSIBLE_VAULT;1.0;AES256\n", expect: unsupport, comment: "version 1.0 had another body", reason: lenientVersion},
		{name: "header-version-1.0-aes", text: "$ANSIBLE_VAULT;1.0;AES\n", expect: unsupport, comment: "version 1.0 with its own cipher"},
		{name: "header-version-1.3", text: "$ANSIBLE_VAULT;1.3;AES256\n", expect: unsupport, comment: "a version to come", reason: lenientVersion},
		{name: "header-version-2", text: "$ANSIBLE_VAULT;2;AES256\n", expect: unsupport, comment: "a version to come", reason: lenientVersion},
		{name: "header-version-1.10", text: "$ANSIBLE_VAULT;1.10;AES256\n", expect: unsupport, comment: "1.10 is not 1.1", reason: lenientVersion},
		{name: "header-version-empty", text: "$ANSIBLE_VAULT;;AES256\n", expect: unsupport, comment: "an empty version", reason: lenientVersion},
		{name: "header-version-blanks", text: "$ANSIBLE_VAULT; 1.1 ;AES256\n", expect: malformed, offset: name + 1, comment: "blanks around the version", reason: lenientBlanks},
		{name: "header-cipher-aes", text: "$ANSIBLE_VAULT;1.1;AES\n", expect: unsupport, comment: "the cipher of version 1.0"},
		{name: "header-cipher-lower", text: "$ANSIBLE_VAULT;1.1;aes256\n", expect: unsupport, comment: "ciphers are written in upper case"},
		{name: "header-cipher-empty", text: "$ANSIBLE_VAULT;1.1;\n", expect: unsupport, comment: "an empty cipher"},
		{name: "header-cipher-unknown", text: "$ANSIBLE_VAULT;1.1;AES256GCM\n", expect: unsupport, comment: "a cipher to come"},
		{name: "header-cipher-blanks", text: "$ANSIBLE_VAULT;1.1; AES256\n", expect: malformed, offset: name + 5, comment: "a blank before the cipher", reason: lenientBlanks},
		{name: "header-trailing-blank", text: "$ANSIBLE_VAULT;1.1;AES256 \n", expect: malformed, offset: name + 5, comment: "a blank after the cipher", reason: lenientBlanks},
		{name: "header-trailing-tab", text: "$ANSIBLE_VAULT;1.1;AES256\t\n", expect: malformed, offset: v12, comment: "a tab after the cipher", reason: lenientBlanks},
		{name: "header-name-blank", text: "$ANSIBLE_VAULT ;1.1;AES256\n", expect: malformed, offset: name, comment: "a blank after the first field", reason: lenientBlanks},
		{name: "header-name-longer", text: "$ANSIBLE_VAULTS;1.1;AES256\n", expect: malformed, offset: name, comment: "a longer first field", reason: "ansible-vault looks at the first 14 bytes only"},
		{name: "header-name-shorter", text: "$ANSIBLE_VAUL;1.1;AES256\n", expect: notAVault, comment: "a shorter first field"},
		{name: "header-name-lower", text: "$ansible_vault;1.1;AES256\n", expect: notAVault, comment: "the first field in lower case"},
		{name: "header-label-blanks-around", text: "$ANSIBLE_VAULT;1.2;AES256; prod \n", label: "prod", expect: malformed, offset: v12 + 1, comment: "blanks around the label", reason: lenientBlanks},
		{name: "header-label-only-blank", text: "$ANSIBLE_VAULT;1.2;AES256; \n", expect: malformed, offset: v12 + 1, comment: "a label of one blank", reason: lenientBlanks + " and takes an empty label for none"},
		{name: "header-label-not-ascii", text: "$ANSIBLE_VAULT;1.2;AES256;pr\u00f6d\n", expect: malformed, offset: v12 + 1, comment: "a label that is not ASCII", reason: "ansible-vault takes no text with a byte beyond ASCII for a vault"},
		{name: "header-label-not-utf8", text: "$ANSIBLE_VAULT;1.2;AES256;pr\xf6d\n", expect: malformed, offset: v12 + 1, comment: "a label in Latin-1", reason: "ansible-vault takes no text with a byte beyond ASCII for a vault"},
		{name: "header-label-tab", text: "$ANSIBLE_VAULT;1.2;AES256;a\tb\n", label: "a\tb", expect: malformed, offset: v12 + 2, comment: "a tab inside the label", reason: "a control character in a label can mislead on a terminal; ansible-vault does not look"},
		{name: "header-label-escape", text: "$ANSIBLE_VAULT;1.2;AES256;\x1b[31mred\n", label: "\x1b[31mred", expect: malformed, offset: v12 + 1, comment: "an escape sequence as label", reason: "a control character in a label can mislead on a terminal; ansible-vault does not look"},
		{name: "header-label-nul", text: "$ANSIBLE_VAULT;1.2;AES256;a\x00b\n", label: "a\x00b", expect: malformed, offset: v12 + 2, comment: "a NUL in the label", reason: "a control character in a label can mislead on a terminal; ansible-vault does not look"},
		{name: "header-label-vertical-tab", text: "$ANSIBLE_VAULT;1.2;AES256;a\vb\n", label: "a\vb", expect: malformed, offset: v12 + 2, comment: "a vertical tab inside the label: no line end", reason: "a control character in a label can mislead on a terminal; ansible-vault does not look"},
		{name: "header-label-separator", text: "$ANSIBLE_VAULT;1.2;AES256;a\x1cb\n", label: "a\x1cb", expect: malformed, offset: v12 + 2, comment: "a file separator inside the label: no line end", reason: "a control character in a label can mislead on a terminal; ansible-vault does not look"},
		{name: "header-label-ends-with-separator", text: "$ANSIBLE_VAULT;1.2;AES256;a\x1c\n", label: "a\x1c", expect: malformed, offset: v12 + 2, comment: "a file separator at the label's end: no blank", reason: "a control character in a label can mislead on a terminal; ansible-vault does not look"},
	}
	for i, v := range all {
		all[i].payload = "hello\n"
		all[i].text = v.text + vault(v.name, "hello\n", defaultPassword)
	}
	whole := head11 + vault("header-misplaced", "hello\n", defaultPassword)
	return append(all,
		vector{name: "empty", text: "", expect: notAVault, comment: "an empty file"},
		vector{name: "plain-yaml", text: "key: value\n", expect: notAVault, comment: "any other text"},
		vector{name: "header-cut", text: "$ANSIBLE", expect: notAVault, comment: "the text ends within the first field"},
		vector{name: "header-name-only", text: "$ANSIBLE_VAULT", expect: malformed, offset: name, comment: "the text ends after the first field"},
		vector{name: "header-only", text: strings.TrimSpace(head11), expect: malformed, offset: v12, comment: "a whole header without line end, and no more"},
		vector{name: "header-and-no-body", text: head11, expect: malformed, offset: v12 + 1, comment: "a whole header line, and no more"},
		vector{name: "header-after-bom", text: "\ufeff" + whole, expect: notAVault, comment: "a byte order mark before the header"},
		vector{name: "header-after-blank", text: " " + whole, expect: notAVault, comment: "a blank before the header"},
		vector{name: "header-after-empty-line", text: "\n" + whole, expect: notAVault, comment: "an empty line before the header"},
		vector{name: "header-after-comment", text: "# secret\n" + whole, expect: notAVault, comment: "a comment before the header"},
		vector{name: "header-after-tag", text: "!vault |\n" + whole, expect: notAVault, comment: "YAML's tag before the header"},
		vector{name: "header-utf16", text: utf16(whole), expect: notAVault, comment: "UTF-16, as some editors of Windows write it"},
	)
}

// utf16 gives an ASCII text as UTF-16 with a byte order mark.
func utf16(s string) string {
	var b strings.Builder
	b.WriteString("\xff\xfe")
	for i := range len(s) {
		b.WriteString(s[i:i+1] + "\x00")
	}
	return b.String()
}
