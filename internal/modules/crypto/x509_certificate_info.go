package crypto

import (
	"context"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name:      "community.crypto.x509_certificate_info",
	Redirects: []string{"community.crypto.openssl_certificate_info", "ansible.builtin.openssl_certificate_info", "ansible.builtin.x509_certificate_info"},
	Check:     module.Full, Run: runCertificateInfo,
	Args: module.Args{
		{Name: "path", Type: module.Path, Help: "The file of the certificate."},
		{Name: "content", Help: "The certificate itself, in PEM."},
		{Name: "valid_at", Type: module.Dict, Help: "Names and points in time at which validity is looked at."},
		{Name: "name_encoding", Default: "ignore", Choices: []string{"ignore", "idna", "unicode"}, Help: "How names are written; only ignore is supported."},
		{Name: "select_crypto_backend", Default: "auto", Choices: []string{"auto", "cryptography"}, Help: "Without effect."},
	},
	Rules: module.Rules{RequiredOneOf: [][]string{{"path", "content"}}, MutuallyExclusive: [][]string{{"path", "content"}}},
	Doc: module.Doc{
		Short:    "Tell what is in a certificate.",
		Examples: "- community.crypto.x509_certificate_info:\n    path: /etc/ssl/crt/ansible.com.crt\n    valid_at:\n      in_a_month: +30d\n  register: certificate\n",
		Returns: []module.Return{
			{Name: "expired", Type: "bool", When: "success", Help: "Whether its last moment has passed."},
			{Name: "subject", Type: "dict", When: "success", Help: "The subject; issuer, extensions, key and times are told likewise."},
			{Name: "valid_at", Type: "dict", When: "success", Help: "For each name of the argument whether it is valid then."},
		},
	},
})

func runCertificateInfo(_ context.Context, sys target.System, p *module.Params) (module.Result, error) {
	if e := p.Str("name_encoding"); e != "ignore" {
		return module.Fail("name_encoding %s is not supported by this module", e), nil
	}
	b := []byte(p.Str("content"))
	if !p.Has("content") {
		var err error
		if b, err = target.ReadFile(sys, p.Str("path")); err != nil {
			return module.Fail("Error while reading certificate file from disk: %s", pyQuoted(err, p.Str("path"))), nil
		}
	}
	c, err := parseCertificate(b)
	if err != nil {
		return module.Fail("%v", err), nil
	}
	now := sys.Now()
	info := certificateInfo(c, now)
	info.DeleteStr("can_parse_certificate")
	info.SetStr("fingerprints", fingerprints(c.der))
	allFingerprints(info, c.spki)
	valid, shown := value.NewDict(), value.NewDict()
	if d := p.Dict("valid_at"); d != nil {
		for _, name := range sortedKeys(d) {
			text, _ := value.Text(d.Stored(name))
			at, err := parseTime(text, "valid_at."+name, now)
			if err != nil {
				return module.Raise(err.Error()), nil
			}
			shown.SetStr(name, value.NewStr(at.Format("2006-01-02T15:04:05-07:00")))
			valid.SetStr(name, value.Bool(!at.Before(c.notBefore) && !at.After(c.notAfter)))
		}
		p.Show("valid_at", shown) // Ansible shows what it made of it
	}
	info.SetStr("valid_at", valid)
	return module.Result{Values: info}, nil
}

// allFingerprints puts every checksum of the public key in the place of the one that diffs show.
func allFingerprints(info *value.Dict, spki []byte) {
	info.SetStr("public_key_fingerprints", fingerprints(spki))
}

// pyQuoted is fileattr.PyError with the path as a text, not as bytes.
func pyQuoted(err error, path string) string {
	return strings.Replace(fileattr.PyError(err, path), ": b'", ": '", 1)
}
