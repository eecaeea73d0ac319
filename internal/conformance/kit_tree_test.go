package conformance_test

import (
	"crypto/ecdsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"syscall"
	"testing"
	"time"
)

// tree is what a run left below .demo: a line for each entry with mode, type and name, as record-kit.sh writes it, and
// the content of each file that is not random.
type tree struct {
	list  string
	files map[string]string
}

// readTree reads the tree that a run in dir left.
func readTree(t *testing.T, dir string) tree {
	t.Helper()
	found := tree{files: map[string]string{}}
	var names []string
	lines := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".demo", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		kind := "?"
		switch {
		case d.IsDir():
			kind = "d"
		case d.Type() == fs.ModeSymlink:
			kind = "l"
		case d.Type().IsRegular():
			kind = "f"
		}
		names = append(names, path)
		lines[path] = fmt.Sprintf("%#o %s %s\n", info.Sys().(*syscall.Stat_t).Mode&0o7777, kind, path)
		if kind == "f" && !strings.HasPrefix(path, ".demo/tls/") {
			found.files[strings.TrimPrefix(path, ".demo/")] = normalise(dir, read(t, dir, path))
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return found
	}
	if err != nil {
		t.Fatal(err)
	}
	sort.Strings(names)
	for _, name := range names {
		found.list += lines[name]
	}
	return found
}

// recordedTree is the tree that the real Ansible left in a case.
func recordedTree(t *testing.T, testcase string) tree {
	t.Helper()
	found := tree{files: map[string]string{}}
	if list, err := os.ReadFile(filepath.Join(testcase, "tree.list")); err == nil {
		found.list = string(list)
	}
	root := filepath.Join(testcase, "tree")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		found.files[strings.TrimPrefix(path, root+"/")] = read(t, path)
		return nil
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return found
}

// forgetNginx takes out of a tree what NGINX itself makes when it tests its configuration.
func (tr *tree) forgetNginx() {
	made := func(name string) bool {
		return name == "nginx/nginx.pid" || strings.HasPrefix(name, "nginx/temp/") || strings.HasPrefix(name, "nginx/logs/")
	}
	var lines []string
	for line := range strings.Lines(tr.list) {
		_, name, _ := strings.Cut(strings.TrimSpace(line), " .demo/")
		if !made(name) {
			lines = append(lines, line)
		}
	}
	tr.list = strings.Join(lines, "")
	maps.DeleteFunc(tr.files, func(name, _ string) bool { return made(name) })
}

// compareTrees returns what differs between two trees, as lines to read.
func compareTrees(got, want tree) []string {
	var diffs []string
	if got.list != want.list {
		diffs = append(diffs, "modes, types and names: "+firstDifference(got.list, want.list))
	}
	for name, text := range want.files {
		if got.files[name] != text {
			diffs = append(diffs, name+": "+firstDifference(got.files[name], text))
		}
	}
	for name := range got.files {
		if _, ok := want.files[name]; !ok {
			diffs = append(diffs, name+": is not wanted")
		}
	}
	sort.Strings(diffs)
	return diffs
}

// firstDifference tells where two texts part.
func firstDifference(got, want string) string {
	g, w := strings.SplitAfter(got, "\n"), strings.SplitAfter(want, "\n")
	for i := range max(len(g), len(w)) {
		line := func(of []string) string {
			if i < len(of) {
				return of[i]
			}
			return ""
		}
		if line(g) != line(w) {
			return fmt.Sprintf("line %d\n got  %q\n want %q", i+1, line(g), line(w))
		}
	}
	return "equal"
}

// certificate is what a request and a certificate say, without what is random.
type certificate struct {
	Subject, Issuer, Names, KeyType, Usages, Lifetime, Signature, Request string
}

