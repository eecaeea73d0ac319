package crypto

import (
	"bytes"
	"context"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var skiChoices = []string{"create_if_not_provided", "always_create", "never_create"}

var _ = Set.Add(module.Def{
	Name:      "community.crypto.x509_certificate",
	Redirects: []string{"community.crypto.openssl_certificate", "community.general.openssl_certificate", "ansible.builtin.openssl_certificate"},
	Check:     module.Full, Diff: module.Full, FileArgs: true, Run: runCertificate, Args: certificateArgs,
	Rules: module.Rules{
		MutuallyExclusive: [][]string{
			{"csr_path", "csr_content"},
			{"privatekey_path", "privatekey_content"},
			{"ownca_path", "ownca_content"},
			{"ownca_privatekey_path", "ownca_privatekey_content"},
		},
		RequiredIf: []module.RequiredIf{{Name: "state", Is: "present", Then: []string{"provider"}}},
	},
	Doc: module.Doc{
		Short:    "Make certificates, self-signed or signed by a CA of one's own.",
		Notes:    []string{"The provider acme is refused.", "The digest and, with ignore_timestamps, the times of a certificate that is there do not count."},
		Examples: "- community.crypto.x509_certificate:\n    path: /etc/ssl/crt/ansible.com.crt\n    privatekey_path: /etc/ssl/private/ansible.com.pem\n    csr_path: /etc/ssl/csr/ansible.com.csr\n    provider: selfsigned\n",
		Returns: []module.Return{
			{Name: "filename", Type: "str", When: "always", Help: "The file."},
			{Name: "serial_number", Type: "int", When: "state is present", Help: "The serial number."},
			{Name: "notBefore", Type: "str", When: "state is present", Help: "The first moment at which it is valid; notAfter is the last."},
			{Name: "certificate", Type: "str", When: "return_content", Help: "The certificate."},
		},
	},
})

var certificateArgs = module.Args{
	{Name: "path", Type: module.Path, Required: true, Help: "The file of the certificate."},
	{Name: "state", Default: "present", Choices: []string{"present", "absent"}, Help: "Whether there is to be a certificate."},
	{Name: "provider", Choices: []string{"acme", "ownca", "selfsigned"}, Help: "Who signs; acme is refused."},
	{Name: "csr_path", Type: module.Path, Help: "The file of the request."},
	{Name: "csr_content", Help: "The request itself."},
	{Name: "privatekey_path", Type: module.Path, Help: "The file of the key."},
	{Name: "privatekey_content", NoLog: true, Help: "The key itself."},
	{Name: "privatekey_passphrase", NoLog: true, Help: "The passphrase of the key."},
	{Name: "ignore_timestamps", Type: module.Bool, Default: true, Help: "Whether a certificate with other times is good enough."},
	{Name: "force", Type: module.Bool, Default: false, Help: "Make it again in any case."},
	{Name: "backup", Type: module.Bool, Default: false, Help: "Keep a copy of the old certificate."},
	{Name: "return_content", Type: module.Bool, Default: false, Help: "Return the certificate."},
	{Name: "select_crypto_backend", Default: "auto", Choices: []string{"auto", "cryptography"}, Help: "Without effect."},
	{Name: "selfsigned_version", Type: module.Int, Default: 3, Choices: []string{"3"}, Help: "Always 3."},
	{Name: "selfsigned_digest", Default: "sha256", Help: "The function of the signature."},
	{Name: "selfsigned_not_before", Aliases: []string{"selfsigned_notBefore"}, Default: "+0s", Help: "From when it is valid: +1w2d3h4m5s, or 20300101000000Z."},
	{Name: "selfsigned_not_after", Aliases: []string{"selfsigned_notAfter"}, Default: "+3650d", Help: "Until when it is valid."},
	{Name: "selfsigned_create_subject_key_identifier", Default: skiChoices[0], Choices: skiChoices, Help: "Whether the identifier of the key is added."},
	{Name: "ownca_path", Type: module.Path, Help: "The file of the CA's certificate."},
	{Name: "ownca_content", Help: "The CA's certificate itself."},
	{Name: "ownca_privatekey_path", Type: module.Path, Help: "The file of the CA's key."},
	{Name: "ownca_privatekey_content", NoLog: true, Help: "The CA's key itself."},
	{Name: "ownca_privatekey_passphrase", NoLog: true, Help: "The passphrase of the CA's key."},
	{Name: "ownca_version", Type: module.Int, Default: 3, Choices: []string{"3"}, Help: "Always 3."},
	{Name: "ownca_digest", Default: "sha256", Help: "The function of the signature."},
	{Name: "ownca_not_before", Default: "+0s", Help: "From when it is valid."},
	{Name: "ownca_not_after", Default: "+3650d", Help: "Until when it is valid."},
	{Name: "ownca_create_subject_key_identifier", Default: skiChoices[0], Choices: skiChoices, Help: "Whether the identifier of the key is added."},
	{Name: "ownca_create_authority_key_identifier", Type: module.Bool, Default: true, Help: "Whether the identifier of the CA's key is added."},
	{Name: "acme_accountkey_path", Type: module.Path, Help: "Of the provider acme, which is refused."},
	{Name: "acme_challenge_path", Type: module.Path, Help: "Of the provider acme, which is refused."},
	{Name: "acme_chain", Type: module.Bool, Default: false, Help: "Of the provider acme, which is refused."},
	{Name: "acme_directory", Default: "https://acme-v02.api.letsencrypt.org/directory", Help: "Of the provider acme, which is refused."},
}

// certRun is one call of x509_certificate.
type certRun struct {
	*file
	provider string
	now      time.Time
	csr      *request
	key      *keyFile     // of the certificate; nil when it is not given
	ca       *certificate // with provider ownca
	caKey    *keyFile
	order    order
}

func runCertificate(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	f, failed := open(sys, p)
	if failed != nil {
		return *failed, nil
	}
	c := &certRun{file: f, provider: p.Str("provider"), now: sys.Now()}
	if p.Str("state") == "absent" {
		err := c.remove()
		c.r.Set("filename", c.path).Set("privatekey", p.Value("privatekey_path")).Set("csr", p.Value("csr_path"))
		return c.result(err)
	}
	return c.result(c.present(ctx))
}

func (c *certRun) present(ctx context.Context) error {
	if c.provider == "acme" {
		return &fileattr.Failure{Msg: "the provider acme is not supported by this module"}
	}
	if err := c.read(ctx); err != nil {
		return err
	}
	if err := c.want(); err != nil {
		return fail(err)
	}
	var have *certificate
	before := value.NewDict()
	if c.old != nil {
		have, _ = parseCertificate(c.old) // one that can't be read is made again
		before = certificateInfo(have, c.now)
	}
	after, content := before, c.old
	serial, notBefore, notAfter := (*big.Int)(nil), c.order.notBefore, c.order.notAfter
	if have != nil {
		serial, notBefore, notAfter = have.serial, have.notBefore, have.notAfter
	}
	if c.p.Bool("force") || have == nil || !c.fits(have) {
		c.r.Changed = true
		serial, notBefore, notAfter = newSerial(), c.order.notBefore, c.order.notAfter
		made, err := issue(c.order, serial, c.signer().key)
		if err != nil {
			return fail(err)
		}
		if !c.p.Check {
			parsed, err := parseCertificate(made)
			if err != nil {
				return err
			}
			content, after = made, certificateInfo(parsed, c.now)
			if err := c.write(made, 0); err != nil {
				return err
			}
		}
	}
	if err := c.attrs(); err != nil {
		return err
	}
	c.tell(content, serial, notBefore, notAfter)
	c.diff(before, after)
	return nil
}

// read reads keys, request and CA, in the order in which the collection finds fault.
func (c *certRun) read(ctx context.Context) error {
	p := c.p
	one := func(name string) error {
		if p.Has(name+"_path") || p.Has(name+"_content") {
			return nil
		}
		return &fileattr.Failure{Msg: "One of " + name + "_path and " + name + "_content must be specified for the " + c.provider + " provider."}
	}
	hasCSR := p.Has("csr_path") || p.Has("csr_content")
	if c.provider == "selfsigned" {
		if err := one("privatekey"); err != nil {
			return err
		}
	} else {
		if err := one("ownca"); err != nil {
			return err
		}
		if err := one("ownca_privatekey"); err != nil {
			return err
		}
		if !hasCSR {
			return &fileattr.Failure{Msg: "csr_path or csr_content is required for ownca provider"}
		}
	}
	var csr, ca []byte
	var err error
	if hasCSR {
		if csr, err = readInput(ctx, c.sys, p, "csr", "certificate signing request"); err != nil {
			return err
		}
	}
	if p.Has("privatekey_path") && !p.Has("privatekey_content") {
		if _, err := readInput(ctx, c.sys, p, "privatekey", "private key"); err != nil {
			return err
		}
	}
	if c.provider == "ownca" {
		if ca, err = readInput(ctx, c.sys, p, "ownca", "CA certificate"); err != nil {
			return err
		}
		if _, err = readInput(ctx, c.sys, p, "ownca_privatekey", "CA private key"); err != nil {
			return err
		}
	}
	if csr != nil {
		if c.csr, err = parseRequest(csr); err != nil {
			return fail(err)
		}
	}
	return c.readKeys(ctx, ca)
}

func (c *certRun) readKeys(ctx context.Context, ca []byte) error {
	var err error
	if c.p.Has("privatekey_path") || c.p.Has("privatekey_content") {
		if c.key, err = signingKey(ctx, c.sys, c.p, "privatekey", true); err != nil {
			return err
		}
	}
	if c.provider != "ownca" {
		return nil
	}
	if c.ca, err = parseCertificate(ca); err != nil {
		return fail(err)
	}
	if c.caKey, err = signingKey(ctx, c.sys, c.p, "ownca_privatekey", true); err != nil {
		return err
	}
	spki, err := publicDER(publicOf(c.caKey.key))
	if err != nil {
		return fail(err)
	}
	if !bytes.Equal(spki, c.ca.spki) {
		return &fileattr.Failure{Msg: "The CA private key does not belong to the CA certificate"}
	}
	return nil
}

// signer is the key that signs.
func (c *certRun) signer() *keyFile {
	if c.provider == "ownca" {
		return c.caKey
	}
	return c.key
}

// arg gives an argument of the provider.
func (c *certRun) arg(name string) string { return c.p.Str(c.provider + "_" + name) }

// want fills in what the certificate shall be.
func (c *certRun) want() error {
	o := &c.order
	var err error
	if o.notBefore, err = parseTime(c.arg("not_before"), c.provider+"_not_before", c.now); err != nil {
		return err
	}
	if o.notAfter, err = parseTime(c.arg("not_after"), c.provider+"_not_after", c.now); err != nil {
		return err
	}
	if o.notAfter.Before(o.notBefore) {
		return refusef("The not valid after date must be after the not valid before date.")
	}
	o.digest = c.arg("digest")
	if digests[o.digest] == 0 {
		_, _, err := signatureAlgorithm(c.signer().key, o.digest)
		if err != nil {
			return err
		}
	}
	var asked []pkix.Extension
	if c.csr != nil {
		if !c.csr.signed {
			return refusef("The signature of the certificate signing request is invalid")
		}
		o.subject, o.spki, asked = c.csr.subject, c.csr.spki, c.csr.extensions
	} else if o.subject, err = marshalName(nil); err != nil {
		return err
	}
	if c.ca == nil { // of another key than the request's it could not be verified
		if o.spki, err = publicDER(publicOf(c.key.key)); err != nil {
			return err
		}
	}
	o.issuer = o.subject
	if c.ca != nil {
		o.issuer = c.ca.subject
	}
	o.extensions, err = c.extensions(asked)
	return err
}

// extensions are those of the request, with the identifiers of the keys that are wanted.
func (c *certRun) extensions(asked []pkix.Extension) ([]pkix.Extension, error) {
	var out []pkix.Extension
	ski := c.arg("create_subject_key_identifier")
	makeSKI := ski == "always_create" || ski == "create_if_not_provided" && find(asked, oidSKI) == nil
	makeAKI := c.provider == "ownca" && c.p.Bool("ownca_create_authority_key_identifier")
	for _, e := range asked {
		if e.Id.Equal(oidSKI) && makeSKI || e.Id.Equal(oidAKI) && makeAKI {
			continue
		}
		out = append(out, e)
	}
	if makeSKI {
		id, err := keyID(c.order.spki)
		if err != nil {
			return nil, err
		}
		der, err := asn1.Marshal(id)
		if err != nil {
			return nil, err
		}
		out = append(out, pkix.Extension{Id: oidSKI, Value: der})
	}
	if makeAKI {
		id, err := c.caKeyID()
		if err != nil {
			return nil, err
		}
		der, err := asn1.Marshal([]asn1.RawValue{tagged(0, false, id)})
		if err != nil {
			return nil, err
		}
		out = append(out, pkix.Extension{Id: oidAKI, Value: der})
	}
	return out, nil
}

// caKeyID is the identifier of the CA's key: that of its certificate, else made from the key.
func (c *certRun) caKeyID() ([]byte, error) {
	if e := find(c.ca.extensions, oidSKI); e != nil {
		var id []byte
		_, err := asn1.Unmarshal(e.Value, &id)
		return id, err
	}
	return keyID(c.ca.spki)
}

// fits reports whether the certificate that is there is the one that is wanted. The digest does not count, the times only
// without ignore_timestamps. Source: the documentation of x509_certificate, and recordings of it.
func (c *certRun) fits(have *certificate) bool {
	o := &c.order
	if c.key != nil {
		spki, err := publicDER(publicOf(c.key.key))
		if err != nil || !bytes.Equal(spki, have.spki) {
			return false
		}
	}
	if !bytes.Equal(have.spki, o.spki) || !bytes.Equal(have.issuer, o.issuer) {
		return false
	}
	if c.csr != nil && !bytes.Equal(have.subject, o.subject) {
		return false
	}
	if !have.signedBy(publicOf(c.signer().key)) {
		return false
	}
	if !sameExtensions(have.extensions, o.extensions) {
		return false
	}
	if !c.p.Bool("ignore_timestamps") && (!have.notBefore.Equal(o.notBefore) || !have.notAfter.Equal(o.notAfter)) {
		return false
	}
	return true
}

// tell sets the keys of the result.
func (c *certRun) tell(content []byte, serial *big.Int, notBefore, notAfter time.Time) {
	c.r.Set("filename", c.path).Set("privatekey", c.p.Value("privatekey_path")).Set("csr", c.p.Value("csr_path"))
	if c.provider == "ownca" {
		c.r.Set("ca_cert", c.p.Value("ownca_path")).Set("ca_privatekey", c.p.Value("ownca_privatekey_path"))
	}
	c.r.Set("notBefore", asn1Time(notBefore)).Set("notAfter", asn1Time(notAfter)).Set("serial_number", value.NewBigInt(serial))
	if c.p.Bool("return_content") {
		if content == nil {
			c.r.Set("certificate", nil)
		} else {
			c.r.Set("certificate", string(content))
		}
	}
}
