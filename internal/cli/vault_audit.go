package cli

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/audit"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/rotate"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/tree"
)

// auditError is the exit code when the audit could not be made: 1 means that there are findings.
const auditError = 2

type auditOptions struct {
	vaultOptions
	exclude                                           []string
	maxAge                                            time.Duration
	policy                                            string
	includeIgnored, staged, json, sarif, onlyFindings bool
}

const auditHelp = `Lists every vaulted value below the paths (the working directory without any) with its place, key, vault id, the password that opens it,
and its age, which git knows; and tells what is wrong:

   values that no given password opens, damaged ones, vault ids that lie, secrets older than --max-age, the same secret twice;
   vault passwords that can be guessed; password files that others can read, or that are in git;
   plaintext that should be vaulted: secrets under keys of variables, private keys and tokens (the rules of gitleaks), a vault.yml that
   is not encrypted.

No secret is ever shown. .kimai-vault.yml in the top folder says what else the repository wants, and what is allowed:
docs/vault-policy.md. A line with "gitleaks:allow" is not looked at for plaintext.

--staged looks at what the next commit would have, for a pre-commit hook; vault git-setup installs one. It uses no passwords but those of
its own options.

EXIT STATUS: 0 nothing found, 1 findings, 2 the audit could not be made.

Examples:
   kimai-ansible vault audit --max-age 90d
   kimai-ansible vault audit --sarif --vault-id prod@prod.txt > vault.sarif`

func vaultAuditCommand(env *Env) *cli.Command {
	return &cli.Command{
		Name: "audit", Usage: "list every vaulted value of a repository, and tell what is wrong with its secrets", ArgsUsage: "[PATH...]",
		Description: auditHelp,
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "max-age", Usage: "tell of secrets that were changed last longer ago than `AGE`, such as 90d, 12w or 1y"},
			&cli.StringFlag{Name: "policy", Usage: "the policy in `FILE` instead of .kimai-vault.yml"},
			&cli.BoolFlag{Name: "staged", Usage: "look at what git commit would commit"},
			&cli.StringSliceFlag{Name: "exclude", Usage: "leave out what the `PATTERN` fits; may be given several times"},
			&cli.BoolFlag{Name: "include-ignored", Usage: "look at what .gitignore leaves out as well"},
			&cli.BoolFlag{Name: "findings", Usage: "tell the findings alone"},
			&cli.BoolFlag{Name: "json", Usage: "tell it as JSON"},
			&cli.BoolFlag{Name: "sarif", Usage: "tell the findings as SARIF 2.1.0, for code scanning"},
		}, vaultSecretFlags()...),
		Action: func(c *cli.Context) error {
			opts := auditOptions{
				vaultOptions: vaultOptionsOf(c), exclude: c.StringSlice("exclude"), policy: c.String("policy"), includeIgnored: c.Bool("include-ignored"),
				staged: c.Bool("staged"), json: c.Bool("json"), sarif: c.Bool("sarif"), onlyFindings: c.Bool("findings"),
			}
			if c.IsSet("max-age") {
				var err error
				if opts.maxAge, err = audit.ParseAge(c.String("max-age")); err != nil {
					return withCode(ExitUsage, err)
				}
			}
			return runVaultAudit(c.Context, env, opts)
		},
	}
}

// runVaultAudit is `kimai-ansible vault audit`.
func runVaultAudit(ctx context.Context, env *Env, opts auditOptions) error {
	found := false
	err := runVault(ctx, env, opts.vaultOptions, func(s *vaultSession, ctx context.Context) error {
		a := &auditSession{vaultSession: s, opts: opts}
		report, err := a.run(ctx)
		if err != nil {
			return err
		}
		found = len(report.Findings) > 0
		return a.tell(report)
	})
	switch {
	case err == nil && found:
		return &CodeError{Code: ExitError}
	case err != nil && exitCode(err) == ExitError:
		return withCode(auditError, err)
	}
	return err
}

type auditSession struct {
	*vaultSession
	opts auditOptions
}

