package inventory

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
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
	// Enabled names the plugins that may read sources, in the order in which they are tried; nil is DefaultPlugins. Names that no
	// plugin has are a Warning.
	Enabled []string
	// IgnoreExtensions are endings of files in a folder that are no sources; nil is Ansible's default.
	IgnoreExtensions []string
	// IgnorePatterns are regular expressions for the names of files in a folder that are no sources.
	IgnorePatterns []string
	// Scope makes what evaluates the templates of constructed and generator with some variables; without it they fail.
	Scope func(ctx context.Context, vars templating.Vars) *templating.Scope
	// PlaybookDir is the folder whose group_vars and host_vars count, and Extra are the variables of the command line, for
	// constructed with use_vars_plugins and use_extra_vars.
	PlaybookDir string
	Extra       *value.Dict
	// GroupNames says what is done about group names that are no names of variables: "never" (and "") warns, "ignore" does not,
	// "always" and "silently" replace what is odd in them.
	GroupNames string
	// Unparsed says what a source that no plugin understands is.
	Unparsed Unparsed
	// Refuse is why no source can be read: all plugins fail with it, after auto has looked whose a source is.
	Refuse error
}

// Unparsed says when sources that no plugin understands are an error, by Ansible's settings.
type Unparsed struct {
	AnyFails bool // any_unparsed_is_failed
	AllFail  bool // unparsed_is_failed
	Silent   bool // no warning when nothing was understood: inventory_unparsed_warning is off
}

// DefaultPlugins are the plugins that read sources when nobody says which, in the order in which they are tried.
var DefaultPlugins = []string{"host_list", "script", "auto", "yaml", "ini", "toml"}

// UnparsedError is the error of sources that no plugin understands, where Options.Unparsed makes it one. Its text is Ansible's.
type UnparsedError struct{ Source string } // "" for all of them

// Error gives Ansible's message.
func (e *UnparsedError) Error() string {
	if e.Source == "" {
		return "No inventory was parsed, please check your configuration and options."
	}
	return "Completely failed to parse inventory source " + e.Source
}

// Load reads the sources: files, folders, executable scripts, and lists of hosts with a comma ("a,b,"). A source that can't be
// understood is a Warning; the error is that of a cancelled ctx alone.
func Load(ctx context.Context, sources []string, opts Options) (*Inventory, error) {
	inv := New(opts)
	if err := inv.enable(); err != nil {
		return nil, err
	}
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
		if inv.failed != nil {
			return nil, inv.failed
		}
	}
	if inv.parsed {
		inv.Reconcile()
	} else if opts.Unparsed.AllFail {
		return nil, &UnparsedError{}
	} else if len(inv.sources) > 0 && !opts.Unparsed.Silent {
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
	otherFolders = []string{"group_vars", "host_vars", "vars_plugins"}
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
	for _, p := range inv.plugins {
		if !p.verify(path, info) {
			continue
		}
		err := inv.parseWith(ctx, p, path)
		if err == nil {
			return true
		}
		failures = append(failures, inv.failure(p, path, err))
	}
	for _, w := range failures {
		inv.warn(w)
	}
	if info != nil && len(failures) > 0 && inv.opts.Unparsed.AnyFails {
		inv.failed = &UnparsedError{path}
		return false
	}
	inv.unable(path, failures)
	return false
}

// DefaultSource is where Ansible looks when nobody names a source; that it is not there is no news.
const DefaultSource = "/etc/ansible/hosts"

// unable says that no plugin reads path; behind it stands the error of the one that its name speaks for.
func (inv *Inventory) unable(path string, failures []Warning) {
	if info, err := os.Stat(path); path == DefaultSource && (err != nil || info == nil) {
		return
	}
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
		if strings.HasPrefix(name, ".") || slices.Contains(otherFolders, name) || endsWithAny(name, inv.ignored()) || inv.ignores(name) {
			continue
		}
		if inv.parse(ctx, filepath.Join(dir, name)) {
			parsed = true
		}
		if inv.failed != nil {
			return false
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

// plugins are all that there are, by name.
var plugins map[string]plugin

// init fills plugins, which would refer to themselves in a declaration.
func init() {
	plugins = map[string]plugin{}
	for _, p := range []plugin{hostListPlugin, advancedHostListPlugin, scriptPlugin, autoPlugin, yamlPlugin, iniPlugin, tomlPlugin, constructedPlugin, generatorPlugin} {
		plugins[p.name] = p
	}
}

// Plugins gives the names of all inventory plugins.
func Plugins() []string {
	return slices.Sorted(maps.Keys(plugins))
}

// shortName is the name of a plugin without Ansible's own collections before it.
func shortName(name string) string {
	return strings.TrimPrefix(strings.TrimPrefix(name, "ansible.builtin."), "ansible.legacy.")
}

// enable finds the plugins that Options.Enabled names.
func (inv *Inventory) enable() error {
	names := inv.opts.Enabled
	if names == nil {
		names = DefaultPlugins
	}
	for _, name := range names {
		p, ok := plugins[shortName(name)]
		if !ok {
			inv.warn(Warning{Text: "Failed to load inventory plugin, skipping " + name})
			continue
		}
		inv.plugins = append(inv.plugins, p)
	}
	if len(inv.plugins) == 0 {
		//lint:ignore ST1005 Ansible's words
		return errors.New("No inventory plugins available to generate inventory, make sure you have at least one enabled.")
	}
	return nil
}

func (inv *Inventory) ignored() []string {
	if inv.opts.IgnoreExtensions != nil {
		return inv.opts.IgnoreExtensions
	}
	return ignored
}

// ignores reports whether one of Options.IgnorePatterns matches a name.
func (inv *Inventory) ignores(name string) bool {
	for _, p := range inv.opts.IgnorePatterns {
		if re, err := regexp.Compile("^(?:" + p + ")"); err == nil && re.MatchString(name) {
			return true
		}
	}
	return false
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
			w.Err, w.asked = own.finds, true
		}
	case errors.As(err, &parser):
		msg = parser.Message
		if (p.name == "auto" || inv.opts.Refuse != nil) && parser.Pos.IsValid() { // who reads it later is not told the place
			w.Pos, w.Help, chain = parser.Pos, parser.Help, msg
		}
	}
	if chain == "" {
		chain = fmt.Sprintf("%s\nOrigin: <inventory plugin '%s' with source '%s'>", msg, p.name, path)
	}
	w.Text = fmt.Sprintf("Failed to parse inventory with '%s' plugin: %s\n\nFailed to parse inventory with '%s' plugin.\n\n<<< caused by >>>\n\n%s\n",
		p.name, msg, p.name, chain)
	if w.Pos.IsValid() {
		w.Text = strings.TrimSuffix(w.Text, "\n")
	}
	return w
}

// parseWith has a plugin read a source, unless no plugin can: only auto looks for another one first.
func (inv *Inventory) parseWith(ctx context.Context, p plugin, path string) error {
	if inv.opts.Refuse != nil && p.name != "auto" {
		return inv.opts.Refuse
	}
	return p.parse(ctx, inv, path)
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
