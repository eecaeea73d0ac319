package cli

import (
	"context"
	"fmt"
	"io"
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
	dumped   bool        // what tasks return that go well is shown, not only how they went
	noLog    string      // why there is no log file, though one is asked for
	closers  []io.Closer // what is closed when the run is over

	passwords *hostPasswords // nil before they were asked for
	secrets   *runSecrets
	inventory *hostSet
	hostVars  *vars.Hosts // the same hosts, as variables see them
	dynamic   *dynamicInventory
	extra     *value.Dict
	refused   error // why there are no extra vars
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
	if r.req.dropIn {
		r.tellConfig()
	}
	for _, w := range settings.Warnings() {
		r.warn(w)
	}
	for _, text := range settings.Deprecated() {
		r.sink.Handle(event.Deprecation{Text: text})
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
		if r.req.dropIn { // ansible-core reads them with each source of the inventory
			r.refused = err
			_, _ = r.readInventory(ctx)
		}
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
			FactsModules: r.settings.List("FACTS_MODULES"), Shown: r.dumped || r.settings.Bool("ENABLE_TASK_DEBUGGER") || r.settings.String("DEFAULT_STRATEGY") == "debug",
			Terminal: console{r}.terminal(),
		},
		Engine: r.engine, Files: r.secrets, VarsFiles: r.reader, Inventory: r.dynamic, ActionGroup: once(r.loader.ActionGroup),
		Vars:   func(host string, t *playbook.Task) templating.Vars { return r.vars.Task(host, t) },
		Client: hosts.Client, Local: hosts.Local, Plugins: hosts.Plugins, Reset: hosts.Reset, Login: hosts.Login, Tunnel: hosts.Tunnel,
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

// tellConfig tells with -v which settings' file there is.
func (r *run) tellConfig() {
	switch file := r.settings.File(); {
	case r.req.options.verbosity <= 0:
	case file != "":
		r.sink.Handle(event.Note{Text: fmt.Sprintf("Using %s as config file", file), Verbosity: 1})
	default:
		r.sink.Handle(event.Note{Text: "No config file found; using defaults", Verbosity: 1})
	}
}

// preamble is what -v tells before a run: the settings' file, where that was not told yet, and the secrets that are never masked by their text.
func (r *run) preamble() {
	if !r.req.dropIn {
		r.tellConfig()
	}
	r.skippedCallbacks()
	if keys := r.redactor.Unmasked(); len(keys) > 0 && !r.req.dropIn && !r.req.options.showSecrets {
		r.sink.Handle(event.Note{
			Text:      "Masked where they are shown as values, but not within other text, being short or public names: " + strings.Join(keys, ", "),
			Verbosity: 1,
		})
	}
}
