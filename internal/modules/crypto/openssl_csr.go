package crypto

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/x509/pkix"
	"errors"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "community.crypto.openssl_csr", Redirects: []string{"ansible.builtin.openssl_csr", "community.general.openssl_csr"},
	Check: module.Full, Diff: module.Full, FileArgs: true, Run: runCSR, Args: csrArgs,
	Rules: module.Rules{
		RequiredTogether:  [][]string{{"authority_cert_issuer", "authority_cert_serial_number"}},
		RequiredIf:        []module.RequiredIf{{Name: "state", Is: "present", Then: []string{"privatekey_path", "privatekey_content"}, AnyOf: true}},
		MutuallyExclusive: [][]string{{"privatekey_path", "privatekey_content"}, {"subject", "subject_ordered"}},
	},
	Doc: module.Doc{
		Short:    "Make certificate signing requests.",
		Notes:    []string{"Names that are not ASCII are to be given in punycode."},
		Examples: "- community.crypto.openssl_csr:\n    path: /etc/ssl/csr/www.ansible.com.csr\n    privatekey_path: /etc/ssl/private/ansible.com.pem\n    common_name: www.ansible.com\n",
		Returns: []module.Return{
			{Name: "filename", Type: "str", When: "always", Help: "The file."},
			{Name: "privatekey", Type: "str", When: "always", Help: "The file of the key."},
			{Name: "subject", Type: "list", When: "always", Help: "The subject as pairs."},
			{Name: "subjectAltName", Type: "list", When: "always", Help: "The names."},
			{Name: "csr", Type: "str", When: "return_content", Help: "The request."},
		},
	},
})

