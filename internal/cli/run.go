package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/config"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/executor"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/record"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/runner"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/secret"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vars"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

// runRequest is what is to be run.
type runRequest struct {
	kit         kit // zero for playbooks of the user's own
	playbooks   []string
	inventories []string
	baseDir     string                       // stands in the place of the playbook's folder, "" for none
	anyLimit    bool                         // a limit may leave no host
	adjust      func(*config.Settings) error // changes settings as options ask for it; nil: none
	deprecated  []string                     // what is told of options that Ansible will drop
	demo        bool                         // the kit's demo: its public password may be used
	dropIn      bool                         // called as ansible-playbook: its output alone, nothing masked
	connects    bool                         // hosts are reached: the passwords for that are asked for first
	options     runOptions
	resumes     *record.Earlier // the run to go on with; nil: one from the beginning
}

// run is one run of playbooks: all rooms wired together.
type run struct {
	env      *Env
	req      runRequest
	settings *config.Settings
	redactor *secret.Redactor
	out, err io.Writer
	sink     event.Sink
	doubts   *diag.List  // takes warnings about files, where they are collected; nil shows them
	unread   diag.List   // sources of the inventory that can't be read
	noLog    string      // why there is no log file, though one is asked for
	closers  []io.Closer // what is closed when the run is over

	passwords *hostPasswords // nil before they were asked for
	secrets   *runSecrets
	inventory *hostSet
	hostVars  *vars.Hosts // the same hosts, as variables see them
	dynamic   *dynamicInventory
	extra     *value.Dict
	vars      *vars.Store
	reader    *vars.Reader
	loader    *playbook.Loader
	engine    *templating.Engine
	selection playbook.Selection
	keeping   keeping
	loading   loading
	plugins   *pluginFiles
}

// runPlaybooks runs the playbooks of a request, or lists what is in them.
func runPlaybooks(ctx context.Context, env *Env, req runRequest) error {
	return withRun(ctx, env, req, func(r *run) error {
		books, err := r.load(ctx)
		if err != nil {
			return err
		}
		if req.options.list.any() {
			return r.list(ctx, books)
		}
		if req.dropIn {
			r.tellAhead(ctx, books)
			return r.play(ctx, books)
		}
		return r.choose(ctx, books)
	})
}

// withRun prepares a run for do. What do writes to r.out and r.err, and the error it returns, goes through the redactor.
func withRun(ctx context.Context, env *Env, req runRequest, do func(r *run) error) (err error) {
	r := &run{env: env, req: req, redactor: secret.NewRedactor(), keeping: keeping{resumes: req.resumes}}
	if req.dropIn || req.options.showSecrets {
		r.redactor.Disable()
	}
	out, errOut := r.redactor.Writer(env.Stdout), r.redactor.Writer(env.Stderr)
	defer func() {
		err = r.tell(errOut, err)
		r.hintResume(errOut, err)
		for _, c := range r.closers {
			_ = c.Close()
		}
		if cerr := out.Close(); err == nil && cerr != nil {
			err = fmt.Errorf("writing the output: %w", cerr)
		}
		_ = errOut.Close()
	}()
	r.out, r.err = out, errOut
	if err := r.prepare(ctx); err != nil {
		return err
	}
	return do(r)
}

// tell writes the error that broke a run through the redactor; what is left of it is its exit code.
func (r *run) tell(w io.Writer, err error) error {
	if err == nil || err.Error() == "" {
		return err
	}
	switch {
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(w, "[ERROR]: User interrupted execution")
	case r.req.dropIn:
		fmt.Fprintf(w, "%s%s\n", errorMark(err), setOff(ansibleWords(err)))
	default:
		fmt.Fprintf(w, "kimai-ansible: %s", diag.Detail(err))
	}
	return &CodeError{Code: exitCode(err)}
}

// settingsError is an error of ansible.cfg or the environment.
type settingsError struct{ err error }

