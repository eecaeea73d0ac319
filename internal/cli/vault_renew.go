package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/tree"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/uses"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

const renewHelp = `Makes up a new value for each KEY of FILE, by a policy, and encrypts it in place: as a !vault value, or within a file that is encrypted
as a whole. The vault id and password stay, and so does every other byte. The value is not shown. Then it tells which inventory the key
belongs to, and which variables, roles and playbooks use it, so that the next apply rolls it out.

Where the secret is kept elsewhere as well (in a database, with a provider), it has to be changed there, too: docs/rotation.md.

The policy: --length characters out of --alphabet, which is one of
   safe       letters, digits, - and _ (64 characters)
   alnum      letters and digits
   hex        0 to 9, a to f
   digits     0 to 9
   printable  all of ASCII but blanks, quotes and backslashes
or the characters themselves.

Example:
   kimai-ansible vault renew --length 40 inventories/prod/group_vars/kimai/vault.yml vault_kimai_db_password`

// alphabets are the ones that have a name.
var alphabets = map[string]string{
	"safe":      lower + strings.ToUpper(lower) + "0123456789-_",
	"alnum":     lower + strings.ToUpper(lower) + "0123456789",
	"hex":       "0123456789abcdef",
	"digits":    "0123456789",
	"printable": lower + strings.ToUpper(lower) + "0123456789!#$%&()*+,-./:;<=>?@[]^_{|}~",
}

const lower = "abcdefghijklmnopqrstuvwxyz"

func vaultRenewCommand(env *Env) *cli.Command {
	return &cli.Command{
		Name: "renew", Usage: "make up new values for keys of a file, and tell who uses them", ArgsUsage: "FILE KEY...",
		Description: renewHelp,
		Flags: append([]cli.Flag{
			&cli.IntFlag{Name: "length", Value: 32, Usage: "`N` characters"},
			&cli.StringFlag{Name: "alphabet", Value: "safe", Usage: "safe, alnum, hex, digits, printable, or the `CHARACTERS` themselves"},
			&cli.BoolFlag{Name: "json", Usage: "tell it as JSON"},
		}, vaultSecretFlags()...),
		Action: func(c *cli.Context) error {
			opts := renewOptions{vaultOptions: vaultOptionsOf(c), length: c.Int("length"), alphabet: c.String("alphabet"), json: c.Bool("json")}
			return runVault(c.Context, env, opts.vaultOptions, func(s *vaultSession, ctx context.Context) error {
				return s.renew(ctx, opts)
			})
		},
	}
}

type renewOptions struct {
	vaultOptions
	length   int
	alphabet string
	json     bool
}

// weakBits is the strength below which a warning is told.
const weakBits = 80

func (s *vaultSession) renew(ctx context.Context, opts renewOptions) error {
	if len(opts.args) < 2 || opts.args[0] == "-" {
		return usageFailure("a file and a key are needed, as in: kimai-ansible vault renew group_vars/all/vault.yml vault_db_password")
	}
	file := opts.args[0]
	var keys []yaml.Path
	for _, arg := range opts.args[1:] {
		key, err := yaml.ParsePath(arg)
		if err != nil || len(key) == 0 || key[0].Index >= 0 {
			return usageFailure("%q is no key, which is written as a.b[0]", arg)
		}
		if slices.ContainsFunc(keys, key.Equal) {
			return usageFailure("%s is named twice", key)
		}
		keys = append(keys, key)
	}
	values, err := s.newValues(opts, len(keys))
	if err != nil {
		return err
	}
	defer func() {
		for _, v := range values {
			clear(v)
		}
	}()
	if err := s.renewIn(ctx, file, keys, values); err != nil {
		return err
	}
	return s.tellUses(ctx, file, keys, opts)
}

// newValues makes up the values by the policy.
func (s *vaultSession) newValues(opts renewOptions, n int) ([][]byte, error) {
	alphabet, named := alphabets[opts.alphabet]
	if !named {
		alphabet = opts.alphabet
	}
	if bits := float64(opts.length) * math.Log2(float64(max(len(alphabet), 1))); bits < weakBits {
		s.warn(fmt.Sprintf("%d characters out of %d are %.0f bits: a value that a program can guess; %d bits are called strong", opts.length, len(alphabet), bits, weakBits))
	}
	var out [][]byte
	for range n {
		v, err := vault.GenerateFrom(alphabet, opts.length)
		if err != nil {
			return nil, usageFailure("%v", err)
		}
		out = append(out, v)
	}
	return out, nil
}

