package filters

import "strings"

// winSplitDrive is Python's ntpath.splitdrive: "C:" or the share of a UNC path, and the rest.
func winSplitDrive(p string) (drive, rest string) {
	n := strings.ReplaceAll(p, "/", `\`)
	switch {
	case strings.HasPrefix(n, `\\`):
		start := 2
		if strings.HasPrefix(strings.ToUpper(n), `\\?\UNC\`) {
			start = 8
		}
		i := strings.IndexByte(n[start:], '\\')
		if i < 0 {
			return p, ""
		}
		j := strings.IndexByte(n[start+i+1:], '\\')
		if j < 0 {
			return p, ""
		}
		at := start + i + 1 + j
		return p[:at], p[at:]
	case len(n) > 1 && n[1] == ':':
		return p[:2], p[2:]
	}
	return "", p
}

// winSplit is Python's ntpath.split: what is before the last slash or backslash, and what is after it.
func winSplit(p string) (head, tail string) {
	drive, rest := winSplitDrive(p)
	root := ""
	if rest != "" && (rest[0] == '\\' || rest[0] == '/') {
		root, rest = rest[:1], rest[1:]
	}
	i := strings.LastIndexAny(rest, `\/`) + 1
	return drive + root + strings.TrimRight(rest[:i], `\/`), rest[i:]
}
