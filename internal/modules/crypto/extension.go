package crypto

import (
	"bytes"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"math/big"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
)

// The extensions. Source: RFC 5280, section 4.2; RFC 7633 for the TLS feature.
var (
	oidSKI              = asn1.ObjectIdentifier{2, 5, 29, 14}
	oidKeyUsage         = asn1.ObjectIdentifier{2, 5, 29, 15}
	oidSAN              = asn1.ObjectIdentifier{2, 5, 29, 17}
	oidBasicConstraints = asn1.ObjectIdentifier{2, 5, 29, 19}
	oidNameConstraints  = asn1.ObjectIdentifier{2, 5, 29, 30}
	oidCRL              = asn1.ObjectIdentifier{2, 5, 29, 31}
	oidAKI              = asn1.ObjectIdentifier{2, 5, 29, 35}
	oidEKU              = asn1.ObjectIdentifier{2, 5, 29, 37}
	oidTLSFeature       = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 24}
)

// keyUsages are the bits of the key usage: argument names, then the one that is shown.
var keyUsages = [][]string{
	{"digitalSignature", "Digital Signature"},
	{"nonRepudiation", "contentCommitment", "Non Repudiation"},
	{"keyEncipherment", "Key Encipherment"},
	{"dataEncipherment", "Data Encipherment"},
	{"keyAgreement", "Key Agreement"},
	{"keyCertSign", "Certificate Sign"},
	{"cRLSign", "CRL Sign"},
	{"encipherOnly", "Encipher Only"},
	{"decipherOnly", "Decipher Only"},
}

// extKeyUsages are the extended key usages: OID, short name, the name that is shown.
var extKeyUsages = [][3]string{
	{"1.3.6.1.5.5.7.3.1", "serverAuth", "TLS Web Server Authentication"},
	{"1.3.6.1.5.5.7.3.2", "clientAuth", "TLS Web Client Authentication"},
	{"1.3.6.1.5.5.7.3.3", "codeSigning", "Code Signing"},
	{"1.3.6.1.5.5.7.3.4", "emailProtection", "E-mail Protection"},
	{"1.3.6.1.5.5.7.3.5", "ipsecEndSystem", "IPSec End System"},
	{"1.3.6.1.5.5.7.3.6", "ipsecTunnel", "IPSec Tunnel"},
	{"1.3.6.1.5.5.7.3.7", "ipsecUser", "IPSec User"},
	{"1.3.6.1.5.5.7.3.8", "timeStamping", "Time Stamping"},
	{"1.3.6.1.5.5.7.3.9", "OCSPSigning", "OCSP Signing"},
	{"1.3.6.1.5.5.7.3.17", "ipsecIKE", "ipsec Internet Key Exchange"},
	{"2.5.29.37.0", "anyExtendedKeyUsage", "Any Extended Key Usage"},
	{"1.3.6.1.4.1.311.20.2.2", "msSmartcardLogin", "Microsoft Smartcard Login"},
	{"1.3.6.1.4.1.311.2.1.21", "msCodeInd", "Microsoft Individual Code Signing"},
	{"1.3.6.1.4.1.311.2.1.22", "msCodeCom", "Microsoft Commercial Code Signing"},
	{"1.3.6.1.4.1.311.10.3.1", "msCTLSign", "Microsoft Trust List Signing"},
	{"1.3.6.1.4.1.311.10.3.4", "msEFS", "Microsoft Encrypted File System"},
}

