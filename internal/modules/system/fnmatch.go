package system

import "path"

// fnmatch matches as Python's fnmatch does: *, ?, [seq] and [!seq]; a pattern that is not well-formed stands for itself.
func fnmatch(pattern, name string) bool {
	translated := []byte(pattern)
	for i := 0; i+1 < len(translated); i++ {
		if translated[i] == '[' && translated[i+1] == '!' {
			translated[i+1] = '^'
		}
	}
	ok, err := path.Match(string(translated), name)
	return ok || err != nil && pattern == name
}