// Error gives Ansible's message, which is that of the first mistake.
func (e *settingsError) Error() string {
	var first *diag.Error
	if errors.As(e.err, &first) {
		return first.Msg
	}
	return e.err.Error()
}

// Unwrap gives the findings.
func (e *settingsError) Unwrap() error { return e.err }

// errorMark is what stands before an error: Ansible reads its settings before it knows how to show one.
func errorMark(err error) string {
	var s *settingsError
	if errors.As(err, &s) {
		return "ERROR: "
	}
	return "[ERROR]: "
}

// setOff ends a text of several lines with an empty one, as Ansible does.
func setOff(words string) string {
	if words = strings.TrimRight(words, "\n"); strings.Contains(words, "\n") {
		words += "\n"
	}
	return words
}

// ansibleWords is what ansible-core says of an error.
func ansibleWords(err error) string {
	var cannot *vault.OpenError
	if errors.As(err, &cannot) && errors.Is(err, vaultfmt.ErrNoMatch) {
		words := "Decryption failed (no vault secrets were found that could decrypt)."
		if len(cannot.Known) == 0 {
			words = "Attempting to decrypt but no vault secrets found."
		}
		var file *runner.VarsFileError
		if errors.As(err, &file) {
			invalid := "Invalid vars_files file '" + file.Path + "'"
			words = invalid + ": " + words + "\n\n" + invalid + ".\n\n<<< caused by >>>\n\n" + words + "\nOrigin: " + file.Path + "\n"
		}
		return words
	}
	if words, ok := verdictWords(err); ok {
		return words
	}
	return err.Error()
}

// prepare wires the rooms together, from the settings to the variables.
func (r *run) prepare(ctx context.Context) error {
	settings, err := config.Load(config.Options{Environ: r.env.Environ, Dir: r.env.Dir})
	if err != nil {
		return &settingsError{err}
	}
	if r.req.adjust != nil {
		if err := r.req.adjust(settings); err != nil {
			return withCode(ExitError, err)
		}
	}
	r.settings = settings
	r.applySettings()
	if r.sink, err = r.newSink(); err != nil {
		return err
	}
	for _, w := range settings.Warnings() {
		r.warn(w)
	}
	if !r.req.dropIn {
		r.tellUnknown()
	}
	if r.req.baseDir != "" && !isDir(r.playbookDir()) {
		r.warn(fmt.Sprintf("Ignoring invalid path provided to plugin path: '%s' is not a directory", r.playbookDir()))
	}
	if r.req.connects { // before the vaults', as ansible-core asks
		p, err := r.askPasswords(ctx)
		if err != nil {
			return err
		}
		r.passwords = &p
	}
	if r.secrets, err = newRunSecrets(ctx, r.env, settings, r.req, r.warn, r.redactor); err != nil {
		return err
	}
	if err := r.unlockRecord(); err != nil {
		return err
	}
	r.engine = r.newEngine()
	r.reader = &vars.Reader{
		Dir: r.env.Dir, Decrypt: r.secrets.decrypt, Inline: r.secrets.ring.Hook, Opened: r.secrets.fileOpened, Warn: r.warnFinding,
	}
	if r.extra, err = r.extraVars(); err != nil {
		return err
	}
	if err := r.loadInventory(ctx); err != nil {
		return err
	}
	r.hostVars = vars.FromInventory(r.inventory.Inventory)
	r.selection = playbook.NewSelection(r.req.options.tags, r.req.options.skipTags)
	r.vars = vars.NewStore(r.varSettings(), r.hostVars, r.extra, func(v *vars.View) vars.Evaluator {
		return r.engine.Scope(ctx, v, []string{r.playbookDir()})
	})
	r.dynamic = &dynamicInventory{hosts: r.hostVars, changed: r.vars.InventoryChanged}
	r.loader = r.newLoader(ctx)
	return r.useFactCache()
}

