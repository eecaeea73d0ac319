package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/inventory"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/secret"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vars"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
)

// inventoryOptions are the options of ansible-inventory.
type inventoryOptions struct {
	list, graph  bool
	host, group  string
	yaml, toml   bool
	vars, export bool
	output       string
	request      runRequest
}

// runInventory is ansible-inventory, and `kimai-ansible inventory`: it shows what is in an inventory.
func runInventory(ctx context.Context, env *Env, args []string, dropIn bool) error {
	p, done, err := readDropIn(env, "ansible-inventory", dropIn, args)
	if done || err != nil {
		return err
	}
	o := inventoryOptions{
		list: p.has("list"), graph: p.has("graph"), host: p.str("host"), yaml: p.has("yaml"), toml: p.has("toml"),
		vars: p.has("vars"), export: p.has("export"), output: p.str("output"), request: requestOf(p, dropIn),
	}
	if err := o.refuse(p); err != nil {
		return tellError(env, dropIn, err)
	}
	o.request.anyLimit = true
	if len(p.args) > 0 {
		o.group = p.args[0]
	}
	return withRun(ctx, env, o.request, func(r *run) error { return r.showInventory(o, p) })
}

// requestOf is what all commands with an inventory read from their line.
func requestOf(p *parsedLine, dropIn bool) runRequest {
	return runRequest{
		dropIn: dropIn, inventories: p.list("inventory"), baseDir: p.str("playbook-dir"), deprecated: p.deprecated,
		options: runOptions{
			limit: last(p.list("limit")), extraVars: p.list("extra-vars"), vaultIDs: p.list("vault-id"),
			passwordFiles: p.list("vault-password-file"), askVaultPass: p.has("ask-vault-password"), showSecrets: p.reveal,
			verbosity: p.count("verbose"), check: p.has("check"), diff: p.has("diff"),
		},
	}
}

// last is the last of values: of an option that counts once it is the one that counts.
func last(values []string) []string { return values[max(0, len(values)-1):] }

// refuse says what of the options can't be.
func (o inventoryOptions) refuse(p *parsedLine) error {
	actions := 0
	for _, name := range []string{"list", "graph", "host"} {
		if p.has(name) {
			actions++
		}
	}
	switch {
	case actions == 0:
		return optionsError("No action selected, at least one of --host, --graph or --list needs to be specified.")
	case actions > 1:
		return optionsError("Conflicting options used, only one of --host, --graph or --list can be used at the same time.")
	}
	return nil
}

// ExitOptions is the exit code of options that do not go together.
const ExitOptions = 5

// optionsError is an error of options in Ansible's words.
func optionsError(format string, args ...any) error {
	return withCode(ExitOptions, fmt.Errorf(format, args...))
}

func (r *run) showInventory(o inventoryOptions, p *parsedLine) error {
	if r.req.options.verbosity > 0 {
		r.preamble()
	}
	l := &inventory.Lister{
		Inventory: r.inventory.Inventory, PlaybookDir: r.playbookDir(), Extra: r.extra,
		Export: o.export || r.settings.Bool("INVENTORY_EXPORT"),
		Shown:  func(d *value.Dict) { vars.Reserved(d, r.warnFinding) },
	}
	if r.req.baseDir != "" {
		l.BaseDir = r.playbookDir()
	}
	if r.mergeHashes() {
		l.Merge = vars.Merge
	}
	if !r.req.dropIn && !r.req.options.showSecrets {
		l.Mask = maskSecret
	}
	if o.graph {
		return r.graph(l, o)
	}
	var write func(io.Writer) error
	if p.has("host") {
		hosts, err := r.inventory.Match(inventory.Limit{}, o.host)
		if err != nil {
			return err
		}
		if len(hosts) != 1 {
			return optionsError("You must pass a single valid host to --host parameter")
		}
		write = func(w io.Writer) error {
			switch {
			case o.yaml:
				return l.HostYAML(w, hosts[0])
			case o.toml:
				return l.HostTOML(w, hosts[0])
			}
			return l.HostJSON(w, hosts[0])
		}
	} else {
		hosts, err := r.inventory.Match(r.inventory.limit, inventory.All)
		if err != nil {
			return err
		}
		l.Hosts = make(map[*inventory.Host]bool, len(hosts))
		for _, h := range hosts {
			l.Hosts[h] = true
		}
		write = func(w io.Writer) error {
			switch {
			case o.yaml:
				return l.YAML(w)
			case o.toml:
				return l.TOML(w)
			}
			return l.JSON(w)
		}
	}
	return inventoryError(r.writeTo(o.output, write))
}

func (r *run) graph(l *inventory.Lister, o inventoryOptions) error {
	name := o.group
	if name == "" {
		name = inventory.All
	}
	g := r.inventory.Group(name)
	if g == nil {
		return optionsError("Pattern must be valid group name when using --graph")
	}
	return inventoryError(r.writeTo(o.output, func(w io.Writer) error { return l.Graph(w, g, o.vars) }))
}

// inventoryError gives an error of a variables' file or a vault Ansible's exit code.
func inventoryError(err error) error {
	var coded *CodeError
	if err == nil || errors.As(err, &coded) {
		return err
	}
	var cannot *vault.OpenError
	if errors.As(err, &cannot) {
		return withCode(ExitParser, err)
	}
	return withCode(ExitError, err)
}

// writeTo writes to a file, or to the output of the run. Ansible ends a text in a file without a line end where the format has none.
func (r *run) writeTo(path string, write func(io.Writer) error) error {
	if path == "" {
		return write(r.out)
	}
	var text strings.Builder
	if err := write(&text); err != nil {
		return err
	}
	err := os.WriteFile(r.abs(path), []byte(strings.TrimSuffix(text.String(), "\n")+endOf(text.String())), 0o666)
	var at *fs.PathError
	if errors.As(err, &at) {
		return withCode(ExitError, fmt.Errorf("Unable to write to destination file '%s': %s", path, strings.Replace(vault.ErrnoText(err, path), ": '", ": b'", 1)))
	}
	return err
}

// endOf is the line end of a text in a file: JSON has none.
func endOf(text string) string {
	if strings.HasPrefix(text, "{\n") {
		return ""
	}
	return "\n"
}

// maskSecret hides a value that came out of a vault.
func maskSecret(v value.Value) (value.Value, bool, error) {
	switch v.(type) {
	case *value.Dict, *value.List:
		return v, false, nil
	}
	if _, sealed := v.(value.Deferred); sealed || value.IsSecret(v) {
		return value.NewStr(secret.Mask), true, nil
	}
	return v, false, nil
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
