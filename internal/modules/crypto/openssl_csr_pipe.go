package crypto

import (
	"context"
	"slices"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "community.crypto.openssl_csr_pipe", Check: module.Full, Diff: module.Full, Run: runCSRPipe,
	Args: append(module.Args{{Name: "content", Help: "The request that is there."}}, slices.DeleteFunc(slices.Clone(csrArgs), func(a module.Arg) bool {
		return slices.Contains([]string{"path", "state", "force", "backup", "return_content"}, a.Name)
	})...),
	Rules: module.Rules{
		RequiredTogether:  [][]string{{"authority_cert_issuer", "authority_cert_serial_number"}},
		RequiredOneOf:     [][]string{{"privatekey_path", "privatekey_content"}},
		MutuallyExclusive: [][]string{{"privatekey_path", "privatekey_content"}, {"subject", "subject_ordered"}},
	},
	Doc: module.Doc{
		Short:    "Make certificate signing requests without a file.",
		Examples: "- community.crypto.openssl_csr_pipe:\n    privatekey_path: /etc/ssl/private/ansible.com.pem\n    common_name: www.ansible.com\n  register: request\n",
		Returns: []module.Return{
			{Name: "csr", Type: "str", When: "success", Help: "The request."},
			{Name: "privatekey", Type: "str", When: "success", Help: "The file of the key."},
			{Name: "subject", Type: "list", When: "success", Help: "The subject as pairs."},
			{Name: "subjectAltName", Type: "list", When: "success", Help: "The names."},
		},
	},
})

func runCSRPipe(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	r, err := csrPipe(ctx, sys, p)
	if failed, ok := fileattr.ResultOf(sys, err); ok {
		return failed, nil
	}
	return r, err
}

func csrPipe(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	w, err := wantCSR(ctx, sys, p)
	if err != nil {
		return module.Result{}, err
	}
	var content []byte
	if p.Has("content") {
		content = []byte(p.Str("content"))
	}
	have, before := readCSR(content)
	r, after := module.Result{}, before
	if !w.met(have, p) {
		r.Changed = true
		if content, err = w.make(p); err != nil {
			return module.Result{}, err
		}
		_, after = readCSR(content)
	}
	tellCSR(p, &r, w)
	r.Set("csr", string(content))
	r.Diff = value.DictOf("before", before, "after", after)
	return r, nil
}
