package files

import (
	"crypto/md5"  //nolint:gosec // Ansible's result key md5sum
	"crypto/sha1" //nolint:gosec // Ansible's checksum of files
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"sync"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// hashes are the checksum algorithms by Ansible's names.
var hashes = map[string]func() hash.Hash{
	"md5": md5.New, "sha1": sha1.New, "sha224": sha256.New224, "sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New,
}

// sums gives the checksums of a file in hex, read once.
func sums(sys target.System, name string, algorithms ...string) ([]string, error) {
	f, err := sys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	s := newSummer(algorithms...)
	if _, err := (summed{f, s}).WriteTo(io.Discard); err != nil {
		return nil, err
	}
	return s.sums(), nil
}

// summed is a reader that makes checksums of what is read from it.
type summed struct {
	from io.Reader
	sums *summer
}

// Read reads.
func (r summed) Read(b []byte) (int, error) {
	n, err := r.from.Read(b)
	_, _ = r.sums.Write(b[:n]) // never fails
	return n, err
}

// WriteTo reads all, without a buffer of its own for each file as io.Copy has it.
func (r summed) WriteTo(w io.Writer) (n int64, err error) {
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	for {
		got, err := r.Read(*buf)
		wrote, werr := w.Write((*buf)[:got])
		n += int64(wrote)
		switch {
		case werr != nil:
			return n, werr
		case errors.Is(err, io.EOF):
			return n, nil
		case err != nil:
			return n, err
		}
	}
}

var buffers = sync.Pool{New: func() any {
	b := make([]byte, 32<<10)
	return &b
}}

// summer is a writer that makes several checksums of what is written to it.
type summer []hash.Hash

func newSummer(algorithms ...string) *summer {
	var s summer
	for _, a := range algorithms {
		s = append(s, hashes[a]())
	}
	return &s
}

// Write adds to all checksums.
func (s *summer) Write(b []byte) (int, error) {
	for _, h := range *s {
		_, _ = h.Write(b) // never fails
	}
	return len(b), nil
}

// sums gives the checksums in hex.
func (s *summer) sums() []string {
	var all []string
	for _, h := range *s {
		all = append(all, hex.EncodeToString(h.Sum(nil)))
	}
	return all
}

// sumsOf gives MD5 and SHA1 of a content in hex.
func sumsOf(content string) [2]string {
	a, b := md5.Sum([]byte(content)), sha1.Sum([]byte(content)) //nolint:gosec // see above
	return [2]string{hex.EncodeToString(a[:]), hex.EncodeToString(b[:])}
}
