package archives

import (
	"archive/zip"
	"context"
	"hash/crc32"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// zipArchive is what unzip unpacks. What is in it is read here.
type zipArchive struct {
	*unarchive
	unzip   string
	entries []*zip.File
	excess  []string // newer files that are left alone
}

var _ handler = (*zipArchive)(nil)

func (*zipArchive) name() string { return "ZipArchive" }

// seekReader reads an open file at any place.
type seekReader struct {
	mu sync.Mutex
	f  target.File
}

// ReadAt reads at a place.
func (s *seekReader) ReadAt(b []byte, off int64) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.f.Seek(off, io.SeekStart); err != nil {
		return 0, err
	}
	return io.ReadFull(s.f, b)
}

// list reads the directory of the archive.
func (z *zipArchive) list(_ context.Context) (names []string, why string, err error) {
	if z.unzip, err = z.sys.LookPath("unzip"); err != nil {
		return nil, "Unable to find required 'unzip' or 'zipinfo' binary in the path.", nil
	}
	info, err := z.sys.Stat(z.src)
	if err != nil {
		return nil, "", err
	}
	f, err := z.sys.Open(z.src)
	if err != nil {
		return nil, "", err
	}
	defer f.Close()
	r, err := zip.NewReader(&seekReader{f: f}, info.Size)
	if err != nil {
		return nil, "Command \"" + z.unzip + "\" could not handle archive: " + err.Error(), nil
	}
	for _, e := range r.File {
		out, err := z.leftOut(e.Name)
		if err != nil {
			return nil, "", err
		}
		if !out {
			z.entries = append(z.entries, e)
			names = append(names, e.Name)
		}
	}
	return names, "", nil
}

func (z *zipArchive) command() []string {
	argv := append([]string{z.unzip, "-o"}, z.p.Strs("extra_opts")...)
	argv = append(append(argv, z.src), z.p.Strs("include")...)
	if out := slices.Concat(z.excess, z.p.Strs("exclude")); len(out) > 0 {
		argv = append(append(argv, "-x"), out...)
	}
	return append(argv, "-d", z.dest)
}

// differs compares what is there with the archive, and describes each difference as rsync(1) does with --itemize-changes.
func (z *zipArchive) differs(_ context.Context) (bool, string, error) {
	var b strings.Builder
	changed := len(z.entries) == 0 && len(z.p.Strs("include")) > 0 // unzip says what it does not find
	for _, e := range z.entries {
		line, err := z.compare(e)
		if err != nil {
			return false, "", err
		}
		if line != "" {
			changed = true
			b.WriteString(line + " " + e.Name + "\n")
		}
	}
	if len(z.excess) > 0 { // Ansible's module changes its own arguments
		z.p.Show("exclude", module.V(append(z.p.Strs("exclude"), z.excess...)))
	}
	return changed, b.String(), nil
}

// compare describes how a file differs from an entry, "" when it does not.
func (z *zipArchive) compare(e *zip.File) (string, error) {
	kind := byte('f')
	switch mode := e.Mode(); {
	case mode.IsDir() || strings.HasSuffix(e.Name, "/"):
		kind = 'd'
	case mode&fs.ModeSymlink != 0:
		kind = 'L'
	}
	item := []byte("." + string(kind) + ".......??")
	info, err := z.sys.Lstat(z.dest + "/" + strings.TrimRight(e.Name, "/"))
	if err != nil {
		return ">" + string(kind) + "++++++.??", nil
	}
	same := map[byte]bool{'f': info.IsRegular(), 'd': info.IsDir(), 'L': info.IsLink()}[kind]
	diff := !same
	mark := func(at int, c byte) {
		item[at], diff = c, true
	}
	if !same {
		item[0] = '>'
	}
	if kind == 'f' && same {
		newer, err := z.compareFile(e, info, mark)
		if err != nil {
			return "", err
		}
		if newer {
			z.excess = append(z.excess, e.Name)
			return "", nil
		}
	}
	if kind == 'L' && same {
		if err := z.compareLink(e, mark); err != nil {
			return "", err
		}
	}
	if err := z.comparePerm(e, info, kind, mark); err != nil {
		return "", err
	}
	if !diff {
		return "", nil
	}
	return string(item), nil
}

// compareFile compares time, size and content; newer tells a file that is to be left alone.
func (z *zipArchive) compareFile(e *zip.File, info target.Info, mark func(int, byte)) (newer bool, err error) {
	m := e.Modified
	at := time.Date(m.Year(), m.Month(), m.Day(), m.Hour(), m.Minute(), m.Second(), 0, time.Local) // ZIP has no zone
	if m.Location() != time.UTC {
		at = m
	}
	switch {
	case z.p.Bool("keep_newer") && at.Unix() < info.Mtime.Unix():
		return true, nil
	case at.Unix() != info.Mtime.Unix():
		mark(4, 't')
	}
	if info.Size != int64(e.UncompressedSize64) {
		mark(3, 's')
	}
	f, err := z.sys.Open(z.dest + "/" + e.Name)
	if err != nil {
		return false, err
	}
	defer f.Close()
	sum := crc32.NewIEEE()
	if _, err := io.CopyBuffer(sum, struct{ io.Reader }{f}, make([]byte, max(1, z.p.Int("io_buffer_size")))); err != nil {
		return false, err
	}
	if sum.Sum32() != e.CRC32 {
		mark(2, 'c')
	}
	return false, nil
}

func (z *zipArchive) compareLink(e *zip.File, mark func(int, byte)) error {
	to, err := z.sys.Readlink(z.dest + "/" + e.Name)
	if err != nil {
		return err
	}
	if crc32.ChecksumIEEE([]byte(to)) != e.CRC32 {
		mark(2, 'c')
	}
	return nil
}

// comparePerm compares the mode with the one that is wanted, and the group when this runs as root.
func (z *zipArchive) comparePerm(e *zip.File, info target.Info, kind byte, mark func(int, byte)) error {
	want := uint32(e.Mode().Perm())
	if z.p.Has("mode") {
		m, err := fileattr.ParseMode(z.p.Value("mode"), info, z.sys.Umask())
		if err != nil {
			return &fileattr.Failure{Msg: err.Error(), Values: value.DictOf("path", value.NewStr(e.Name))}
		}
		want = m
	}
	if kind != 'L' && want != 0 && want&0o777 != info.Perm()&0o777 {
		mark(5, 'p')
	}
	if z.p.Str("owner") != "" {
		uid, err := fileattr.LookupUser(z.sys, z.p.Str("owner"))
		if err == nil && uid != info.UID {
			mark(6, 'o')
		}
	}
	gid := z.sys.Getgid()
	if g := z.p.Str("group"); g != "" {
		if n, err := fileattr.LookupGroup(z.sys, g); err == nil {
			gid = n
		}
	} else if z.sys.Getuid() != 0 {
		return nil
	}
	if gid != info.GID {
		mark(6, 'g') // in the owner's place, as Ansible has it
	}
	return nil
}