// applySettings fills in what the options leave open.
func (r *run) applySettings() {
	o := &r.req.options
	if o.forks <= 0 {
		o.forks = r.settings.Int("DEFAULT_FORKS")
		if !r.req.dropIn && r.settings.Origin("DEFAULT_FORKS").Kind == "default" {
			o.forks = applyForks
		}
	}
	o.verbosity = max(o.verbosity, r.settings.Int("DEFAULT_VERBOSITY"))
	o.diff = o.diff || r.settings.Bool("DIFF_ALWAYS")
	o.forceHandlers = o.forceHandlers || r.settings.Bool("DEFAULT_FORCE_HANDLERS")
	o.tags = append(r.settings.List("TAGS_RUN"), o.tags...)
	o.skipTags = append(r.settings.List("TAGS_SKIP"), o.skipTags...)
	if len(r.req.inventories) == 0 {
		r.req.inventories = r.settings.Paths("DEFAULT_HOST_LIST")
	}
}

// applyForks is how many hosts apply works at once when nobody says: a goroutine costs less than Ansible's process.
const applyForks = 25

// oneByOne hands on events one after the other: warnings of templates come from the goroutines of hosts.
type oneByOne struct {
	mu    sync.Mutex
	sink  event.Sink
	quiet bool // about what Ansible will drop
}

