package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/config"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/lookups"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/term"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// templateOptions are what both commands of template take.
type templateOptions struct {
	inventories []string
	host, role  string
	run         runOptions
}

// collect takes over the options that are lists.
func (o *templateOptions) collect(c *cli.Context) {
	o.inventories = c.StringSlice("inventory")
	o.run.collect(c)
}

const templateHelp = `Tries a template or an expression against an inventory, as a task on one host would see it; nothing is connected to
and nothing is run but the lookups that the template names.

The variables are those of the inventories (-i, as often as there are some), with group_vars and host_vars, of -e and, for
a template below roles/NAME/templates or with --role NAME, the role's defaults and vars. Facts are not gathered: hand over what a template needs of them, as
in -e ansible_hostname=web1.

Without --host it is the only host of the inventory; where there is no inventory at all, localhost.`

const templateSecrets = `SECRETS
   Vaulted values are decrypted with the usual options. On a terminal whatever came out of a vault is masked. Where
   stdout is no terminal, a masked text would be taken for the result: a result with a secret is refused there.
   --show-secrets prints it in full, both on a terminal and elsewhere.`

// templateCommand is `kimai-ansible template`.
func templateCommand(env *Env) *cli.Command {
	return &cli.Command{
		Name: "template", Usage: "try a template or an expression against an inventory", Description: templateHelp,
		HideHelpCommand: true, OnUsageError: usageError,
		Subcommands: []*cli.Command{templateRenderCommand(env), templateEvalCommand(env)},
		Action:      func(c *cli.Context) error { return cli.ShowSubcommandHelp(c) },
	}
}

// templateFlags are the flags of templateOptions: of those of a run the ones that concern variables and secrets.
func templateFlags(o *templateOptions) []cli.Flag {
	flags := []cli.Flag{
		&cli.StringSliceFlag{
			Name: "inventory", Aliases: []string{"i"},
			Usage: "the inventory: `NAME|PATH`, a folder of inventories/ or a path, or hosts with commas between",
		},
		&cli.StringFlag{Name: "role", Destination: &o.role, Usage: "the role, `NAME|PATH`, whose defaults, vars and files are seen"},
		&cli.StringFlag{Name: "host", Destination: &o.host, Usage: "the `HOST` of the inventory whose variables are seen"},
	}
	for _, f := range runFlags(&o.run) {
		switch f.Names()[0] {
		case "extra-vars", "vault-password-file", "vault-id", "ask-vault-password", "show-secrets":
			flags = append(flags, f)
		}
	}
	return flags
}

// oneArgument is the argument that a command needs; what says what it is.
func oneArgument(c *cli.Context, what string) (string, error) {
	if c.Args().Len() == 1 {
		return c.Args().First(), nil
	}
	e := &diag.Error{Msg: fmt.Sprintf("template %s takes %s, and %d arguments are given", c.Command.Name, what, c.Args().Len())}
	return "", withCode(ExitUsage, e.Hint("kimai-ansible template %s --help tells how", c.Command.Name))
}

// runTemplate evaluates something with the variables of a host. file is the template file, "" for none.
func runTemplate(ctx context.Context, env *Env, o templateOptions, file string, do func(r *run, s *templating.Scope) error) error {
	req, err := o.request(env)
	if err != nil {
		return withCode(ExitError, err)
	}
	return withRun(ctx, env, req, func(r *run) error {
		host, err := r.templateHost(o)
		if err != nil {
			return err
		}
		at, err := r.standIn(file, o.role)
		if err != nil {
			return withCode(ExitParser, err)
		}
		r.vars.StartPlay(at, []string{host}, []string{host})
		vars := r.vars.Task(host, standInTask{at})
		return describe(do(r, r.engine.Scope(ctx, vars, at.search())), vars)
	})
}

// request is what the options ask for, as a run.
func (o templateOptions) request(env *Env) (runRequest, error) {
	req := runRequest{options: o.run}
	_, err := os.Stat(filepath.Join(env.Dir, sitePlaybook))
	inKit := err == nil
	needsKit := inKit
	for _, name := range o.inventories {
		_, err := os.Stat(absIn(env.Dir, name))
		needsKit = needsKit || err != nil && !strings.Contains(name, ",")
	}
	var k kit
	if needsKit {
		if k, err = findKit(env); err != nil {
			return req, err
		}
		req.kit, req.playbooks = k, []string{filepath.Join(k.dir, sitePlaybook)}
	}
	for _, name := range o.inventories {
		path := absIn(env.Dir, name)
		switch {
		case strings.Contains(name, ","):
			path = name
		case needsKit:
			if path, err = k.inventory(env, name); err != nil {
				return req, err
			}
			req.demo = req.demo || path == filepath.Join(k.dir, "inventories", "demo")
		}
		req.inventories = append(req.inventories, path)
	}
	if len(o.inventories) == 0 && noInventory(env) {
		req.inventories = []string{"localhost,"}
	}
	return req, nil
}

