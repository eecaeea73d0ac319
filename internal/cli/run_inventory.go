package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/inventory"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
)

// hostSet is the inventory of a run, with what --limit leaves of it.
type hostSet struct {
	*inventory.Inventory
	limit inventory.Limit
}

// loadInventory reads the inventory and the limit.
func (r *run) loadInventory(ctx context.Context) error {
	if err := r.missingInventory(); err != nil {
		return err
	}
	inv, err := r.readInventory(ctx)
	if err == nil {
		err = withCode(ExitParser, r.unread.Err())
	}
	if err != nil {
		return err
	}
	r.inventory = &hostSet{Inventory: inv}
	if r.inventory.limit, err = inv.NewLimit(r.req.options.limit...); err != nil {
		return withCode(ExitError, err)
	}
	return r.checkLimit()
}

// readInventory reads the sources of the inventory. Names of hosts and groups are not masked.
func (r *run) readInventory(ctx context.Context) (*inventory.Inventory, error) {
	inv, err := inventory.Load(ctx, r.req.inventories, inventory.Options{
		Dir: r.env.Dir,
		Open: func(text []byte, where source.Pos) ([]byte, error) {
			plain, _, err := r.secrets.decrypt(text, where)
			return plain, err
		},
		Opened: r.secrets.fileOpened, Vault: r.secrets.ring.Hook, Warn: r.warnInventory, Env: r.secrets.environ,
		LocalPython: localPython(r.req.dropIn),
		Enabled:     r.settings.List("INVENTORY_ENABLED"), IgnoreExtensions: r.settings.List("INVENTORY_IGNORE_EXTS"),
		IgnorePatterns: r.settings.List("INVENTORY_IGNORE_PATTERNS"),
		Scope: func(ctx context.Context, v templating.Vars) *templating.Scope {
			return r.engine.Scope(ctx, v, []string{r.playbookDir()})
		},
		PlaybookDir: r.playbookDir(), Extra: r.extra, Refuse: r.refused,
		GroupNames: r.settings.String("TRANSFORM_INVALID_GROUP_CHARS"),
		Unparsed: inventory.Unparsed{
			AnyFails: r.settings.Bool("INVENTORY_ANY_UNPARSED_IS_FAILED"), AllFail: r.settings.Bool("INVENTORY_UNPARSED_IS_FAILED"),
			Silent: !r.settings.Bool("INVENTORY_UNPARSED_WARNING"),
		},
	})
	if err != nil {
		return nil, err
	}
	for _, h := range inv.Hosts() {
		r.redactor.Exempt(h.Name())
	}
	for _, g := range inv.Groups() {
		r.redactor.Exempt(g.Name())
	}
	return inv, nil
}

// checkLimit refuses a limit that leaves no host.
func (r *run) checkLimit() error {
	if len(r.inventory.Hosts()) == 0 && !r.req.anyLimit && r.settings.Bool("LOCALHOST_WARNING") {
		r.warn("provided hosts list is empty, only localhost is available. Note that the implicit localhost does not match 'all'")
	}
	if len(r.req.options.limit) == 0 || r.req.anyLimit {
		return nil
	}
	left, err := r.inventory.Match(r.inventory.limit, inventory.All)
	if err != nil || len(left) > 0 {
		return withCode(ExitError, err)
	}
	var names []string
	for _, h := range r.inventory.Hosts() {
		names = append(names, h.Name())
	}
	return withCode(ExitError, (&diag.Error{Msg: "Specified inventory, host pattern and/or --limit leaves us with no hosts to target."}).
		Hint("the inventory has: %s", strings.Join(names, ", ")))
}

// missingInventory is the error of a source that is not there. As ansible-playbook that is a warning, and the run goes on
// without it. The usual one, which nobody named, may be missing: then there is localhost alone.
func (r *run) missingInventory() error {
	if r.req.dropIn {
		return nil
	}
	for _, i := range r.req.inventories {
		path := r.abs(i)
		if strings.Contains(i, ",") || path == inventory.DefaultSource {
			continue
		}
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		e := &diag.Error{Msg: fmt.Sprintf("there is no inventory %q", i)}
		if near := nearFile(path); near != "" {
			return withCode(ExitParser, e.Hint("did you mean %q?", near))
		}
		return withCode(ExitParser, e.Hint("-i takes a file, a folder, or hosts with commas between"))
	}
	return nil
}

// nearFile gives the name of a file beside path that is called almost the same, or "".
func nearFile(path string) string {
	entries, _ := os.ReadDir(filepath.Dir(path))
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return diag.Nearest(filepath.Base(path), names)
}

// warnInventory tells what is wrong with a source. Only as ansible-playbook the run goes on without it.
func (r *run) warnInventory(w inventory.Warning) {
	var found *diag.Error
	if !r.req.dropIn {
		switch known := errors.As(w.Err, &found); {
		case strings.HasPrefix(w.Text, "Failed to parse inventory with "): // one of the readers that were tried
			return
		case strings.HasPrefix(w.Text, "Unable to parse ") && w.Err != nil:
			if known && strings.HasPrefix(found.Msg, "not enough values to unpack") { // Ansible's words for it
				found = diag.Errorf(found.Pos, "a \"[\" without its \"]\"").Hint("a group is written [name], a range of hosts web[1:3]")
				r.unread.Add(found)
				return
			}
			r.unread.Add(w.Err)
			return
		case len(r.unread) > 0 && strings.HasPrefix(w.Text, "No inventory was parsed"):
			return
		case known:
			w.Pos = found.Pos
		}
	}
	if w.Deprecated {
		r.sink.Handle(event.Deprecation{Text: w.Text, Pos: w.Pos, Help: w.Help})
		return
	}
	r.sink.Handle(event.Warning{Text: w.Text, Pos: w.Pos, Help: w.Help})
}

// hosts gives the hosts of a pattern within the limit. Their variables are read, so that a file that can't be opened is
// told before anything runs.
func (r *run) hosts(pattern string) ([]string, error) {
	var names []string
	var err error
	r.hostVars.Read(func(inv *inventory.Inventory) {
		var found []*inventory.Host
		if found, err = inv.Match(r.inventory.limit, pattern); err != nil {
			return
		}
		for _, h := range found {
			if _, wrong := inv.Layers(h, r.playbookDir()); wrong != nil {
				err = withCode(ExitParser, wrong)
				return
			}
			names = append(names, h.Name())
		}
	})
	return names, err
}

// localPython is the implicit localhost's interpreter, which Ansible tells; nothing here runs it.
func localPython(dropIn bool) string {
	if dropIn {
		return "/usr/bin/python3"
	}
	return ""
}
