package main

import "strings"

// bodies gives vaults whose lines and digits are not written as usual.
func bodies() []vector {
	const text = "hello\n"
	const first = len(head11) // offset of the body
	const lines = "ansible-vault joins the lines of the body, whatever their length and line ends"
	const upper = "ansible-vault reads digits in upper case"
	usual := vault("body", text, defaultPassword) // 4 lines of 80 digits and one of 4
	edit := func(line int, f func(string) string) string {
		l := strings.SplitAfter(usual, "\n")
		l[line] = f(l[line])
		return head11 + strings.Join(l, "")
	}
	after := func(line, column int) int { return first + 81*line + column }
	digits := strings.ReplaceAll(usual, "\n", "")
	end := first + len(usual)
	all := []vector{
		{name: "body-no-final-newline", text: head11 + strings.TrimSuffix(usual, "\n"), expect: success, comment: "the last line without line end, as YAML's |- gives it"},
		{name: "body-crlf", text: strings.ReplaceAll(head11+usual, "\n", "\r\n"), expect: malformed, offset: first - 1, comment: "every line ends with CR LF", reason: lines},
		{name: "body-crlf-only-body", text: head11 + strings.ReplaceAll(usual, "\n", "\r\n"), expect: malformed, offset: after(0, 80), comment: "the body's lines end with CR LF", reason: lines},
		{name: "body-crlf-last-line", text: edit(4, func(s string) string { return strings.TrimSpace(s) + "\r\n" }), expect: malformed, offset: after(4, 4), comment: "the last line ends with CR LF", reason: lines},
		{name: "body-cr", text: strings.ReplaceAll(head11+usual, "\n", "\r"), expect: malformed, offset: first - 1, comment: "every line ends with CR", reason: lines},
		{name: "body-crcrlf", text: strings.ReplaceAll(head11+usual, "\n", "\r\r\n"), expect: malformed, offset: first - 1, comment: "CR LF converted twice", reason: lines},
		{name: "body-vertical-tab", text: head11 + strings.Replace(usual, "\n", "\v", 1), expect: malformed, offset: after(0, 80), comment: "a vertical tab is no line end"},
		{name: "body-form-feed-end", text: head11 + usual + "\f", expect: malformed, offset: end, comment: "a form feed after the last line"},
		{name: "body-upper-case", text: head11 + strings.ToUpper(usual), expect: malformed, comment: "the digits in upper case", reason: upper},
		{name: "body-one-line", text: head11 + digits + "\n", expect: malformed, offset: after(0, 80), comment: "all digits in one line", reason: lines},
		{name: "body-64-columns", text: head11 + rewrap(digits, 64), expect: malformed, offset: after(0, 64), comment: "lines of 64 digits", reason: lines},
		{name: "body-81-columns", text: head11 + rewrap(digits, 81), expect: malformed, offset: after(0, 80), comment: "lines of 81 digits: each splits a byte", reason: lines},
		{name: "body-1-column", text: head11 + rewrap(digits, 1), expect: malformed, offset: after(0, 1), comment: "lines of one digit", reason: lines},
		{name: "body-short-line", text: edit(1, func(s string) string { return s[:40] + "\n" + s[40:] }), expect: malformed, offset: after(1, 40), comment: "one line broken in two", reason: lines},
		{name: "body-empty-line-first", text: head11 + "\n" + usual, expect: malformed, offset: first, comment: "an empty line after the header", reason: lines},
		{name: "body-empty-line-inside", text: edit(1, func(s string) string { return s + "\n" }), expect: malformed, offset: after(2, 0), comment: "an empty line in the body", reason: lines},
		{name: "body-empty-line-last", text: head11 + usual + "\n", expect: malformed, offset: end, comment: "an empty line after the body", reason: lines},
		{name: "body-empty-lines-last", text: head11 + usual + "\n\n\n", expect: malformed, offset: end, comment: "three empty lines after the body", reason: lines},
		{name: "body-blank-line-last", text: head11 + usual + "  \n", expect: malformed, offset: end, comment: "a line of blanks after the body"},
		{name: "body-indented", text: head11 + "  " + strings.ReplaceAll(strings.TrimSpace(usual), "\n", "\n  ") + "\n", expect: malformed, offset: first, comment: "the body indented by two blanks, as in a YAML file: undoing it is YAML's work"},
		{name: "body-indented-tab", text: head11 + "\t" + strings.ReplaceAll(strings.TrimSpace(usual), "\n", "\n\t") + "\n", expect: malformed, offset: first, comment: "the body indented by a tab"},
		{name: "body-trailing-blank", text: edit(0, func(s string) string { return strings.TrimSpace(s) + " \n" }), expect: malformed, offset: after(0, 80), comment: "a blank at the end of a line"},
		{name: "body-trailing-blanks", text: head11 + strings.ReplaceAll(usual, "\n", "  \n"), expect: malformed, offset: after(0, 80), comment: "two blanks at the end of each line"},
		{name: "body-trailing-blank-last", text: head11 + strings.TrimSpace(usual) + " \n", expect: malformed, offset: end - 1, comment: "a blank at the end of the last line"},
		{name: "body-trailing-tab", text: edit(3, func(s string) string { return strings.TrimSpace(s) + "\t\n" }), expect: malformed, offset: after(3, 80), comment: "a tab at the end of a line"},
		{name: "body-blank-inside", text: edit(2, func(s string) string { return s[:40] + " " + s[41:] }), expect: malformed, offset: after(2, 40), comment: "a blank in place of a digit"},
		{name: "body-not-hex", text: edit(1, func(s string) string { return s[:7] + "g" + s[8:] }), expect: malformed, offset: after(1, 7), comment: "a letter that is no digit"},
		{name: "body-not-ascii", text: edit(1, func(s string) string { return s[:7] + "\u00e9" + s[8:] }), expect: malformed, offset: after(1, 7), comment: "a character beyond ASCII in place of a digit", reason: "ansible-vault takes no text with a byte beyond ASCII for a vault"},
		{name: "body-nul", text: head11 + usual + "\x00", expect: malformed, offset: end, comment: "a NUL after the body"},
		{name: "body-odd", text: head11 + strings.TrimSuffix(usual, usual[len(usual)-2:]) + "\n", expect: malformed, offset: end - 2, comment: "the last digit is missing"},
		{name: "body-comment-after", text: head11 + usual + "# end\n", expect: malformed, offset: end, comment: "a comment after the body"},
		{name: "body-comment-after-not-ascii", text: head11 + usual + "# \u2714\n", expect: malformed, offset: end, comment: "a comment after the body, with a character beyond ASCII", reason: "ansible-vault takes no text with a byte beyond ASCII for a vault"},
		{name: "body-not-ascii-far", text: head11 + vault("body-not-ascii-far", strings.Repeat("far ", 4096), defaultPassword) + "\u00e9\n", expect: malformed, comment: "a character beyond ASCII 65 KiB behind the header", reason: "ansible-vault takes no text with a byte beyond ASCII for a vault"},
		{name: "body-twice", text: head11 + usual + head11 + usual, expect: malformed, offset: end, comment: "two vaults in one text"},
		{name: "body-yaml-end", text: head11 + usual + "...\n", expect: malformed, offset: end, comment: "YAML's end of document after the body"},
		{name: "body-base64", text: head11 + "cGxlYXNlIHJlYWQgdGhlIHNwZWNpZmljYXRpb24=\n", expect: malformed, offset: first + 1, comment: "another alphabet"},
	}
	for i, v := range all {
		all[i].payload = text
		if v.name == "body-upper-case" {
			all[i].offset = first + strings.IndexAny(usual, "abcdef")
		}
	}
	return all
}

// rewrap breaks digits into lines.
func rewrap(digits string, width int) string {
	var b strings.Builder
	for len(digits) > 0 {
		n := min(width, len(digits))
		b.WriteString(digits[:n] + "\n")
		digits = digits[n:]
	}
	return b.String()
}
