package cli

import (
	"fmt"
	"os"
	"os/user"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/callback"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/term"
)

// newSink makes what shows the run: the callback that the settings name for the output, and those that they enable.
func (r *run) newSink() (event.Sink, error) {
	display := callback.NewDisplay(r.out, r.err, callback.DisplayOptions{
		Width: term.Width(r.env.Stdout), Colours: r.colours(), Log: r.logFile(),
	})
	show := &callback.Show{Display: display, Verbosity: r.req.options.verbosity}
	sink := &oneByOne{quiet: !r.settings.Bool("DEPRECATION_WARNINGS"), sink: show}
	env := callback.Env{
		Display: display, Options: r.showOptions(), Now: r.env.Now,
		Setting: func(of, option string) string { return r.settings.String("callback/" + of + "/" + option) },
		Path:    r.callbackPath,
		Write:   r.writeReport,
		Warn:    display.Warn,
	}
	choice, err := parseOutput(r.req.options.outputs)
	if err != nil {
		return nil, err
	}
	show.Silent = choice.stdout == eventsOutput
	env.Options.Format.YAML = env.Options.Format.YAML || choice.stdout == "yaml"
	defs, missing, err := r.callbacks(choice)
	if err != nil {
		return nil, err
	}
	for _, text := range r.req.deprecated {
		sink.Handle(event.Deprecation{Text: text})
	}
	r.dumped = choice.junit != ""
	for _, d := range defs {
		r.dumped = r.dumped || d.Brief == nil || !d.Brief(env.Options)
		show.Callbacks = append(show.Callbacks, d.New(env))
		if d.Deprecated != "" {
			sink.Handle(event.Deprecation{Text: d.Deprecated})
		}
	}
	if choice.junit != "" {
		show.Callbacks = append(show.Callbacks, callback.NewJUnit(env, r.abs(choice.junit)))
	}
	if r.noLog != "" {
		display.Warn(r.noLog)
	}
	for _, name := range missing {
		sink.Handle(event.Warning{Text: fmt.Sprintf("Skipping callback plugin '%s', unable to load", name)})
	}
	return sink, nil
}

// skippedCallbacks tells at -vv which of ansible-core's callbacks for the output are not taken.
func (r *run) skippedCallbacks() {
	taken, _ := callback.Set.Find(r.settings.String("DEFAULT_STDOUT_CALLBACK"))
	for _, name := range []string{"default", "minimal", "oneline"} {
		if r.req.dropIn && taken.Name != "ansible.builtin."+name {
			r.sink.Handle(event.Note{Text: fmt.Sprintf("Skipping callback '%s', as we already have a stdout callback.", name), Verbosity: 2})
		}
	}
}

// callbacks are the callback for the output, and those that are enabled beside it; missing are names that no callback has.
func (r *run) callbacks(choice outputChoice) (defs []callback.Def, missing []string, err error) {
	name := choice.callback()
	if name == "" {
		name = r.settings.String("DEFAULT_STDOUT_CALLBACK")
	}
	stdout, ok := callback.Set.Find(name)
	if !ok || stdout.Kind != callback.Stdout {
		return nil, nil, r.noCallback(name)
	}
	defs = append(defs, stdout)
	for _, name := range r.settings.List("CALLBACKS_ENABLED") {
		switch d, ok := callback.Set.Find(name); {
		case !ok:
			missing = append(missing, name)
		case d.Kind == callback.Enabled: // one for the output is skipped without a word, as there is one already
			defs = append(defs, d)
		}
	}
	return defs, missing, nil
}

// noCallback is the error of a stdout_callback that is not there.
func (r *run) noCallback(name string) error {
	if r.req.dropIn {
		return withCode(ExitError, fmt.Errorf("Could not load '%s' callback plugin.", name)) //nolint:staticcheck // Ansible's words
	}
	o := r.settings.Origin("DEFAULT_STDOUT_CALLBACK")
	var names []string
	for _, n := range callback.Set.Names() {
		if d, _ := callback.Set.Find(n); d.Kind == callback.Stdout {
			names = append(names, n[strings.LastIndexByte(n, '.')+1:])
		}
	}
	e := diag.Errorf(o.Pos, "no callback %q for the output (%s)", name, o)
	if near := diag.Nearest(name, names); near != "" {
		return withCode(ExitError, e.Hint("did you mean %q?", near))
	}
	return withCode(ExitError, e.Hint("there are: %s", strings.Join(names, ", ")))
}

// showOptions are what the options of the run and the settings say of the output.
func (r *run) showOptions() callback.Options {
	o := r.req.options
	truth := func(option string) bool { return r.settings.Bool("callback/default/" + option) }
	show := callback.Options{
		Verbosity: o.verbosity, Diff: o.diff, Mask: !r.req.dropIn && !o.showSecrets,
		HideSkipped: !truth("display_skipped_hosts"), HideOK: !truth("display_ok_hosts"),
		FailedToStderr: truth("display_failed_stderr"), CustomStats: truth("show_custom_stats"),
		HostStart: truth("show_per_host_start"), CheckMarkers: truth("check_mode_markers"),
		TaskPath: truth("show_task_path_on_failure"), Args: r.settings.Bool("DISPLAY_ARGS_TO_STDOUT"),
		Format: callback.Format{YAML: r.settings.String("callback/default/result_format") == "yaml"},
	}
	lines := r.settings.Int("DIFF_CONTEXT")
	show.Context = &lines
	if r.settings.IsSet("callback/default/pretty_results") {
		pretty := truth("pretty_results")
		show.Format.Pretty = &pretty
	}
	return show
}

// colours are the colours of the output, nil where it has none.
func (r *run) colours() map[callback.Role]string {
	forced := r.settings.Bool("ANSIBLE_FORCE_COLOR")
	if !forced && (r.settings.Bool("ANSIBLE_NOCOLOR") || !term.Is(r.env.Stdout) || r.env.Getenv("TERM") == "dumb") {
		return nil
	}
	colours := map[callback.Role]string{}
	for _, role := range callback.Roles() {
		colours[role] = term.Code(r.settings.String("COLOR_" + string(role)))
	}
	return colours
}

// callbackPath gives an option of a callback that is a path, absolute.
func (r *run) callbackPath(of, option string) string {
	name := "callback/" + of + "/" + option
	if of == "tree" {
		return r.settings.Path(name)
	}
	return r.abs(r.settings.Expand(r.settings.String(name)))
}

// logFile opens the file that log_path names; what is shown goes there, too, as long as the run lasts.
// Source: https://docs.ansible.com/ansible/latest/reference_appendices/logging.html
func (r *run) logFile() callback.Log {
	path := r.settings.Path("DEFAULT_LOG_PATH")
	if path == "" {
		return nil
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		r.noLog = fmt.Sprintf("log file at '%s' is not writeable and we cannot create it, aborting\n", path)
		return nil
	}
	log := r.redactor.Writer(f)
	r.closers = append(r.closers, log, f)
	return func(level, text string) {
		now := r.env.Now()
		fmt.Fprintf(log, "%s,%03d p=%d u=%s n=ansible %s| %s\n", now.Format(time.DateTime), now.Nanosecond()/int(time.Millisecond), os.Getpid(), r.userName(), level, text)
	}
}

func (r *run) userName() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return r.env.Getenv("USER")
}

// writeReport writes a file that a callback makes, masked as all output is.
func (r *run) writeReport(path, text string) error {
	return os.WriteFile(path, []byte(r.redactor.Redact(text)), 0o666) // as the umask says: it is made for others
}
