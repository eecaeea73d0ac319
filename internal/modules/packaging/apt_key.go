package packaging

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/download"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.apt_key", Check: module.Full, Run: runAptKey,
	Args: module.Args{
		{Name: "id", Help: "The key's id or fingerprint; with it nothing is fetched when the key is there."},
		{Name: "url", More: download.IsAddress, Help: "Where the key is fetched."},
		{Name: "data", Help: "The key itself."},
		{Name: "file", Type: module.Path, Help: "A file on the target."},
		{Name: "keyring", Type: module.Path, ShowLog: true, Help: "The file of trusted.gpg.d that the key goes to."},
		{Name: "validate_certs", Type: module.Bool, Default: true, Help: "Check the server's certificate."},
		{Name: "keyserver", ShowLog: true, Help: "A server of keys."},
		{Name: "state", Default: "present", Choices: []string{"absent", "present"}, Help: "Whether the key is to be trusted."},
	},
	Rules: module.Rules{MutuallyExclusive: [][]string{{"data", "file", "keyserver", "url"}}},
	Doc: module.Doc{
		Short:    "Keys that apt trusts, where there still is apt-key.",
		Notes:    []string{"Debian 13 has no apt-key any more: put the key into a file and name it in deb822_repository."},
		Examples: "- ansible.builtin.apt_key:\n    url: https://example.com/key.asc\n    id: 9FED2BCBDCD29CDF762678CBAED4B06F473041FA\n",
		Returns: []module.Return{
			{Name: "before", Type: "list", When: "success", Help: "Ids of the keys that were trusted."},
			{Name: "after", Type: "list", When: "changed", Help: "Ids of the keys that are."},
			{Name: "fp", Type: "str", When: "success", Help: "The id, as far as it is compared."},
			{Name: "id", Type: "str", When: "success", Help: "The id as it was given, or of what was given."},
			{Name: "key_id", Type: "str", When: "success", Help: "The id without 0x."},
			{Name: "short_id", Type: "str", When: "success", Help: "Its last eight digits."},
		},
	},
})

// aptKey is one call.
type aptKey struct {
	sys              target.System
	p                *module.Params
	keyID, short, fp string
	data             []byte // what was fetched
}

func runAptKey(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	k := &aptKey{sys: sys, p: p}
	return programs.Answer(k.run(ctx))
}

func (k *aptKey) run(ctx context.Context) (module.Result, error) {
	for _, name := range []string{"apt-key", "gpg"} {
		if _, err := programs.Find(k.sys, name); err != nil {
			return module.Result{}, err
		}
	}
	id, err := k.identify(ctx)
	if err != nil {
		return module.Result{}, err
	}
	before, err := k.list(ctx)
	if err != nil {
		return module.Result{}, err
	}
	r := module.Result{}.With("before", before).With("fp", k.fp).With("id", id).With("key_id", k.keyID).With("short_id", k.short)
	there := slices.Contains(before, k.fp)
	present := k.p.Str("state") == "present"
	if r.Changed = there != present; !r.Changed {
		return r, nil
	}
	if present && k.source() == "" {
		r.Failed, r.Msg = true, "No key to add ... how did i get here?!?!"
		return r, nil
	}
	if k.p.Check {
		return r, nil
	}
	problem := "the key was not removed"
	if present {
		problem = "failed to add the key"
		err = k.add(ctx)
	} else {
		err = k.remove(ctx)
	}
	if err != nil {
		return module.Result{}, err
	}
	after, err := k.list(ctx)
	if err != nil {
		return module.Result{}, err
	}
	r.Set("after", after)
	if slices.Contains(after, k.fp) != present {
		r.Failed, r.Msg = true, fmt.Sprintf("apt-key did not return an error, but %s (check that the id is correct and *not* a subkey)", problem)
	}
	return r, nil
}

// source is the argument that tells where the key is.
func (k *aptKey) source() string {
	for _, name := range []string{"file", "data", "url", "keyserver"} {
		if k.p.Str(name) != "" {
			return name
		}
	}
	return ""
}

// identify finds the id of the key, as it was given or as it stands in the source.
func (k *aptKey) identify(ctx context.Context) (string, error) {
	id := k.p.Str("id")
	if id == "" {
		var err error
		if id, err = k.extract(ctx); err != nil {
			return "", err
		}
	}
	k.keyID = strings.ToUpper(id)
	k.keyID = strings.TrimPrefix(k.keyID, "0X")
	if !isHex(k.keyID) {
		f := programs.Fail("Invalid key_id")
		f.Result.Set("id", id)
		if id == "" {
			f.Result.Set("id", value.None)
		}
		return "", f
	}
	k.short = k.keyID[max(0, len(k.keyID)-8):]
	k.fp = k.keyID[max(0, len(k.keyID)-16):]
	return id, nil
}

func isHex(s string) bool {
	for ; len(s) > 15; s = s[15:] {
		if _, err := strconv.ParseUint(s[:15], 16, 64); err != nil {
			return false
		}
	}
	_, err := strconv.ParseUint(s, 16, 64)
	return err == nil
}

