package crypto

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// certificate is an X.509 certificate as it was read (RFC 5280).
type certificate struct {
	der        []byte
	version    int // as people count: 3
	tbs        []byte
	serial     *big.Int
	issuer     []byte // encoded
	subject    []byte // encoded
	spki       []byte
	pub        crypto.PublicKey
	notBefore  time.Time
	notAfter   time.Time
	algorithm  asn1.ObjectIdentifier // of the signature
	signature  []byte
	extensions []pkix.Extension
}

type tbsCertificate struct {
	Raw        asn1.RawContent
	Version    int `asn1:"optional,explicit,default:0,tag:0"`
	Serial     *big.Int
	Algorithm  pkix.AlgorithmIdentifier
	Issuer     asn1.RawValue
	Validity   struct{ NotBefore, NotAfter time.Time }
	Subject    asn1.RawValue
	PublicKey  asn1.RawValue
	IssuerID   asn1.BitString   `asn1:"optional,tag:1"`
	SubjectID  asn1.BitString   `asn1:"optional,tag:2"`
	Extensions []pkix.Extension `asn1:"omitempty,optional,explicit,tag:3"`
}

type signedCertificate struct {
	TBS       tbsCertificate
	Algorithm pkix.AlgorithmIdentifier
	Signature asn1.BitString
}

var errNotACertificate = refusef("Unable to load PEM file. See https://cryptography.io/en/latest/faq/#why-can-t-i-import-my-pem-file for more details. MalformedFraming")

// parseCertificate reads the first certificate of a PEM file.
func parseCertificate(b []byte) (*certificate, error) {
	var block *pem.Block
	for {
		if block, b = pem.Decode(b); block == nil {
			return nil, errNotACertificate
		}
		if block.Type == "CERTIFICATE" || block.Type == "X509 CERTIFICATE" {
			break
		}
	}
	var s signedCertificate
	if rest, err := asn1.Unmarshal(block.Bytes, &s); err != nil || len(rest) > 0 {
		return nil, errNotACertificate
	}
	c := &certificate{
		der: block.Bytes, version: s.TBS.Version + 1, tbs: s.TBS.Raw, serial: s.TBS.Serial, issuer: s.TBS.Issuer.FullBytes, subject: s.TBS.Subject.FullBytes,
		spki: s.TBS.PublicKey.FullBytes, notBefore: s.TBS.Validity.NotBefore.UTC(), notAfter: s.TBS.Validity.NotAfter.UTC(),
		algorithm: s.Algorithm.Algorithm, signature: s.Signature.RightAlign(), extensions: s.TBS.Extensions,
	}
	var err error
	if c.pub, err = x509.ParsePKIXPublicKey(c.spki); err != nil {
		return nil, &unsupportedKeyError{"of this certificate"}
	}
	return c, nil
}

// signedBy reports whether the certificate was signed with the private half of pub.
func (c *certificate) signedBy(pub crypto.PublicKey) bool {
	return verify(pub, c.algorithm, c.tbs, c.signature)
}

// order is what a new certificate shall be.
type order struct {
	issuer, subject, spki []byte
	notBefore, notAfter   time.Time
	extensions            []pkix.Extension
	digest                string
}

// newSerial gives a random serial number of 159 bits, which is always positive.
func newSerial() *big.Int {
	n, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 159)) // never fails
	return n.Add(n, big.NewInt(1))
}

// issue makes a certificate of version 3, as PEM.
func issue(o order, serial *big.Int, key crypto.PrivateKey) ([]byte, error) {
	alg, hash, err := signatureAlgorithm(key, o.digest)
	if err != nil {
		return nil, err
	}
	t := tbsCertificate{
		Version: 2, Serial: serial, Algorithm: alg, Extensions: o.extensions,
		Issuer: asn1.RawValue{FullBytes: o.issuer}, Subject: asn1.RawValue{FullBytes: o.subject}, PublicKey: asn1.RawValue{FullBytes: o.spki},
	}
	t.Validity.NotBefore, t.Validity.NotAfter = o.notBefore.UTC(), o.notAfter.UTC()
	tbs, err := asn1.Marshal(t)
	if err != nil {
		return nil, err
	}
	sig, err := sign(key, hash, tbs)
	if err != nil {
		return nil, err
	}
	der, err := asn1.Marshal(signedCertificate{tbsCertificate{Raw: tbs}, alg, sig})
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), nil
}

