package archives

import (
	"compress/gzip"
	"context"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"path"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// packed is what an archive holds, by names: counts is what makes it another one for Ansible, all what makes it worth to be
// written.
type packed map[string]packedEntry

type packedEntry struct{ counts, all string }

func (p packed) same(q packed, what func(packedEntry) string) bool {
	return maps.EqualFunc(p, q, func(a, b packedEntry) bool { return what(a) == what(b) })
}

// compressors are the programs of formats that have one.
var compressors = map[string]string{"bz2": "bzip2", "xz": "xz"}

// unpackable is why files can't be packed.
type unpackable struct{ why []string }

// Error joins the reasons.
func (u *unpackable) Error() string { return strings.Join(u.why, "; ") }

// pack writes the archive and puts it into its place, unless the one that is there is the same.
func (a *archive) pack(ctx context.Context) (changed bool, failed *module.Result, err error) {
	if prog := compressors[a.format]; prog != "" {
		if _, err := programs.Find(a.sys, prog); err != nil {
			return false, nil, err
		}
	}
	members, err := a.members()
	if err != nil {
		return false, nil, err
	}
	_, err = a.sys.Stat(a.dest)
	there := err == nil
	var old packed
	if there {
		old = a.read(ctx)
	}
	if ctx.Err() != nil {
		return false, nil, ctx.Err()
	}
	tmp, fresh, err := a.write(ctx, members)
	if bad, ok := err.(*unpackable); ok { //nolint:errorlint // is not wrapped
		if a.single() {
			return false, a.notWritten(bad.Error()), nil
		}
		r := module.Fail("Errors when writing archive at %s: %s", a.dest, bad.Error())
		return false, &r, nil
	}
	if err != nil {
		return false, nil, err
	}
	if there && fresh.same(old, func(e packedEntry) string { return e.all }) {
		tmp.Discard()
		return false, nil, nil
	}
	changed = !there || !fresh.same(old, func(e packedEntry) string { return e.counts })
	return changed, nil, tmp.Replace(fileattr.KeepDest, a.p.Bool("unsafe_writes"))
}

// write packs into a file beside dest.
func (a *archive) write(ctx context.Context, members []member) (tmp *fileattr.Temp, fresh packed, err error) {
	plain, err := fileattr.NewTemp(a.sys, a.dest, strings.NewReader(""))
	if err != nil {
		return nil, nil, err
	}
	keep := false
	defer func() {
		if !keep { // on a panic too
			plain.Discard()
		}
	}()
	fresh, err = a.fill(ctx, plain, members)
	if ferr := plain.Flush(); err == nil {
		err = ferr
	}
	if err != nil {
		return nil, nil, err
	}
	if compressors[a.format] == "" {
		keep = true
		return plain, fresh, nil
	}
	name, err := plain.Expose()
	if err != nil {
		return nil, nil, err
	}
	tmp, err = a.compressed(ctx, name)
	return tmp, fresh, err
}

// compressed has a program compress a file.
func (a *archive) compressed(ctx context.Context, plain string) (*fileattr.Temp, error) {
	tmp, err := fileattr.NewTemp(a.sys, a.dest, strings.NewReader(""))
	if err != nil {
		return nil, err
	}
	keep := false
	defer func() {
		if !keep {
			tmp.Discard()
		}
	}()
	to, err := tmp.Expose()
	if err != nil {
		return nil, err
	}
	prog := compressors[a.format]
	out, err := programs.Call(ctx, a.sys, "sh", "-c", `exec "$0" -zc < "$1" > "$2"`, prog, plain, to)
	if err != nil {
		return nil, err
	}
	if out.RC != 0 {
		return nil, programs.Fail("%s could not write %s: %s", prog, a.dest, strings.TrimSpace(out.Stderr))
	}
	keep = true
	return tmp, nil
}

// fill writes what stands before a program compresses it.
func (a *archive) fill(ctx context.Context, w io.Writer, members []member) (packed, error) {
	if a.format == "zip" {
		return a.fillZip(ctx, w, members)
	}
	fill := a.fillTar
	if a.single() {
		fill = a.fillSingle
	}
	if a.format != "gz" {
		return fill(ctx, w, members)
	}
	z, _ := gzip.NewWriterLevel(w, gzip.BestCompression)                   // a valid level
	if name := strings.TrimSuffix(path.Base(a.dest), ".gz"); ascii(name) { // RFC 1952 has latin-1 there
		z.Name = name
	}
	p, err := fill(ctx, z, members)
	if cerr := z.Close(); err == nil {
		err = cerr
	}
	return p, err
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 })
}

// fillSingle writes the one file as it is.
func (a *archive) fillSingle(ctx context.Context, w io.Writer, _ []member) (packed, error) {
	file := a.sources.found[0]
	sum, n, err := a.copyFile(ctx, w, file, -1)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, &unpackable{[]string{fileattr.PyError(err, file)}}
	}
	a.archived = []string{file}
	return packed{"": contentEntry(sum, n)}, nil
}

// contentEntry is an entry of which the content alone counts.
func contentEntry(sum uint32, n int64) packedEntry {
	s := fmt.Sprintf("%08x %d", sum, n)
	return packedEntry{s, s}
}

// copyFile copies a file, size bytes of it unless size is negative, and gives its checksum and how many bytes there were.
// The errors of reading it are system errors.
func (a *archive) copyFile(ctx context.Context, w io.Writer, file string, size int64) (uint32, int64, error) {
	f, err := a.sys.Open(file)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	sum := crc32.NewIEEE()
	var from io.Reader = untilDone{ctx, f}
	if size >= 0 {
		from = io.LimitReader(from, size)
	}
	n, err := io.Copy(io.MultiWriter(w, sum), from)
	if err == nil && n < size {
		err = io.ErrUnexpectedEOF // it has become shorter
	}
	return sum.Sum32(), n, err
}

// untilDone reads until the context ends.
type untilDone struct {
	ctx context.Context
	r   io.Reader
}

// Read gives the context's error when it has ended.
func (u untilDone) Read(b []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.r.Read(b)
}

// isDest reports whether a file is the archive itself, which may lie among what it packs.
func (a *archive) isDest(info target.Info) bool {
	dest, err := a.sys.Stat(a.dest)
	return err == nil && dest.Dev == info.Dev && dest.Ino == info.Ino && !info.IsDir()
}
