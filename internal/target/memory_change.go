package target

import (
	"os"
	"path"
	"syscall"
	"time"
)

// Mkdir makes a directory.
func (s *Memory) Mkdir(name string, perm uint32) error {
	if err := s.changing("mkdir", s.abs(name)); err != nil {
		return err
	}
	return s.put("mkdir", name, s.m.node(typeDir|perm&0o777&^s.mask))
}

// Remove removes a file or an empty directory.
func (s *Memory) Remove(name string) error { return s.remove(name, false) }

// RemoveAll removes a tree.
func (s *Memory) RemoveAll(name string) error {
	if _, err := s.Lstat(name); os.IsNotExist(err) {
		return nil
	}
	return s.remove(name, true)
}

func (s *Memory) remove(name string, all bool) error {
	if err := s.changing("remove", s.abs(name)); err != nil {
		return err
	}
	dir, base, n, err := s.find(path.Clean(s.abs(name)), false, 0)
	switch {
	case err != nil:
		return perr("remove", name, err)
	case n == nil:
		return perr("remove", name, syscall.ENOENT)
	case len(n.children) > 0 && !all:
		return perr("remove", name, syscall.ENOTEMPTY)
	}
	n.info.Nlink--
	delete(dir.children, base)
	return nil
}

// Rename renames a file and replaces what has the new name.
func (s *Memory) Rename(from, to string) error {
	if err := s.changing("rename", s.abs(to)); err != nil {
		return err
	}
	fdir, fbase, n, err := s.find(s.abs(from), false, 0)
	if err == nil && n == nil {
		err = syscall.ENOENT
	}
	if err != nil {
		return perr("rename", from, err)
	}
	tdir, tbase, old, err := s.find(s.abs(to), false, 0)
	switch {
	case err != nil:
		return perr("rename", to, err)
	case old == n:
		return nil
	case old != nil && old.info.IsDir() && !n.info.IsDir():
		return perr("rename", to, syscall.EISDIR)
	case old != nil && !old.info.IsDir() && n.info.IsDir():
		return perr("rename", to, syscall.ENOTDIR)
	case old != nil && len(old.children) > 0:
		return perr("rename", to, syscall.ENOTEMPTY)
	}
	delete(fdir.children, fbase)
	tdir.children[tbase] = n
	return nil
}

// Symlink makes a symbolic link.
func (s *Memory) Symlink(content, name string) error {
	if err := s.changing("symlink", s.abs(name)); err != nil {
		return err
	}
	n := s.m.node(typeLink | 0o777)
	n.link, n.info.Size = content, int64(len(content))
	return s.put("symlink", name, n)
}

// Link makes a hard link.
func (s *Memory) Link(from, to string) error {
	if err := s.changing("link", s.abs(to)); err != nil {
		return err
	}
	n, err := s.get("link", from, false)
	if err != nil {
		return err
	}
	if n.info.IsDir() {
		return perr("link", from, syscall.EPERM)
	}
	if err := s.put("link", to, n); err != nil {
		return err
	}
	n.info.Nlink++
	return nil
}

// change finds a file for a changing call.
func (s *Memory) change(op, name string, follow bool) (*node, error) {
	if err := s.changing(op, s.abs(name)); err != nil {
		return nil, err
	}
	return s.get(op, name, follow)
}

// Chmod sets the permission bits.
func (s *Memory) Chmod(name string, mode uint32) error {
	n, err := s.change("chmod", name, true)
	if err == nil {
		n.info.Mode = n.info.Mode&typeMask | mode&0o7777
	}
	return err
}

// Lchown sets owner and group.
func (s *Memory) Lchown(name string, uid, gid int) error {
	n, err := s.change("chown", name, false)
	if err != nil {
		return err
	}
	if uid >= 0 {
		n.info.UID = uid
	}
	if gid >= 0 {
		n.info.GID = gid
	}
	return nil
}

// Chtimes sets the times of a file.
func (s *Memory) Chtimes(name string, atime, mtime time.Time) error {
	n, err := s.change("chtimes", name, true)
	if err == nil {
		n.info.Atime, n.info.Mtime = atime, mtime
	}
	return err
}

// Lchtimes sets the times of a link itself.
func (s *Memory) Lchtimes(name string, atime, mtime time.Time) error {
	n, err := s.change("chtimes", name, false)
	if err == nil {
		n.info.Atime, n.info.Mtime = atime, mtime
	}
	return err
}

// Flags returns the inode flags; the version is the number of the inode.
func (s *Memory) Flags(name string) (flags, version uint32, err error) {
	n, err := s.get("getflags", name, false)
	if err != nil {
		return 0, 0, err
	}
	return n.flags, uint32(n.info.Ino), nil
}

// SetFlags sets the inode flags.
func (s *Memory) SetFlags(name string, flags uint32) error {
	n, err := s.change("setflags", name, false)
	if err == nil {
		n.flags = flags
	}
	return err
}

// Xattr reads an extended attribute.
func (s *Memory) Xattr(name, attr string) ([]byte, error) {
	n, err := s.get("getxattr", name, false)
	if err != nil {
		return nil, err
	}
	b, ok := n.xattrs[attr]
	if !ok {
		return nil, perr("getxattr", name, syscall.ENODATA)
	}
	return append([]byte(nil), b...), nil
}

// SetXattr writes an extended attribute.
func (s *Memory) SetXattr(name, attr string, data []byte) error {
	n, err := s.change("setxattr", name, false)
	if err != nil {
		return err
	}
	if n.xattrs == nil {
		n.xattrs = map[string][]byte{}
	}
	n.xattrs[attr] = append([]byte(nil), data...)
	return nil
}
