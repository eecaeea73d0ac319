package moduletest

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"
)

// describePEM tells what is in a PEM file, less what is random: of a certificate all but serial number, times (their
// distance is told) and signature, of a key its kind and size.
func describePEM(s string) string {
	var out []string
	rest := []byte(s)
	for {
		var b *pem.Block
		if b, rest = pem.Decode(rest); b == nil {
			break
		}
		out = append(out, describeBlock(b))
	}
	if out == nil {
		return fmt.Sprintf("%q", s)
	}
	return strings.Join(out, "; ")
}

func describeBlock(b *pem.Block) string {
	switch b.Type {
	case "CERTIFICATE":
		c, err := x509.ParseCertificate(b.Bytes)
		if err != nil {
			return b.Type + " " + err.Error()
		}
		valid := "for " + c.NotAfter.Sub(c.NotBefore).String()
		if y := c.NotAfter; y.YearDay() == 1 && y.Hour()+y.Minute()+y.Second() == 0 {
			valid = "until " + y.Format("2006-01-02") // a fixed time
		}
		return fmt.Sprintf("CERTIFICATE v%d subject %x issuer %x %v key %s %s serial of %d bits or less, extensions %s", c.Version, c.RawSubject,
			c.RawIssuer, c.SignatureAlgorithm, c.PublicKeyAlgorithm, valid, (c.SerialNumber.BitLen()+159)/160*160, extensions(c.Extensions))
	case "CERTIFICATE REQUEST":
		c, err := x509.ParseCertificateRequest(b.Bytes)
		if err != nil {
			return b.Type + " " + err.Error()
		}
		return fmt.Sprintf("REQUEST subject %x %v key %s extensions %s", c.RawSubject, c.SignatureAlgorithm, c.PublicKeyAlgorithm, extensions(c.Extensions))
	case "RSA PRIVATE KEY", "EC PRIVATE KEY", "PRIVATE KEY":
		return b.Type + " " + describeKey(b)
	case "OPENSSH PRIVATE KEY":
		return b.Type + " " + describeSSHKey(b)
	}
	return b.Type
}

func extensions(list []pkix.Extension) string {
	var out []string
	for _, e := range list {
		critical := ""
		if e.Critical {
			critical = " critical"
		}
		value := fmt.Sprintf("%x", e.Value)
		if e.Id.String() == "2.5.29.14" || e.Id.String() == "2.5.29.35" {
			value = fmt.Sprintf("%d bytes", len(e.Value)) // identifiers of keys that may be random
		}
		out = append(out, fmt.Sprintf("%s%s %s", e.Id, critical, value))
	}
	return strings.Join(out, ", ")
}

func describeKey(b *pem.Block) string {
	if b.Headers["DEK-Info"] != "" {
		cipher, _, _ := strings.Cut(b.Headers["DEK-Info"], ",")
		return "encrypted with " + cipher
	}
	if k, err := x509.ParsePKCS1PrivateKey(b.Bytes); err == nil {
		return fmt.Sprintf("RSA %d", k.N.BitLen())
	}
	if k, err := x509.ParseECPrivateKey(b.Bytes); err == nil {
		return "EC " + k.Curve.Params().Name
	}
	k, err := x509.ParsePKCS8PrivateKey(b.Bytes)
	if err != nil {
		return err.Error()
	}
	switch k := k.(type) {
	case *rsa.PrivateKey:
		return fmt.Sprintf("RSA %d", k.N.BitLen())
	case *ecdsa.PrivateKey:
		return "EC " + k.Curve.Params().Name
	}
	return fmt.Sprintf("%T", k)
}

// describeSSHKey tells of a key in OpenSSH's format, in which a part is random whatever the key.
func describeSSHKey(b *pem.Block) string {
	k, err := ssh.ParseRawPrivateKey(pem.EncodeToMemory(b))
	switch k := k.(type) {
	case *rsa.PrivateKey:
		return fmt.Sprintf("RSA %d", k.N.BitLen())
	case *ecdsa.PrivateKey:
		return "EC " + k.Curve.Params().Name
	case nil:
		return err.Error()
	}
	return fmt.Sprintf("%T", k)
}
