// Package ansibleengine hands a run to the real ansible-playbook and gives its events: the same as those of the native
// engine, as far as Ansible tells them. Passwords and variables reach it through files that the caller keeps in memory; nothing
// secret is in its arguments or its environment.
package ansibleengine

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/apenella/go-ansible/v2/pkg/execute"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
)

// Run is one run of ansible-playbook.
type Run struct {
	Binary      string // ansible-playbook, absolute
	Dir         string // the working directory, absolute
	Playbooks   []string
	Inventories []string
	Options     Options
	VaultIDs    []string // LABEL@FILE, in the order in which they are tried
	Environ     []string // for the child; what the run needs is added
	RolesPath   []string
	// PasswordFile and BecomePasswordFile hold the passwords of logins and of becoming another user; "" for none. They are
	// never asked for: the child has no terminal.
	PasswordFile, BecomePasswordFile string

	Sink  event.Sink
	Task  func(file string, line int) (Task, bool) // what is known of the task that stands there
	Grace time.Duration                            // how long a cancelled run may take to end by itself; 0 is ten seconds
}

// Options are those of ansible-playbook that a run has.
type Options struct {
	Check, Diff, ForceHandlers, FlushCache bool
	Limit, Tags, SkipTags, StartAt         string
	ExtraVarsFiles                         []string // absolute
	Forks, Verbosity                       int

	Connection, User, PrivateKey string // PrivateKey is absolute
	SSHCommonArgs, SSHExtraArgs  string
	Timeout                      int // in seconds, 0 is as configured
	Become                       bool
	BecomeMethod, BecomeUser     string
}

// Task is what is known of a task besides what Ansible's events tell.
type Task struct {
	Pos     source.Pos
	Ignores bool // it says ignore_errors: true
	Module  bool // what it names runs on the target; else it is an action of the control node
}

// Find gives the ansible-playbook in the folders of a PATH, absolute, or "". What is one of ours is not taken for it.
func Find(path, self string) string {
	for _, dir := range filepath.SplitList(path) {
		if !filepath.IsAbs(dir) {
			continue
		}
		name := filepath.Join(dir, "ansible-playbook")
		if _, err := exec.LookPath(name); err != nil {
			continue
		}
		if real, err := filepath.EvalSymlinks(name); err == nil && real != self {
			return name
		}
	}
	return ""
}

var versionWord = lazyregexp.New(`\[core ([0-9][^\]]*)\]`)

// Version asks an ansible-playbook for the version of its ansible-core, "" when it does not tell.
func Version(ctx context.Context, binary string, environ []string) string {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, "--version")
	cmd.Env = environ
	out, err := cmd.Output()
	if err != nil {
		return ""
	}
	if m := versionWord().FindSubmatch(out); m != nil {
		return string(m[1])
	}
	return ""
}

// Run runs it and returns the exit code of ansible-playbook. The error tells that it could not be run, or that ctx ended it.
func (r *Run) Run(ctx context.Context) (code int, err error) {
	proc := &process{dir: r.Dir, environ: r.environ(), grace: r.Grace}
	reader := newReader(r)
	x := execute.NewDefaultExecute(
		execute.WithCmd(r.command()), execute.WithExecutable(proc), execute.WithOutput(reader),
		execute.WithWrite(reader.stdout), execute.WithWriteError(reader.stderr),
	)
	err = x.Execute(ctx)
	proc.reap()
	reader.end()
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	if code, ended := proc.exitCode(); ended {
		return code, nil // the error of the library has the whole command line in it: the code is all that counts
	}
	if err == nil {
		err = errors.New("it did not end")
	}
	return 0, err
}

// environ is the environment of the child: our choice of how it tells what it does, and where it finds passwords. Of callbacks
// that are enabled beside it there is one alone, which does nothing when there is another for the output.
func (r *Run) environ() []string {
	ours := map[string]string{
		"ANSIBLE_STDOUT_CALLBACK": "ansible.posix.jsonl", "ANSIBLE_CALLBACKS_ENABLED": "ansible.builtin.minimal", "ANSIBLE_JSON_INDENT": "0",
		"ANSIBLE_SHOW_CUSTOM_STATS": "true", "ANSIBLE_NOCOLOR": "true", "ANSIBLE_FORCE_COLOR": "false", "ANSIBLE_NOCOWS": "true",
		"ANSIBLE_LOG_PATH": "", "ANSIBLE_LOAD_CALLBACK_PLUGINS": "false", "ANSIBLE_ASK_VAULT_PASS": "false",
		"ANSIBLE_VAULT_IDENTITY_LIST": strings.Join(r.VaultIDs, ","), "PYTHONUNBUFFERED": "1",
		"ANSIBLE_ROLES_PATH": strings.Join(r.RolesPath, ":"),
		"ANSIBLE_ASK_PASS":   "false", "ANSIBLE_BECOME_ASK_PASS": "false", "ANSIBLE_ENABLE_TASK_DEBUGGER": "false",
		"ANSIBLE_CONNECTION_PASSWORD_FILE": r.PasswordFile, "ANSIBLE_BECOME_PASSWORD_FILE": r.BecomePasswordFile,
	}
	var out []string
	for _, e := range r.Environ {
		name, _, _ := strings.Cut(e, "=")
		if _, replaced := ours[name]; !replaced {
			out = append(out, e)
		}
	}
	for name, value := range ours {
		if value != "" {
			out = append(out, name+"="+value)
		}
	}
	return out
}
