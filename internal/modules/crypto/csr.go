package crypto

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"sort"
)

// request is a certificate signing request (PKCS #10, RFC 2986).
type request struct {
	subject    []byte // encoded
	spki       []byte // the public key, encoded
	pub        crypto.PublicKey
	extensions []pkix.Extension
	signed     bool // the signature is right
}

type requestInfo struct {
	Raw        asn1.RawContent
	Version    int
	Subject    asn1.RawValue
	PublicKey  asn1.RawValue
	Attributes []asn1.RawValue `asn1:"tag:0,set"`
}

type signedRequest struct {
	Info      requestInfo
	Algorithm pkix.AlgorithmIdentifier
	Signature asn1.BitString
}

type requestAttribute struct {
	Type   asn1.ObjectIdentifier
	Values []asn1.RawValue `asn1:"set"`
}

var oidExtensionRequest = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 14}

var errNotARequest = refusef("Unable to load PEM file. See https://cryptography.io/en/latest/faq/#why-can-t-i-import-my-pem-file for more details. MalformedFraming")

// makeRequest encodes and signs a request, as PEM.
func makeRequest(key crypto.PrivateKey, digest string, subject []attribute, extensions []pkix.Extension) ([]byte, error) {
	alg, hash, err := signatureAlgorithm(key, digest)
	if err != nil {
		return nil, err
	}
	name, err := marshalName(subject)
	if err != nil {
		return nil, err
	}
	spki, err := publicDER(publicOf(key))
	if err != nil {
		return nil, err
	}
	info := requestInfo{Subject: asn1.RawValue{FullBytes: name}, PublicKey: asn1.RawValue{FullBytes: spki}, Attributes: []asn1.RawValue{}}
	if len(extensions) > 0 {
		list, err := asn1.Marshal(extensions)
		if err != nil {
			return nil, err
		}
		attr, err := asn1.Marshal(requestAttribute{oidExtensionRequest, []asn1.RawValue{{FullBytes: list}}})
		if err != nil {
			return nil, err
		}
		info.Attributes = append(info.Attributes, asn1.RawValue{FullBytes: attr})
	}
	tbs, err := asn1.Marshal(info)
	if err != nil {
		return nil, err
	}
	sig, err := sign(key, hash, tbs)
	if err != nil {
		return nil, err
	}
	der, err := asn1.Marshal(signedRequest{requestInfo{Raw: tbs}, alg, sig})
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}), nil
}

// parseRequest reads a request in PEM.
func parseRequest(b []byte) (*request, error) {
	block, _ := pem.Decode(b)
	if block == nil || block.Type != "CERTIFICATE REQUEST" && block.Type != "NEW CERTIFICATE REQUEST" {
		return nil, errNotARequest
	}
	var s signedRequest
	if rest, err := asn1.Unmarshal(block.Bytes, &s); err != nil || len(rest) > 0 {
		return nil, errNotARequest
	}
	r := &request{subject: s.Info.Subject.FullBytes, spki: s.Info.PublicKey.FullBytes}
	var err error
	if r.pub, err = x509.ParsePKIXPublicKey(r.spki); err != nil {
		return nil, &unsupportedKeyError{"of this request"}
	}
	for _, a := range s.Info.Attributes {
		var attr requestAttribute
		if _, err := asn1.Unmarshal(a.FullBytes, &attr); err != nil || !attr.Type.Equal(oidExtensionRequest) || len(attr.Values) != 1 {
			continue
		}
		if _, err := asn1.Unmarshal(attr.Values[0].FullBytes, &r.extensions); err != nil {
			return nil, errNotARequest
		}
	}
	r.signed = verify(r.pub, s.Algorithm.Algorithm, s.Info.Raw, s.Signature.RightAlign())
	return r, nil
}

// find returns an extension, or nil.
func find(list []pkix.Extension, oid asn1.ObjectIdentifier) *pkix.Extension {
	for i := range list {
		if list[i].Id.Equal(oid) {
			return &list[i]
		}
	}
	return nil
}

// knownExtensions are those that the arguments can ask for: only they are compared.
var knownExtensions = []asn1.ObjectIdentifier{
	oidSAN, oidKeyUsage, oidEKU, oidBasicConstraints, oidTLSFeature, oidNameConstraints, oidSKI, oidAKI, oidCRL,
}

// sameExtensions compares the known extensions of two lists, less those of skip; the order of names and usages does not
// count.
func sameExtensions(a, b []pkix.Extension, skip ...asn1.ObjectIdentifier) bool {
next:
	for _, oid := range knownExtensions {
		for _, s := range skip {
			if s.Equal(oid) {
				continue next
			}
		}
		x, y := find(a, oid), find(b, oid)
		if x == nil && y == nil {
			continue
		}
		if x == nil || y == nil || x.Critical != y.Critical || !bytes.Equal(canonical(x), canonical(y)) {
			return false
		}
	}
	return true
}

// canonical gives an extension's value with the elements of lists that are sets in order.
func canonical(e *pkix.Extension) []byte {
	if !e.Id.Equal(oidSAN) && !e.Id.Equal(oidEKU) && !e.Id.Equal(oidNameConstraints) {
		return e.Value
	}
	var list []asn1.RawValue
	if _, err := asn1.Unmarshal(e.Value, &list); err != nil {
		return e.Value
	}
	parts := make([][]byte, len(list))
	for i, v := range list {
		parts[i] = v.FullBytes
		if e.Id.Equal(oidNameConstraints) {
			parts[i] = append([]byte{byte(v.Tag)}, sortElements(v.Bytes)...)
		}
	}
	sort.Slice(parts, func(i, j int) bool { return bytes.Compare(parts[i], parts[j]) < 0 })
	return bytes.Join(parts, nil)
}

func sortElements(b []byte) []byte {
	var parts [][]byte
	for len(b) > 0 {
		var v asn1.RawValue
		rest, err := asn1.Unmarshal(b, &v)
		if err != nil {
			return b
		}
		parts, b = append(parts, v.FullBytes), rest
	}
	sort.Slice(parts, func(i, j int) bool { return bytes.Compare(parts[i], parts[j]) < 0 })
	return bytes.Join(parts, nil)
}

// sameSubject compares an encoded name with components, in order or as sets.
func sameSubject(der []byte, want []attribute, ordered bool) bool {
	have, err := parseName(der)
	if err != nil || len(have) != len(want) {
		return false
	}
	key := func(list []attribute) []string {
		out := make([]string, len(list))
		for i, a := range list {
			out[i] = a.oid.String() + "=" + a.value
		}
		if !ordered {
			sort.Strings(out)
		}
		return out
	}
	h, w := key(have), key(want)
	for i := range h {
		if h[i] != w[i] {
			return false
		}
	}
	return true
}