// renewIn puts the values in the places of the old ones, all or none.
func (s *vaultSession) renewIn(ctx context.Context, file string, keys []yaml.Path, values [][]byte) error {
	text, err := s.read(file)
	if err != nil {
		return err
	}
	in, w, err := s.inlineOf(ctx, text, file)
	if err != nil {
		return err
	}
	var edits []yaml.Edit
	var now, plain []vault.Sealed
	for i, key := range keys {
		old, err := in.Find(key)
		if err != nil {
			return err
		}
		sealed := vault.Sealed{Doc: old.Doc, Path: key, Plaintext: values[i]}
		switch {
		case w != nil && vault.IsVault(old):
			return plainFailure(diag.Errorf(old.Pos, "%s is a !vault value within an encrypted file", key).Hint("decrypt one of the two first"))
		case w != nil:
			edits, plain = append(edits, vault.Replace(old, in.File, "", string(values[i]))), append(plain, sealed)
		default:
			edit, secret, err := s.renewOne(ctx, in, old, values[i])
			if err != nil {
				return err
			}
			sealed.Secret = secret
			edits, now = append(edits, edit), append(now, sealed)
		}
	}
	fresh := []byte(yaml.Apply(in.File.Text(), edits...))
	verify := func(written []byte) error { return in.Verify(written, now, plain) }
	if err := verify(fresh); err != nil {
		return inlineFailure(file, err)
	}
	if w == nil {
		return s.put(file, "", fresh, text, vault.Replacement{Verify: verify})
	}
	defer clear(fresh)
	cipher, err := s.encrypt(fresh, w.secret, w.label)
	if err != nil {
		return err
	}
	return s.put(file, "", cipher, text, putEncrypted(w.secret, fresh))
}

// renewOne encrypts a value for the place of an old one, which may be plain.
func (s *vaultSession) renewOne(ctx context.Context, in *vault.Inline, old yaml.Scalar, value []byte) (yaml.Edit, *vault.Secret, error) {
	secret, label, err := s.setSecret(ctx, old, true)
	if err != nil {
		return yaml.Edit{}, nil, err
	}
	cipher, err := s.encrypt(value, secret, label)
	if err != nil {
		return yaml.Edit{}, nil, err
	}
	tag := vault.Tag
	if vault.IsVault(old) {
		tag = old.Tag
	}
	return vault.Replace(old, in.File, tag, asEnded(old, cipher)), secret, nil
}

// tellUses tells who uses the keys.
func (s *vaultSession) tellUses(ctx context.Context, file string, keys []yaml.Path, opts renewOptions) error {
	found, err := tree.Find(ctx, tree.Options{Dir: s.env.Dir, Environ: vault.WithoutSources(s.env.Environ, s.specs), IgnoreLinks: true})
	if err != nil {
		return fmt.Errorf("the new values are in %s, but who uses them can't be told: %w", file, err)
	}
	type renewed struct {
		Key       string     `json:"key"`
		File      string     `json:"file"`
		Inventory string     `json:"inventory,omitempty"`
		Uses      []uses.Use `json:"uses"`
	}
	var all []renewed
	inventory, kind, name, belongs := uses.Inventory(file)
	for _, key := range keys {
		all = append(all, renewed{key.String(), file, inventory, append([]uses.Use{}, uses.Find(found, key, file)...)})
	}
	if opts.json {
		e := json.NewEncoder(&s.out)
		e.SetIndent("", "  ")
		if err := e.Encode(all); err != nil {
			return err
		}
		return s.finish("")
	}
	for _, r := range all {
		fmt.Fprintf(&s.out, "%s: renewed in %s, %d characters\n", r.Key, file, opts.length)
		if belongs {
			fmt.Fprintf(&s.out, "  inventory %s (%s %s)\n", inventory, kind, name)
		}
		tellUse(&s.out, r.Uses)
		if len(r.Uses) == 0 {
			fmt.Fprintf(&s.out, "  nothing below %s names it\n", s.env.Dir)
		}
	}
	if belongs {
		fmt.Fprintf(&s.out, "next: kimai-ansible apply -i %s\n", strings.TrimPrefix(inventory, "inventories/"))
	}
	return s.finish("")
}

// tellUse writes a line for each variable, role and file, with the places.
func tellUse(out *bytes.Buffer, list []uses.Use) {
	for i := 0; i < len(list); {
		first := list[i]
		var places []string
		for ; i < len(list) && list[i].Kind == first.Kind && list[i].Name == first.Name; i++ {
			place := fmt.Sprintf("%s:%d", list[i].File, list[i].Line)
			if list[i].Via != "" {
				place += " (" + list[i].Via + ")"
			}
			places = append(places, place)
		}
		fmt.Fprintf(out, "  %s %s: %s\n", first.Kind, first.Name, strings.Join(places, ", "))
	}
}
