package crypto

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des" //nolint:gosec // old files are encrypted with it
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // PBKDF2's default function
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"hash"

	"golang.org/x/crypto/scrypt"
)

// PKCS #8 encrypted with PBES2. Source: RFC 8018 (PBES2, PBKDF2), RFC 5958, RFC 7914 (scrypt).

var (
	oidPBES2      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBKDF2     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
	oidScrypt     = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11591, 4, 11}
	oidHMACSHA256 = asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 9}
	oidAES256CBC  = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 42}
)

// prfs are the functions of PBKDF2; HMAC-SHA1 is meant when none is named.
var prfs = map[string]func() hash.Hash{
	"1.2.840.113549.2.7": sha1.New, "1.2.840.113549.2.8": sha256.New224, "1.2.840.113549.2.9": sha256.New,
	"1.2.840.113549.2.10": sha512.New384, "1.2.840.113549.2.11": sha512.New,
}

// ciphers are the block ciphers of PBES2 in CBC mode, with the length of the key.
var ciphers = map[string]struct {
	key   int
	block func([]byte) (cipher.Block, error)
}{
	"2.16.840.1.101.3.4.1.2":  {16, aes.NewCipher},
	"2.16.840.1.101.3.4.1.22": {24, aes.NewCipher},
	"2.16.840.1.101.3.4.1.42": {32, aes.NewCipher},
	"1.2.840.113549.3.7":      {24, des.NewTripleDESCipher},
}

type encryptedKey struct {
	Algorithm pkix.AlgorithmIdentifier
	Data      []byte
}

type pbes2Params struct{ KDF, Scheme pkix.AlgorithmIdentifier }

type pbkdf2Params struct {
	Salt       []byte
	Iterations int
	KeyLength  int                      `asn1:"optional"`
	PRF        pkix.AlgorithmIdentifier `asn1:"optional"`
}

type scryptParams struct {
	Salt      []byte
	N, R, P   int
	KeyLength int `asn1:"optional"`
}

// maxIterations bounds the work that a file can ask for.
const maxIterations = 50_000_000

func decryptPKCS8(der []byte, passphrase string) ([]byte, error) {
	if passphrase == "" {
		return nil, errNeedsPassphrase
	}
	var e encryptedKey
	if _, err := asn1.Unmarshal(der, &e); err != nil {
		return nil, errNotAKey
	}
	if !e.Algorithm.Algorithm.Equal(oidPBES2) {
		return nil, fmt.Errorf("the private key is encrypted with %s, which is not supported; PBES2 is", e.Algorithm.Algorithm)
	}
	var p pbes2Params
	if _, err := asn1.Unmarshal(e.Algorithm.Parameters.FullBytes, &p); err != nil {
		return nil, errNotAKey
	}
	c, ok := ciphers[p.Scheme.Algorithm.String()]
	if !ok {
		return nil, fmt.Errorf("the private key is encrypted with cipher %s, which is not supported", p.Scheme.Algorithm)
	}
	var iv []byte
	if _, err := asn1.Unmarshal(p.Scheme.Parameters.FullBytes, &iv); err != nil {
		return nil, errNotAKey
	}
	key, err := deriveKey(p.KDF, passphrase, c.key)
	if err != nil {
		return nil, err
	}
	block, err := c.block(key)
	if err != nil {
		return nil, err
	}
	if len(iv) != block.BlockSize() || len(e.Data) == 0 || len(e.Data)%block.BlockSize() != 0 {
		return nil, errNotAKey
	}
	plain := make([]byte, len(e.Data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, e.Data)
	pad := int(plain[len(plain)-1])
	if pad == 0 || pad > block.BlockSize() || !bytes.Equal(plain[len(plain)-pad:], bytes.Repeat([]byte{byte(pad)}, pad)) {
		return nil, errNeedsPassphrase
	}
	return plain[:len(plain)-pad], nil
}

func deriveKey(kdf pkix.AlgorithmIdentifier, passphrase string, length int) ([]byte, error) {
	switch {
	case kdf.Algorithm.Equal(oidPBKDF2):
		var p pbkdf2Params
		if _, err := asn1.Unmarshal(kdf.Parameters.FullBytes, &p); err != nil || p.Iterations < 1 || p.Iterations > maxIterations {
			return nil, errNotAKey
		}
		prf := sha1.New
		if p.PRF.Algorithm != nil {
			if prf = prfs[p.PRF.Algorithm.String()]; prf == nil {
				return nil, fmt.Errorf("the private key's PBKDF2 function %s is not supported", p.PRF.Algorithm)
			}
		}
		return derivePBKDF2(prf, passphrase, p.Salt, p.Iterations, length)
	case kdf.Algorithm.Equal(oidScrypt):
		var p scryptParams
		if _, err := asn1.Unmarshal(kdf.Parameters.FullBytes, &p); err != nil || p.N > 1<<22 || p.R > 64 || p.P > 16 {
			return nil, errNotAKey
		}
		return scrypt.Key([]byte(passphrase), p.Salt, p.N, p.R, p.P, length)
	}
	return nil, fmt.Errorf("the private key's derivation function %s is not supported", kdf.Algorithm)
}

func derivePBKDF2(prf func() hash.Hash, passphrase string, salt []byte, iterations, length int) ([]byte, error) {
	return pbkdf2.Key(prf, passphrase, salt, iterations, length)
}

// encryptPKCS8 encrypts with AES-256-CBC and PBKDF2-HMAC-SHA256, as openssl pkcs8 does, but with the number of
// iterations of today.
func encryptPKCS8(der []byte, passphrase string) ([]byte, error) {
	const iterations = 600_000
	salt, iv := make([]byte, 16), make([]byte, aes.BlockSize)
	_, _ = rand.Read(salt) // never fails
	_, _ = rand.Read(iv)
	key, err := derivePBKDF2(sha256.New, passphrase, salt, iterations, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	pad := aes.BlockSize - len(der)%aes.BlockSize
	plain := append(append([]byte(nil), der...), bytes.Repeat([]byte{byte(pad)}, pad)...)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(plain, plain)

	null := asn1.RawValue{Tag: asn1.TagNull}
	kdf, err := algorithm(oidPBKDF2, pbkdf2Params{Salt: salt, Iterations: iterations, PRF: pkix.AlgorithmIdentifier{Algorithm: oidHMACSHA256, Parameters: null}})
	if err != nil {
		return nil, err
	}
	scheme, err := algorithm(oidAES256CBC, iv)
	if err != nil {
		return nil, err
	}
	alg, err := algorithm(oidPBES2, pbes2Params{kdf, scheme})
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(encryptedKey{alg, plain})
}

func algorithm(oid asn1.ObjectIdentifier, params any) (pkix.AlgorithmIdentifier, error) {
	b, err := asn1.Marshal(params)
	return pkix.AlgorithmIdentifier{Algorithm: oid, Parameters: asn1.RawValue{FullBytes: b}}, err
}