// extract reads the id from the source.
func (k *aptKey) extract(ctx context.Context) (string, error) {
	file, data, name := "-", []byte(k.p.Str("data")), "inline data"
	switch k.source() {
	case "":
		return "", nil
	case "keyserver":
		return "", programs.Fail("Missing key_id, required with keyserver.")
	case "file":
		file, name = k.p.Str("file"), k.p.Str("file")
	case "url":
		if err := k.fetch(ctx); err != nil {
			return "", err
		}
		data, name = k.data, k.p.Str("url")
	}
	keys, out, err := readKeys(ctx, k.sys, "gpg", file, data)
	if err != nil {
		return "", err
	}
	if out.RC != 0 || len(keys.ids) == 0 {
		f := programs.Fail("Unable to extract key from '%s'", name)
		f.Result.Set("stdout", out.Stdout).Set("stderr", out.Stderr)
		return "", f
	}
	return keys.ids[0], nil
}

func (k *aptKey) fetch(ctx context.Context) error {
	if k.data != nil {
		return nil
	}
	address := k.p.Str("url")
	b, err := download.Get(ctx, k.sys, address, !k.p.Bool("validate_certs"))
	var failed *download.Error
	if errors.As(err, &failed) {
		if strings.HasPrefix(failed.Msg, "unknown url type") {
			f := programs.Fail("%s", failed.Msg)
			f.Result.Set("status", -1).Set("url", address)
			return f
		}
		return programs.Fail("Failed to download key at %s: %s", address, failed.Msg)
	}
	k.data = b
	return err
}

// aptKeyCommand is a command line of apt-key.
func (k *aptKey) command(args ...string) []string {
	argv := []string{"apt-key"}
	if r := k.p.Str("keyring"); r != "" {
		argv = append(argv, "--keyring", r)
	}
	return append(argv, args...)
}

// list gives the ids that are trusted, as long as the one that is looked for.
func (k *aptKey) list(ctx context.Context) ([]string, error) {
	argv := k.command("adv", "--list-public-keys", "--with-colons")
	out, err := programs.Run(ctx, k.sys, target.Command{Argv: argv, Env: programs.C})
	if err != nil {
		return nil, err
	}
	if out.RC != 0 {
		f := programs.Fail("Unable to list public keys")
		f.Result.Set("cmd", strings.Join(argv, " ")).Set("rc", out.RC).Set("stdout", out.Stdout).Set("stderr", out.Stderr)
		return nil, f
	}
	ids := []string{}
	for _, id := range parseKeys(out.Stdout).ids {
		if len(k.keyID) == 8 {
			id = id[len(id)-8:]
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func (k *aptKey) add(ctx context.Context) error {
	c := target.Command{Env: programs.C}
	what := "binary data"
	switch k.source() {
	case "keyserver":
		return k.receive(ctx)
	case "file":
		what = "file " + k.p.Str("file")
		c.Argv = k.command("add", k.p.Str("file"))
	case "data":
		c.Argv, c.Stdin = k.command("add", "-"), strings.NewReader(k.p.Str("data"))
	default:
		if err := k.fetch(ctx); err != nil {
			return err
		}
		c.Argv, c.Stdin = k.command("add", "-"), strings.NewReader(string(k.data))
	}
	out, err := programs.Run(ctx, k.sys, c)
	if err == nil && out.RC != 0 {
		return k.failed("Unable to add a key from "+what, c.Argv, out)
	}
	return err
}

// receive asks a server of keys, five times.
func (k *aptKey) receive(ctx context.Context) error {
	argv := k.command("adv", "--no-tty", "--keyserver", k.p.Str("keyserver"), "--recv", k.keyID)
	var out programs.Out
	for range 5 {
		var err error
		if out, err = programs.Run(ctx, k.sys, target.Command{Argv: argv, Env: programs.C}); err != nil || out.RC == 0 {
			return err
		}
	}
	f := k.failed(fmt.Sprintf("Error fetching key %s from keyserver: %s", k.keyID, k.p.Str("keyserver")), argv, out)
	env := value.NewDict()
	for _, name := range []string{"LANG", "LC_ALL", "LC_MESSAGES", "LANGUAGE"} {
		env.SetStr(name, value.NewStr("C.utf8"))
	}
	f.Result.Set("forced_environment", env)
	return f
}

func (k *aptKey) remove(ctx context.Context) error {
	argv := k.command("del", k.short)
	out, err := programs.Run(ctx, k.sys, target.Command{Argv: argv, Env: programs.C})
	if err == nil && out.RC != 0 {
		return k.failed("Unable to remove key with id "+k.keyID, argv, out)
	}
	return err
}

func (k *aptKey) failed(msg string, argv []string, out programs.Out) *programs.Failed {
	if file, err := programs.Find(k.sys, argv[0]); err == nil {
		argv[0] = file
	}
	f := programs.Fail("%s", msg)
	f.Result.Set("cmd", strings.Join(argv, " ")).Set("rc", out.RC).Set("stdout", out.Stdout).Set("stderr", out.Stderr)
	return f
}
