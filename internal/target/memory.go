package target

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"sort"
	"strings"
	"syscall"
	"time"
)

// Memory is a machine that exists in memory only: files with owners, modes, links and attributes, accounts, a clock that
// stands still, and programs that are Go functions. It is for tests of decisions and of faults; it knows no permissions:
// its user is root. It belongs to one goroutine.
type Memory struct {
	m    *machine
	dir  string
	env  []string
	uid  int
	mask uint32
}

var _ System = (*Memory)(nil)

// Program is a program of a Memory. stdin is its whole input.
type Program func(argv []string, stdin []byte) Exit

// machine is what all views of a Memory share.
type machine struct {
	root     *node
	lastIno  uint64
	now      time.Time
	users    []User
	groups   []Group
	programs map[string]Program
	paths    map[string]string // of programs that are not in /usr/bin
	selinux  bool
	kernel   KernelState
	fault    func(op, name string) error
	temp     int
	calls    []string
}

// node is a file.
type node struct {
	info     Info
	content  []byte
	link     string
	children map[string]*node
	flags    uint32
	xattrs   map[string][]byte
}

// NewMemory gives a machine with an empty root directory, /tmp, and the accounts root and daemon.
func NewMemory() *Memory {
	m := &machine{
		now:      time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		users:    []User{{Name: "root", Home: "/root", Shell: "/bin/sh"}, {Name: "daemon", UID: 1, GID: 1, Home: "/usr/sbin"}},
		groups:   []Group{{Name: "root"}, {Name: "daemon", GID: 1}},
		programs: map[string]Program{},
	}
	m.root = m.node(typeDir | 0o755)
	m.root.children["tmp"] = m.node(typeDir | 0o1777)
	return &Memory{m: m, dir: "/", env: []string{"HOME=/root", "PATH=/usr/bin:/bin"}, mask: 0o022}
}

func (m *machine) node(mode uint32) *node {
	m.lastIno++
	n := &node{info: Info{Mode: mode, Ino: m.lastIno, Dev: 1, Nlink: 1, BlockSize: 4096, Atime: m.now, Mtime: m.now, Ctime: m.now}}
	if n.info.IsDir() {
		n.children = map[string]*node{}
	}
	return n
}

// AddProgram installs a program under its name.
func (s *Memory) AddProgram(name string, p Program) { s.m.programs[name] = p }

// AddProgramAt installs a program at a path.
func (s *Memory) AddProgramAt(file string, p Program) {
	s.m.programs[path.Base(file)] = p
	if s.m.paths == nil {
		s.m.paths = map[string]string{}
	}
	s.m.paths[path.Base(file)] = file
}

// AddUser adds an account with a group of the same name and number.
func (s *Memory) AddUser(name string, id int) {
	s.m.users = append(s.m.users, User{Name: name, UID: id, GID: id, Home: "/home/" + name})
	s.m.groups = append(s.m.groups, Group{Name: name, GID: id})
}

// SetSELinux says whether SELinux is enabled.
func (s *Memory) SetSELinux(on bool) { s.m.selinux = on }

// SetEnviron sets the environment, each "NAME=value".
func (s *Memory) SetEnviron(env []string) { s.env = env }

// SetClock sets the time.
func (s *Memory) SetClock(t time.Time) { s.m.now = t }

// SetFault makes calls fail: f is asked before each one that changes something, with its name ("open", "write",
// "rename", "chmod", "chown", "mkdir", "remove", "link", "symlink", "chtimes", "setflags", "setxattr") and path.
func (s *Memory) SetFault(f func(op, name string) error) { s.m.fault = f }

// Changes returns the changing calls so far, each "op path", and forgets them.
func (s *Memory) Changes() []string {
	c := s.m.calls
	s.m.calls = nil
	return c
}

// Tree describes all files: path to "mode uid:gid content".
func (s *Memory) Tree() map[string]string {
	out := map[string]string{}
	var walk func(p string, n *node)
	walk = func(p string, n *node) {
		text := fmt.Sprintf("%06o %d:%d", n.info.Mode, n.info.UID, n.info.GID)
		switch {
		case n.info.IsLink():
			text += " -> " + n.link
		case n.info.IsRegular():
			text += fmt.Sprintf(" %q", n.content)
		}
		out[p] = text
		for name, c := range n.children {
			walk(path.Join(p, name), c)
		}
	}
	walk("/", s.m.root)
	return out
}

func perr(op, name string, err error) error { return &fs.PathError{Op: op, Path: name, Err: err} }

// changing records a changing call and asks for its fault.
func (s *Memory) changing(op, name string) error {
	s.m.calls = append(s.m.calls, op+" "+name)
	if s.m.fault != nil {
		if err := s.m.fault(op, name); err != nil {
			return perr(op, name, err)
		}
	}
	return nil
}

