package crypto

import (
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"
)

// General names (RFC 5280, 4.2.1.6) as the collection writes them: "DNS:a", "IP:1.2.3.4", "email:x@y", "URI:z",
// "RID:1.2.3", "dirName:CN=x", "otherName:1.2.3;UTF8:text".

// The tags of general names.
const (
	tagOther = iota
	tagEmail
	tagDNS
	_
	tagDir
	_
	tagURI
	tagIP
	tagRID
)

func tagged(tag int, constructed bool, b []byte) asn1.RawValue {
	return asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: tag, IsCompound: constructed, Bytes: b}
}

// nameError is the collection's message for a name that can't be read.
type nameError struct{ name, what, why string }

func (e *nameError) Error() string {
	if e.why == "" {
		return fmt.Sprintf("Cannot parse %s %q (potentially unsupported by cryptography backend)", e.what, e.name)
	}
	if strings.HasPrefix(e.why, "(") {
		return fmt.Sprintf("Cannot parse %s %q %s", e.what, e.name, e.why)
	}
	return fmt.Sprintf("Cannot parse %s %q: %s", e.what, e.name, e.why)
}

// parseGeneralName reads a name; what says where it stands, for the error. network takes addresses with a prefix length,
// as name constraints have them.
func parseGeneralName(s, what string, network bool) (asn1.RawValue, error) {
	kind, text, ok := strings.Cut(s, ":")
	if !ok {
		return asn1.RawValue{}, &nameError{s, what, `(forgot "DNS:" prefix?)`}
	}
	bad := func(why string) (asn1.RawValue, error) { return asn1.RawValue{}, &nameError{s, what, why} }
	switch kind {
	case "DNS":
		ascii, err := toASCII(text)
		if err != nil {
			return bad(err.Error())
		}
		return tagged(tagDNS, false, []byte(ascii)), nil
	case "email":
		return tagged(tagEmail, false, []byte(text)), nil
	case "URI":
		return tagged(tagURI, false, []byte(text)), nil
	case "IP":
		b, err := parseIP(text, network)
		if err != nil {
			return asn1.RawValue{}, wrapIP(err, s, what, network)
		}
		return tagged(tagIP, false, b), nil
	case "RID":
		oid, err := parseOID(text)
		if err != nil {
			return bad(err.Error())
		}
		b, err := asn1.Marshal(oid)
		if err != nil {
			return bad(err.Error())
		}
		return tagged(tagRID, false, b[2:]), nil
	case "dirName":
		attrs, err := parseRFC4514(text)
		if err != nil {
			return bad(err.Error())
		}
		b, err := marshalName(attrs)
		if err != nil {
			return bad(err.Error())
		}
		return tagged(tagDir, true, b), nil
	case "otherName":
		b, err := parseOtherName(text)
		if err != nil {
			return bad(err.Error())
		}
		return tagged(tagOther, true, b), nil
	}
	return bad("")
}

func wrapIP(err error, s, what string, network bool) error {
	if network {
		return refusef("Error while parsing name constraint: %w", err)
	}
	return &nameError{s, what, err.Error()}
}

func parseIP(text string, network bool) ([]byte, error) {
	if !network {
		a, err := netip.ParseAddr(text)
		if err != nil || a.Zone() != "" {
			return nil, fmt.Errorf("'%s' does not appear to be an IPv4 or IPv6 address", text)
		}
		return a.AsSlice(), nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return nil, fmt.Errorf("IPAddress name constraints must be an IPv4Network or IPv6Network object")
	}
	if p != p.Masked() {
		return nil, fmt.Errorf("%s has host bits set", text)
	}
	b := p.Addr().AsSlice()
	mask := make([]byte, len(b))
	for i := range p.Bits() {
		mask[i/8] |= 0x80 >> (i % 8)
	}
	return append(b, mask...), nil
}

// parseOtherName reads "OID;UTF8:text" or "OID;hex of the DER".
func parseOtherName(text string) ([]byte, error) {
	id, content, ok := strings.Cut(text, ";")
	if !ok {
		return nil, fmt.Errorf("it needs an OID and a value with ';' between")
	}
	oid, err := parseOID(id)
	if err != nil {
		return nil, err
	}
	var der []byte
	if s, ok := strings.CutPrefix(content, "UTF8:"); ok {
		der, err = asn1.MarshalWithParams(s, "utf8")
	} else {
		der, err = hex.DecodeString(strings.ReplaceAll(content, ":", ""))
	}
	if err != nil {
		return nil, err
	}
	head, err := asn1.Marshal(oid)
	if err != nil {
		return nil, err
	}
	tail, err := asn1.Marshal(tagged(0, true, der))
	return append(head, tail...), err
}

// formatGeneralName writes an encoded name.
func formatGeneralName(v asn1.RawValue, network bool) string {
	switch v.Tag {
	case tagDNS:
		return "DNS:" + string(v.Bytes)
	case tagEmail:
		return "email:" + string(v.Bytes)
	case tagURI:
		return "URI:" + string(v.Bytes)
	case tagIP:
		return "IP:" + formatIP(v.Bytes, network)
	case tagRID:
		var oid asn1.ObjectIdentifier
		der, _ := asn1.Marshal(asn1.RawValue{Tag: asn1.TagOID, Bytes: v.Bytes})
		if _, err := asn1.Unmarshal(der, &oid); err == nil {
			return "RID:" + oid.String()
		}
	case tagDir:
		if attrs, err := parseName(v.Bytes); err == nil {
			return "dirName:" + formatRFC4514(attrs)
		}
	case tagOther:
		var oid asn1.ObjectIdentifier
		var content asn1.RawValue
		rest, err := asn1.Unmarshal(v.Bytes, &oid)
		if err == nil {
			if _, err = asn1.Unmarshal(rest, &content); err == nil {
				return "otherName:" + oid.String() + ";" + colonHex(content.Bytes)
			}
		}
	}
	return "unknown:" + colonHex(v.Bytes)
}

func formatIP(b []byte, network bool) string {
	if network && len(b)%2 == 0 {
		half := len(b) / 2
		a, ok := netip.AddrFromSlice(b[:half])
		bits := 0
		for _, m := range b[half:] {
			for ; m&0x80 != 0; m <<= 1 {
				bits++
			}
		}
		if ok {
			return netip.PrefixFrom(a, bits).String()
		}
	}
	if a, ok := netip.AddrFromSlice(b); ok {
		return a.String()
	}
	return colonHex(b)
}

// parseNames reads a list of names.
func parseNames(list []string, what string, network bool) ([]asn1.RawValue, error) {
	var out []asn1.RawValue
	for _, s := range list {
		v, err := parseGeneralName(s, what, network)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// toASCII refuses names that are not ASCII: they are to be given in punycode, as certificates have them.
func toASCII(s string) (string, error) {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return "", fmt.Errorf("it is not ASCII; give it in punycode (xn--...)")
		}
	}
	return s, nil
}
