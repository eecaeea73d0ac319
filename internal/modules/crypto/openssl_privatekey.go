package crypto

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// curveChoices are the curves that the collection knows, of which curves has those that work here.
var curveChoices = strings.Fields("secp224r1 secp256k1 secp256r1 secp384r1 secp521r1 secp192r1 brainpoolP256r1 " +
	"brainpoolP384r1 brainpoolP512r1 sect163k1 sect163r2 sect233k1 sect233r1 sect283k1 sect283r1 sect409k1 sect409r1 sect571k1 sect571r1")

var _ = Set.Add(module.Def{
	Name: "community.crypto.openssl_privatekey", Redirects: []string{"ansible.builtin.openssl_privatekey", "community.general.openssl_privatekey"},
	Check: module.Full, Diff: module.Full, FileArgs: true, Run: runPrivateKey,
	Args: module.Args{
		{Name: "path", Type: module.Path, Required: true, Help: "The file of the key."},
		{Name: "state", Default: "present", Choices: []string{"present", "absent"}, Help: "Whether there is to be a key."},
		{Name: "type", Default: "RSA", Choices: []string{"DSA", "ECC", "Ed25519", "Ed448", "RSA", "X25519", "X448"}, Help: "The kind of key. DSA, Ed448 and X448 are refused."},
		{Name: "size", Type: module.Int, Default: 4096, Help: "The size of an RSA key in bits."},
		{Name: "curve", Choices: curveChoices, Help: "The curve of an ECC key; secp224r1, secp256r1, secp384r1 and secp521r1 are supported."},
		{Name: "passphrase", NoLog: true, Help: "Encrypts the key."},
		{Name: "cipher", Default: "auto", Help: "How it is encrypted; auto is AES-256."},
		{Name: "format", Default: "auto_ignore", Choices: []string{"pkcs1", "pkcs8", "raw", "auto", "auto_ignore"}, Help: "How the key is written; auto is pkcs1 where it can be, auto_ignore leaves the format of a key that is there."},
		{Name: "format_mismatch", Default: "regenerate", Choices: []string{"regenerate", "convert"}, Help: "What is done about a key in another format."},
		{Name: "regenerate", Default: "full_idempotence", Choices: []string{"never", "fail", "partial_idempotence", "full_idempotence", "always"}, Help: "When a key that is there is replaced."},
		{Name: "force", Type: module.Bool, Default: false, Help: "Replace the key in any case."},
		{Name: "backup", Type: module.Bool, Default: false, Help: "Keep a copy of the old key."},
		{Name: "return_content", Type: module.Bool, Default: false, Help: "Return the key itself as privatekey."},
		{Name: "select_crypto_backend", Default: "auto", Choices: []string{"auto", "cryptography"}, Help: "Without effect."},
	},
	Rules: module.Rules{
		RequiredIf: []module.RequiredIf{{Name: "type", Is: "ECC", Then: []string{"curve"}}},
	},
	Doc: module.Doc{
		Short:    "Make private keys.",
		Notes:    []string{"DSA, Ed448, X448 and curves other than NIST's are refused: Go has none of them."},
		Examples: "- community.crypto.openssl_privatekey:\n    path: /etc/ssl/private/ansible.com.pem\n    size: 2048\n",
		Returns: []module.Return{
			{Name: "filename", Type: "str", When: "always", Help: "The file."},
			{Name: "type", Type: "str", When: "always", Help: "The kind of key."},
			{Name: "size", Type: "int", When: "always", Help: "The size that was asked for."},
			{Name: "curve", Type: "str", When: "type is ECC", Help: "The curve."},
			{Name: "fingerprint", Type: "dict", When: "there is a key", Help: "Checksums of the public key."},
			{Name: "privatekey", Type: "str", When: "return_content", Help: "The key."},
		},
	},
})

// keyRun is one call of openssl_privatekey.
type keyRun struct {
	*file
	have *keyFile // the key that is there, nil when there is none or it can't be read
	kind string
}

func runPrivateKey(_ context.Context, sys target.System, p *module.Params) (module.Result, error) {
	f, failed := open(sys, p)
	if failed != nil {
		return *failed, nil
	}
	k := &keyRun{file: f, kind: p.Str("type")}
	if f.mode = "0600"; !p.Has("mode") {
		p.Show("mode", value.NewStr(f.mode))
	}
	if p.Has("passphrase") && p.Str("cipher") != "auto" {
		return module.Fail(`Cryptography backend can only use "auto" for cipher option.`), nil
	}
	if p.Str("state") == "absent" {
		err := k.remove()
		k.r.Set("filename", k.path).Set("type", k.kind).Set("size", p.Int("size")).Set("fingerprint", nil)
		k.diff(value.NewDict(), value.NewDict())
		if k.kind == "ECC" {
			k.r.Set("curve", p.Str("curve"))
		}
		return k.result(err)
	}
	return k.result(k.present())
}

// supported refuses what this program can't make, before anything is done.
func (k *keyRun) supported() error {
	switch k.kind {
	case "DSA", "Ed448", "X448":
		return &fileattr.Failure{Msg: "keys of type " + k.kind + " are not supported by this module"}
	case "ECC":
		if c := k.p.Str("curve"); curves[c] == nil {
			return &fileattr.Failure{Msg: "keys with curve " + c + " are not supported by this module"}
		}
	}
	return nil
}

