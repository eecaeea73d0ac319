package programs

import (
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// ReplaceFile gives a file a new content in one step; a file that is there keeps its mode and owner. The error is a
// *Failed in Python's words.
func ReplaceFile(sys target.System, name, text string) error {
	tmp, err := fileattr.NewTemp(sys, name, strings.NewReader(text))
	if err == nil {
		err = tmp.Replace(fileattr.KeepDest, false)
	}
	if err != nil {
		return Fail("%s", fileattr.PyTextError(err, name))
	}
	return nil
}

// ReadLines gives the lines of a file, with their ends. The error is a *Failed in Python's words.
func ReadLines(sys target.System, name string) ([]string, error) {
	b, err := target.ReadFile(sys, name)
	if err != nil {
		return nil, Fail("%s", fileattr.PyTextError(err, name))
	}
	lines := strings.SplitAfter(string(b), "\n")
	return slices.DeleteFunc(lines, func(l string) bool { return l == "" }), nil
}
