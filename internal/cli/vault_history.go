package cli

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/history"
)

func vaultHistoryCommand(env *Env) *cli.Command {
	return &cli.Command{
		Name: "history", Usage: "tell which commits hold values that an old password opens", ArgsUsage: "[PATTERN...]",
		Description: "Looks through all commits of the git repository, on all branches, at the files that fit a PATTERN (all without one), for vaulted\n" +
			"values that the given passwords open. Each is told once, with the commit that brought it; \"HEAD\" says that the present\n" +
			"commit has it, too. What the history holds stays readable with that password, whatever is rotated: such a secret has to be\n" +
			"renewed where the password is known to others.\n\n" +
			"Example:\n" +
			"   kimai-ansible vault history --vault-id old.txt 'group_vars/**'",
		Flags: append([]cli.Flag{&cli.BoolFlag{Name: "json", Usage: "tell it as JSON"}}, vaultSecretFlags()...),
		Action: func(c *cli.Context) error {
			asJSON := c.Bool("json")
			return runVault(c.Context, env, vaultOptionsOf(c), func(s *vaultSession, ctx context.Context) error { return s.history(ctx, asJSON) })
		},
	}
}

func (s *vaultSession) history(ctx context.Context, asJSON bool) error {
	secrets, err := s.secrets(ctx, false)
	if err != nil {
		return err
	}
	r, err := history.Find(ctx, history.Options{
		Dir: s.env.Dir, Environ: vault.WithoutSources(s.env.Environ, s.specs), Patterns: s.opts.args, Secrets: secrets,
	})
	if err != nil {
		return plainFailure(err)
	}
	if asJSON {
		e := json.NewEncoder(&s.out)
		e.SetIndent("", "  ")
		if err := e.Encode(r); err != nil {
			return err
		}
		return s.finish("")
	}
	commits, now := map[string]bool{}, 0
	for _, v := range r.Values {
		commits[v.Commit] = true
		head := ""
		if v.InHead {
			head = "  HEAD"
			now++
		}
		what := "whole file"
		if v.Key != "" {
			what = v.Key
		}
		fmt.Fprintf(&s.out, "%.10s  %s  %s:%d  %s  %s%s\n", v.Commit, v.Date, v.Path, v.Line, what, v.Label, head)
	}
	fmt.Fprintf(&s.out, "%s from %s %s with the given passwords, %d still in HEAD (%s and %s searched).\n",
		count(len(r.Values), "value"), count(len(commits), "commit"), "can be opened", now, count(r.Commits, "commit"), count(r.Searched, "value"))
	if r.Shallow {
		s.warn("this clone is shallow: the rest of the history is elsewhere")
	}
	return s.finish("")
}
