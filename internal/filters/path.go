package filters

import (
	"os"
	"os/user"
	"path/filepath"
	"sort"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

func init() {
	for name, f := range map[string]func(c *Call, path string) (value.Value, error){
		"basename":   func(_ *Call, p string) (value.Value, error) { return str(p[strings.LastIndexByte(p, '/')+1:]), nil },
		"dirname":    func(_ *Call, p string) (value.Value, error) { return str(Dirname(p)), nil },
		"splitext":   func(_ *Call, p string) (value.Value, error) { return splitext(p), nil },
		"normpath":   func(_ *Call, p string) (value.Value, error) { return str(Normpath(p)), nil },
		"expanduser": func(c *Call, p string) (value.Value, error) { return str(expandUser(c.Host, p)), nil },
		"expandvars": func(c *Call, p string) (value.Value, error) { return str(expandVars(c.Host, p)), nil },
		"realpath":   func(_ *Call, p string) (value.Value, error) { s, err := realpath(p); return str(s), err },
		"fileglob":   func(_ *Call, p string) (value.Value, error) { return fileglob(p) },
		"win_basename": func(_ *Call, p string) (value.Value, error) {
			_, tail := winSplit(p)
			return str(tail), nil
		},
		"win_dirname": func(_ *Call, p string) (value.Value, error) {
			head, _ := winSplit(p)
			return str(head), nil
		},
		"win_splitdrive": func(_ *Call, p string) (value.Value, error) {
			drive, rest := winSplitDrive(p)
			return value.NewTuple(str(drive), str(rest)), nil
		},
	} {
		sig := strings.TrimPrefix(name, "win_") + "(path)"
		if name == "normpath" {
			sig = "&_path_normpath(path)"
		}
		All.Add(Def{Name: "ansible.builtin." + name, Sig: sig, Func: func(c *Call) (value.Value, error) {
			p, ok := strOf(c.First())
			if !ok {
				if name == "normpath" {
					return nil, value.Raise("TypeError", "_path_normpath: path should be string, bytes or os.PathLike, not %s", c.First().Type())
				}
				if name == "fileglob" {
					return nil, notAPattern(c.First())
				}
				return nil, notAPath(c.First())
			}
			return f(c, p)
		}})
	}
	All.Add(Def{Name: "ansible.builtin.path_join", Func: pathJoin, Sig: "path_join(paths)"})
	All.Add(Def{Name: "ansible.builtin.relpath", Func: relpath, Sig: "relpath(path, start=None)"})
	All.Add(Def{Name: "ansible.builtin.commonpath", Func: commonpath, Sig: "commonpath(paths)"})
}

// notAPattern is what Python's glob complains of: it looks for its special characters first.
func notAPattern(v value.Value) error {
	switch v.(type) {
	case *value.List, value.Tuple, value.Bytes:
		return notAPath(v)
	case *value.Dict:
		return value.Raise("KeyError", "slice(None, 0, None)")
	}
	return value.Raise("TypeError", "'%s' object is not subscriptable", v.Type())
}

func notAPath(v value.Value) error {
	return value.Raise("TypeError", "expected str, bytes or os.PathLike object, not %s", v.Type())
}

// Dirname is os.path.dirname.
func Dirname(p string) string {
	head := p[:strings.LastIndexByte(p, '/')+1]
	if strings.Trim(head, "/") != "" {
		head = strings.TrimRight(head, "/")
	}
	return head
}

func splitext(p string) value.Value {
	base := strings.LastIndexByte(p, '/') + 1
	dot := strings.LastIndexByte(p, '.')
	if dot < base || strings.Trim(p[base:dot], ".") == "" {
		return value.NewTuple(str(p), str(""))
	}
	return value.NewTuple(str(p[:dot]), str(p[dot:]))
}

// Normpath is os.path.normpath: two leading slashes stay, as POSIX has it.
func Normpath(p string) string {
	if strings.HasPrefix(p, "//") && !strings.HasPrefix(p, "///") {
		return "/" + filepath.Clean(p[1:])
	}
	return filepath.Clean(p)
}

func expandUser(h *Host, p string) string {
	if !strings.HasPrefix(p, "~") {
		return p
	}
	name, rest, slash := strings.Cut(p[1:], "/")
	if slash {
		rest = "/" + rest
	}
	home := ""
	if name == "" {
		var ok bool
		if home, ok = h.getenv("HOME"); !ok {
			u, err := user.Current()
			if err != nil {
				return p
			}
			home = u.HomeDir
		}
	} else {
		u, err := user.Lookup(name)
		if err != nil {
			return p
		}
		home = u.HomeDir
	}
	home = strings.TrimRight(home, "/")
	if home+rest == "" {
		return "/"
	}
	return home + rest
}

// expandVars puts the environment into $NAME and ${NAME}; what is not set stays.
func expandVars(h *Host, p string) string {
	var b strings.Builder
	for p != "" {
		i := strings.IndexByte(p, '$')
		if i < 0 {
			break
		}
		b.WriteString(p[:i])
		p = p[i:]
		name, n := "", 1
		if strings.HasPrefix(p, "${") {
			if end := strings.IndexByte(p, '}'); end > 0 {
				name, n = p[2:end], end+1
			}
		} else {
			for n < len(p) && isWord(p[n]) {
				n++
			}
			name = p[1:n]
		}
		if v, ok := h.getenv(name); ok && name != "" {
			b.WriteString(v)
		} else {
			b.WriteString(p[:n])
		}
		p = p[n:]
	}
	return b.String() + p
}

func isWord(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// realpath resolves symbolic links as far as the path exists.
func realpath(p string) (string, error) {
	if !strings.HasPrefix(p, "/") {
		wd, err := os.Getwd()
		if err != nil {
			return "", err
		}
		p = wd + "/" + p
	}
	done, links := "/", 0
	rest := strings.Split(p, "/")
	for len(rest) > 0 {
		part := rest[0]
		rest = rest[1:]
		switch part {
		case "", ".":
			continue
		case "..":
			done = Dirname(strings.TrimRight(done, "/"))
			if done == "" {
				done = "/"
			}
			continue
		}
		next := strings.TrimRight(done, "/") + "/" + part
		target, err := os.Readlink(next)
		if links++; err != nil || links > 255 {
			done = next
			continue
		}
		if strings.HasPrefix(target, "/") {
			done = "/"
		}
		rest = append(strings.Split(target, "/"), rest...)
	}
	return done, nil
}

// fileglob gives the files, not folders, that a shell pattern matches, sorted; hidden ones only when the pattern names
// the dot.
func fileglob(pattern string) (value.Value, error) {
	found, err := filepath.Glob(pattern)
	if err != nil {
		return value.NewList(), nil // Python's glob takes any pattern
	}
	sort.Strings(found)
	hidden := strings.HasPrefix(pattern[strings.LastIndexByte(pattern, '/')+1:], ".")
	out := value.NewList()
	for _, f := range found {
		if !hidden && strings.HasPrefix(filepath.Base(f), ".") {
			continue
		}
		if info, err := os.Stat(f); err == nil && info.Mode().IsRegular() {
			out.Append(str(f))
		}
	}
	return out, nil
}

func pathJoin(c *Call) (value.Value, error) {
	switch x := c.First().(type) {
	case value.Str:
		return str(x.String()), nil
	case *value.List, value.Tuple:
	default:
		return nil, fail("|path_join expects string or sequence, got %s instead.", className(x))
	}
	parts, err := value.Elems(c.First())
	if err != nil {
		return nil, err
	}
	if len(parts) == 0 {
		return nil, value.Raise("TypeError", "join() missing 1 required positional argument: 'a'")
	}
	path := ""
	for i, v := range parts {
		p, ok := strOf(v)
		switch {
		case !ok && i == 0:
			return nil, notAPath(v)
		case !ok:
			return nil, value.Raise("TypeError", "join() argument must be str, bytes, or os.PathLike object, not '%s'", v.Type())
		case i == 0 || strings.HasPrefix(p, "/"):
			path = p
		case path == "" || strings.HasSuffix(path, "/"):
			path += p
		default:
			path += "/" + p
		}
	}
	return str(path), nil
}

func relpath(c *Call) (value.Value, error) {
	p, ok := strOf(c.First())
	if !ok {
		return nil, notAPath(c.First())
	}
	if p == "" {
		return nil, value.Raise("ValueError", "no path specified")
	}
	start := "."
	if !c.IsNone("start") {
		if start, ok = strOf(c.Get("start")); !ok {
			return nil, notAPath(c.Get("start"))
		}
	}
	from, err := filepath.Abs(start)
	if err != nil {
		return nil, err
	}
	to, err := filepath.Abs(p)
	if err != nil {
		return nil, err
	}
	rel, err := filepath.Rel(from, to)
	return str(rel), err
}

func commonpath(c *Call) (value.Value, error) {
	switch c.First().(type) {
	case *value.List, value.Tuple:
	default:
		return nil, fail("|commonpath expects sequence, got %s instead.", className(c.First()))
	}
	elems, err := value.Elems(c.First())
	if err != nil {
		return nil, err
	}
	if len(elems) == 0 {
		return nil, value.Raise("ValueError", "commonpath() arg is an empty sequence")
	}
	var common []string
	absolute := false
	for i, e := range elems {
		p, ok := strOf(e)
		if !ok {
			return nil, notAPath(e)
		}
		abs := strings.HasPrefix(p, "/")
		if i > 0 && abs != absolute {
			return nil, value.Raise("ValueError", "Can't mix absolute and relative paths")
		}
		absolute = abs
		var parts []string
		for _, part := range strings.Split(p, "/") {
			if part != "" && part != "." {
				parts = append(parts, part)
			}
		}
		if i == 0 {
			common = parts
			continue
		}
		n := 0
		for n < len(common) && n < len(parts) && common[n] == parts[n] {
			n++
		}
		common = common[:n]
	}
	path := strings.Join(common, "/")
	if absolute {
		path = "/" + path
	}
	return str(path), nil
}
