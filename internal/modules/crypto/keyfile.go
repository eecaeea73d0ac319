package crypto

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// The ways in which a private key can't be read.
var (
	errNotAKey         = errors.New("unable to load private key: it is not in a known format")
	errNeedsPassphrase = errors.New("wrong or empty passphrase provided for private key")
)

// unsupportedKeyError is a key of a kind that this program does not know.
type unsupportedKeyError struct{ kind string }

func (e *unsupportedKeyError) Error() string { return "keys of type " + e.kind + " are not supported" }

// keyFormat is how a private key is written.
type keyFormat string

// The formats, by the names of the module's argument.
const (
	formatPKCS1 keyFormat = "pkcs1"
	formatPKCS8 keyFormat = "pkcs8"
	formatRaw   keyFormat = "raw"
)

// keyFile is a private key as it was read.
type keyFile struct {
	key       crypto.PrivateKey // *rsa.PrivateKey, *ecdsa.PrivateKey, ed25519.PrivateKey or *ecdh.PrivateKey (X25519)
	format    keyFormat
	encrypted bool
}

// parseKey reads a private key in PEM, or a raw one of 32 bytes for which rawType ("Ed25519", "X25519") says what it is.
func parseKey(b []byte, passphrase, rawType string) (*keyFile, error) {
	block, _ := pem.Decode(b)
	if block == nil {
		return parseRaw(b, rawType)
	}
	f := &keyFile{format: formatPKCS1}
	der := block.Bytes
	switch {
	case block.Headers["DEK-Info"] != "":
		f.encrypted = true
		var err error
		//lint:ignore SA1019 the format is what the file has
		if der, err = x509.DecryptPEMBlock(block, []byte(passphrase)); err != nil || passphrase == "" {
			return nil, errNeedsPassphrase
		}
	case block.Type == "ENCRYPTED PRIVATE KEY":
		f.encrypted = true
		var err error
		if der, err = decryptPKCS8(der, passphrase); err != nil {
			return nil, err
		}
	}
	if !f.encrypted && passphrase != "" {
		return nil, errNeedsPassphrase // as OpenSSL's users see it: a passphrase was given but the key has none
	}
	var err error
	switch block.Type {
	case "RSA PRIVATE KEY":
		f.key, err = x509.ParsePKCS1PrivateKey(der)
	case "EC PRIVATE KEY":
		f.key, err = x509.ParseECPrivateKey(der)
	case "PRIVATE KEY", "ENCRYPTED PRIVATE KEY":
		f.format = formatPKCS8
		f.key, err = x509.ParsePKCS8PrivateKey(der)
	case "DSA PRIVATE KEY":
		return nil, &unsupportedKeyError{"DSA"}
	default:
		return nil, errNotAKey
	}
	if err != nil {
		return nil, badDER(der, f.encrypted)
	}
	return f, nil
}

// badDER says why a key that Go can't read was refused: an unknown kind, a wrong passphrase or garbage.
func badDER(der []byte, encrypted bool) error {
	for oid, kind := range map[string]string{
		"\x06\x03\x2b\x65\x71": "Ed448", "\x06\x03\x2b\x65\x6f": "X448", "\x06\x07\x2a\x86\x48\xce\x38\x04\x01": "DSA",
		"\x06\x05\x2b\x81\x04\x00\x0a": "ECC with curve secp256k1",
	} {
		if bytes.Contains(der, []byte(oid)) {
			return &unsupportedKeyError{kind}
		}
	}
	if encrypted {
		return errNeedsPassphrase
	}
	return errNotAKey
}

func parseRaw(b []byte, rawType string) (*keyFile, error) {
	if len(b) != 32 {
		return nil, errNotAKey
	}
	switch rawType {
	case "Ed25519":
		return &keyFile{key: ed25519.NewKeyFromSeed(b), format: formatRaw}, nil
	case "X25519":
		k, err := ecdh.X25519().NewPrivateKey(b)
		if err != nil {
			return nil, errNotAKey
		}
		return &keyFile{key: k, format: formatRaw}, nil
	}
	return nil, errNotAKey
}

// formatKey writes a private key.
func formatKey(key crypto.PrivateKey, format keyFormat, passphrase string) ([]byte, error) {
	switch format {
	case formatRaw:
		switch k := key.(type) {
		case ed25519.PrivateKey:
			return k.Seed(), nil
		case *ecdh.PrivateKey:
			return k.Bytes(), nil
		}
		return nil, fmt.Errorf("format raw is for Ed25519 and X25519 keys")
	case formatPKCS1:
		return formatTraditional(key, passphrase)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	if passphrase == "" {
		return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
	}
	if der, err = encryptPKCS8(der, passphrase); err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: der}), nil
}

func formatTraditional(key crypto.PrivateKey, passphrase string) ([]byte, error) {
	b := &pem.Block{}
	switch k := key.(type) {
	case *rsa.PrivateKey:
		b.Type, b.Bytes = "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(k)
	case *ecdsa.PrivateKey:
		der, err := x509.MarshalECPrivateKey(k)
		if err != nil {
			return nil, err
		}
		b.Type, b.Bytes = "EC PRIVATE KEY", der
	default:
		return nil, fmt.Errorf("format pkcs1 is for RSA and ECC keys")
	}
	if passphrase == "" {
		return pem.EncodeToMemory(b), nil
	}
	//lint:ignore SA1019 an encrypted key in the format pkcs1 is just this
	enc, err := x509.EncryptPEMBlock(rand.Reader, b.Type, b.Bytes, []byte(passphrase), x509.PEMCipherAES256)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(enc), nil
}

// The curves by the names of the module's argument curve; nil is one that is known but not supported.
var curves = map[string]elliptic.Curve{
	"secp224r1": elliptic.P224(), "secp256r1": elliptic.P256(), "secp384r1": elliptic.P384(), "secp521r1": elliptic.P521(),
}

// curveName gives the name of a curve as the collection has it.
func curveName(c elliptic.Curve) string {
	for name, known := range curves {
		if known == c {
			return name
		}
	}
	return strings.ToLower(c.Params().Name)
}

// newKey makes a key. size is that of RSA in bits, curve the name of an ECC one.
func newKey(kind string, size int, curve string) (crypto.PrivateKey, error) {
	switch kind {
	case "RSA":
		return rsa.GenerateKey(rand.Reader, size)
	case "ECC":
		c := curves[curve]
		if c == nil {
			return nil, &unsupportedKeyError{"ECC with curve " + curve}
		}
		return ecdsa.GenerateKey(c, rand.Reader)
	case "Ed25519":
		_, k, err := ed25519.GenerateKey(rand.Reader)
		return k, err
	case "X25519":
		return ecdh.X25519().GenerateKey(rand.Reader)
	}
	return nil, &unsupportedKeyError{kind}
}

// publicOf gives the public half.
func publicOf(key crypto.PrivateKey) crypto.PublicKey {
	switch k := key.(type) {
	case *ecdh.PrivateKey:
		return k.PublicKey()
	case interface{ Public() crypto.PublicKey }:
		return k.Public()
	}
	return nil
}

// kindOf gives the type of a key by the names of the module's argument.
func kindOf(pub crypto.PublicKey) string {
	switch pub.(type) {
	case *rsa.PublicKey:
		return "RSA"
	case *ecdsa.PublicKey:
		return "ECC"
	case ed25519.PublicKey:
		return "Ed25519"
	case *ecdh.PublicKey:
		return "X25519"
	}
	return "unknown"
}

// base64Text writes a raw key, which is no text.
func base64Text(b []byte) string { return base64.StdEncoding.EncodeToString(b) }