var csrArgs = module.Args{
	{Name: "path", Type: module.Path, Required: true, Help: "The file of the request."},
	{Name: "state", Default: "present", Choices: []string{"present", "absent"}, Help: "Whether there is to be a request."},
	{Name: "privatekey_path", Type: module.Path, Help: "The file of the key that signs it."},
	{Name: "privatekey_content", NoLog: true, Help: "The key itself."},
	{Name: "privatekey_passphrase", NoLog: true, Help: "The passphrase of the key."},
	{Name: "digest", Default: "sha256", Help: "The function of the signature: sha1, sha224, sha256, sha384, sha512."},
	{Name: "version", Type: module.Int, Default: 1, Choices: []string{"1"}, Help: "Always 1."},
	{Name: "subject", Type: module.Dict, Help: "Components of the subject; a list for several of a kind."},
	{Name: "subject_ordered", Type: module.List, Elements: module.Dict, Help: "The subject in order, a dict of one entry for each component."},
	{Name: "country_name", Aliases: []string{"C", "countryName"}, Help: "Component of the subject."},
	{Name: "state_or_province_name", Aliases: []string{"ST", "stateOrProvinceName"}, Help: "Component of the subject."},
	{Name: "locality_name", Aliases: []string{"L", "localityName"}, Help: "Component of the subject."},
	{Name: "organization_name", Aliases: []string{"O", "organizationName"}, Help: "Component of the subject."},
	{Name: "organizational_unit_name", Aliases: []string{"OU", "organizationalUnitName"}, Help: "Component of the subject."},
	{Name: "common_name", Aliases: []string{"CN", "commonName"}, Help: "Component of the subject."},
	{Name: "email_address", Aliases: []string{"E", "emailAddress"}, Help: "Component of the subject."},
	{Name: "subject_alt_name", Aliases: []string{"subjectAltName"}, Type: module.List, Help: "Names, each with its kind: DNS:, IP:, email:, URI:, RID:, dirName:, otherName:."},
	{Name: "subject_alt_name_critical", Aliases: []string{"subjectAltName_critical"}, Type: module.Bool, Default: false, Help: "Whether the extension is critical."},
	{Name: "use_common_name_for_san", Aliases: []string{"useCommonNameForSAN"}, Type: module.Bool, Default: true, Help: "Take the common name as a DNS name where no name is given."},
	{Name: "key_usage", Aliases: []string{"keyUsage"}, Type: module.List, Help: "What the key may be used for."},
	{Name: "key_usage_critical", Aliases: []string{"keyUsage_critical"}, Type: module.Bool, Default: false, Help: "Whether the extension is critical."},
	{Name: "extended_key_usage", Aliases: []string{"extKeyUsage", "extendedKeyUsage"}, Type: module.List, Help: "Further purposes, by name or OID."},
	{Name: "extended_key_usage_critical", Aliases: []string{"extKeyUsage_critical", "extendedKeyUsage_critical"}, Type: module.Bool, Default: false, Help: "Whether the extension is critical."},
	{Name: "basic_constraints", Aliases: []string{"basicConstraints"}, Type: module.List, Help: "CA:TRUE or CA:FALSE, pathlen:N."},
	{Name: "basic_constraints_critical", Aliases: []string{"basicConstraints_critical"}, Type: module.Bool, Default: false, Help: "Whether the extension is critical."},
	{Name: "ocsp_must_staple", Aliases: []string{"ocspMustStaple"}, Type: module.Bool, Default: false, Help: "Ask for the TLS feature status_request."},
	{Name: "ocsp_must_staple_critical", Aliases: []string{"ocspMustStaple_critical"}, Type: module.Bool, Default: false, Help: "Whether the extension is critical."},
	{Name: "name_constraints_permitted", Type: module.List, Help: "Names that a CA may issue for."},
	{Name: "name_constraints_excluded", Type: module.List, Help: "Names that a CA may not issue for."},
	{Name: "name_constraints_critical", Type: module.Bool, Default: false, Help: "Whether the extension is critical."},
	{Name: "create_subject_key_identifier", Type: module.Bool, Default: false, Help: "Add the identifier of the key."},
	{Name: "subject_key_identifier", Help: "Add this identifier, in hex."},
	{Name: "authority_key_identifier", Help: "The identifier of the CA's key, in hex."},
	{Name: "authority_cert_issuer", Type: module.List, Help: "Names of the CA certificate's issuer."},
	{Name: "authority_cert_serial_number", Type: module.Int, Help: "The serial number of the CA's certificate."},
	{Name: "crl_distribution_points", Type: module.List, Elements: module.Dict, Help: "Where revocation lists are.", Options: module.Args{
		{Name: "full_name", Type: module.List, Help: "Names of the place."},
		{Name: "relative_name", Type: module.List, Help: "Components relative to the issuer's name."},
		{Name: "crl_issuer", Type: module.List, Help: "Who issues the list."},
		{Name: "reasons", Type: module.List, Choices: crlReasons[1:], Help: "The reasons that the list covers."},
	}, Rules: module.Rules{
		MutuallyExclusive: [][]string{{"full_name", "relative_name"}},
		RequiredOneOf:     [][]string{{"full_name", "relative_name", "crl_issuer"}},
	}},
	{Name: "force", Type: module.Bool, Default: false, Help: "Make it again in any case."},
	{Name: "backup", Type: module.Bool, Default: false, Help: "Keep a copy of the old request."},
	{Name: "return_content", Type: module.Bool, Default: false, Help: "Return the request as csr."},
	{Name: "select_crypto_backend", Default: "auto", Choices: []string{"auto", "cryptography"}, Help: "Without effect."},
}

func runCSR(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	f, failed := open(sys, p)
	if failed != nil {
		return *failed, nil
	}
	if p.Str("state") == "absent" {
		err := f.remove()
		tellCSR(p, f.r, &csrWish{})
		f.r.Set("filename", f.path)
		f.diff(value.NewDict(), value.NewDict())
		return f.result(err)
	}
	return f.result(makeCSR(ctx, f))
}

func makeCSR(ctx context.Context, f *file) error {
	p := f.p
	w, err := wantCSR(ctx, f.sys, p)
	if err != nil {
		return err
	}
	have, before := readCSR(f.old)
	after, content := before, f.old
	if p.Bool("force") || !w.met(have, p) {
		f.r.Changed = true
		if content, err = w.make(p); err != nil {
			return err
		}
		if p.Check {
			content = f.old
		} else {
			_, after = readCSR(content)
			if err := f.write(content, 0); err != nil {
				return err
			}
		}
	}
	if err := f.attrs(); err != nil {
		return err
	}
	tellCSR(p, f.r, w)
	f.r.Set("filename", f.path)
	if p.Bool("return_content") {
		if content == nil {
			f.r.Set("csr", nil)
		} else {
			f.r.Set("csr", string(content))
		}
	}
	f.diff(before, after)
	return nil
}

// csrWish is the request that a call asks for.
type csrWish struct {
	entries    []subjectEntry
	subject    []attribute
	key        *keyFile
	spki       []byte
	extensions []pkix.Extension
}