func (s *Memory) abs(name string) string {
	if name == "" || strings.HasPrefix(name, "/") {
		return name
	}
	abs := path.Join(s.dir, name)
	if strings.HasSuffix(name, "/") {
		abs += "/" // which makes a link mean its target
	}
	return abs
}

// maxHops bounds the links that are followed, as the kernel does.
const maxHops = 40

// find returns the directory that holds name, the last part and the file, nil when it is not there.
func (s *Memory) find(name string, follow bool, hops int) (dir *node, base string, n *node, err error) {
	if name == "" {
		return nil, "", nil, syscall.ENOENT
	}
	if hops > maxHops {
		return nil, "", nil, syscall.ELOOP
	}
	slash := strings.HasSuffix(name, "/")
	parts := strings.Split(strings.Trim(path.Clean(name), "/"), "/")
	dir, n = s.m.root, s.m.root
	if parts[0] == "" {
		return dir, "", n, nil
	}
	at := "/"
	for i, part := range parts {
		last := i == len(parts)-1
		if n == nil {
			return nil, "", nil, syscall.ENOENT
		}
		if !n.info.IsDir() {
			return nil, "", nil, syscall.ENOTDIR
		}
		dir, base, n = n, part, n.children[part]
		if n != nil && n.info.IsLink() && (!last || follow || slash) {
			to := n.link
			if !strings.HasPrefix(to, "/") {
				to = path.Join(at, to)
			}
			rest := path.Join(append([]string{to}, parts[i+1:]...)...)
			return s.find(rest, follow, hops+1)
		}
		at = path.Join(at, part)
	}
	return dir, base, n, nil
}

func (s *Memory) get(op, name string, follow bool) (*node, error) {
	_, _, n, err := s.find(s.abs(name), follow, 0)
	if err == nil && n == nil {
		err = syscall.ENOENT
	}
	if err != nil {
		return nil, perr(op, name, err)
	}
	return n, nil
}

// put adds a new file.
func (s *Memory) put(op, name string, n *node) error {
	dir, base, old, err := s.find(s.abs(name), false, 0)
	switch {
	case err != nil:
		return perr(op, name, err)
	case old != nil:
		return perr(op, name, syscall.EEXIST)
	}
	dir.children[base] = n
	return nil
}

// In returns the same machine seen from another directory and with a larger environment.
func (s *Memory) In(dir string, env []string) System {
	n := *s
	if dir != "" {
		n.dir = s.abs(dir)
	}
	n.env = mergeEnv(s.env, env)
	return &n
}

// Now returns the time that was set.
func (s *Memory) Now() time.Time { return s.m.now }

// Sleep sets the clock forward.
func (s *Memory) Sleep(ctx context.Context, d time.Duration) error {
	s.m.now = s.m.now.Add(d)
	return ctx.Err()
}

// Dir returns the working directory.
func (s *Memory) Dir() string { return s.dir }

// TempDir is /tmp.
func (*Memory) TempDir() string { return "/tmp" }

// Umask is 022.
func (s *Memory) Umask() uint32 { return s.mask }

// memFile is an open file.
type memFile struct {
	s    *Memory
	n    *node
	name string
	pos  int64
	mode int
}

// Open opens a file for reading.
func (s *Memory) Open(name string) (File, error) { return s.OpenFile(name, os.O_RDONLY, 0) }

// OpenFile opens a file as open(2) does.
func (s *Memory) OpenFile(name string, flag int, perm uint32) (File, error) {
	_, _, n, err := s.find(s.abs(name), true, 0)
	writes := flag&(os.O_WRONLY|os.O_RDWR) != 0
	if writes {
		if err := s.changing("open", s.abs(name)); err != nil {
			return nil, err
		}
	}
	switch {
	case err != nil:
		return nil, perr("open", name, err)
	case n == nil && flag&os.O_CREATE == 0:
		return nil, perr("open", name, syscall.ENOENT)
	case n == nil:
		dir, base, _, err := s.find(s.abs(name), true, 0)
		if err != nil {
			return nil, perr("open", name, err)
		}
		n = s.m.node(typeReg | perm&0o777&^s.mask)
		dir.children[base] = n
	case flag&os.O_EXCL != 0:
		return nil, perr("open", name, syscall.EEXIST)
	case n.info.IsDir() && writes:
		return nil, perr("open", name, syscall.EISDIR)
	}
	if flag&os.O_TRUNC != 0 {
		n.content, n.info.Size = nil, 0
	}
	return &memFile{s: s, n: n, name: s.abs(name), mode: flag}, nil
}

