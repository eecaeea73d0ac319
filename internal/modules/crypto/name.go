package crypto

import (
	"encoding/asn1"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// nameTypes are the kinds of components of a name: OID, long name, short names, and the ASN.1 type of the text (UTF8String
// when 0) with its greatest length (0 is any; least 1).
//
// Source: X.520 as RFC 5280, appendix A, has it; the names are OpenSSL's.
var nameTypes = []struct {
	oid      string
	long     string
	short    []string
	tag      int
	min, max int
}{
	{"2.5.4.3", "commonName", []string{"CN"}, 0, 1, 64},
	{"2.5.4.6", "countryName", []string{"C"}, asn1.TagPrintableString, 2, 2},
	{"2.5.4.7", "localityName", []string{"L"}, 0, 1, 0},
	{"2.5.4.8", "stateOrProvinceName", []string{"ST"}, 0, 1, 0},
	{"2.5.4.9", "streetAddress", []string{"street"}, 0, 1, 0},
	{"2.5.4.10", "organizationName", []string{"O"}, 0, 1, 0},
	{"2.5.4.11", "organizationalUnitName", []string{"OU"}, 0, 1, 0},
	{"1.2.840.113549.1.9.1", "emailAddress", nil, asn1.TagIA5String, 1, 0},
	{"2.5.4.5", "serialNumber", nil, asn1.TagPrintableString, 1, 0},
	{"2.5.4.4", "surname", []string{"SN"}, 0, 1, 0},
	{"2.5.4.42", "givenName", []string{"GN"}, 0, 1, 0},
	{"2.5.4.12", "title", nil, 0, 1, 0},
	{"2.5.4.13", "description", nil, 0, 1, 0},
	{"2.5.4.15", "businessCategory", nil, 0, 1, 0},
	{"2.5.4.16", "postalAddress", nil, 0, 1, 0},
	{"2.5.4.17", "postalCode", nil, 0, 1, 0},
	{"2.5.4.41", "name", nil, 0, 1, 0},
	{"2.5.4.43", "initials", nil, 0, 1, 0},
	{"2.5.4.44", "generationQualifier", nil, 0, 1, 0},
	{"2.5.4.46", "dnQualifier", nil, asn1.TagPrintableString, 1, 0},
	{"2.5.4.65", "pseudonym", nil, 0, 1, 0},
	{"2.5.4.97", "organizationIdentifier", nil, 0, 1, 0},
	{"0.9.2342.19200300.100.1.1", "userId", []string{"UID"}, 0, 1, 0},
	{"0.9.2342.19200300.100.1.25", "domainComponent", []string{"DC"}, asn1.TagIA5String, 1, 0},
	{"1.3.6.1.4.1.311.60.2.1.1", "jurisdictionLocalityName", []string{"jurisdictionL"}, 0, 1, 0},
	{"1.3.6.1.4.1.311.60.2.1.2", "jurisdictionStateOrProvinceName", []string{"jurisdictionST"}, 0, 1, 0},
	{"1.3.6.1.4.1.311.60.2.1.3", "jurisdictionCountryName", []string{"jurisdictionC"}, asn1.TagPrintableString, 2, 2},
}

// attribute is one component of a name.
type attribute struct {
	oid   asn1.ObjectIdentifier
	value string
}

// oidOf finds a kind of component by name or dotted number.
func oidOf(name string) (asn1.ObjectIdentifier, error) {
	for _, t := range nameTypes {
		if t.long == name || t.oid == name {
			return parseOID(t.oid)
		}
		for _, s := range t.short {
			if s == name {
				return parseOID(t.oid)
			}
		}
	}
	if oid, err := parseOID(name); err == nil {
		return oid, nil
	}
	return nil, refusef("Cannot find OID for %q", name)
}

func parseOID(s string) (asn1.ObjectIdentifier, error) {
	var oid asn1.ObjectIdentifier
	for part := range strings.SplitSeq(s, ".") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 {
			return nil, fmt.Errorf("%q is no object identifier", s)
		}
		oid = append(oid, n)
	}
	if len(oid) < 2 {
		return nil, fmt.Errorf("%q is no object identifier", s)
	}
	return oid, nil
}

// longName gives the name of a kind of component, or its number.
func longName(oid asn1.ObjectIdentifier) string {
	for _, t := range nameTypes {
		if t.oid == oid.String() {
			return t.long
		}
	}
	return oid.String()
}

func shortName(oid asn1.ObjectIdentifier) string {
	for _, t := range nameTypes {
		if t.oid == oid.String() && len(t.short) > 0 {
			return t.short[0]
		}
	}
	return longName(oid)
}

type rawAttribute struct {
	Type  asn1.ObjectIdentifier
	Value asn1.RawValue
}

// marshal encodes one component with the type of text that its kind has.
func (a attribute) marshal() (rawAttribute, error) {
	tag, low, high := asn1.TagUTF8String, 0, 0
	for _, t := range nameTypes {
		if t.oid == a.oid.String() {
			low, high = t.min, t.max
			if t.tag != 0 {
				tag = t.tag
			}
		}
	}
	if n := utf8.RuneCountInString(a.value); high > 0 && (n < low || n > high) {
		return rawAttribute{}, refusef("Attribute's length must be >= %d and <= %d, but it was %d", low, high, n)
	}
	return rawAttribute{a.oid, asn1.RawValue{Tag: tag, Bytes: []byte(a.value)}}, nil
}

