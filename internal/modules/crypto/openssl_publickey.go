package crypto

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"

	"golang.org/x/crypto/ssh"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "community.crypto.openssl_publickey", Redirects: []string{"ansible.builtin.openssl_publickey", "community.general.openssl_publickey"},
	Check: module.Full, Diff: module.Full, FileArgs: true, Run: runPublicKey,
	Args: module.Args{
		{Name: "path", Type: module.Path, Required: true, Help: "The file of the public key."},
		{Name: "state", Default: "present", Choices: []string{"absent", "present"}, Help: "Whether there is to be one."},
		{Name: "privatekey_path", Type: module.Path, Help: "The file of the private key."},
		{Name: "privatekey_content", NoLog: true, Help: "The private key itself."},
		{Name: "privatekey_passphrase", NoLog: true, Help: "The passphrase of the private key."},
		{Name: "format", Default: "PEM", Choices: []string{"OpenSSH", "PEM"}, Help: "How it is written."},
		{Name: "force", Type: module.Bool, Default: false, Help: "Write it again in any case."},
		{Name: "backup", Type: module.Bool, Default: false, Help: "Keep a copy of the old one."},
		{Name: "return_content", Type: module.Bool, Default: false, Help: "Return the key as publickey."},
		{Name: "select_crypto_backend", Default: "auto", Choices: []string{"auto", "cryptography"}, Help: "Without effect."},
	},
	Rules: module.Rules{
		RequiredIf:        []module.RequiredIf{{Name: "state", Is: "present", Then: []string{"privatekey_path", "privatekey_content"}, AnyOf: true}},
		MutuallyExclusive: [][]string{{"privatekey_path", "privatekey_content"}},
	},
	Doc: module.Doc{
		Short:    "Write the public part of a private key.",
		Examples: "- community.crypto.openssl_publickey:\n    path: /etc/ssl/public/ansible.com.pem\n    privatekey_path: /etc/ssl/private/ansible.com.pem\n",
		Returns: []module.Return{
			{Name: "filename", Type: "str", When: "success", Help: "The file."},
			{Name: "format", Type: "str", When: "success", Help: "How it is written."},
			{Name: "fingerprint", Type: "dict", When: "success", Help: "The fingerprints of the key."},
			{Name: "publickey", Type: "str", When: "return_content", Help: "The key."},
		},
	},
})

func runPublicKey(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	f, failed := open(sys, p)
	if failed != nil {
		name, _ := value.Text(failed.Get("name"))
		failed.Msg = "The directory '" + name + "' does not exist or the file is not a directory"
		return *failed, nil
	}
	f.r.Set("filename", f.path).Set("format", p.Str("format")).Set("privatekey", p.Value("privatekey_path")).Set("fingerprint", value.NewDict())
	if p.Str("state") == "absent" {
		err := f.remove()
		if p.Bool("return_content") {
			f.r.Set("publickey", nil)
		}
		f.diff(value.NewDict(), value.NewDict())
		return f.result(err)
	}
	return f.result(publicKey(ctx, f))
}

func publicKey(ctx context.Context, f *file) error {
	p := f.p
	if file := p.Str("privatekey_path"); file != "" {
		if _, err := f.sys.Stat(file); err != nil {
			return &fileattr.Failure{Msg: "The private key " + file + " does not exist"}
		}
	}
	key, err := signingKey(ctx, f.sys, p, "privatekey", true)
	if err != nil {
		return err
	}
	pub := publicOf(key.key)
	der, err := publicDER(pub)
	if err != nil {
		return fail(err)
	}
	content, err := formatPublic(pub, der, p.Str("format"))
	if err != nil {
		return fail(err)
	}
	before := publicFileInfo(f.old)
	after := before
	if p.Bool("force") || f.old == nil || !samePublic(f.old, content, der) {
		f.r.Changed = true
		after = publicFileInfo(content)
		if err := f.write(content, 0); err != nil {
			return err
		}
	}
	if err := f.attrs(); err != nil {
		return err
	}
	if p.Check { // nothing is told of a key that may not be there
		before, after = value.NewDict(), value.NewDict()
	} else {
		f.r.Set("fingerprint", fingerprints(der))
	}
	if p.Bool("return_content") {
		f.r.Set("publickey", string(content))
	}
	f.diff(before, after)
	return nil
}

// formatPublic writes a public key.
func formatPublic(pub crypto.PublicKey, der []byte, format string) ([]byte, error) {
	if format == "PEM" {
		return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), nil
	}
	k, err := ssh.NewPublicKey(pub)
	if err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(ssh.MarshalAuthorizedKey(k), []byte("\n")), nil
}

// samePublic tells a file that holds the key in the format that is wanted.
func samePublic(old, content, der []byte) bool {
	if b, _ := pem.Decode(content); b == nil {
		return bytes.Equal(old, content)
	}
	b, _ := pem.Decode(old)
	return b != nil && bytes.Equal(b.Bytes, der)
}

// publicFileInfo gives what a diff tells of a file with a public key: nothing of one in OpenSSH's format.
func publicFileInfo(content []byte) *value.Dict {
	if content == nil {
		return value.NewDict()
	}
	b, _ := pem.Decode(content)
	if b == nil {
		return value.DictOf("can_parse_key", value.False)
	}
	pub, err := x509.ParsePKIXPublicKey(b.Bytes)
	if err != nil {
		return value.DictOf("can_parse_key", value.False)
	}
	sum := sha256.Sum256(b.Bytes)
	return value.DictOf("can_parse_key", value.True, "fingerprints", value.DictOf("sha256", value.NewStr(colonHex(sum[:]))),
		"type", value.NewStr(kindOf(pub)), "public_data", publicNumbers(pub))
}
