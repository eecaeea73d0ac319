package vaultfmt

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding"
	"encoding/binary"
	"hash"
	"sync"
)

// iterations is the format's fixed PBKDF2 count.
const iterations = 10000

// A kdf computes single blocks of PBKDF2-HMAC-SHA256 (RFC 8018, 5.2) for one secret. The blocks of a key are
// independent of each other, and each gives 32 bytes, so block 2 is the MAC key and can be had alone.
type kdf interface {
	// block computes block i (from 1) over the salt.
	block(out *[sha256.Size]byte, i uint32, salt []byte, count int)
	// wipe overwrites what was derived from the secret.
	wipe()
}

// newKDF chooses the implementation: the fast one where it proves right, else plain HMAC.
func newKDF(secret []byte) kdf {
	if fastWorks() {
		if k := newFastKDF(secret); k != nil {
			return k
		}
	}
	return newPlainKDF(secret)
}

// fastWorks compares both implementations on a small case, once in a process (some microseconds): the fast one relies
// on where crypto/sha256 puts its state when it is marshaled, which no documentation promises.
var fastWorks = sync.OnceValue(func() bool {
	// FIPS 140-only mode panics at an HMAC key of less than 112 bits.
	secret, salt := []byte("a secret of 24 bytes ok?"), []byte("salt")
	fast, plain := newFastKDF(secret), newPlainKDF(secret)
	if fast == nil {
		return false
	}
	var a, b [sha256.Size]byte
	fast.block(&a, 2, salt, 3)
	plain.block(&b, 2, salt, 3)
	return a == b
})

// plainKDF is PBKDF2 on crypto/hmac, for a crypto/sha256 that fastKDF does not understand.
type plainKDF struct{ mac hash.Hash }

func newPlainKDF(secret []byte) *plainKDF { return &plainKDF{hmac.New(sha256.New, secret)} }

func (k *plainKDF) block(out *[sha256.Size]byte, i uint32, salt []byte, count int) {
	k.mac.Reset()
	k.mac.Write(salt)
	k.mac.Write(binary.BigEndian.AppendUint32(nil, i))
	u := k.mac.Sum(nil)
	copy(out[:], u)
	for n := 1; n < count; n++ {
		k.mac.Reset()
		k.mac.Write(u)
		u = k.mac.Sum(u[:0])
		subtle.XORBytes(out[:], out[:], u)
	}
	clear(u)
}

func (k *plainKDF) wipe() { k.mac = nil }

// resumable is what crypto/sha256's hash can do beyond hash.Hash since Go 1.24.
type resumable interface {
	hash.Hash
	encoding.BinaryAppender
	encoding.BinaryUnmarshaler
}

// Where crypto/sha256 puts the eight chaining words in its marshaled state: after a tag of four bytes.
const (
	wordsAt   = 4
	stateSize = 4 + sha256.Size + sha256.BlockSize + 8
)

// fastKDF is PBKDF2 with two compressions an iteration and nothing besides: the states after the inner and the outer
// HMAC pad are kept, and since each later message is one digest, its block is laid out once with padding and length in
// place. A third of crypto/pbkdf2's time goes into that layout and the copies around it.
type fastKDF struct {
	sha          resumable
	inner, outer []byte
	buf          [stateSize]byte
	msg          [sha256.BlockSize]byte
}

// newFastKDF gives nil where crypto/sha256 cannot be resumed from a marshaled state of the known size.
func newFastKDF(secret []byte) *fastKDF {
	sha, ok := sha256.New().(resumable)
	if !ok {
		return nil
	}
	k := &fastKDF{sha: sha}
	var pad [sha256.BlockSize]byte
	defer clear(pad[:])
	if len(secret) > len(pad) {
		sum := sha256.Sum256(secret)
		copy(pad[:], sum[:])
		clear(sum[:])
	} else {
		copy(pad[:], secret)
	}
	if k.inner = k.padState(&pad, 0x36); k.inner == nil {
		return nil
	}
	if k.outer = k.padState(&pad, 0x5c); k.outer == nil {
		return nil
	}
	return k
}

// padState gives the hash's state after key xor fill.
func (k *fastKDF) padState(key *[sha256.BlockSize]byte, fill byte) []byte {
	block := *key
	defer clear(block[:])
	for i := range block {
		block[i] ^= fill
	}
	k.sha.Reset()
	k.sha.Write(block[:])
	state, err := k.sha.AppendBinary(make([]byte, 0, stateSize))
	if err != nil || len(state) != stateSize || !bytes.HasPrefix(state, []byte("sha")) {
		return nil
	}
	return state
}

func (k *fastKDF) block(out *[sha256.Size]byte, i uint32, salt []byte, count int) {
	// The digest of key pad and one further digest: 96 bytes, so after the 32 come a 1 bit, zeros, and the length in bits.
	k.msg[sha256.Size] = 0x80
	binary.BigEndian.PutUint64(k.msg[sha256.BlockSize-8:], (sha256.BlockSize+sha256.Size)*8)

	k.resume(k.inner)
	k.sha.Write(salt)
	k.sha.Write([]byte{byte(i >> 24), byte(i >> 16), byte(i >> 8), byte(i)})
	copy(k.msg[:], k.sha.Sum(k.buf[:0]))
	k.compress(k.outer)

	u := k.msg[:sha256.Size]
	copy(out[:], u)
	var acc [4]uint64 // the xor of all later digests
	for n := 1; n < count; n++ {
		k.compress(k.inner)
		k.compress(k.outer)
		acc[0] ^= binary.NativeEndian.Uint64(u[0:])
		acc[1] ^= binary.NativeEndian.Uint64(u[8:])
		acc[2] ^= binary.NativeEndian.Uint64(u[16:])
		acc[3] ^= binary.NativeEndian.Uint64(u[24:])
	}
	for j, x := range acc {
		x ^= binary.NativeEndian.Uint64(out[8*j:])
		binary.NativeEndian.PutUint64(out[8*j:], x)
	}
	clear(acc[:])
}

// compress replaces the digest in msg by that of the message block, hashed on from the given state.
func (k *fastKDF) compress(state []byte) {
	k.resume(state)
	k.sha.Write(k.msg[:])
	b, _ := k.sha.AppendBinary(k.buf[:0])
	*(*[sha256.Size]byte)(k.msg[:]) = *(*[sha256.Size]byte)(b[wordsAt:])
}

func (k *fastKDF) resume(state []byte) {
	if err := k.sha.UnmarshalBinary(state); err != nil {
		panic("vaultfmt: crypto/sha256 refused its own state: " + err.Error())
	}
}

func (k *fastKDF) wipe() {
	// A state of zeros overwrites the words and the block buffer inside the hash, which Reset would leave.
	clear(k.inner[len("sha\x03"):])
	k.resume(k.inner)
	clear(k.inner)
	clear(k.outer)
	clear(k.buf[:])
	clear(k.msg[:])
}
