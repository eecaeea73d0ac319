package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/rotate"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/tree"
)

// generatedLength is how long a vault password is that --generate makes up: 6 bits a character, so 258 bits.
const generatedLength = 43

type rotateOptions struct {
	vaultOptions
	from, to, onlyIDs, exclude                                           []string
	generate, includeIgnored, skipUnreadable, dryRun, json, resume, undo bool
}

const rotateHelp = `Gives every vaulted value below the paths (the working directory without any) a new password: files that are vaults as a whole, and
!vault values within YAML files, of which every other byte stays. What .gitignore leaves out is not looked at; a path may be a glob.

A password of --from-vault-id is replaced by that of --to-vault-id with the same vault id, or else by the one in the same place. A vault
id with --to-vault-id becomes the values' new vault id; without one each keeps its own. Without --from-vault-id, all passwords that other
vault commands use (--vault-id, --vault-password-file, ansible.cfg) are the old ones.

It is one transaction. Every value is opened, encrypted, verified and written to a journal (ciphertext only) before the first file is
replaced. After a kill the next call refuses, until --resume has brought all files to the new password or --abort to the old one; neither
needs a password. A value that no password opens is an error that names it.

--generate makes up the new passwords. Each is written to the file that --to-vault-id names, which must not be there yet, with mode 0600;
or without --to-vault-id in place of the old one in its file, which is kept as FILE.1.

Examples:
   kimai-ansible vault rotate --from-vault-id prod@old.txt --to-vault-id prod@new.txt
   kimai-ansible vault rotate --from-vault-id dev@dev.txt --from-vault-id prod@prod.txt --generate inventories
   kimai-ansible vault rotate --dry-run --to-vault-id new.txt 'group_vars/**/vault*.yml'`

func vaultRotateCommand(env *Env) *cli.Command {
	return &cli.Command{
		Name: "rotate", Usage: "give every vaulted value of a repository a new password, in one transaction", ArgsUsage: "[PATH...]",
		Description: rotateHelp,
		Flags: append([]cli.Flag{
			&cli.StringSliceFlag{Name: "from-vault-id", Usage: "vault `[ID@]SOURCE` of an old password; may be given several times"},
			&cli.StringSliceFlag{Name: "to-vault-id", Usage: "vault `[ID@]SOURCE` of its new password; may be given several times"},
			&cli.StringSliceFlag{Name: "only-id", Usage: "look only at values with the vault `ID` in their header; may be given several times"},
			&cli.BoolFlag{Name: "generate", Usage: "make up the new passwords"},
			&cli.BoolFlag{Name: "dry-run", Usage: "tell what would be done and write nothing"},
			&cli.BoolFlag{Name: "skip-unreadable", Usage: "leave values alone that no password opens, and list them"},
			&cli.StringSliceFlag{Name: "exclude", Usage: "leave out files and folders that fit the `GLOB`; may be given several times"},
			&cli.BoolFlag{Name: "include-ignored", Usage: "look also at what .gitignore leaves out"},
			&cli.BoolFlag{Name: "json", Usage: "tell what was done as JSON"},
			&cli.BoolFlag{Name: "resume", Usage: "finish an interrupted rotation"},
			&cli.BoolFlag{Name: "abort", Usage: "take an interrupted rotation back"},
		}, vaultSecretFlags()...),
		Action: func(c *cli.Context) error {
			opts := rotateOptions{
				vaultOptions: vaultOptionsOf(c), from: c.StringSlice("from-vault-id"), to: c.StringSlice("to-vault-id"),
				onlyIDs: c.StringSlice("only-id"), exclude: c.StringSlice("exclude"), generate: c.Bool("generate"),
				includeIgnored: c.Bool("include-ignored"), skipUnreadable: c.Bool("skip-unreadable"), dryRun: c.Bool("dry-run"),
				json: c.Bool("json"), resume: c.Bool("resume"), undo: c.Bool("abort"),
			}
			if opts.json {
				opts.verbosity = 0 // what it adds would stand between
			}
			return runVaultRotate(c.Context, env, opts)
		},
	}
}

// runVaultRotate is `kimai-ansible vault rotate`.
func runVaultRotate(ctx context.Context, env *Env, opts rotateOptions) error {
	return runVault(ctx, env, opts.vaultOptions, func(s *vaultSession, ctx context.Context) error {
		r := &rotateSession{vaultSession: s, opts: opts, tell: newRotateTeller(env, opts)}
		err := r.tell.failed(r.run(ctx))
		if ctx.Err() != nil && isPendingRotation(err) {
			fmt.Fprint(env.Stderr, diag.Detail(err)) // which being interrupted would hide
		}
		return err
	})
}

type rotateSession struct {
	*vaultSession
	opts rotateOptions
	tell *rotateTeller
}

func (r *rotateSession) run(ctx context.Context) error {
	switch {
	case r.opts.resume && r.opts.undo:
		return usageFailure("--resume and --abort do not go together")
	case r.opts.resume || r.opts.undo:
		return r.recover(ctx)
	case len(r.opts.to) == 0 && !r.opts.generate:
		return usageFailure("there is no new password: give --to-vault-id or --generate")
	}
	if salt := "VAULT_ENCRYPT_SALT"; r.settings.String(salt) != "" {
		return saltFailure(r.settings.Origin(salt))
	}
	if err := r.refusePending(); err != nil {
		return err
	}
	pairs, others, err := r.passwords(ctx)
	if err != nil {
		return err
	}
	found, err := tree.Find(ctx, tree.Options{
		Dir: r.env.Dir, Paths: r.opts.args, Exclude: r.opts.exclude, IncludeIgnored: r.opts.includeIgnored,
		Environ: vault.WithoutSources(r.env.Environ, r.specs), Marker: rotate.Folder,
	})
	if err != nil {
		return err
	}
	for _, n := range found.Notes {
		r.warn(n)
	}
	report, err := rotate.Run(ctx, rotate.Options{
		Tree: found, Pairs: pairs, Others: others, Strict: r.settings.Bool("DEFAULT_VAULT_ID_MATCH"), OnlyIDs: r.opts.onlyIDs,
		SkipUnreadable: r.opts.skipUnreadable, DryRun: r.opts.dryRun, Started: r.env.Now(), Progress: r.tell.progress,
	})
	if err != nil {
		return err
	}
	return r.tell.report(report)
}

