package filters

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"strings"

	"golang.org/x/crypto/blake2b"
	"golang.org/x/crypto/blake2s"
	"golang.org/x/crypto/ripemd160" //lint:ignore SA1019 a hash that people name

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var (
	_ = All.Add(Def{Name: "ansible.builtin.hash", Func: getHash, Sig: "get_hash(data, hashtype='sha1')"})
	_ = All.Add(Def{Name: "ansible.builtin.md5", Func: hashAs("md5"), Sig: "md5s(data)"})
	_ = All.Add(Def{Name: "ansible.builtin.sha1", Func: sha1Sum, Sig: "secure_hash_s(data, hash_func=None)"})
	_ = All.Add(Def{Name: "ansible.builtin.checksum", Func: sha1Sum, Sig: "secure_hash_s(data, hash_func=None)"})
)

var hashes = map[string]func() hash.Hash{
	"md5": md5.New, "sha1": sha1.New, "sha224": sha256.New224, "sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New,
	"sha512_224": sha512.New512_224, "sha512_256": sha512.New512_256, "ripemd160": ripemd160.New,
	"sha3_224": func() hash.Hash { return sha3.New224() }, "sha3_256": func() hash.Hash { return sha3.New256() },
	"sha3_384": func() hash.Hash { return sha3.New384() }, "sha3_512": func() hash.Hash { return sha3.New512() },
	"blake2b": func() hash.Hash { h, _ := blake2b.New512(nil); return h },
	"blake2s": func() hash.Hash { h, _ := blake2s.New256(nil); return h },
}

// bytesOf gives the bytes of bytes, and of any other value those of its text in UTF-8.
func bytesOf(v value.Value) ([]byte, error) {
	if b, ok := v.(value.Bytes); ok {
		return b.Bytes(), nil
	}
	s, err := value.Text(v)
	return []byte(s), err
}

func digest(v value.Value, name string) (value.Value, error) {
	b, err := bytesOf(v)
	if err != nil {
		return nil, err
	}
	h := hashes[name]()
	h.Write(b)
	return str(hex.EncodeToString(h.Sum(nil))), nil
}

func getHash(c *Call) (value.Value, error) {
	name, ok := strOf(c.Get("hashtype"))
	if !ok {
		if err := hashable(c.Get("hashtype")); err != nil {
			return nil, err
		}
		return nil, value.Raise("TypeError", "new() argument 'name' must be str, not %s", given(c.Get("hashtype")))
	}
	lower := strings.ReplaceAll(strings.ToLower(name), "-", "_")
	switch {
	case lower == "shake_128" || lower == "shake_256":
		return nil, value.Raise("TypeError", "hexdigest() missing required argument 'length' (pos 1)")
	case hashes[lower] == nil:
		return nil, fail("%s", strings.TrimSpace("unsupported hash type "+name))
	}
	return digest(c.First(), lower)
}

// sha1Sum takes a function to hash with in Python; a template has none.
func sha1Sum(c *Call) (value.Value, error) {
	if f := c.Get("hash_func"); f != value.None {
		return nil, value.Raise("TypeError", "'%s' object is not callable", f.Type())
	}
	return digest(c.First(), "sha1")
}

// given names a value as Python's functions in C do when they want another type.
func given(v value.Value) string {
	if v == value.None {
		return "None"
	}
	return v.Type()
}

func hashAs(name string) Func {
	return func(c *Call) (value.Value, error) { return digest(c.First(), name) }
}
