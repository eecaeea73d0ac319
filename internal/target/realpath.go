package target

import (
	"path"
	"strings"
)

// realpath resolves the symbolic links of an absolute path, as far as it exists, as Python's os.path.realpath does: what
// does not exist or turns in a circle is kept as text.
func realpath(sys interface {
	Lstat(string) (Info, error)
	Readlink(string) (string, error)
}, name string,
) string {
	rest := strings.Split(path.Clean(name), "/")
	at, hops := "/", 0
	for len(rest) > 0 {
		part := rest[0]
		rest = rest[1:]
		if part == "" || part == "." {
			continue
		}
		if part == ".." {
			at = path.Dir(at)
			continue
		}
		next := path.Join(at, part)
		info, err := sys.Lstat(next)
		if err != nil || !info.IsLink() || hops > 255 {
			at = next
			continue
		}
		hops++
		to, err := sys.Readlink(next)
		if err != nil {
			at = next
			continue
		}
		if strings.HasPrefix(to, "/") {
			at = "/"
		}
		rest = append(strings.Split(to, "/"), rest...)
	}
	return at
}
