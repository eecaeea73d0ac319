package packaging

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/download"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.rpm_key", Check: module.Full, Run: runRPMKey,
	Args: module.Args{
		{Name: "state", Default: "present", Choices: []string{"absent", "present"}, Help: "Whether the key is to be trusted."},
		{Name: "key", Required: true, More: download.IsAddress, ShowLog: true, Help: "A file on the target, an address, or the id of a key that is there."},
		{Name: "fingerprint", Type: module.List, Elements: module.Str, Help: "The fingerprints that the file must have."},
		{Name: "validate_certs", Type: module.Bool, Default: true, Help: "Check the server's certificate."},
	},
	Doc: module.Doc{
		Short:    "Keys that RPM trusts.",
		Notes:    []string{"gpg tells what is in a file of keys, rpm takes it."},
		Examples: "- ansible.builtin.rpm_key:\n    key: https://example.com/RPM-GPG-KEY\n    fingerprint: EBC6 E12C 62B1 C734 026B  2122 A20E 5214 6B8D 79E6\n",
	},
})

var rpmKeyID = lazyregexp.New(`^(0x)?[0-9a-fA-F]{8,}$`)

func runRPMKey(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	return programs.Answer(rpmKey(ctx, sys, p))
}

func rpmKey(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	gpg := "gpg2"
	if !programs.Has(sys, gpg) {
		gpg = "gpg"
	}
	if _, err := programs.Find(sys, "rpm"); err != nil {
		return module.Result{}, err
	}
	if _, err := programs.Find(sys, gpg); err != nil {
		return module.Result{}, err
	}
	file, id, done, err := findRPMKey(ctx, sys, p, gpg)
	if err != nil {
		return module.Result{}, err
	}
	defer done()
	name, err := importedKey(ctx, sys, id)
	if err != nil {
		return module.Result{}, err
	}
	present := p.Str("state") == "present"
	r := module.Result{Changed: present != (name != "")}
	switch {
	case !r.Changed:
		return r, nil
	case present && file == "":
		return module.Fail("When importing a key, a valid file must be given"), nil
	case p.Check:
		return r, nil
	case present:
		return r, rpmDo(ctx, sys, "--import", file)
	}
	return r, rpmDo(ctx, sys, "--erase", "--allmatches", name)
}

// findRPMKey gives the file of the key, if there is one, and the id. done removes what was fetched.
func findRPMKey(ctx context.Context, sys target.System, p *module.Params, gpg string) (file, id string, done func(), err error) {
	key, done := p.Str("key"), func() {}
	if strings.Contains(key, "://") {
		if file, err = fetchRPMKey(ctx, sys, key, !p.Bool("validate_certs")); err != nil {
			return "", "", done, err
		}
		done = func() { _ = sys.Remove(file) }
	} else if info, err := sys.Stat(key); err == nil && info.IsRegular() {
		file = key
	} else if !rpmKeyID().MatchString(key) {
		return "", "", done, programs.Fail("Not a valid key %s", key)
	} else {
		return "", strings.TrimPrefix(strings.ToUpper(key), "0X"), done, nil
	}
	keys, out, err := readKeys(ctx, sys, gpg, file, nil)
	if err == nil && out.RC != 0 {
		err = programs.Fail("%s", out.Stderr)
	}
	if err == nil && len(keys.ids) == 0 {
		err = programs.Fail("Unexpected gpg output")
	}
	if err == nil {
		err = sameFingerprints(p.Strs("fingerprint"), keys.fingerprints)
	}
	if err != nil {
		done()
		return "", "", done, err
	}
	return file, keys.ids[0], done, nil
}

// fetchRPMKey fetches a key into a temporary file.
func fetchRPMKey(ctx context.Context, sys target.System, address string, insecure bool) (string, error) {
	b, err := download.Get(ctx, sys, address, insecure)
	var failed *download.Error
	if errors.As(err, &failed) {
		return "", programs.Fail("failed to fetch key at %s , error was: %s", address, failed.Msg)
	}
	if err != nil {
		return "", err
	}
	if strings.HasPrefix(address, "file:") { // ansible-core takes no answer without a status for a good one
		return "", programs.Fail("failed to fetch key at %s , error was: OK (%d bytes)", address, len(b))
	}
	f, err := sys.CreateTemp("", "ansible-key*")
	if err != nil {
		return "", err
	}
	_, err = f.Write(b)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		_ = sys.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}

// sameFingerprints checks that a file has all fingerprints that are wanted.
func sameFingerprints(wanted, has []string) error {
	for i, w := range wanted {
		wanted[i] = strings.ToUpper(strings.ReplaceAll(w, " ", ""))
	}
	for _, w := range wanted {
		if !slices.Contains(has, w) {
			return programs.Fail("The specified fingerprint, '%s', does not match any key fingerprints in '%s'", pySet(wanted), pySet(has))
		}
	}
	return nil
}

// pySet writes a set as Python does.
func pySet(list []string) string {
	return fmt.Sprintf("{'%s'}", strings.Join(list, "', '"))
}

// importedKey gives the name of the package that stands for a key, "" when the key is not there. A key is kept under the last
// eight digits of its id (rpm 4) or its fingerprint (rpm 6).
func importedKey(ctx context.Context, sys target.System, id string) (string, error) {
	out, err := programs.Run(ctx, sys, target.Command{Argv: []string{"rpm", "-q", "gpg-pubkey", "--qf", `%{version}\n`}, Env: programs.C})
	if err != nil {
		return "", err
	}
	if out.RC != 0 { // none is there
		return "", nil
	}
	id = strings.ToLower(id)
	for _, v := range strings.Fields(out.Stdout) {
		if strings.HasSuffix(v, id) || strings.HasSuffix(id, v) {
			return "gpg-pubkey-" + v, nil
		}
	}
	return "", nil
}

func rpmDo(ctx context.Context, sys target.System, args ...string) error {
	out, err := programs.Run(ctx, sys, target.Command{Argv: append([]string{"rpm"}, args...), Env: programs.C})
	if err == nil && out.RC != 0 {
		err = programs.Fail("%s", out.Stderr)
	}
	return err
}