// CreateTemp makes a new file.
func (s *Memory) CreateTemp(dir, pattern string) (File, error) {
	if dir == "" {
		dir = "/tmp"
	}
	s.m.temp++
	i := strings.LastIndexByte(pattern, '*')
	if i < 0 {
		pattern, i = pattern+"*", len(pattern)
	}
	name := pattern[:i] + fmt.Sprint(s.m.temp) + pattern[i+1:]
	return s.OpenFile(path.Join(s.abs(dir), name), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
}

func (f *memFile) Name() string { return f.name }
func (f *memFile) Sync() error  { return nil }
func (f *memFile) Close() error { return nil }

func (f *memFile) Read(b []byte) (int, error) {
	if f.n.info.IsDir() {
		return 0, perr("read", f.name, syscall.EISDIR)
	}
	if f.pos >= int64(len(f.n.content)) {
		return 0, io.EOF
	}
	n := copy(b, f.n.content[f.pos:])
	f.pos += int64(n)
	return n, nil
}

func (f *memFile) Write(b []byte) (int, error) {
	if err := f.s.changing("write", f.name); err != nil {
		return 0, err
	}
	if f.mode&os.O_APPEND != 0 {
		f.pos = int64(len(f.n.content))
	}
	if grow := f.pos + int64(len(b)) - int64(len(f.n.content)); grow > 0 {
		f.n.content = append(f.n.content, make([]byte, grow)...)
	}
	copy(f.n.content[f.pos:], b)
	f.pos += int64(len(b))
	f.n.info.Size, f.n.info.Mtime = int64(len(f.n.content)), f.s.m.now
	return len(b), nil
}

func (f *memFile) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += f.pos
	case io.SeekEnd:
		offset += int64(len(f.n.content))
	}
	if offset < 0 {
		return 0, perr("seek", f.name, syscall.EINVAL)
	}
	f.pos = offset
	return offset, nil
}

// Stat follows symbolic links.
func (s *Memory) Stat(name string) (Info, error) {
	n, err := s.get("stat", name, true)
	if err != nil {
		return Info{}, err
	}
	return n.info, nil
}

// Lstat does not follow a symbolic link.
func (s *Memory) Lstat(name string) (Info, error) {
	n, err := s.get("lstat", name, false)
	if err != nil {
		return Info{}, err
	}
	return n.info, nil
}

// Access is true for every file that is there: the user is root.
func (s *Memory) Access(name string, bits uint32) bool {
	n, err := s.get("access", name, true)
	return err == nil && (bits&1 == 0 || n.info.IsDir() || n.info.Mode&0o111 != 0)
}

// ReadDir returns the sorted names in a directory.
func (s *Memory) ReadDir(name string) ([]string, error) {
	n, err := s.get("open", name, true)
	if err != nil {
		return nil, err
	}
	if !n.info.IsDir() {
		return nil, perr("readdir", name, syscall.ENOTDIR)
	}
	var names []string
	for k := range n.children {
		names = append(names, k)
	}
	sort.Strings(names)
	return names, nil
}

// Readlink returns what a symbolic link says.
func (s *Memory) Readlink(name string) (string, error) {
	n, err := s.get("readlink", name, false)
	if err != nil {
		return "", err
	}
	if !n.info.IsLink() {
		return "", perr("readlink", name, syscall.EINVAL)
	}
	return n.link, nil
}

// Realpath resolves the symbolic links of a path as far as it exists.
func (s *Memory) Realpath(name string) string { return realpath(s, s.abs(name)) }

// Run calls the function of a program.
func (s *Memory) Run(ctx context.Context, c Command) (Exit, error) {
	if err := ctx.Err(); err != nil {
		return Exit{}, err
	}
	if len(c.Argv) == 0 {
		return Exit{}, perr("exec", "", syscall.ENOENT)
	}
	p, ok := s.m.programs[path.Base(c.Argv[0])]
	if !ok {
		return Exit{}, perr("exec", c.Argv[0], syscall.ENOENT)
	}
	s.m.calls = append(s.m.calls, "run "+strings.Join(c.Argv, " "))
	var in []byte
	if c.Stdin != nil {
		var err error
		if in, err = io.ReadAll(c.Stdin); err != nil {
			return Exit{}, err
		}
	}
	return p(c.Argv, in), nil
}

// Spawn refuses: this machine has no terminals.
func (s *Memory) Spawn(context.Context, Command, bool) (Terminal, error) {
	return nil, perr("open", "/dev/ptmx", syscall.ENOENT)
}

// LookPath finds a program that was added.
func (s *Memory) LookPath(name string, _ ...string) (string, error) {
	if _, ok := s.m.programs[path.Base(name)]; !ok {
		return "", perr("exec", name, syscall.ENOENT)
	}
	if p := s.m.paths[path.Base(name)]; p != "" {
		return p, nil
	}
	return "/usr/bin/" + path.Base(name), nil
}

// Environ returns the environment.
func (s *Memory) Environ() []string { return s.env }

// Getenv returns a variable of the environment.
func (s *Memory) Getenv(name string) string { return getenv(s.env, name) }

// Getuid is root's.
func (s *Memory) Getuid() int { return s.uid }

// Getgid is root's.
func (s *Memory) Getgid() int { return s.uid }

// SELinux reports what SetSELinux has set.
func (s *Memory) SELinux() bool { return s.m.selinux }
