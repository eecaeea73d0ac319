package fetch

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"path"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// bundles are where the distributions keep the certificates of the CAs that they trust.
var bundles = []string{
	"/etc/ssl/certs/ca-certificates.crt", // Debian, Ubuntu, Alpine, Arch
	"/etc/pki/tls/certs/ca-bundle.crt",   // Fedora, RHEL
	"/etc/ssl/ca-bundle.pem",             // SUSE
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
	"/etc/ssl/cert.pem",
}

// tlsConfig makes the settings of TLS: at least version 1.2, certificates checked unless that is forbidden.
func (c *Client) tlsConfig() (*tls.Config, error) {
	conf := &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}
	if c.NoVerify {
		conf.InsecureSkipVerify = true //nolint:gosec // validate_certs: false
	} else {
		pool, err := c.roots()
		if err != nil {
			return nil, err
		}
		conf.RootCAs = pool
	}
	if len(c.Ciphers) > 0 {
		ids, err := cipherIDs(c.Ciphers)
		if err != nil {
			return nil, err
		}
		conf.CipherSuites = ids
	}
	if c.ClientCert == "" {
		return conf, nil
	}
	pair, err := c.clientCertificate()
	if err != nil {
		return nil, err
	}
	conf.Certificates = []tls.Certificate{pair}
	return conf, nil
}

func (c *Client) clientCertificate() (tls.Certificate, error) {
	cert, err := target.ReadFile(c.sys, c.ClientCert)
	if err != nil {
		return tls.Certificate{}, &FileError{c.ClientCert, err}
	}
	key := cert
	if c.ClientKey != "" {
		if key, err = target.ReadFile(c.sys, c.ClientKey); err != nil {
			return tls.Certificate{}, &FileError{c.ClientKey, err}
		}
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("the client certificate %s: %w", c.ClientCert, err)
	}
	return pair, nil
}

// roots are the CAs that are trusted: those of ca_path, or of the distribution.
func (c *Client) roots() (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	if c.CAPath != "" {
		info, err := c.sys.Stat(c.CAPath)
		if err == nil && info.IsDir() {
			return pool, c.addFolder(pool, c.CAPath)
		}
		pem, err := target.ReadFile(c.sys, c.CAPath)
		if err != nil {
			return nil, &FileError{c.CAPath, err}
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("no certificate in %s", c.CAPath)
		}
		return pool, nil
	}
	for _, f := range bundles {
		if pem, err := target.ReadFile(c.sys, f); err == nil {
			pool.AppendCertsFromPEM(pem)
			break
		}
	}
	return pool, nil
}

func (c *Client) addFolder(pool *x509.CertPool, dir string) error {
	names, err := c.sys.ReadDir(dir)
	if err != nil {
		return &FileError{dir, err}
	}
	for _, name := range names {
		if pem, err := target.ReadFile(c.sys, path.Join(dir, name)); err == nil && bytes.Contains(pem, []byte("-----BEGIN CERTIFICATE")) {
			pool.AppendCertsFromPEM(pem)
		}
	}
	return nil
}

// FileError is a file of the options that can't be read.
type FileError struct {
	Path string
	Err  error
}

// Error gives it as Python prints it.
func (e *FileError) Error() string { return pyFile(e.Err) }

// Unwrap gives the system's error.
func (e *FileError) Unwrap() error { return e.Err }

func pyFile(err error) string { return fileattr.PyError(err) }

// cipherIDs gives the numbers of cipher suites by OpenSSL's names, or by those of the RFCs. A name that is not known is
// passed over, as OpenSSL does; when none is known it is an error. Suites of TLS 1.3 can't be chosen.
func cipherIDs(names []string) ([]uint16, error) {
	known := map[string]uint16{}
	for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		known[s.Name] = s.ID
		known[opensslName(s.Name)] = s.ID
	}
	var ids []uint16
	tls13 := false
	for _, list := range names {
		for name := range strings.FieldsFuncSeq(list, func(r rune) bool { return r == ':' || r == ',' || r == ' ' }) {
			if id, ok := known[name]; ok {
				ids = append(ids, id)
			}
			tls13 = tls13 || strings.HasPrefix(name, "TLS_AES_") || strings.HasPrefix(name, "TLS_CHACHA20_")
		}
	}
	if len(ids) == 0 && !tls13 {
		return nil, errNoCipher
	}
	return ids, nil
}

var errNoCipher = errors.New("('No cipher can be selected.',)")

// opensslName makes "ECDHE-RSA-AES128-GCM-SHA256" of "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256".
func opensslName(rfc string) string {
	s := strings.TrimPrefix(rfc, "TLS_")
	s = strings.NewReplacer("_WITH_", "-", "AES_128", "AES128", "AES_256", "AES256", "CHACHA20_POLY1305_SHA256", "CHACHA20-POLY1305", "_CBC_SHA", "-SHA").Replace(s)
	s = strings.ReplaceAll(s, "_", "-")
	return strings.TrimPrefix(s, "RSA-")
}

// tlsError gives a failed handshake in OpenSSL's words, where they are known.
func (c *Client) tlsError(err error, host string) error {
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	verify := func(why string) error {
		return &TLSError{"[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: " + why + "", err, true}
	}
	switch {
	case errors.As(err, &name):
		kind := "Hostname"
		if net.ParseIP(host) != nil {
			kind = "IP address"
		}
		return verify(fmt.Sprintf("%s mismatch, certificate is not valid for '%s'.", kind, host))
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return verify("certificate has expired")
	case errors.As(err, &unknown):
		return verify("unable to get local issuer certificate")
	case errors.As(err, &record):
		return &TLSError{"[SSL: WRONG_VERSION_NUMBER] wrong version number", err, false}
	}
	return &TLSError{err.Error(), err, false}
}

// TLSError is a handshake that failed.
type TLSError struct {
	Msg    string
	Err    error
	Verify bool // the certificate is not trusted
}

// Error gives the message.
func (e *TLSError) Error() string { return e.Msg }

// Unwrap gives what Go says.
func (e *TLSError) Unwrap() error { return e.Err }