// refusePending asks for no password where an interrupted rotation has to be ended first.
func (r *rotateSession) refusePending() error {
	starts := []string{r.env.Dir}
	if len(r.opts.args) > 0 {
		starts = r.absAll(r.opts.args) // a glob is no path, but the search goes upwards
	}
	for _, start := range starts {
		if dir, ok := rotate.Pending(start); ok {
			return rotate.Refusal(dir)
		}
	}
	return nil
}

// recover is --resume and --abort.
func (r *rotateSession) recover(ctx context.Context) error {
	o := r.opts
	if len(o.from)+len(o.to)+len(o.onlyIDs) > 0 || o.generate || o.dryRun || o.skipUnreadable {
		return usageFailure("--resume and --abort need no other options: the journal has everything")
	}
	if len(o.args) > 1 {
		return usageFailure("one path leads to the interrupted rotation, not %d", len(o.args))
	}
	dir := r.env.Dir
	if len(o.args) == 1 {
		dir = r.abs(o.args[0])
	}
	recovery := rotate.Recovery{Dir: dir, Sink: r.openSink(ctx), Progress: r.tell.progress}
	end := rotate.Resume
	if o.undo {
		end = rotate.Abort
	}
	done, err := end(ctx, recovery)
	if err != nil {
		return err
	}
	return r.tell.recovered(done)
}

// passwords gets the old and new passwords, and others that open values which are left alone.
func (r *rotateSession) passwords(ctx context.Context) ([]rotate.Pair, []*vault.Secret, error) {
	from, others, err := r.oldSources(ctx)
	if err != nil {
		return nil, nil, err
	}
	if err := validIDs(append(append(r.opts.onlyIDs, r.opts.to...), r.opts.from...)); err != nil {
		return nil, nil, err
	}
	to := from
	if len(r.opts.to) > 0 {
		to = r.parse(r.opts.to)
	}
	match, err := rotate.Match(from, to, len(r.opts.from) > 0)
	if err != nil {
		return nil, nil, withCode(ExitUsage, err)
	}
	r.specs = append(append(r.specs, from...), to...)
	old, err := r.loader.LoadEach(ctx, from, false)
	if err != nil {
		return nil, nil, loadFailure(err)
	}
	fresh := make([]*newPassword, len(to))
	var pairs []rotate.Pair
	for i, m := range match {
		if m < 0 {
			others = append(others, old[i])
			continue
		}
		if fresh[m] == nil {
			if fresh[m], err = r.newPassword(ctx, to[m], from[i]); err != nil {
				return nil, nil, err
			}
		}
		p := rotate.Pair{From: old[i], To: fresh[m].secret, Sink: fresh[m].sink}
		if to[m].NamedID && len(r.opts.to) > 0 {
			p.Label = to[m].ID
		}
		if p.From.Same(p.To) && (p.Label == "" || p.Label == p.From.ID) {
			return nil, nil, usageFailure("the new password of %s is the old one", from[i].Text())
		}
		pairs = append(pairs, p)
	}
	return pairs, others, nil
}

func (r *rotateSession) parse(texts []string) []vault.Spec {
	id := r.settings.String("DEFAULT_VAULT_IDENTITY")
	if id == "" {
		id = vault.DefaultID
	}
	var specs []vault.Spec
	for _, t := range texts {
		specs = append(specs, vault.ParseSpec(t, id))
	}
	return specs
}

// oldSources says where the old passwords are: --from-vault-id, or else what all vault commands use. Beside the first,
// the second give the passwords of what is left alone.
func (r *rotateSession) oldSources(ctx context.Context) ([]vault.Spec, []*vault.Secret, error) {
	request, err := r.request()
	if err != nil {
		return nil, nil, err
	}
	if len(r.opts.from) == 0 {
		return request.Specs(), nil, nil
	}
	request.AutoPrompt = false
	r.specs = request.Specs()
	if len(r.specs) == 0 {
		return r.parse(r.opts.from), nil, nil
	}
	others, err := r.loader.Load(ctx, r.specs, false)
	if err != nil {
		return nil, nil, loadFailure(err)
	}
	return r.parse(r.opts.from), others, nil
}

// A newPassword is given, or made up and then kept in a sink.
type newPassword struct {
	secret *vault.Secret
	sink   rotate.Sink
}

func (r *rotateSession) newPassword(ctx context.Context, spec, old vault.Spec) (*newPassword, error) {
	if !spec.NamedID {
		spec.ID = old.ID // what a question and an error call it
	}
	if !r.opts.generate {
		s, err := r.loader.LoadOne(ctx, spec, true)
		if err != nil {
			return nil, loadFailure(err)
		}
		return &newPassword{secret: s}, nil
	}
	sink, err := r.newSink(ctx, spec, old)
	if err != nil {
		return nil, err
	}
	password, err := vault.Generate(generatedLength)
	if err != nil {
		return nil, err
	}
	defer clear(password)
	return &newPassword{secret: vault.NewSecret(spec.ID, "--generate", string(password)), sink: sink}, nil
}

// isPendingRotation reports whether an error is about a rotation that did not end.
func isPendingRotation(err error) bool { return errors.Is(err, rotate.ErrPending) }
