package crypto

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"errors"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name:      "community.crypto.openssl_privatekey_info",
	Redirects: []string{"ansible.builtin.openssl_privatekey_info", "community.general.openssl_privatekey_info"},
	Check:     module.Full, Run: runPrivateKeyInfo,
	Args: module.Args{
		{Name: "path", Type: module.Path, Help: "The file of the key."},
		{Name: "content", NoLog: true, Help: "The key itself."},
		{Name: "passphrase", NoLog: true, Help: "The passphrase of the key."},
		{Name: "check_consistency", Type: module.Bool, Default: false, Help: "Look whether the parts of the key fit; not for RSA and X25519."},
		{Name: "return_private_key_data", Type: module.Bool, Default: false, Help: "Return the secret numbers of the key too."},
		{Name: "select_crypto_backend", Default: "auto", Choices: []string{"auto", "cryptography"}, Help: "Without effect."},
	},
	Rules: module.Rules{RequiredOneOf: [][]string{{"path", "content"}}, MutuallyExclusive: [][]string{{"path", "content"}}},
	Doc: module.Doc{
		Short:    "Tell what a private key is.",
		Examples: "- community.crypto.openssl_privatekey_info:\n    path: /etc/ssl/private/ansible.com.pem\n  register: key\n",
		Returns: []module.Return{
			{Name: "can_load_key", Type: "bool", When: "always", Help: "Whether there is a file."},
			{Name: "can_parse_key", Type: "bool", When: "always", Help: "Whether it is a key that can be read."},
			{Name: "type", Type: "str", When: "success", Help: "The kind of key."},
			{Name: "public_data", Type: "dict", When: "success", Help: "Its public numbers."},
		},
	},
})

func runPrivateKeyInfo(_ context.Context, sys target.System, p *module.Params) (module.Result, error) {
	unknown := func(r module.Result, loaded bool) (module.Result, error) {
		return r.With("can_load_key", loaded).With("can_parse_key", false).With("key_is_consistent", nil), nil
	}
	b := []byte(p.Str("content"))
	if !p.Has("content") {
		var err error
		if b, err = target.ReadFile(sys, p.Str("path")); err != nil {
			return unknown(module.Fail("Error while reading private key file from disk: %s", pyQuoted(err, p.Str("path"))), false)
		}
	}
	f, err := parseKey(b, p.Str("passphrase"), "")
	switch {
	case errors.Is(err, errNeedsPassphrase) && !p.Has("passphrase"):
		return unknown(module.Fail("Wrong or empty passphrase provided for private key"), true)
	case err != nil:
		return unknown(module.Fail("Wrong passphrase provided for private key, or private key cannot be parsed: %v", err), true)
	}
	info := keyInfo(f.key)
	info.SetStr("can_load_key", value.True)
	if spki, err := publicDER(publicOf(f.key)); err == nil {
		allFingerprints(info, spki)
	}
	if p.Bool("check_consistency") {
		info.SetStr("key_is_consistent", consistent(f.key))
		if info.Stored("key_is_consistent") == value.None {
			p.Warn("Cannot determine consistency for key of type " + kindOf(publicOf(f.key)))
		}
	}
	if p.Bool("return_private_key_data") {
		info.SetStr("private_data", privateNumbers(f.key))
	}
	return module.Result{Values: info}, nil
}

// consistent signs something and verifies it. None stands for kinds of keys for which the collection does not tell.
func consistent(key crypto.PrivateKey) value.Value {
	switch key.(type) {
	case *ecdsa.PrivateKey, ed25519.PrivateKey:
		alg, hash, err := signatureAlgorithm(key, "sha256")
		if err != nil {
			return value.None
		}
		text := []byte("consistent")
		sig, err := sign(key, hash, text)
		return value.Bool(err == nil && verify(publicOf(key), alg.Algorithm, text, sig.Bytes))
	}
	return value.None
}

func privateNumbers(key crypto.PrivateKey) *value.Dict {
	switch k := key.(type) {
	case *rsa.PrivateKey:
		if len(k.Primes) >= 2 {
			return value.DictOf("p", value.NewBigInt(k.Primes[0]), "q", value.NewBigInt(k.Primes[1]), "exponent", value.NewBigInt(k.D))
		}
	case *ecdsa.PrivateKey:
		if d, err := k.Bytes(); err == nil {
			return value.DictOf("multiplier", number(d))
		}
	}
	return value.NewDict()
}
