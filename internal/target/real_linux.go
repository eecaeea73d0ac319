package target

import (
	"io/fs"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// Flags returns the inode flags and the version of a file.
func (r *Real) Flags(name string) (flags, version uint32, err error) {
	f, err := openForFlags(r.abs(name))
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	fl, err := unix.IoctlGetUint32(int(f.Fd()), unix.FS_IOC_GETFLAGS)
	if err != nil {
		return 0, 0, &fs.PathError{Op: "getflags", Path: name, Err: err}
	}
	// the version is told by fewer filesystems than the flags; 0 stands where there is none
	ver, _ := unix.IoctlGetUint32(int(f.Fd()), fsIocGetVersion)
	return fl, ver, nil
}

// SetFlags sets the inode flags of a file.
func (r *Real) SetFlags(name string, flags uint32) error {
	f, err := openForFlags(r.abs(name))
	if err != nil {
		return err
	}
	defer f.Close()
	if err := unix.IoctlSetPointerInt(int(f.Fd()), unix.FS_IOC_SETFLAGS, int(flags)); err != nil {
		return &fs.PathError{Op: "setflags", Path: name, Err: err}
	}
	return nil
}

// fsIocGetVersion is FS_IOC_GETVERSION: _IOR('v', 1, long).
const fsIocGetVersion = 2<<30 | 'v'<<8 | 1 | sizeofLong<<16

// openForFlags opens regular files and directories only: opening a device or a pipe may block or do something.
func openForFlags(name string) (*os.File, error) {
	info, err := os.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() && !info.IsDir() {
		return nil, &fs.PathError{Op: "getflags", Path: name, Err: unix.EOPNOTSUPP}
	}
	return os.OpenFile(name, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOFOLLOW, 0)
}

// Xattr reads an extended attribute.
func (r *Real) Xattr(name, attr string) ([]byte, error) {
	buf := make([]byte, 256)
	for {
		n, err := unix.Lgetxattr(r.abs(name), attr, buf)
		switch {
		case err == unix.ERANGE:
			buf = make([]byte, 4*len(buf))
		case err != nil:
			return nil, &fs.PathError{Op: "getxattr", Path: name, Err: err}
		default:
			return buf[:n], nil
		}
	}
}

// SetXattr writes an extended attribute.
func (r *Real) SetXattr(name, attr string, data []byte) error {
	if err := unix.Lsetxattr(r.abs(name), attr, data, 0); err != nil {
		return &fs.PathError{Op: "setxattr", Path: name, Err: err}
	}
	return nil
}

var selinuxOnce = sync.OnceValue(func() bool {
	var st unix.Statfs_t
	return unix.Statfs("/sys/fs/selinux", &st) == nil && int64(st.Type) == unix.SELINUX_MAGIC //nolint:unconvert // differs by CPU
})

// SELinux reports whether SELinux is enabled: its filesystem is mounted.
func (*Real) SELinux() bool { return selinuxOnce() }
