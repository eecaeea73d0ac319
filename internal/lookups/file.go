package lookups

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(&Def{Name: "file", Run: runFile, Options: []Option{
	{Name: "lstrip", Type: Bool, Default: value.False, Help: "Remove whitespace at the beginning of the content."},
	{Name: "rstrip", Type: Bool, Default: value.True, Help: "Remove whitespace at the end of the content."},
}})

const pythonSpace = " \t\n\r\v\f\x1c\x1d\x1e\x1f\u0085\u00a0"

// readError words the failure to read a file as Ansible does.
func readError(path string, err error) error {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return err
	}
	text := errno.Error()
	return fmt.Errorf("An error occurred while trying to read the file '%s': [Errno %d] %s: '%s'", //nolint:staticcheck // Ansible's words
		path, int(errno), strings.ToUpper(text[:1])+text[1:], path)
}

// runFile gives the content of files.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/file_lookup.html
func runFile(_ context.Context, c *Call) ([]value.Value, error) {
	var out []value.Value
	for _, t := range c.Terms {
		name, ok := t.(value.Str)
		if !ok {
			return nil, missingAttribute(t, "startswith")
		}
		path := c.find0("files", name.String())
		if path == "" {
			return nil, fmt.Errorf("Unable to access the file '%s': File not found. Use -vvvvv to see paths searched.", name) //nolint:staticcheck // Ansible's words
		}
		content, secret, err := c.Read(path)
		if err != nil {
			return nil, fmt.Errorf("Unable to access the file '%s': %w", name, readError(path, err)) //nolint:staticcheck // Ansible's words
		}
		s := string(content)
		if c.bool("lstrip") {
			s = strings.TrimLeft(s, pythonSpace)
		}
		if c.bool("rstrip") {
			s = strings.TrimRight(s, pythonSpace)
		}
		out = append(out, made(value.NewStr(s), secret))
	}
	return out, nil
}
