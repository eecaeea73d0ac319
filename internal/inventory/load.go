package inventory

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

// Options are what an inventory needs of its surroundings; the zero Options read what is not encrypted and warn nobody.
type Options struct {
	// Dir is the folder that relative sources start from, "" for the current one.
	Dir string
	// Open gives the plaintext of a file that is vaulted as a whole. Without it such a file is an error.
	Open func(text []byte, where source.Pos) ([]byte, error)
	// Opened is told what was read from a file that is vaulted as a whole, so that it can be masked in all output.
	Opened func(path string, v value.Value)
	// Vault makes the value of an inline !vault text.
	Vault func(text string, pos source.Pos) (value.Value, error)
	// Warn is told of each Warning.
	Warn func(Warning)
	// LocalPython is the implicit localhost's ansible_python_interpreter, "" for none.
	LocalPython string
	// Env is the environment of inventory scripts; nil is the program's own.
	Env []string
}

// Load reads the sources: files, folders, executable scripts, and lists of hosts with a comma ("a,b,"). A source that can't be
// understood is a Warning; the error is that of a cancelled ctx alone.
func Load(ctx context.Context, sources []string, opts Options) (*Inventory, error) {
	inv := New(opts)
	for _, s := range sources {
		if s == "" {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		s = inv.absolute(s)
		inv.sources = append(inv.sources, s)
		if inv.parse(ctx, s) {
			inv.parsed = true
		}
	}
	if inv.parsed {
		inv.Reconcile()
	} else if len(inv.sources) > 0 {
		inv.warn(Warning{Text: "No inventory was parsed, only implicit localhost is available"})
	}
	return inv, ctx.Err()
}

func (inv *Inventory) absolute(path string) string {
	if strings.Contains(path, ",") {
		return path
	}
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		if home, err := os.UserHomeDir(); err == nil {
			path = filepath.Join(home, rest)
		}
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(inv.opts.Dir, path)
	}
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// ignored are the endings of files in a folder that are no inventories, and otherFolders those that belong to one.
var (
	ignored      = []string{".pyc", ".pyo", ".swp", ".bak", "~", ".rpm", ".md", ".txt", ".rst", ".orig", ".cfg", ".retry"}
	otherFolders = lazyregexp.New(`^(?:group_vars|host_vars|vars_plugins)$`)
)

// parse reads one source and reports whether it was understood.
func (inv *Inventory) parse(ctx context.Context, path string) bool {
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		return inv.parseDir(ctx, path)
	}
	inv.current = path
	defer func() { inv.current = "" }()
	var failures []Warning
	for _, p := range plugins {
		if !p.verify(path, info) {
			continue
		}
		err := p.parse(ctx, inv, path)
		if err == nil {
			return true
		}
		failures = append(failures, inv.failure(p, path, err))
	}
	for _, w := range failures {
		inv.warn(w)
	}
	inv.unable(path, failures)
	return false
}

// unable says that no plugin reads path; behind it stands the error of the one that its name speaks for.
func (inv *Inventory) unable(path string, failures []Warning) {
	w := Warning{Text: fmt.Sprintf("Unable to parse %s as an inventory source", path)}
	likeliest := "ini"
	switch filepath.Ext(path) {
	case ".yml", ".yaml", ".json":
		likeliest = "yaml"
	}
	for _, f := range failures {
		if w.Err == nil || f.plugin == likeliest {
			w.Err = f.Err
		}
		if f.plugin == "script" || f.plugin == "auto" && f.asked {
			likeliest = f.plugin // it was meant to be one
			w.Err = f.Err
		}
	}
	if len(failures) == 0 {
		w.Err = diag.Errorf(source.Pos{}, "no inventory at %s", path).Hint("check the path after -i; a list of hosts ends with a comma: -i host,")
	}
	inv.warn(w)
}