// marshalName encodes a name, each component in a set of its own.
func marshalName(attrs []attribute) ([]byte, error) {
	type set []rawAttribute
	name := []asn1.RawValue{}
	for _, a := range attrs {
		raw, err := a.marshal()
		if err != nil {
			return nil, err
		}
		b, err := asn1.MarshalWithParams(set{raw}, "set")
		if err != nil {
			return nil, err
		}
		name = append(name, asn1.RawValue{FullBytes: b})
	}
	return asn1.Marshal(name)
}

// parseName gives the components of an encoded name.
func parseName(der []byte) ([]attribute, error) {
	var sets []asn1.RawValue
	if rest, err := asn1.Unmarshal(der, &sets); err != nil || len(rest) > 0 {
		return nil, fmt.Errorf("malformed name")
	}
	var out []attribute
	for _, s := range sets {
		rest := s.Bytes
		for len(rest) > 0 {
			var a rawAttribute
			var err error
			if rest, err = asn1.Unmarshal(rest, &a); err != nil {
				return nil, err
			}
			out = append(out, attribute{a.Type, string(a.Value.Bytes)})
		}
	}
	return out, nil
}

// parseRFC4514 reads "CN=a,O=b" (RFC 4514) or "/CN=a/O=b"; the last component comes first in the encoding, as the
// collection has it.
func parseRFC4514(s string) ([]attribute, error) {
	sep := byte(',')
	if strings.HasPrefix(s, "/") {
		sep, s = '/', s[1:]
	}
	var out []attribute
	for _, part := range splitEscaped(s, sep) {
		k, v, ok := strings.Cut(part, "=")
		if !ok {
			return nil, fmt.Errorf("cannot find '=' in %q", part)
		}
		oid, err := oidOf(strings.TrimSpace(k))
		if err != nil {
			return nil, err
		}
		out = append([]attribute{{oid, unescape(v)}}, out...)
	}
	return out, nil
}

func splitEscaped(s string, sep byte) []string {
	var out []string
	start := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case sep:
			out = append(out, s[start:i])
			start = i + 1
		}
	}
	return append(out, s[start:])
}

func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
			if i+1 < len(s) {
				if n, err := strconv.ParseUint(s[i:i+2], 16, 8); err == nil {
					b.WriteByte(byte(n))
					i++
					continue
				}
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// formatRFC4514 writes a name, the last component of the encoding first.
func formatRFC4514(attrs []attribute) string {
	esc := strings.NewReplacer(`\`, `\\`, ",", `\,`, "+", `\+`, `"`, `\"`, "<", `\<`, ">", `\>`, ";", `\;`)
	parts := make([]string, len(attrs))
	for i, a := range attrs {
		parts[len(attrs)-1-i] = shortName(a.oid) + "=" + esc.Replace(a.value)
	}
	return strings.Join(parts, ",")
}

// subjectEntry is a component as the arguments name it.
type subjectEntry struct{ name, value string }

// subjectArgs are the arguments for single components, in the order in which they are encoded.
var subjectArgs = []struct{ arg, name string }{
	{"country_name", "C"},
	{"state_or_province_name", "ST"},
	{"locality_name", "L"},
	{"organization_name", "O"},
	{"organizational_unit_name", "OU"},
	{"common_name", "CN"},
	{"email_address", "emailAddress"},
}

// subjectOf reads the subject from the arguments.
func subjectOf(p *module.Params) ([]subjectEntry, []attribute, error) {
	var out []subjectEntry
	add := func(name string, v value.Value, where string) error {
		values := []value.Value{v}
		if l, ok := v.(*value.List); ok {
			values = l.Stored()
		}
		for _, e := range values {
			t, _ := value.Text(e)
			if t == "" {
				return refusef("Value for %s in %s must not be an empty string", name, where)
			}
			out = append(out, subjectEntry{name, t})
		}
		return nil
	}
	for _, a := range subjectArgs {
		if p.Has(a.arg) {
			out = append(out, subjectEntry{a.name, p.Str(a.arg)})
		}
	}
	if d := p.Dict("subject"); d != nil {
		for _, k := range sortedKeys(d) {
			if err := add(k, d.Stored(k), "subject"); err != nil {
				return nil, nil, err
			}
		}
	}
	for i, e := range p.List("subject_ordered") {
		d, ok := e.(*value.Dict)
		if !ok || d.Len() != 1 {
			return nil, nil, refusef("Entry #%d in subject_ordered must be a dictionary with exactly one key-value pair", i+1)
		}
		k := sortedKeys(d)[0]
		if err := add(k, d.Stored(k), "subject_ordered"); err != nil {
			return nil, nil, err
		}
	}
	var attrs []attribute
	for _, e := range out {
		oid, err := oidOf(e.name)
		if err != nil {
			return nil, nil, err
		}
		attrs = append(attrs, attribute{oid, e.value})
	}
	return out, attrs, nil
}

// refusef is an error with a message of the collection's, as its users know it.
func refusef(format string, args ...any) error {
	return &fileattr.Failure{Msg: fmt.Errorf(format, args...).Error()}
}

// fail makes a failed result of an error in the arguments.
func fail(err error) error {
	if err == nil {
		return nil
	}
	return &fileattr.Failure{Msg: err.Error()}
}
