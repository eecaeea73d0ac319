package crypto

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // the key identifier of RFC 5280
	"crypto/x509/pkix"
	"encoding/asn1"
)

// digests are the functions that a signature can be made with, by the names of the arguments digest.
var digests = map[string]crypto.Hash{
	"sha1": crypto.SHA1, "sha224": crypto.SHA224, "sha256": crypto.SHA256, "sha384": crypto.SHA384, "sha512": crypto.SHA512,
}

// signatureOIDs are the algorithms of signatures. Source: RFC 8017, RFC 5758, RFC 8410.
var signatureOIDs = []struct {
	kind string
	hash crypto.Hash
	oid  asn1.ObjectIdentifier
}{
	{"RSA", crypto.SHA1, asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 5}},
	{"RSA", crypto.SHA224, asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 14}},
	{"RSA", crypto.SHA256, asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}},
	{"RSA", crypto.SHA384, asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 12}},
	{"RSA", crypto.SHA512, asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 13}},
	{"ECC", crypto.SHA1, asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 1}},
	{"ECC", crypto.SHA224, asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 1}},
	{"ECC", crypto.SHA256, asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}},
	{"ECC", crypto.SHA384, asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 3}},
	{"ECC", crypto.SHA512, asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 4}},
	{"Ed25519", 0, asn1.ObjectIdentifier{1, 3, 101, 112}},
}

var errCannotSign = refusef("Private key cannot be used to sign certificates")

// signatureAlgorithm gives the algorithm for a key and a digest by name.
func signatureAlgorithm(key crypto.PrivateKey, digest string) (pkix.AlgorithmIdentifier, crypto.Hash, error) {
	if _, ok := key.(*ecdh.PrivateKey); ok {
		return pkix.AlgorithmIdentifier{}, 0, errCannotSign
	}
	kind := kindOf(publicOf(key))
	hash := crypto.Hash(0)
	if kind != "Ed25519" {
		var ok bool
		if hash, ok = digests[digest]; !ok {
			return pkix.AlgorithmIdentifier{}, 0, refusef("The digest %s is not supported with the cryptography backend", digest)
		}
	}
	for _, s := range signatureOIDs {
		if s.kind == kind && s.hash == hash {
			alg := pkix.AlgorithmIdentifier{Algorithm: s.oid}
			if kind == "RSA" {
				alg.Parameters = asn1.RawValue{Tag: asn1.TagNull}
			}
			return alg, hash, nil
		}
	}
	return pkix.AlgorithmIdentifier{}, 0, errCannotSign
}

// sign signs data.
func sign(key crypto.PrivateKey, hash crypto.Hash, data []byte) (asn1.BitString, error) {
	signer, ok := key.(crypto.Signer)
	if !ok {
		return asn1.BitString{}, errCannotSign
	}
	if hash != 0 {
		h := hash.New()
		h.Write(data)
		data = h.Sum(nil)
	}
	sig, err := signer.Sign(rand.Reader, data, hash)
	return asn1.BitString{Bytes: sig, BitLength: 8 * len(sig)}, err
}

// verify reports whether sig is pub's signature of data.
func verify(pub crypto.PublicKey, alg asn1.ObjectIdentifier, data, sig []byte) bool {
	for _, s := range signatureOIDs {
		if !s.oid.Equal(alg) || s.kind != kindOf(pub) {
			continue
		}
		sum := data
		if s.hash != 0 {
			h := s.hash.New()
			h.Write(data)
			sum = h.Sum(nil)
		}
		switch k := pub.(type) {
		case *rsa.PublicKey:
			return rsa.VerifyPKCS1v15(k, s.hash, sum, sig) == nil
		case *ecdsa.PublicKey:
			return ecdsa.VerifyASN1(k, sum, sig)
		case ed25519.PublicKey:
			return ed25519.Verify(k, sum, sig)
		}
	}
	return false
}

// keyID gives the identifier of a public key: the SHA1 of its bits (RFC 5280, 4.2.1.2, method 1).
func keyID(spki []byte) ([]byte, error) {
	var v struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(spki, &v); err != nil {
		return nil, err
	}
	sum := sha1.Sum(v.Key.Bytes) //nolint:gosec // see above
	return sum[:], nil
}