// Handle hands on an event.
func (o *oneByOne) Handle(e event.Event) {
	if _, old := e.(event.Deprecation); old && o.quiet {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sink.Handle(e)
}

func (r *run) warn(text string) { r.sink.Handle(event.Warning{Text: text}) }

// warnFinding tells a warning of ours.
func (r *run) warnFinding(w *diag.Error) {
	if r.doubts != nil {
		if w.HintText() == "" && strings.Contains(w.Msg, "duplicate mapping key") {
			_ = w.Hint("the last one counts: take the others out")
		}
		r.doubts.Add(w)
		return
	}
	r.sink.Handle(event.Warning{Text: w.Msg, Pos: w.Pos, Help: w.HintText()})
}

// warnLoader tells a warning of a playbook: as ansible-playbook in Ansible's words, where it says anything.
func (r *run) warnLoader(w *diag.Error) {
	var v *playbook.Verdict
	switch ours := !errors.As(w, &v); {
	case !r.req.dropIn:
		r.warnFinding(w)
	case ours:
	case v.Deprecated:
		r.sink.Handle(event.Deprecation{Text: v.Msg, Pos: v.Pos, Help: v.Help})
	default:
		r.sink.Handle(event.Warning{Text: v.Msg, Pos: v.Pos, Help: v.Help})
	}
}

func (r *run) playbookDir() string {
	if r.req.baseDir != "" {
		return r.abs(r.req.baseDir)
	}
	if len(r.req.playbooks) == 0 {
		return r.env.Dir
	}
	return filepath.Dir(r.abs(r.req.playbooks[0]))
}

func (r *run) abs(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(r.env.Dir, path)
}

// newLoader makes what reads playbooks and roles.
func (r *run) newLoader(ctx context.Context) *playbook.Loader {
	roles := r.settings.Paths("DEFAULT_ROLES_PATH")
	if r.req.kit.dir != "" {
		roles = append([]string{filepath.Join(r.req.kit.dir, "roles")}, roles...)
	}
	l := &playbook.Loader{
		Dir: r.env.Dir, RolesPath: roles, CollectionsPath: r.settings.Paths("COLLECTIONS_PATHS"),
		Decrypt: r.secrets.decrypt, Inline: r.secrets.ring.Hook,
		Template: r.templateStatic,
		Warn:     r.warnLoader,
		Lookup:   func(name string, _ []string) bool { return r.engine.HasLookup(name) },
	}
	r.plugins = r.pluginFiles(l.CollectionsPath)
	l.RoleFound = r.plugins.addRole
	if r.req.dropIn { // else preflight looks at all of them
		l.First = true
		l.Action, l.Lookup, l.NearAction = r.plugins.knownAction, r.plugins.knownLookup, nearAction
		l.Retired = r.plugins.retired
		l.Asks, l.MissingPlugins = func(at *playbook.Scope) { r.asks(ctx, at) }, r.plugins.missing
		l.HasCollection = r.plugins.hasCollection
	}
	return l
}

// templateStatic evaluates what must be known while playbooks are read: with extra vars and what stands on the play.
func (r *run) templateStatic(ctx context.Context, v value.Value, at *playbook.Scope) (value.Value, error) {
	known := r.vars.Extra() // of an import_playbook: no play is there yet
	if at.Play != nil {
		if !r.vars.Playing(at.Play) { // it is being read
			r.readsPlay(ctx, at.Play)
			defer r.vars.EndPlay()
		}
		known = r.vars.Play(at.Play)
	}
	own := map[string]value.Value{}
	if file := value.OriginOf(v).File; at.Play == nil && file != nil {
		own["playbook_dir"] = value.NewStr(filepath.Dir(file.Name()))
	}
	for s := at; s != nil && s.Kind != playbook.PlayScope; s = s.Parent {
		if d := s.Attrs.Vars(); d != nil {
			for it := d.Iterate(); it.Next(); {
				name, _ := it.Key().(value.Str)
				if own[name.String()] == nil && !r.extra.Has(name.String()) {
					own[name.String()] = it.Stored()
				}
			}
		}
	}
	return r.engine.Scope(ctx, known, []string{r.playbookDir()}).With(own).Finalize(v)
}

// load reads all playbooks.
func (r *run) load(ctx context.Context) ([]runner.Playbook, error) {
	var books []runner.Playbook
	var found diag.List
	for _, path := range r.req.playbooks {
		more, err := r.loader.LoadPlaybook(ctx, r.abs(path))
		if err != nil && !r.req.dropIn {
			err = r.noPlaybook(path, err)
		}
		found.Add(err)
		if err != nil && r.req.dropIn {
			break
		}
		books = append(books, runner.Playbook{Path: path, Plays: more})
	}
	if err := found.Err(); err != nil {
		return nil, r.verdict(err)
	}
	r.exempt(playsOf(books))
	return books, nil
}

// noPlaybook adds a hint to the error of a playbook that is not there; any other stays as it is.
func (r *run) noPlaybook(path string, err error) error {
	var list diag.List
	var found *diag.Error
	if _, gone := os.Stat(r.abs(path)); gone == nil {
		return err
	}
	if errors.As(err, &list) && len(list) > 0 {
		found = list[0]
	} else if !errors.As(err, &found) {
		return err
	}
	if near := nearFile(r.abs(path)); near != "" {
		_ = found.Hint("did you mean %q?", near)
	}
	return err
}

func playsOf(books []runner.Playbook) []*playbook.Play {
	var plays []*playbook.Play
	for _, b := range books {
		plays = append(plays, b.Plays...)
	}
	return plays
}

// verdict gives what is wrong with a playbook Ansible's exit code and, as ansible-playbook, its words.
func (r *run) verdict(err error) error {
	code := ExitParser
	var v *playbook.Verdict
	if errors.As(err, &v) {
		if code = v.Exit; r.req.dropIn {
			err = v
		}
	}
	return withCode(code, err)
}

// exempt keeps the names that a reader needs from being masked.
func (r *run) exempt(plays []*playbook.Play) {
	for _, p := range plays {
		own, deps := p.RoleNames()
		r.redactor.Exempt(append(own, deps...)...)
		for _, s := range p.Compile() {
			for _, b := range s.Blocks {
				b.Walk(func(t *playbook.Task) {
					if name, ok := t.RawName().(value.Str); ok {
						r.redactor.Exempt(name.String())
					}
				})
			}
		}
	}
}

// selected reports for a task whether --tags and --skip-tags let it run, and why that can't be known.
func (r *run) selected(ctx context.Context) func(t *playbook.Task) (bool, error) {
	return func(t *playbook.Task) (bool, error) {
		scope := r.engine.Scope(ctx, r.vars.Play(t.Play()), []string{t.Play().Dir})
		tags, err := t.Tags(func(v value.Value) (value.Value, error) { return tagValue(scope, v) })
		return err != nil || r.selection.Runs(tags), err
	}
}

// tagValue evaluates a tag; one that is omitted is none.
func tagValue(scope *templating.Scope, v value.Value) (value.Value, error) {
	v, keep, err := scope.FinalizeArg(v)
	if err == nil && !keep {
		return value.NewList(), nil
	}
	return v, err
}

// play runs the playbooks.
func (r *run) play(ctx context.Context, books []runner.Playbook) error {
	o := r.req.options
	if o.flushCache {
		r.flushCache()
	}
	if o.verbosity > 0 {
		r.preamble()
	}
	hosts, err := r.newConnections(ctx)
	if err != nil {
		return err
	}
	defer hosts.Close()
	x := &executor.Executor{
		Options: executor.Options{
			Check: o.check, Diff: o.diff, Verbosity: o.verbosity, TaskTimeout: r.settings.Int("TASK_TIMEOUT"),
			PollInterval: r.settings.Int("DEFAULT_POLL_INTERVAL"), AsyncDir: r.asyncDir(),
			FactsModules: r.settings.List("FACTS_MODULES"),
			Terminal:     console{r}.terminal(),
		},
		Engine: r.engine, Files: r.secrets, VarsFiles: r.reader, Inventory: r.dynamic, ActionGroup: once(r.loader.ActionGroup),
		Vars:   func(host string, t *playbook.Task) templating.Vars { return r.vars.Task(host, t) },
		Client: hosts.Client, Local: hosts.Local, Reset: hosts.Reset, Login: hosts.Login, Tunnel: hosts.Tunnel,
		HasModule: func(name string, collections ...string) bool { return r.plugins.knownAction(name, collections) },
		Retired:   r.plugins.retired, Connection: r.connectionVars(),
	}
	run := &runner.Runner{
		Options: runner.Options{
			Forks: o.forks, Check: o.check, StartAt: o.startAt, Step: o.step,
			Debugger: r.settings.Bool("ENABLE_TASK_DEBUGGER"), DebugHonoursIgnore: r.settings.Bool("TASK_DEBUGGER_IGNORE_ERRORS"),
			ForceHandlers: o.forceHandlers, Selected: r.selected(ctx),
			Gathering: r.settings.String("DEFAULT_GATHERING"), Strategy: r.settings.String("DEFAULT_STRATEGY"),
			MissingWarns: !r.settings.Bool("ERROR_ON_MISSING_HANDLER"), AnyErrorsFatal: r.settings.Bool("ANY_ERRORS_FATAL"),
		},
		Executor: x, Engine: r.engine, Hosts: r.hosts, Vars: r.vars, Loader: r.loader, Reader: r.reader, Sink: r.sink,
		Console: console{r}, Refresh: r.refreshInventory, Record: r.keeping.record,
		RetryFile: r.retryFile(),
	}
	outcome, err := run.Run(ctx, books)
	switch {
	case err != nil:
		return verdictCode(err)
	case outcome.Unreachable:
		return &CodeError{Code: ExitUnreachable}
	case outcome.Failed:
		return &CodeError{Code: ExitFailed}
	}
	return nil
}

// preamble is what -v tells before a run: the settings' file, and the secrets that are never masked by their text.
func (r *run) preamble() {
	if file := r.settings.File(); file != "" {
		r.sink.Handle(event.Note{Text: fmt.Sprintf("Using %s as config file", file), Verbosity: 1})
	} else {
		r.sink.Handle(event.Note{Text: "No config file found; using defaults", Verbosity: 1})
	}
	r.skippedCallbacks()
	if keys := r.redactor.Unmasked(); len(keys) > 0 && !r.req.dropIn && !r.req.options.showSecrets {
		r.sink.Handle(event.Note{
			Text:      "Masked where they are shown as values, but not within other text, being short or public names: " + strings.Join(keys, ", "),
			Verbosity: 1,
		})
	}
}
