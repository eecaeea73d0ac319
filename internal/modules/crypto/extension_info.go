package crypto

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"math/big"
	"sort"
	"strconv"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// extensionInfo puts what is told of extensions into d, under the collection's keys; what is not there is null or false.
func extensionInfo(d *value.Dict, list []pkix.Extension) {
	set := func(key string, oid asn1.ObjectIdentifier, read func([]byte) value.Value) {
		e := find(list, oid)
		v := value.Value(value.None)
		if e != nil {
			v = read(e.Value)
		}
		d.SetStr(key, v)
		d.SetStr(key+"_critical", value.Bool(e != nil && e.Critical))
	}
	set("basic_constraints", oidBasicConstraints, readBasicConstraints)
	set("key_usage", oidKeyUsage, readKeyUsage)
	set("extended_key_usage", oidEKU, readEKU)
	set("subject_alt_name", oidSAN, func(b []byte) value.Value { return module.V(readNames(b)) })
	set("ocsp_must_staple", oidTLSFeature, func(b []byte) value.Value {
		var features []int
		_, _ = asn1.Unmarshal(b, &features)
		for _, f := range features {
			if f == 5 || f == 17 {
				return value.True
			}
		}
		return value.False
	})
	nc := find(list, oidNameConstraints)
	d.SetStr("name_constraints_critical", value.Bool(nc != nil && nc.Critical))
	d.SetStr("name_constraints_permitted", value.None)
	d.SetStr("name_constraints_excluded", value.None)
	if nc != nil {
		permitted, excluded := readConstraints(nc.Value)
		d.SetStr("name_constraints_permitted", module.V(permitted))
		d.SetStr("name_constraints_excluded", module.V(excluded))
	}
	d.SetStr("subject_key_identifier", value.None)
	if e := find(list, oidSKI); e != nil {
		var id []byte
		if _, err := asn1.Unmarshal(e.Value, &id); err == nil {
			d.SetStr("subject_key_identifier", value.NewStr(colonHex(id)))
		}
	}
	authorityInfo(d, find(list, oidAKI))
	byOID := value.NewDict()
	for _, e := range list {
		byOID.SetStr(e.Id.String(), value.DictOf("critical", value.Bool(e.Critical), "value", value.NewStr(base64.StdEncoding.EncodeToString(e.Value))))
	}
	d.SetStr("extensions_by_oid", byOID)
}

func authorityInfo(d *value.Dict, e *pkix.Extension) {
	d.SetStr("authority_key_identifier", value.None)
	d.SetStr("authority_cert_issuer", value.None)
	d.SetStr("authority_cert_serial_number", value.None)
	if e == nil {
		return
	}
	var parts []asn1.RawValue
	if _, err := asn1.Unmarshal(e.Value, &parts); err != nil {
		return
	}
	for _, p := range parts {
		switch p.Tag {
		case 0:
			d.SetStr("authority_key_identifier", value.NewStr(colonHex(p.Bytes)))
		case 1:
			d.SetStr("authority_cert_issuer", module.V(readElements(p.Bytes, false)))
		case 2:
			d.SetStr("authority_cert_serial_number", value.NewBigInt(new(big.Int).SetBytes(p.Bytes)))
		}
	}
}

func readBasicConstraints(b []byte) value.Value {
	bc := basicConstraints{PathLen: -1}
	_, _ = asn1.Unmarshal(b, &bc)
	out := []string{"CA:FALSE"}
	if bc.CA {
		out[0] = "CA:TRUE"
	}
	if bc.PathLen >= 0 {
		out = append(out, "pathlen:"+strconv.Itoa(bc.PathLen))
	}
	return module.V(out)
}

func readKeyUsage(b []byte) value.Value {
	var bits asn1.BitString
	_, _ = asn1.Unmarshal(b, &bits)
	out := []string{}
	for i, names := range keyUsages {
		if bits.At(i) != 0 {
			out = append(out, names[len(names)-1])
		}
	}
	sort.Strings(out)
	return module.V(out)
}

func readEKU(b []byte) value.Value {
	var oids []asn1.ObjectIdentifier
	_, _ = asn1.Unmarshal(b, &oids)
	out := []string{}
	for _, oid := range oids {
		name := oid.String()
		for _, u := range extKeyUsages {
			if u[0] == name {
				name = u[2]
			}
		}
		out = append(out, name)
	}
	sort.Strings(out)
	return module.V(out)
}

func readNames(b []byte) []string {
	var seq asn1.RawValue
	if _, err := asn1.Unmarshal(b, &seq); err != nil {
		return []string{}
	}
	return readElements(seq.Bytes, false)
}

// readElements gives general names that stand one after the other.
func readElements(b []byte, network bool) []string {
	out := []string{}
	for len(b) > 0 {
		var v asn1.RawValue
		rest, err := asn1.Unmarshal(b, &v)
		if err != nil {
			return out
		}
		out, b = append(out, formatGeneralName(v, network)), rest
	}
	return out
}

func readConstraints(b []byte) (permitted, excluded []string) {
	permitted, excluded = []string{}, []string{}
	var parts []asn1.RawValue
	_, _ = asn1.Unmarshal(b, &parts)
	for _, p := range parts {
		rest := p.Bytes
		for len(rest) > 0 {
			var sub asn1.RawValue
			var err error
			if rest, err = asn1.Unmarshal(rest, &sub); err != nil {
				break
			}
			names := readElements(sub.Bytes, true)
			if len(names) == 0 {
				continue
			}
			if p.Tag == 0 {
				permitted = append(permitted, names[0])
			} else {
				excluded = append(excluded, names[0])
			}
		}
	}
	return permitted, excluded
}

// nameInfo gives a name as a dict (the last of several values wins) and as pairs in order.
func nameInfo(der []byte) (*value.Dict, *value.List) {
	d, l := value.NewDict(), value.NewList()
	attrs, _ := parseName(der)
	for _, a := range attrs {
		d.SetStr(longName(a.oid), value.NewStr(a.value))
		l.Append(module.V([]string{longName(a.oid), a.value}))
	}
	return d, l
}

// requestInfoDict is what a diff tells of a request; nil stands for one that can't be read.
func requestInfoDict(r *request) *value.Dict {
	if r == nil {
		return value.DictOf("can_parse_csr", value.False)
	}
	d := value.DictOf("can_parse_csr", value.True, "signature_valid", value.Bool(r.signed))
	subject, ordered := nameInfo(r.subject)
	d.SetStr("subject", subject)
	d.SetStr("subject_ordered", ordered)
	extensionInfo(d, r.extensions)
	putPublic(d, publicInfo(r.pub))
	return d
}

// putPublic adds the public key under the names that requests and certificates have for its parts.
func putPublic(d, info *value.Dict) {
	for from, to := range map[string]string{
		"public_key": "public_key", "public_key_fingerprints": "public_key_fingerprints",
		"type": "public_key_type", "public_data": "public_key_data",
	} {
		if v := info.Stored(from); v != nil {
			d.SetStr(to, v)
		}
	}
}

func sortedKeys(d *value.Dict) []string {
	var out []string
	for _, k := range d.Keys() {
		s, _ := value.Text(k)
		out = append(out, s)
	}
	sort.Strings(out)
	return out
}
