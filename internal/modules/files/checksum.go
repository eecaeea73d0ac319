package files

import (
	"crypto/md5"  //nolint:gosec // Ansible's result key md5sum
	"crypto/sha1" //nolint:gosec // Ansible's checksum of files
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"io"

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
	var hs []hash.Hash
	var ws []io.Writer
	for _, a := range algorithms {
		h := hashes[a]()
		hs, ws = append(hs, h), append(ws, h)
	}
	if _, err := io.Copy(io.MultiWriter(ws...), f); err != nil {
		return nil, err
	}
	out := make([]string, len(hs))
	for i, h := range hs {
		out[i] = hex.EncodeToString(h.Sum(nil))
	}
	return out, nil
}

// sumsOf gives MD5 and SHA1 of a content in hex.
func sumsOf(content string) [2]string {
	a, b := md5.Sum([]byte(content)), sha1.Sum([]byte(content)) //nolint:gosec // see above
	return [2]string{hex.EncodeToString(a[:]), hex.EncodeToString(b[:])}
}
