package archives

import (
	"compress/gzip"
	"context"
	"errors"
	"hash/crc32"
	"io"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
)

// read gives what the archive holds that is there: nothing, if it is none of the format.
func (a *archive) read(ctx context.Context) packed {
	p, err := a.readOld(ctx)
	if err != nil {
		return nil
	}
	return p
}

func (a *archive) readOld(ctx context.Context) (packed, error) {
	name := a.dest
	if compressors[a.format] != "" {
		plain, err := a.expanded(ctx)
		if err != nil {
			return nil, err
		}
		defer plain.Discard()
		name = plain.Name()
	}
	info, err := a.sys.Stat(name)
	if err != nil {
		return nil, err
	}
	f, err := a.sys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if a.format == "zip" {
		return readZip(f, info.Size)
	}
	var r io.Reader = untilDone{ctx, f}
	if a.format == "gz" {
		if r, err = gzip.NewReader(r); err != nil {
			return nil, err
		}
	}
	if !a.single() {
		return readTar(r)
	}
	sum, n, err := checksum(r)
	if err != nil {
		return nil, err
	}
	return packed{"": contentEntry(sum, n)}, nil
}

// expanded has a program decompress the archive that is there into a temporary file.
func (a *archive) expanded(ctx context.Context) (*fileattr.Temp, error) {
	tmp, err := fileattr.NewTempIn(a.sys, a.sys.TempDir(), a.dest, strings.NewReader(""))
	if err != nil {
		return nil, err
	}
	name, err := tmp.Expose()
	if err != nil {
		tmp.Discard()
		return nil, err
	}
	out, err := programs.Call(ctx, a.sys, "sh", "-c", `exec "$0" -dc < "$1" > "$2"`, compressors[a.format], a.dest, name)
	if err == nil && out.RC != 0 {
		err = errors.New(out.Stderr)
	}
	if err != nil {
		tmp.Discard()
		return nil, err
	}
	return tmp, nil
}

func checksum(r io.Reader) (sum uint32, n int64, err error) {
	h := crc32.NewIEEE()
	n, err = io.Copy(h, r)
	return h.Sum32(), n, err
}