// absIn is a path that may be relative to a folder.
func absIn(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// noInventory reports whether no setting names an inventory and the usual one is not there.
func noInventory(env *Env) bool {
	settings, err := config.Load(config.Options{Environ: env.Environ, Dir: env.Dir})
	if err != nil || settings.Origin("DEFAULT_HOST_LIST").Kind != "default" {
		return false // prepare tells
	}
	for _, path := range settings.Paths("DEFAULT_HOST_LIST") {
		if _, err := os.Stat(path); err == nil {
			return false
		}
	}
	return true
}

// templateHost is the host whose variables are seen.
func (r *run) templateHost(o templateOptions) (string, error) {
	var names []string
	for _, h := range r.inventory.Hosts() {
		names = append(names, h.Name())
	}
	host := o.host
	switch {
	case host != "" && !slices.Contains(names, host):
		e := diag.Errorf(noPos, "no host %q in the inventory", host)
		if near := diag.Nearest(host, names); near != "" {
			return "", e.Hint("did you mean %q?", near)
		}
		return "", e.Hint("the inventory has: %s", strings.Join(names, ", "))
	case host == "" && len(names) == 1:
		host = names[0]
	case host == "":
		return "", diag.Errorf(noPos, "the inventory has %d hosts", len(names)).Hint("name one with --host: %s", strings.Join(names, ", "))
	}
	_, err := r.inventory.Layers(r.inventory.Host(host), r.playbookDir())
	return host, withCode(ExitParser, err) // a file that can't be opened, say
}

// describe makes of what went wrong in a template an error with the very place, and the name that is near one that does
// not exist. Errors of other kinds are given back.
func describe(err error, vars templating.Vars) error {
	var coded *CodeError
	var link *templating.Error
	if errors.As(err, &coded) || !errors.As(err, &link) {
		return err
	}
	told := &diag.Error{Msg: err.Error(), Cause: err}
	hint := ""
	for e := link; e != nil; {
		switch {
		case e.At.IsValid():
			told.Pos = e.At
		case e.Pos.IsValid() && e.Pos.Line > 0 || !told.Pos.IsValid():
			told.Pos = e.Pos
		}
		if e.Help != "" {
			hint = e.Help
		}
		if near := nearest(e.Missing, vars); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		var next *templating.Error
		errors.As(e.Cause, &next)
		e = next
	}
	if hint != "" {
		return told.Hint("%s", hint)
	}
	return told
}

// nearest is the name that exists and is near the missing one.
func nearest(m templating.Missing, vars templating.Vars) string {
	switch m.What {
	case "variable":
		return diag.Nearest(m.Name, vars.Names())
	case "lookup":
		var names []string
		for name := range lookups.Set {
			names = append(names, name)
		}
		return diag.Nearest(m.Name, names)
	case "":
		return ""
	}
	return templating.NearestPlugin(m.What, m.Name)
}

// shown is the text to print of a result. A result with a secret is masked on a terminal; elsewhere it is refused, for it would
// be taken for the result. other is what the hint says beside --show-secrets.
func (r *run) shown(result value.Str, other string) (string, error) {
	text := result.String()
	masked := r.redactor.Redact(text)
	if r.req.options.showSecrets || !value.IsSecret(result) && masked == text {
		return text, nil
	}
	if !term.Is(r.env.Stdout) {
		return "", diag.Errorf(noPos, "the result holds what came out of a vault, and stdout is no terminal").
			Hint("--show-secrets prints it in full%s", other)
	}
	if masked == text { // too short or changed too much to be found: the mark alone tells
		return "", diag.Errorf(noPos, "the result holds what came out of a vault, which can't be masked within it").
			Hint("--show-secrets prints it in full%s", other)
	}
	fmt.Fprintln(r.err, "kimai-ansible: what came out of a vault is masked; --show-secrets shows it")
	return masked, nil
}