// asn1Time writes a time as results have it.
func asn1Time(t time.Time) string { return t.UTC().Format("20060102150405Z") }

// signatureNames are the names of the signature algorithms, which are OpenSSL's.
var signatureNames = map[string]string{
	"1.2.840.113549.1.1.5": "sha1WithRSAEncryption", "1.2.840.113549.1.1.14": "sha224WithRSAEncryption",
	"1.2.840.113549.1.1.11": "sha256WithRSAEncryption", "1.2.840.113549.1.1.12": "sha384WithRSAEncryption",
	"1.2.840.113549.1.1.13": "sha512WithRSAEncryption", "1.2.840.113549.1.1.10": "RSASSA-PSS",
	"1.2.840.10045.4.1": "ecdsa-with-SHA1", "1.2.840.10045.4.3.1": "ecdsa-with-SHA224", "1.2.840.10045.4.3.2": "ecdsa-with-SHA256",
	"1.2.840.10045.4.3.3": "ecdsa-with-SHA384", "1.2.840.10045.4.3.4": "ecdsa-with-SHA512", "1.3.101.112": "ED25519", "1.3.101.113": "ED448",
}

var oidAIA = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 1}

// certificateInfo is what a diff tells of a certificate; nil stands for one that can't be read.
func certificateInfo(c *certificate, now time.Time) *value.Dict {
	if c == nil {
		return value.DictOf("can_parse_certificate", value.False)
	}
	d := value.DictOf("can_parse_certificate", value.True, "version", value.NewInt(int64(c.version)))
	subject, subjectOrdered := nameInfo(c.subject)
	issuer, issuerOrdered := nameInfo(c.issuer)
	d.SetStr("subject", subject)
	d.SetStr("subject_ordered", subjectOrdered)
	d.SetStr("issuer", issuer)
	d.SetStr("issuer_ordered", issuerOrdered)
	name := signatureNames[c.algorithm.String()]
	if name == "" {
		name = c.algorithm.String()
	}
	d.SetStr("signature_algorithm", value.NewStr(name))
	d.SetStr("not_before", value.NewStr(asn1Time(c.notBefore)))
	d.SetStr("not_after", value.NewStr(asn1Time(c.notAfter)))
	d.SetStr("expired", value.Bool(c.notAfter.Before(now)))
	d.SetStr("serial_number", value.NewBigInt(c.serial))
	sum := sha256.Sum256(c.der)
	d.SetStr("fingerprints", value.DictOf("sha256", value.NewStr(colonHex(sum[:]))))
	extensionInfo(d, c.extensions)
	for _, k := range []string{"name_constraints_critical", "name_constraints_permitted", "name_constraints_excluded"} {
		d.DeleteStr(k) // told of requests alone
	}
	ocsp, issuers := accessURIs(c.extensions)
	d.SetStr("ocsp_uri", ocsp)
	d.SetStr("issuer_uri", issuers)
	putPublic(d, publicInfo(c.pub))
	return d
}

// accessURIs gives the first addresses of the authority information access.
func accessURIs(list []pkix.Extension) (ocsp, issuer value.Value) {
	ocsp, issuer = value.None, value.None
	e := find(list, oidAIA)
	if e == nil {
		return ocsp, issuer
	}
	var entries []struct {
		Method   asn1.ObjectIdentifier
		Location asn1.RawValue
	}
	if _, err := asn1.Unmarshal(e.Value, &entries); err != nil {
		return ocsp, issuer
	}
	for _, a := range entries {
		if a.Location.Tag != tagURI {
			continue
		}
		uri := module.V(string(a.Location.Bytes))
		switch {
		case a.Method.String() == "1.3.6.1.5.5.7.48.1" && ocsp == value.None:
			ocsp = uri
		case a.Method.String() == "1.3.6.1.5.5.7.48.2" && issuer == value.None:
			issuer = uri
		}
	}
	return ocsp, issuer
}
