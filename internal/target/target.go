// Package target is the machine that a module works on: its files, processes, users and clock, behind one interface.
// Modules touch the machine through System alone, so that the same module runs in-process for connection local, in the
// agent on a remote host, and in a test against a machine that exists in memory only.
//
// Real is the machine this process runs on; Memory is one made up for tests of decisions. Check mode is no business of
// this package: a module in check mode does not call what changes something.
//
// Paths are those of the target. A relative path is taken from Dir.
package target

import (
	"context"
	"io"
	"io/fs"
	"time"
)

// System is a machine as modules see it.
type System interface {
	Files
	Processes
	Users
	Kernel

	// Now returns the time of the machine.
	Now() time.Time
	// Sleep waits for d, or until ctx ends, whose error it returns then.
	Sleep(ctx context.Context, d time.Duration) error
	// In returns the same machine seen from the directory dir ("" keeps it), with the variables of env (each
	// "NAME=value") added to the environment. The receiver is not changed.
	In(dir string, env []string) System
}

// Files are the files of a machine. Errors are *fs.PathError and satisfy errors.Is with fs.ErrNotExist,
// fs.ErrExist, fs.ErrPermission and the system's error numbers (syscall.ENOTEMPTY...).
type Files interface {
	// Dir is the working directory, absolute.
	Dir() string
	// Open opens a file for reading.
	Open(name string) (File, error)
	// OpenFile opens a file with the flags and permission bits of open(2); the umask applies.
	OpenFile(name string, flag int, perm uint32) (File, error)
	// CreateTemp makes a new file in dir ("" is TempDir) that only its owner can read and write. A random text takes the
	// place of the last "*" in pattern, or stands at its end.
	CreateTemp(dir, pattern string) (File, error)
	// NewDraft begins a file in dir ("" is TempDir) that is to become one with the name base (no path).
	NewDraft(dir, base string) (Draft, error)
	// TempDir is the directory for temporary files: $TMPDIR or /tmp.
	TempDir() string

	// Stat follows symbolic links, Lstat does not.
	Stat(name string) (Info, error)
	Lstat(name string) (Info, error)
	// Access asks for the rights of this process with the bits 4 (read), 2 (write) and 1 (execute), as access(2) does.
	Access(name string, bits uint32) bool
	// ReadDir returns the sorted names in a directory.
	ReadDir(name string) ([]string, error)
	Readlink(name string) (string, error)
	// Realpath resolves every symbolic link as far as the path exists; what does not exist is kept as it is.
	Realpath(name string) string

	Mkdir(name string, perm uint32) error
	// Remove removes a file or an empty directory, RemoveAll a whole tree; of links it removes the link.
	Remove(name string) error
	RemoveAll(name string) error
	Rename(from, to string) error
	Symlink(content, name string) error
	Link(from, to string) error

	// Chmod sets the twelve permission bits (0o7777) of a file, following links.
	Chmod(name string, mode uint32) error
	// Lchown sets owner and group, -1 keeps one; it does not follow links.
	Lchown(name string, uid, gid int) error
	// Chtimes sets the times of access and modification, following links; Lchtimes does not follow.
	Chtimes(name string, atime, mtime time.Time) error
	Lchtimes(name string, atime, mtime time.Time) error
	// Umask is the mask for new files.
	Umask() uint32

	// Flags returns the attributes of lsattr(1) as FS_IOC_GETFLAGS has them, and the version (generation) of the
	// file. A filesystem without them gives an error.
	Flags(name string) (flags, version uint32, err error)
	SetFlags(name string, flags uint32) error
	// Xattr reads an extended attribute, SetXattr writes it; neither follows links.
	Xattr(name, attr string) ([]byte, error)
	SetXattr(name, attr string, data []byte) error
	// SELinux reports whether SELinux is enabled.
	SELinux() bool
}

// File is an open file.
type File interface {
	io.ReadWriteSeeker
	io.Closer
	// Name is the path under which it was opened, absolute.
	Name() string
	// Sync writes it through to the disk.
	Sync() error
}

