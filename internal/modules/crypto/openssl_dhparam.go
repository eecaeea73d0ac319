package crypto

import (
	"context"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"strconv"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

var _ = Set.Add(module.Def{
	Name: "community.crypto.openssl_dhparam", Redirects: []string{"ansible.builtin.openssl_dhparam", "community.general.openssl_dhparam"},
	Check: module.Full, FileArgs: true, Run: runDHParam,
	Args: module.Args{
		{Name: "path", Type: module.Path, Required: true, Help: "The file of the parameters."},
		{Name: "state", Default: "present", Choices: []string{"absent", "present"}, Help: "Whether there are to be any."},
		{Name: "size", Type: module.Int, Default: 4096, Help: "The size of the prime in bits."},
		{Name: "force", Type: module.Bool, Default: false, Help: "Make them again in any case."},
		{Name: "backup", Type: module.Bool, Default: false, Help: "Keep a copy of the old ones."},
		{Name: "return_content", Type: module.Bool, Default: false, Help: "Return the parameters as dhparams."},
		{Name: "select_crypto_backend", Default: "auto", Choices: []string{"auto", "cryptography", "openssl"}, Help: "Without effect: openssl makes them."},
	},
	Doc: module.Doc{
		Short:    "Make parameters for Diffie-Hellman.",
		Notes:    []string{"The program openssl makes them; without it, nothing can be made, only checked and removed."},
		Examples: "- community.crypto.openssl_dhparam:\n    path: /etc/ssl/dhparams.pem\n    size: 2048\n",
		Returns: []module.Return{
			{Name: "filename", Type: "str", When: "success", Help: "The file."},
			{Name: "size", Type: "int", When: "success", Help: "The size that is wanted."},
			{Name: "dhparams", Type: "str", When: "return_content", Help: "The parameters."},
		},
	},
})

func runDHParam(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	f, failed := open(sys, p)
	if failed != nil {
		dir := failed.Get("name")
		return module.Fail("The directory '%s' does not exist or the file is not a directory", dir).With("name", dir), nil
	}
	f.r.Set("filename", f.path).Set("size", p.Int("size"))
	if p.Str("state") == "absent" {
		err := f.remove()
		if p.Bool("return_content") {
			f.r.Set("dhparams", nil)
		}
		return f.result(err)
	}
	r, err := f.result(dhParam(ctx, f))
	return programs.Answer(r, err)
}

func dhParam(ctx context.Context, f *file) error {
	p, content := f.p, f.old
	if p.Bool("force") || dhBits(f.old) != int(p.Int("size")) {
		f.r.Changed = true
		if !p.Check {
			var err error
			if content, err = newDHParam(ctx, f); err != nil {
				return err
			}
			if err := f.write(content, 0); err != nil {
				return err
			}
		}
	}
	if err := f.attrs(); err != nil {
		return err
	}
	if p.Bool("return_content") {
		f.r.Set("dhparams", string(content))
		if content == nil {
			f.r.Set("dhparams", nil)
		}
	}
	return nil
}

// newDHParam lets openssl make parameters.
func newDHParam(ctx context.Context, f *file) ([]byte, error) {
	if f.p.Str("select_crypto_backend") != "openssl" && f.p.Int("size") < 512 {
		return nil, &fileattr.Failure{Msg: "DH key_size must be at least 512 bits", Raised: true}
	}
	out, err := programs.Run(ctx, f.sys, target.Command{Argv: []string{"openssl", "dhparam", "-outform", "PEM", strconv.FormatInt(f.p.Int("size"), 10)}})
	if err != nil {
		return nil, err
	}
	if out.RC != 0 {
		return nil, &fileattr.Failure{Msg: out.Stderr}
	}
	return []byte(out.Stdout), nil
}

// dhBits gives the size of the prime in a file, 0 when it holds no parameters. Those of X9.42 begin with the prime, too.
func dhBits(content []byte) int {
	b, _ := pem.Decode(content)
	if b == nil || b.Type != "DH PARAMETERS" && b.Type != "X9.42 DH PARAMETERS" {
		return 0
	}
	var all asn1.RawValue
	if _, err := asn1.Unmarshal(b.Bytes, &all); err != nil {
		return 0
	}
	prime := new(big.Int)
	if _, err := asn1.Unmarshal(all.Bytes, &prime); err != nil {
		return 0
	}
	return prime.BitLen()
}
