package galaxy

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// The most that an archive may hold: more is refused, not unpacked.
const (
	maxArchiveFiles = 200_000
	maxArchiveBytes = 2 << 30
)

// entry is a file, a folder or a link of an archive, with its cleaned name.
type entry struct {
	name string
	mode os.FileMode
	link string // target of a symbolic link, "" for none
	dir  bool
	read io.Reader // of a file; valid until the next entry
}

// eachEntry reads a .tar.gz or .tar file. A name that leads out of the archive, or a link that does, is an error.
func eachEntry(file string, do func(e entry) error) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	buffered := bufio.NewReader(f)
	var r io.Reader = buffered
	if magic, _ := buffered.Peek(2); len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		z, err := gzip.NewReader(buffered)
		if err != nil {
			return err
		}
		defer z.Close()
		r = z
	}
	t := tar.NewReader(io.LimitReader(r, maxArchiveBytes))
	for n := 0; ; n++ {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading the archive %s: %w", file, err)
		}
		if n > maxArchiveFiles {
			return fmt.Errorf("the archive %s has more than %d files", file, maxArchiveFiles)
		}
		e := entry{name: path.Clean(h.Name), mode: os.FileMode(h.Mode) & 0o777, read: t}
		if err := inside(e.name); err != nil {
			return fmt.Errorf("cannot extract tar entry '%s' as it will be placed outside the collection directory", h.Name)
		}
		switch h.Typeflag {
		case tar.TypeDir:
			e.dir = true
		case tar.TypeReg:
		case tar.TypeSymlink:
			e.link = h.Linkname
			if path.IsAbs(h.Linkname) || inside(path.Join(path.Dir(e.name), h.Linkname)) != nil {
				return fmt.Errorf("cannot extract symlink '%s' in archive: path points outside of the archive", h.Name)
			}
		case tar.TypeXGlobalHeader:
			continue
		default:
			return fmt.Errorf("the archive %s holds %q, which is neither a file nor a folder nor a symbolic link", file, h.Name)
		}
		if err := do(e); err != nil {
			return err
		}
	}
}

func inside(name string) error {
	if path.IsAbs(name) || name == ".." || strings.HasPrefix(name, "../") || strings.ContainsRune(name, 0) {
		return errors.New("outside")
	}
	return nil
}

// unpack writes an entry below root, which must be a folder of our own: no link in it can lead elsewhere, since files are
// created anew through os.Root.
func (e entry) unpack(root *os.Root, name string) error {
	if e.dir {
		return root.MkdirAll(filepath.FromSlash(name), 0o755)
	}
	if dir := path.Dir(name); dir != "." {
		if err := root.MkdirAll(filepath.FromSlash(dir), 0o755); err != nil {
			return err
		}
	}
	if e.link != "" {
		return root.Symlink(e.link, filepath.FromSlash(name))
	}
	mode := os.FileMode(0o644)
	if e.mode&0o100 != 0 {
		mode = 0o755
	}
	f, err := root.OpenFile(filepath.FromSlash(name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	if _, err := io.Copy(f, e.read); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// place makes what do writes into a new folder the folder dest, in one step: what was there before is there until all is written.
func place(dest string, do func(root *os.Root) error) error {
	parent := filepath.Dir(dest)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(parent, ".galaxy-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	if err := os.Chmod(tmp, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(tmp)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := do(root); err != nil {
		os.RemoveAll(tmp)
		os.Remove(parent) // if it was made for this
		return err
	}
	if err := os.RemoveAll(dest); err != nil {
		return err
	}
	return os.Rename(tmp, dest)
}
