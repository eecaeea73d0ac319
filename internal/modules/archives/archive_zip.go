package archives

//lint:file-ignore SA1019 Modified would write a time of UTC into the fields that have the time of the place in Python's archives

import (
	"archive/zip"
	"compress/flate"
	"context"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// fillZip writes a ZIP archive; it has the files that links lead to.
func (a *archive) fillZip(ctx context.Context, w io.Writer, members []member) (packed, error) {
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.DefaultCompression) })
	fresh := packed{}
	var bad unpackable
	for _, m := range members {
		info, err := a.sys.Stat(m.file)
		if err == nil && a.isDest(info) {
			continue
		}
		if err != nil {
			bad.why = append(bad.why, m.file+": "+fileattr.PyError(err)+": '"+m.file+"'")
			continue
		}
		sum, why, err := a.addZip(ctx, z, m, info)
		if err != nil {
			return nil, err
		}
		if why != "" {
			bad.why = append(bad.why, m.file+": "+why)
			continue
		}
		h := zipHeader(m.name, info)
		fresh[h.Name] = zipEntry(h, sum)
		if !info.IsDir() {
			a.archived = append(a.archived, m.file)
		}
	}
	if len(bad.why) > 0 {
		return nil, &bad
	}
	return fresh, z.Close()
}

// addZip writes a file; why is what is wrong with it, err what is wrong with the archive.
func (a *archive) addZip(ctx context.Context, z *zip.Writer, m member, info target.Info) (sum uint32, why string, err error) {
	h := zipHeader(m.name, info)
	if info.IsDir() {
		_, err := z.CreateHeader(h)
		return 0, "", err
	}
	f, err := a.sys.Open(m.file)
	if err != nil {
		return 0, fileattr.PyError(err) + ": '" + m.file + "'", nil
	}
	_ = f.Close()
	to, err := z.CreateHeader(h)
	if err != nil {
		return 0, "", err
	}
	sum, _, err = a.copyFile(ctx, to, m.file, -1)
	return sum, "", err
}

// oldest is the first time that ZIP can tell.
var oldest = time.Date(1980, 1, 1, 0, 0, 0, 0, time.Local)

func zipHeader(name string, info target.Info) *zip.FileHeader {
	h := &zip.FileHeader{Name: name, Method: zip.Deflate, CreatorVersion: 3<<8 | 20, ReaderVersion: 20}
	if info.IsDir() {
		h.Name, h.Method = strings.TrimRight(name, "/")+"/", zip.Store
	}
	at := info.Mtime.In(time.Local)
	if at.Before(oldest) {
		at = oldest
	}
	// the old fields alone: a time of the place, in steps of two seconds
	h.ModifiedDate = uint16(at.Day() + int(at.Month())<<5 + (at.Year()-1980)<<9)
	h.ModifiedTime = uint16(at.Second()/2 + at.Minute()<<5 + at.Hour()<<11)
	h.ExternalAttrs = info.Mode << 16
	if info.IsDir() {
		h.ExternalAttrs |= 0x10
	}
	return h
}

func zipEntry(h *zip.FileHeader, sum uint32) packedEntry {
	counts := fmt.Sprintf("%08x", sum)
	return packedEntry{counts, fmt.Sprintf("%s %o %d %d", counts, h.ExternalAttrs, h.ModifiedDate, h.ModifiedTime)}
}

// readZip gives what a ZIP archive holds.
func readZip(f target.File, size int64) (packed, error) {
	z, err := zip.NewReader(&seekReader{f: f}, size)
	if err != nil {
		return nil, err
	}
	out := packed{}
	for _, e := range z.File {
		if e.Mode()&fs.ModeDir != 0 {
			e.Name = strings.TrimRight(e.Name, "/") + "/"
		}
		out[e.Name] = zipEntry(&e.FileHeader, e.CRC32)
	}
	return out, nil
}