func (inv *Inventory) parseDir(ctx context.Context, dir string) bool {
	entries, err := os.ReadDir(dir) // sorted by name
	if err != nil {
		inv.unable(dir, []Warning{{Err: err}})
		return false
	}
	parsed := false
	for _, e := range entries {
		if ctx.Err() != nil {
			return parsed
		}
		name := e.Name()
		if strings.HasPrefix(name, ".") || otherFolders().MatchString(name) || endsWithAny(name, ignored) {
			continue
		}
		if inv.parse(ctx, filepath.Join(dir, name)) {
			parsed = true
		}
	}
	if !parsed {
		inv.unable(dir, []Warning{{Err: diag.Errorf(source.Pos{}, "no inventory in the folder %s", dir)}})
	}
	return parsed
}

func endsWithAny(name string, endings []string) bool {
	for _, e := range endings {
		if strings.HasSuffix(name, e) {
			return true
		}
	}
	return false
}

// plugin reads one kind of source.
type plugin struct {
	name   string
	verify func(path string, info fs.FileInfo) bool // whether to try; info is nil where no file is
	parse  func(ctx context.Context, inv *Inventory, path string) error
}

// plugins are tried in this order, Ansible's.
var plugins []plugin

// init fills plugins, which would refer to themselves in a declaration.
func init() {
	plugins = []plugin{hostListPlugin, scriptPlugin, autoPlugin, yamlPlugin, iniPlugin}
}

// pluginError is the failure of a plugin in Ansible's words, with the chain that Ansible prints below.
type pluginError struct {
	msg   string // the sentence
	chain string // what is printed below, if it is not the sentence and the origin
	finds *diag.Error
}

func (e *pluginError) Error() string { return e.msg }

func (inv *Inventory) failure(p plugin, path string, err error) Warning {
	msg, chain := err.Error(), ""
	w := Warning{Err: err, plugin: p.name}
	var own *pluginError
	var parser *yaml.ParserError
	switch {
	case errors.As(err, &own):
		msg, chain = own.msg, own.chain
		if own.finds != nil {
			w.Err, w.Pos, w.asked = own.finds, own.finds.Pos, true
		}
	case errors.As(err, &parser):
		msg = parser.Message
	}
	if chain == "" {
		chain = fmt.Sprintf("%s\nOrigin: <inventory plugin '%s' with source '%s'>", msg, p.name, path)
	}
	w.Text = fmt.Sprintf("Failed to parse inventory with '%s' plugin: %s\n\nFailed to parse inventory with '%s' plugin.\n\n<<< caused by >>>\n\n%s\n",
		p.name, msg, p.name, chain)
	return w
}

// read gives the text of a file, opened when it is vaulted as a whole.
func (inv *Inventory) read(path string) (*source.File, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(text, []byte("$ANSIBLE_VAULT")) {
		return source.NewFile(path, string(text)), nil
	}
	where := source.At(source.NewFile(path, ""), 1, 1)
	if inv.opts.Open == nil {
		return nil, diag.Errorf(where, "the file is encrypted, and there is no vault secret to open it").
			Hint("give one with --vault-password-file or --vault-id")
	}
	plain, err := inv.opts.Open(text, where)
	if err != nil {
		var d *diag.Error
		if errors.As(err, &d) {
			return nil, err
		}
		return nil, diag.Errorf(where, "%w", err)
	}
	return source.NewSensitiveFile(path, string(plain)), nil
}

// loadText reads a text of an inventory; quiet warns nobody. What came out of a vault is secret, and told to Options.Opened.
func (inv *Inventory) loadText(f *source.File, quiet bool) (value.Value, error) {
	opts := inv.yamlOptions()
	if quiet {
		opts.Warn = nil
	}
	opts.Secret = f.Sensitive()
	v, err := yaml.Load(f, opts)
	if err == nil && f.Sensitive() && inv.opts.Opened != nil {
		inv.opts.Opened(f.Name(), v)
	}
	return v, err
}

// yamlOptions are those under which every text of an inventory is read.
func (inv *Inventory) yamlOptions() yaml.Options {
	return yaml.Options{Trusted: true, JSONFirst: true, Vault: inv.opts.Vault, Warn: func(w yaml.Warning) error {
		inv.warn(Warning{Text: w.Msg, Help: w.Help, Deprecated: w.Kind == yaml.DeprecatedTag, Pos: w.Pos})
		return nil
	}}
}

func (inv *Inventory) sourceDir(path string) string {
	if path == "" || strings.Contains(path, ",") {
		return ""
	}
	return filepath.Dir(path)
}