// wantedExtensions builds the extensions that the arguments of openssl_csr ask for, in the collection's order. ski is
// the identifier of the key, for create_subject_key_identifier.
func wantedExtensions(p *module.Params, ski []byte) ([]pkix.Extension, error) {
	var out []pkix.Extension
	add := func(oid asn1.ObjectIdentifier, critical bool, v any) error {
		b, err := asn1.Marshal(v)
		out = append(out, pkix.Extension{Id: oid, Critical: critical, Value: b})
		return err
	}
	for _, build := range []func(p *module.Params, add func(asn1.ObjectIdentifier, bool, any) error) error{
		addSAN, addUsages, addBasicConstraints, addTLSFeature, addNameConstraints,
		func(p *module.Params, add func(asn1.ObjectIdentifier, bool, any) error) error {
			return addKeyIDs(p, ski, add)
		},
		addCRL,
	} {
		if err := build(p, add); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// sanList gives the names of the subject: those of the argument, or the common name as a DNS name.
func sanList(p *module.Params, subject []attribute) []string {
	if p.Has("subject_alt_name") {
		return p.Strs("subject_alt_name")
	}
	if !p.Bool("use_common_name_for_san") {
		return nil
	}
	for _, a := range subject {
		if longName(a.oid) == "commonName" {
			return []string{"DNS:" + a.value}
		}
	}
	return nil
}

func addSAN(p *module.Params, add func(asn1.ObjectIdentifier, bool, any) error) error {
	_, subject, err := subjectOf(p)
	if err != nil {
		return err
	}
	list := sanList(p, subject)
	if len(list) == 0 {
		return nil
	}
	names, err := parseNames(list, "Subject Alternative Name", false)
	if err != nil {
		return err
	}
	return add(oidSAN, p.Bool("subject_alt_name_critical"), names)
}

func addUsages(p *module.Params, add func(asn1.ObjectIdentifier, bool, any) error) error {
	if list := p.Strs("key_usage"); len(list) > 0 {
		bits := asn1.BitString{Bytes: make([]byte, 2)}
		for _, u := range list {
			n := keyUsageBit(u)
			if n < 0 {
				return refusef("Unknown key usage %q", u)
			}
			bits.Bytes[n/8] |= 0x80 >> (n % 8)
			bits.BitLength = max(bits.BitLength, n+1)
		}
		bits.Bytes = bits.Bytes[:(bits.BitLength+7)/8]
		if err := add(oidKeyUsage, p.Bool("key_usage_critical"), bits); err != nil {
			return err
		}
	}
	if list := p.Strs("extended_key_usage"); len(list) > 0 {
		var oids []asn1.ObjectIdentifier
		for _, u := range list {
			oid, err := ekuOID(u)
			if err != nil {
				return err
			}
			oids = append(oids, oid)
		}
		return add(oidEKU, p.Bool("extended_key_usage_critical"), oids)
	}
	return nil
}

func keyUsageBit(name string) int {
	for i, names := range keyUsages {
		for _, n := range names {
			if n == name {
				return i
			}
		}
	}
	return -1
}

func ekuOID(name string) (asn1.ObjectIdentifier, error) {
	for _, u := range extKeyUsages {
		if u[0] == name || u[1] == name || u[2] == name {
			return parseOID(u[0])
		}
	}
	if oid, err := parseOID(name); err == nil {
		return oid, nil
	}
	return nil, refusef("Cannot find OID for %q", name)
}

type basicConstraints struct {
	CA      bool `asn1:"optional"`
	PathLen int  `asn1:"optional,default:-1"`
}

func addBasicConstraints(p *module.Params, add func(asn1.ObjectIdentifier, bool, any) error) error {
	list := p.Strs("basic_constraints")
	if len(list) == 0 {
		return nil
	}
	bc := basicConstraints{PathLen: -1}
	for _, c := range list {
		n, isPath := strings.CutPrefix(c, "pathlen:")
		var err error
		switch {
		case isPath:
			bc.PathLen, err = strconv.Atoi(n)
		case c == "CA:TRUE":
			bc.CA = true
		case c != "CA:FALSE":
			err = errors.New("unknown")
		}
		if err != nil {
			return refusef("Unknown basic constraint %q", c)
		}
	}
	return add(oidBasicConstraints, p.Bool("basic_constraints_critical"), bc)
}

func addTLSFeature(p *module.Params, add func(asn1.ObjectIdentifier, bool, any) error) error {
	if !p.Bool("ocsp_must_staple") {
		return nil
	}
	const statusRequest = 5
	return add(oidTLSFeature, p.Bool("ocsp_must_staple_critical"), []int{statusRequest})
}

func addNameConstraints(p *module.Params, add func(asn1.ObjectIdentifier, bool, any) error) error {
	var parts []asn1.RawValue
	for tag, arg := range []string{"name_constraints_permitted", "name_constraints_excluded"} {
		names, err := parseNames(p.Strs(arg), "name constraint", true)
		if err != nil {
			return err
		}
		if len(names) == 0 {
			continue
		}
		var b []byte
		for _, n := range names {
			sub, err := asn1.Marshal([]asn1.RawValue{n})
			if err != nil {
				return err
			}
			b = append(b, sub...)
		}
		parts = append(parts, tagged(tag, true, b))
	}
	if parts == nil {
		return nil
	}
	return add(oidNameConstraints, p.Bool("name_constraints_critical"), parts)
}

// hexBytes reads "00:11" or "0011".
func hexBytes(s string) ([]byte, error) {
	b, err := hex.DecodeString(strings.ReplaceAll(s, ":", ""))
	if err != nil {
		return nil, refusef("Non-hexadecimal digit found")
	}
	return b, nil
}

func addKeyIDs(p *module.Params, ski []byte, add func(asn1.ObjectIdentifier, bool, any) error) error {
	switch {
	case p.Bool("create_subject_key_identifier"):
		if err := add(oidSKI, false, ski); err != nil {
			return err
		}
	case p.Has("subject_key_identifier"):
		b, err := hexBytes(p.Str("subject_key_identifier"))
		if err != nil {
			return refusef("Cannot parse subject_key_identifier: %w", err)
		}
		if err := add(oidSKI, false, b); err != nil {
			return err
		}
	}
	var parts []asn1.RawValue
	if p.Has("authority_key_identifier") {
		b, err := hexBytes(p.Str("authority_key_identifier"))
		if err != nil {
			return refusef("Cannot parse authority_key_identifier: %w", err)
		}
		parts = append(parts, tagged(0, false, b))
	}
	if list := p.Strs("authority_cert_issuer"); len(list) > 0 {
		names, err := parseNames(list, "authority cert issuer", false)
		if err != nil {
			return err
		}
		b, err := asn1.Marshal(names)
		if err != nil {
			return err
		}
		var seq asn1.RawValue
		if _, err := asn1.Unmarshal(b, &seq); err != nil {
			return err
		}
		parts = append(parts, tagged(1, true, seq.Bytes))
	}
	if p.Has("authority_cert_serial_number") {
		b, err := asn1.Marshal(big.NewInt(p.Int("authority_cert_serial_number")))
		if err != nil {
			return err
		}
		parts = append(parts, tagged(2, false, b[2:]))
	}
	if parts == nil {
		return nil
	}
	return add(oidAKI, false, parts)
}

// crlReasons are the bits of the reasons of a CRL distribution point; bit 0 is not used.
var crlReasons = []string{
	"", "key_compromise", "ca_compromise", "affiliation_changed", "superseded", "cessation_of_operation",
	"certificate_hold", "privilege_withdrawn", "aa_compromise",
}

func addCRL(p *module.Params, add func(asn1.ObjectIdentifier, bool, any) error) error {
	var points []asn1.RawValue
	for i, e := range p.List("crl_distribution_points") {
		point, err := crlPoint(p.Sub(e))
		if err != nil {
			return refusef("Error while parsing CRL distribution point #%d: %w", i, err)
		}
		points = append(points, point)
	}
	if points == nil {
		return nil
	}
	return add(oidCRL, false, points)
}

func crlPoint(p *module.Params) (asn1.RawValue, error) {
	var b bytes.Buffer
	put := func(tag int, constructed bool, content []byte) error {
		der, err := asn1.Marshal(tagged(tag, constructed, content))
		b.Write(der)
		return err
	}
	if names, err := joinNames(p.Strs("full_name"), "CRL distribution point"); err != nil {
		return asn1.RawValue{}, err
	} else if names != nil {
		inner, err := asn1.Marshal(tagged(0, true, names))
		if err != nil {
			return asn1.RawValue{}, err
		}
		if err := put(0, true, inner); err != nil {
			return asn1.RawValue{}, err
		}
	}
	if list := p.Strs("relative_name"); len(list) > 0 {
		inner, err := relativeName(list)
		if err != nil {
			return asn1.RawValue{}, err
		}
		if err := put(0, true, inner); err != nil {
			return asn1.RawValue{}, err
		}
	}
	if list := p.Strs("reasons"); len(list) > 0 {
		bits := asn1.BitString{Bytes: make([]byte, 2)}
		for _, r := range list {
			for n, name := range crlReasons {
				if name == r {
					bits.Bytes[n/8] |= 0x80 >> (n % 8)
					bits.BitLength = max(bits.BitLength, n+1)
				}
			}
		}
		bits.Bytes = bits.Bytes[:(bits.BitLength+7)/8]
		der, err := asn1.Marshal(bits)
		if err != nil {
			return asn1.RawValue{}, err
		}
		if err := put(1, false, der[2:]); err != nil {
			return asn1.RawValue{}, err
		}
	}
	if names, err := joinNames(p.Strs("crl_issuer"), "CRL issuer"); err != nil {
		return asn1.RawValue{}, err
	} else if names != nil {
		if err := put(2, true, names); err != nil {
			return asn1.RawValue{}, err
		}
	}
	return asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true, Bytes: b.Bytes()}, nil
}

// joinNames encodes names one after the other, without a frame; nil for none.
func joinNames(list []string, what string) ([]byte, error) {
	names, err := parseNames(list, what, false)
	if err != nil {
		return nil, err
	}
	var out []byte
	for _, n := range names {
		der, err := asn1.Marshal(n)
		if err != nil {
			return nil, err
		}
		out = append(out, der...)
	}
	return out, nil
}

// relativeName encodes the components of a name relative to the CRL's issuer.
func relativeName(list []string) ([]byte, error) {
	var out []byte
	for _, s := range list {
		attrs, err := parseRFC4514(s)
		if err != nil {
			return nil, err
		}
		for _, a := range attrs {
			raw, err := a.marshal()
			if err != nil {
				return nil, err
			}
			der, err := asn1.Marshal(raw)
			if err != nil {
				return nil, err
			}
			out = append(out, der...)
		}
	}
	return asn1.Marshal(tagged(1, true, out))
}