// Processes are the programs of a machine.
type Processes interface {
	// Run runs a program to its end. A program that cannot be started is an error (errors.Is fs.ErrNotExist,
	// fs.ErrPermission); one that ran and failed is not. When ctx ends, the program and all it has started in its
	// process group are killed, and the error is ctx's.
	Run(ctx context.Context, c Command) (Exit, error)
	// Spawn starts a program on a pseudo terminal of its own, as if somebody sat there; Stdin of c does not count. With
	// echo the terminal shows what is typed. When ctx ends, so does the program. The errors are Run's. The caller closes the
	// Terminal.
	Spawn(ctx context.Context, c Command, echo bool) (Terminal, error)
	// LookPath finds a program in $PATH and then in the directories of extra; a name with a slash is taken as it is.
	LookPath(name string, extra ...string) (string, error)
	// Environ returns the environment, each "NAME=value". Getenv returns one variable or "".
	Environ() []string
	Getenv(name string) string
	// Getuid and Getgid are the effective user and group.
	Getuid() int
	Getgid() int
}

// Command is a program to run.
type Command struct {
	Argv  []string  // the program, looked up in $PATH, and its arguments
	Path  string    // the file to execute when it is not Argv[0]
	Dir   string    // "" is the System's Dir
	Env   []string  // added to the environment
	Stdin io.Reader // nil is an empty input
	Umask *uint32   // nil keeps the System's
}

// Terminal is a pseudo terminal with a program on it. Reading gives what is shown, and io.EOF when the program has ended
// and all that it wrote has been read; writing types. It has 24 lines of 80 characters.
type Terminal interface {
	io.ReadWriter
	// SetReadDeadline lets a Read that has nothing to give fail at that time (errors.Is os.ErrDeadlineExceeded). The zero
	// time lets it wait.
	SetReadDeadline(at time.Time) error
	// Close ends the program if it still runs, with all of its process group, and returns its exit code, or minus the
	// number of the signal that ended it.
	Close() (code int, err error)
}

// Exit is how a program ended.
type Exit struct {
	Code   int // the exit code, or minus the number of the signal that ended it
	Stdout []byte
	Stderr []byte
}

// Users are the accounts of a machine.
type Users interface {
	// UserByName and the others return false when there is no such account. An error means that it cannot be known.
	UserByName(name string) (User, bool, error)
	UserByID(uid int) (User, bool, error)
	GroupByName(name string) (Group, bool, error)
	GroupByID(gid int) (Group, bool, error)
}

// User is a line of passwd(5).
type User struct {
	Name, Gecos, Home, Shell string
	UID, GID                 int
}

// Group is a line of group(5).
type Group struct {
	Name    string
	GID     int
	Members []string
}

// Info is what stat(2) tells.
type Info struct {
	Mode                uint32 // type and permission bits, as in st_mode
	Size                int64  // bytes
	UID, GID            int
	Dev, Ino, Nlink     uint64
	Rdev                uint64
	Blocks, BlockSize   int64
	Atime, Mtime, Ctime time.Time
}

// The type bits of Info.Mode, from stat(2).
const (
	typeMask = 0o170000
	typeSock = 0o140000
	typeLink = 0o120000
	typeReg  = 0o100000
	typeBlk  = 0o060000
	typeDir  = 0o040000
	typeChr  = 0o020000
	typeFifo = 0o010000
)

// Perm returns the twelve permission bits.
func (i Info) Perm() uint32 { return i.Mode & 0o7777 }

// IsDir reports whether it is a directory.
func (i Info) IsDir() bool { return i.Mode&typeMask == typeDir }

// IsRegular reports whether it is a regular file.
func (i Info) IsRegular() bool { return i.Mode&typeMask == typeReg }

// IsLink reports whether it is a symbolic link.
func (i Info) IsLink() bool { return i.Mode&typeMask == typeLink }

// IsChar reports whether it is a character device.
func (i Info) IsChar() bool { return i.Mode&typeMask == typeChr }

// IsBlock reports whether it is a block device.
func (i Info) IsBlock() bool { return i.Mode&typeMask == typeBlk }

// IsFifo reports whether it is a named pipe.
func (i Info) IsFifo() bool { return i.Mode&typeMask == typeFifo }

// IsSocket reports whether it is a socket.
func (i Info) IsSocket() bool { return i.Mode&typeMask == typeSock }

// ReadFile returns the content of a file.
func ReadFile(sys System, name string) ([]byte, error) {
	f, err := sys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return b, nil
}

// WriteFile writes content to a file, which is made with the permission bits perm (less the umask) when it is not
// there. It is not atomic.
func WriteFile(sys System, name string, content []byte, perm uint32) error {
	f, err := sys.OpenFile(name, oWRONLY|oCREATE|oTRUNC, perm)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}