// wantCSR reads the key and makes the parts of the request.
func wantCSR(ctx context.Context, sys target.System, p *module.Params) (*csrWish, error) {
	if p.Bool("create_subject_key_identifier") && p.Has("subject_key_identifier") {
		return nil, &fileattr.Failure{Msg: "subject_key_identifier cannot be specified if create_subject_key_identifier is true"}
	}
	w := &csrWish{}
	var err error
	if w.entries, w.subject, err = subjectOf(p); err != nil {
		return nil, fail(err)
	}
	if w.key, err = signingKey(ctx, sys, p, "privatekey", false); err != nil {
		return nil, err
	}
	if w.spki, err = publicDER(publicOf(w.key.key)); err != nil {
		return nil, fail(err)
	}
	ski, err := keyID(w.spki)
	if err != nil {
		return nil, fail(err)
	}
	if w.extensions, err = wantedExtensions(p, ski); err != nil {
		return nil, fail(err)
	}
	return w, nil
}

// readCSR reads a request that is there, nil for none, and what a diff tells of it. One that can't be read is made again.
func readCSR(content []byte) (*request, *value.Dict) {
	if content == nil {
		return nil, value.NewDict()
	}
	have, _ := parseRequest(content)
	return have, requestInfoDict(have)
}

// met reports whether a request is the one that is wanted.
func (w *csrWish) met(have *request, p *module.Params) bool {
	return have != nil && have.signed && bytes.Equal(have.spki, w.spki) && sameSubject(have.subject, w.subject, p.Has("subject_ordered")) &&
		sameExtensions(have.extensions, w.extensions)
}

// make signs the request.
func (w *csrWish) make(p *module.Params) ([]byte, error) {
	if _, ok := w.key.key.(*ecdh.PrivateKey); ok {
		return nil, &fileattr.Failure{Msg: "Key of type X25519 not supported for issuing certificates"}
	}
	if digests[p.Str("digest")] == 0 {
		return nil, refusef("Unsupported digest \"%s\"", p.Str("digest"))
	}
	content, err := makeRequest(w.key.key, p.Str("digest"), w.subject, w.extensions)
	if err != nil {
		return nil, fail(err)
	}
	return content, nil
}

// tellCSR sets the keys of the result.
func tellCSR(p *module.Params, r *module.Result, w *csrWish) {
	orNull := func(list []string) any {
		if list == nil {
			return nil
		}
		return list
	}
	pairs := value.NewList()
	var san []string
	if w.key != nil {
		san = sanList(p, w.subject)
	}
	for _, e := range w.entries {
		pairs.Append(module.V([]string{e.name, e.value}))
	}
	r.Set("privatekey", p.Value("privatekey_path")).Set("subject", pairs)
	r.Set("subjectAltName", orNull(san)).Set("keyUsage", orNull(p.Strs("key_usage")))
	r.Set("extendedKeyUsage", orNull(p.Strs("extended_key_usage"))).Set("basicConstraints", orNull(p.Strs("basic_constraints")))
	r.Set("ocspMustStaple", p.Bool("ocsp_must_staple"))
	for _, k := range []string{"name_constraints_permitted", "name_constraints_excluded"} {
		r.Set(k, append([]string{}, p.Strs(k)...))
	}
}

// signingKey reads the key of the arguments NAME_path, NAME_content and NAME_passphrase. exists says that a missing file is
// told in the collection's words for certificates.
func signingKey(ctx context.Context, sys target.System, p *module.Params, name string, exists bool) (*keyFile, error) {
	what := map[string]string{"privatekey": "private key", "ownca_privatekey": "CA private key"}[name]
	b, err := readInput(ctx, sys, p, name, what)
	if err != nil {
		file := p.Str(name + "_path")
		if _, serr := sys.Stat(file); serr != nil && !exists {
			return nil, &fileattr.Failure{Msg: strings.Replace(fileattr.PyError(serr, file), ": b'", ": '", 1)}
		}
		return nil, err
	}
	key, err := parseKey(b, p.Str(name+"_passphrase"), "")
	switch {
	case err == nil:
		return key, nil
	case errors.Is(err, errNeedsPassphrase) && !p.Has(name+"_passphrase"):
		return nil, &fileattr.Failure{Msg: "Wrong or empty passphrase provided for private key"}
	}
	return nil, &fileattr.Failure{Msg: "Wrong passphrase provided for private key, or private key cannot be parsed: " + err.Error()}
}
