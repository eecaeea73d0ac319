package crypto

import (
	"crypto"
	"crypto/md5"  //nolint:gosec // one of the fingerprints
	"crypto/sha1" //nolint:gosec // one of the fingerprints
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"crypto/x509"
	"encoding/hex"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"golang.org/x/crypto/blake2b"
	"golang.org/x/crypto/blake2s"
)

// fingerprints gives the checksums of data under the names of Python's hashlib, as colon-separated hex. The two
// SHAKE functions are asked for 32 bytes, as the collection does.
func fingerprints(data []byte) *value.Dict {
	d := value.NewDict()
	put := func(name string, sum []byte) { d.SetStr(name, value.NewStr(colonHex(sum))) }
	b2, s2 := blake2b.Sum512(data), blake2s.Sum256(data)
	put("blake2b", b2[:])
	put("blake2s", s2[:])
	m, s1 := md5.Sum(data), sha1.Sum(data) //nolint:gosec // see above
	put("md5", m[:])
	put("sha1", s1[:])
	s224, s256, s384, s512 := sha256.Sum224(data), sha256.Sum256(data), sha512.Sum384(data), sha512.Sum512(data)
	put("sha224", s224[:])
	put("sha256", s256[:])
	put("sha384", s384[:])
	put("sha512", s512[:])
	t224, t256, t384, t512 := sha3.Sum224(data), sha3.Sum256(data), sha3.Sum384(data), sha3.Sum512(data)
	put("sha3_224", t224[:])
	put("sha3_256", t256[:])
	put("sha3_384", t384[:])
	put("sha3_512", t512[:])
	put("shake_128", sha3.SumSHAKE128(data, 32))
	put("shake_256", sha3.SumSHAKE256(data, 32))
	return d
}

func colonHex(b []byte) string {
	parts := make([]string, len(b))
	for i := range b {
		parts[i] = hex.EncodeToString(b[i : i+1])
	}
	return strings.Join(parts, ":")
}

// publicDER gives a public key as SubjectPublicKeyInfo.
func publicDER(pub crypto.PublicKey) ([]byte, error) { return x509.MarshalPKIXPublicKey(pub) }