// parseCertificate reads the request and the certificate in a folder.
func parseCertificate(t *testing.T, dir string) (*x509.Certificate, *x509.CertificateRequest) {
	t.Helper()
	der := func(name, kind string) []byte {
		block, rest := pem.Decode([]byte(read(t, dir, name)))
		if block == nil || block.Type != kind || len(strings.TrimSpace(string(rest))) != 0 {
			t.Fatalf("%s is not one PEM block of type %s", name, kind)
		}
		return block.Bytes
	}
	crt, err := x509.ParseCertificate(der("kimai.crt", "CERTIFICATE"))
	if err != nil {
		t.Fatal(err)
	}
	csr, err := x509.ParseCertificateRequest(der("kimai.csr", "CERTIFICATE REQUEST"))
	if err != nil {
		t.Fatal(err)
	}
	return crt, csr
}

// readCertificate gives what request and certificate in a folder say.
func readCertificate(t *testing.T, dir string) certificate {
	t.Helper()
	crt, csr := parseCertificate(t, dir)
	key, ok := crt.PublicKey.(*ecdsa.PublicKey)
	if !ok {
		t.Fatalf("the key is %T", crt.PublicKey)
	}
	return certificate{
		Subject: crt.Subject.String(), Issuer: crt.Issuer.String(),
		Names:   fmt.Sprint(crt.DNSNames, crt.IPAddresses),
		KeyType: key.Curve.Params().Name,
		Usages:  fmt.Sprint(crt.KeyUsage, crt.ExtKeyUsage, crt.BasicConstraintsValid, crt.IsCA, extensions(crt.Extensions)),
		// whole days: the two times need not be taken in the same second
		Lifetime:  crt.NotAfter.Sub(crt.NotBefore).Round(24 * time.Hour).String(),
		Signature: crt.SignatureAlgorithm.String(),
		Request:   fmt.Sprint(csr.Subject, csr.DNSNames, csr.IPAddresses, csr.SignatureAlgorithm, csr.Version, extensions(csr.Extensions)),
	}
}

// certificateDifferences holds what a run in dir made below .demo/tls against the recorded certificate of the case, or
// of the case fresh where it has none of its own; and tells when key, request and certificate do not fit each other.
func certificateDifferences(t *testing.T, dir, name string) []string {
	t.Helper()
	want := filepath.Join(testdata, "kit", name, "tls")
	if _, err := os.Stat(want); err != nil {
		want = filepath.Join(testdata, "kit", "fresh", "tls")
	}
	made := filepath.Join(dir, ".demo", "tls")
	var diffs []string
	if got, want := readCertificate(t, made), readCertificate(t, want); got != want {
		diffs = append(diffs, fmt.Sprintf("certificate\n got  %+v\n want %+v", got, want))
	}
	key, err := readKey(read(t, made, "kimai.key"))
	if err != nil {
		return append(diffs, err.Error())
	}
	crt, csr := parseCertificate(t, made)
	if !key.PublicKey.Equal(crt.PublicKey) || !key.PublicKey.Equal(csr.PublicKey) {
		diffs = append(diffs, "key, request and certificate do not belong together")
	}
	// CheckSignatureFrom wants a CA; the certificate's own key has signed it all the same
	if err := crt.CheckSignature(crt.SignatureAlgorithm, crt.RawTBSCertificate, crt.Signature); err != nil {
		diffs = append(diffs, "the certificate is not signed by its own key: "+err.Error())
	}
	if err := csr.CheckSignature(); err != nil {
		diffs = append(diffs, "the request is not signed by its key: "+err.Error())
	}
	if age := time.Since(crt.NotBefore); age < -time.Minute || age > time.Hour {
		diffs = append(diffs, fmt.Sprintf("the certificate is valid from %s, which is not now", crt.NotBefore))
	}
	return diffs
}

// extensions lists extensions with their critical marks.
func extensions(all []pkix.Extension) string {
	var list []string
	for _, e := range all {
		list = append(list, fmt.Sprintf("%s:%t", e.Id, e.Critical))
	}
	sort.Strings(list)
	return strings.Join(list, " ")
}

// readKey reads an EC key in PKCS 8 or SEC 1.
func readKey(text string) (*ecdsa.PrivateKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("the key is no PEM")
	}
	if block.Type == "EC PRIVATE KEY" {
		return x509.ParseECPrivateKey(block.Bytes)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	ec, ok := key.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("the key is %T", key)
	}
	return ec, nil
}