func (k *keyRun) present() error {
	if err := k.supported(); err != nil {
		return err
	}
	before := value.NewDict()
	var readErr error
	if k.old != nil {
		k.have, readErr = parseKey(k.old, k.p.Str("passphrase"), k.kind)
		before = k.info(k.old, k.have)
	}
	after := before
	content := k.old
	key := crypto.PrivateKey(nil)
	if k.have != nil {
		key = k.have.key
	}
	regenerate, err := k.mustGenerate(readErr)
	if err != nil {
		return err
	}
	switch {
	case regenerate:
		k.r.Changed = true
		if !k.p.Check {
			if key, err = newKey(k.kind, int(k.p.Int("size")), k.p.Str("curve")); err != nil {
				return &fileattr.Failure{Msg: err.Error()}
			}
			if content, err = k.save(key, k.formatOf(key)); err != nil {
				return err
			}
			after = k.info(content, &keyFile{key: key, format: k.formatOf(key)})
		}
	case k.mustConvert():
		k.r.Changed = true
		if !k.p.Check {
			if content, err = k.save(key, k.wantFormat(key)); err != nil {
				return err
			}
			after = k.info(content, &keyFile{key: key, format: k.wantFormat(key)})
		}
	}
	if err := k.attrs(); err != nil {
		return err
	}
	k.tell(key, content)
	k.diff(before, after)
	return nil
}

// info is what the diff tells of a key; a raw one can't be told from noise and is shown as unknown.
func (k *keyRun) info(content []byte, f *keyFile) *value.Dict {
	if f == nil || f.format == formatRaw || content == nil {
		return keyInfo(nil)
	}
	return keyInfo(f.key)
}

func (k *keyRun) save(key crypto.PrivateKey, format keyFormat) ([]byte, error) {
	content, err := formatKey(key, format, k.p.Str("passphrase"))
	if err != nil || format == formatRaw && k.p.Has("passphrase") {
		return nil, &fileattr.Failure{Msg: `Cryptography backend cannot serialize the private key in the required format "` + string(format) + `"`}
	}
	return content, k.write(content, 0o600)
}

// formatOf is the format of a new key.
func (k *keyRun) formatOf(key crypto.PrivateKey) keyFormat {
	if f := k.p.Str("format"); f != "auto" && f != "auto_ignore" {
		return keyFormat(f)
	}
	switch key.(type) {
	case *rsa.PrivateKey, *ecdsa.PrivateKey:
		return formatPKCS1
	}
	return formatPKCS8
}

// wantFormat is the format that a key which is there shall have.
func (k *keyRun) wantFormat(key crypto.PrivateKey) keyFormat {
	if k.p.Str("format") == "auto_ignore" {
		return k.have.format
	}
	return k.formatOf(key)
}

func (k *keyRun) wrongFormat() bool {
	return k.have != nil && k.have.format != k.wantFormat(k.have.key)
}

func (k *keyRun) mustConvert() bool {
	return k.p.Str("format_mismatch") == "convert" && k.wrongFormat()
}

const generateHint = " Will not proceed. To force regeneration, call the module with `generate` set to "

// mustGenerate decides whether a new key is made. Source: the documentation of the argument regenerate.
func (k *keyRun) mustGenerate(readErr error) (bool, error) {
	mode := k.p.Str("regenerate")
	if k.old == nil || k.p.Bool("force") || mode == "always" {
		return true, nil
	}
	if readErr != nil {
		var unsupported *unsupportedKeyError
		if errors.As(readErr, &unsupported) {
			return false, &fileattr.Failure{Msg: "the key that is there can't be judged: " + readErr.Error()}
		}
		if mode == "full_idempotence" {
			return true, nil
		}
		return false, &fileattr.Failure{Msg: "Unable to read the key. The key is protected with a another passphrase / no passphrase or broken." +
			generateHint + "`full_idempotence` or `always`, or with `force=true`."}
	}
	if mode == "never" {
		return false, nil
	}
	if !k.fits() {
		if mode == "fail" {
			return false, &fileattr.Failure{Msg: "Key has wrong type and/or size." + generateHint + "`partial_idempotence`, `full_idempotence` or `always`, or with `force=true`."}
		}
		return true, nil
	}
	if k.wrongFormat() && k.p.Str("format_mismatch") == "regenerate" {
		if mode == "fail" {
			return false, &fileattr.Failure{Msg: "Key has wrong format." + generateHint + "`partial_idempotence`, `full_idempotence` or `always`, or with `force=true`. To convert the key, set `format_mismatch` to `convert`."}
		}
		return true, nil
	}
	return false, nil
}

// fits reports whether the key that is there has the wanted type, size and curve.
func (k *keyRun) fits() bool {
	pub := publicOf(k.have.key)
	if kindOf(pub) != k.kind {
		return false
	}
	switch pub := pub.(type) {
	case *rsa.PublicKey:
		return int64(pub.N.BitLen()) == k.p.Int("size")
	case *ecdsa.PublicKey:
		return curveName(pub.Curve) == k.p.Str("curve")
	}
	return true
}

// tell sets the keys of the result.
func (k *keyRun) tell(key crypto.PrivateKey, content []byte) {
	k.r.Set("filename", k.path).Set("type", k.kind).Set("size", k.p.Int("size"))
	if k.kind == "ECC" {
		k.r.Set("curve", k.p.Str("curve"))
	}
	k.r.Set("fingerprint", nil)
	if key != nil {
		if der, err := publicDER(publicOf(key)); err == nil {
			k.r.Set("fingerprint", fingerprints(der))
		}
	}
	if !k.p.Bool("return_content") {
		return
	}
	switch {
	case content == nil:
		k.r.Set("privatekey", nil)
	case !utf8.Valid(content) || k.have != nil && k.have.format == formatRaw:
		k.r.Set("privatekey", base64Text(content))
	default:
		k.r.Set("privatekey", string(content))
	}
}