func (a *auditSession) run(ctx context.Context) (*audit.Report, error) {
	switch {
	case a.opts.json && a.opts.sarif:
		return nil, usageFailure("--json and --sarif do not go together")
	case a.opts.staged && (len(a.opts.args) > 0 || len(a.opts.exclude) > 0 || a.opts.includeIgnored || a.opts.maxAge > 0):
		return nil, usageFailure("--staged looks at what git commit would commit: it takes no paths, no --exclude, no --include-ignored and no --max-age")
	}
	secrets, err := a.passwords(ctx)
	if err != nil {
		return nil, err
	}
	o := audit.Options{
		Environ: vault.WithoutSources(a.env.Environ, a.specs), Secrets: secrets, Strict: a.settings.Bool("DEFAULT_VAULT_ID_MATCH"), Public: isPublicPasswordFile,
		MaxAge: a.opts.maxAge, Now: a.env.Now(), Staged: a.opts.staged,
	}
	for _, spec := range a.specs {
		if path, ok := a.loader.FilePath(spec); ok {
			o.Passwords = append(o.Passwords, audit.PasswordFile{ID: spec.ID, Path: path})
		}
	}
	if err := a.files(ctx, &o); err != nil {
		return nil, err
	}
	if o.Policy, err = a.policy(o.Root); err != nil {
		return nil, err
	}
	return audit.Run(ctx, o)
}

// passwords gets what the options name, which has to be there; and, unless --staged, what the settings name, where it is there.
// Nobody is asked who has not said so.
func (a *auditSession) passwords(ctx context.Context) ([]*vault.Secret, error) {
	request, err := a.request()
	if err != nil {
		return nil, err
	}
	request.AutoPrompt = false
	a.loader.Strict = false // what it warns of is a finding
	explicit := vault.Request{IDs: a.vaultSession.opts.vaultIDs, PasswordFiles: request.PasswordFiles, Ask: a.opts.ask, DefaultID: request.DefaultID}
	a.specs = explicit.Specs()
	secrets, err := a.loader.LoadEach(ctx, a.specs, false)
	if err != nil {
		return nil, loadFailure(err)
	}
	if a.opts.staged {
		return vault.Distinct(secrets), nil
	}
	set := vault.Request{IDs: a.settings.List("DEFAULT_VAULT_IDENTITY_LIST"), SettingFile: request.SettingFile, Ask: a.vaultSession.opts.ask && !a.opts.ask, DefaultID: request.DefaultID}
	for _, spec := range set.Specs() {
		a.specs = append(a.specs, spec)
		s, err := a.loader.LoadOne(ctx, spec, false)
		var le *vault.LoadError
		switch {
		case errors.As(err, &le):
			a.warn(le.Warning())
		case err != nil:
			return nil, err
		default:
			secrets = append(secrets, s)
		}
	}
	return vault.Distinct(secrets), nil
}

// files finds what to look at.
func (a *auditSession) files(ctx context.Context, o *audit.Options) (err error) {
	if a.opts.staged {
		o.Files, o.Root, err = audit.Staged(ctx, a.env.Dir, o.Environ)
		o.Git = true
		return err
	}
	found, err := tree.Find(ctx, tree.Options{
		Dir: a.env.Dir, Paths: a.opts.args, Exclude: a.opts.exclude, IncludeIgnored: a.opts.includeIgnored, Environ: o.Environ, IgnoreLinks: true, Marker: rotate.Folder,
	})
	if err != nil {
		return err
	}
	for _, n := range found.Notes {
		a.warn(n)
	}
	_, noGit := exec.LookPath("git") // which tree.Find has told of
	o.Files, o.Root, o.Git = audit.FromTree(found), found.Root, noGit == nil && tree.WorkTree(found.Root) == found.Root
	return nil
}

// policy reads the policy, if there is one.
func (a *auditSession) policy(root string) (*audit.Policy, error) {
	path := a.abs(a.opts.policy)
	if a.opts.policy == "" {
		path = filepath.Join(root, audit.PolicyFile)
	}
	data, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && a.opts.policy == "":
		return nil, nil
	case err != nil:
		return nil, readFailure(path, err)
	}
	return audit.ParsePolicy(source.NewFile(path, string(data)))
}

func (a *auditSession) tell(r *audit.Report) error {
	var document any = r
	switch {
	case a.opts.sarif:
		document = r.SARIF(a.env.Version.Program)
	case !a.opts.json:
		return a.tellText(r)
	}
	e := json.NewEncoder(a.env.Stdout)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(document)
}
