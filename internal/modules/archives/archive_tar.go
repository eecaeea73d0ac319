package archives

import (
	"archive/tar"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// tarRecord is what the length of an archive is a multiple of: twenty blocks, as tar(1) and Python have it.
const tarRecord = 10240

// counted counts what is written.
type counted struct {
	w io.Writer
	n int64
}

// Write counts.
func (c *counted) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}

func (a *archive) fillTar(ctx context.Context, w io.Writer, members []member) (packed, error) {
	out := &counted{w: w}
	t := tar.NewWriter(out)
	fresh := packed{}
	first := map[[2]uint64]string{} // the names under which files with several are in it
	var bad unpackable
	for _, m := range members {
		if m.info.IsSocket() || a.isDest(m.info) {
			continue
		}
		h, err := a.tarHeader(m, first)
		if err != nil {
			bad.why = append(bad.why, m.file+": "+fileattr.PyError(err)+": '"+m.file+"'")
			continue
		}
		sum, why, err := a.addTar(ctx, t, h, m.file)
		if err != nil {
			return nil, err
		}
		if why != "" {
			bad.why = append(bad.why, m.file+": "+why)
			continue
		}
		fresh[h.Name] = tarEntry(h, sum)
		a.archived = append(a.archived, m.file)
	}
	if len(bad.why) > 0 {
		return nil, &bad
	}
	if err := t.Close(); err != nil {
		return nil, err
	}
	_, err := out.Write(make([]byte, (tarRecord-out.n%tarRecord)%tarRecord))
	return fresh, err
}

// addTar writes a file; why is what is wrong with it, err what is wrong with the archive.
func (a *archive) addTar(ctx context.Context, t *tar.Writer, h *tar.Header, file string) (sum uint32, why string, err error) {
	if h.Typeflag != tar.TypeReg {
		return 0, "", t.WriteHeader(h)
	}
	f, err := a.sys.Open(file) // before the header, behind which content has to follow
	if err != nil {
		return 0, fileattr.PyError(err) + ": '" + file + "'", nil
	}
	_ = f.Close()
	if err := t.WriteHeader(h); err != nil {
		return 0, "", err
	}
	sum, n, err := a.copyFile(ctx, t, file, h.Size)
	if n < h.Size && ctx.Err() == nil {
		return 0, "unexpected end of data", nil
	}
	return sum, "", err
}

// tarHeader describes a file as tar has it.
func (a *archive) tarHeader(m member, first map[[2]uint64]string) (*tar.Header, error) {
	i := m.info
	h := &tar.Header{
		Format: tar.FormatPAX, Name: m.name, Mode: int64(i.Perm()), Uid: i.UID, Gid: i.GID, ModTime: i.Mtime,
		Uname: accountName(a.sys, i.UID), Gname: groupName(a.sys, i.GID),
	}
	id := [2]uint64{i.Dev, i.Ino}
	switch {
	case i.IsRegular():
		if name, ok := first[id]; ok && i.Nlink > 1 && name != m.name {
			h.Typeflag, h.Linkname = tar.TypeLink, name
			return h, nil
		}
		first[id] = m.name
		h.Typeflag, h.Size = tar.TypeReg, i.Size
	case i.IsDir():
		h.Typeflag, h.Name = tar.TypeDir, m.name+"/"
	case i.IsLink():
		to, err := a.sys.Readlink(m.file)
		h.Typeflag, h.Linkname = tar.TypeSymlink, to
		return h, err
	case i.IsFifo():
		h.Typeflag = tar.TypeFifo
	case i.IsChar(), i.IsBlock():
		h.Typeflag = tar.TypeChar
		if i.IsBlock() {
			h.Typeflag = tar.TypeBlock
		}
		h.Devmajor, h.Devminor = int64(i.Rdev>>8&0xfff), int64(i.Rdev&0xff|i.Rdev>>12&0xfff00)
	}
	return h, nil
}

// accountName is the name of an account, "" of one that has none.
func accountName(sys target.System, uid int) string {
	u, _, _ := sys.UserByID(uid)
	return u.Name
}

// groupName is the name of a group, "" of one that has none.
func groupName(sys target.System, gid int) string {
	g, _, _ := sys.GroupByID(gid)
	return g.Name
}

func tarEntry(h *tar.Header, sum uint32) packedEntry {
	s := fmt.Sprintf("%c %o %d %d %d %d %q %s %s %d %d %08x", h.Typeflag, h.Mode, h.Uid, h.Gid, h.Size, h.ModTime.Unix(), h.Linkname,
		h.Uname, h.Gname, h.Devmajor, h.Devminor, sum)
	return packedEntry{s, s}
}

// readTar gives what a tar holds.
func readTar(r io.Reader) (packed, error) {
	out := packed{}
	for t := tar.NewReader(r); ; {
		h, err := t.Next()
		if err == io.EOF { //nolint:errorlint // as package tar gives it
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		sum, _, err := checksum(t)
		if err != nil {
			return nil, err
		}
		if h.Typeflag == tar.TypeDir {
			h.Name = strings.TrimRight(h.Name, "/") + "/"
		}
		if h.Typeflag != tar.TypeReg {
			sum = 0
		}
		out[h.Name] = tarEntry(h, sum)
	}
}
