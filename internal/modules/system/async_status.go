package system

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.async_status", Check: module.Full, Run: runAsyncStatus,
	Args: module.Args{
		{Name: "jid", Required: true, Help: "The job: what the task that started it returned as ansible_job_id."},
		{Name: "mode", Default: "status", Choices: []string{"cleanup", "status"}, Help: "status tells what has come of the job, cleanup removes its file."},
		{Name: "_async_dir", Type: module.Path, Help: "The folder of the files of jobs; without it $ANSIBLE_ASYNC_DIR, else ~/.ansible_async."},
		{Name: "_end", Type: module.Bool, Ours: true, Help: "End the job: a run that is interrupted says so."},
	},
	Doc: module.Doc{
		Short: "Tell what has become of a job.",
		Long:  "A job is a task with `async`, which goes on while the play does. It leaves its result in a file on the target.",
		Examples: `- ansible.builtin.command: /usr/bin/long
  async: 600
  poll: 0
  register: long
- ansible.builtin.async_status:
    jid: "{{ long.ansible_job_id }}"
  register: job
  until: job is finished
  retries: 30
`,
		Returns: []module.Return{
			{Name: "ansible_job_id", Type: "str", When: "success", Help: "The job."},
			{Name: "started", Type: "bool", When: "always", Help: "Whether the job has started."},
			{Name: "finished", Type: "bool", When: "always", Help: "Whether it has ended; then the keys of its own result are there too."},
			{Name: "erased", Type: "str", When: "mode is cleanup", Help: "The file that was removed."},
		},
	},
})

// runAsyncStatus reads the file of a job.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/async_status_module.html
func runAsyncStatus(_ context.Context, sys target.System, p *module.Params) (module.Result, error) {
	jid := p.Str("jid")
	if jid == "" || strings.Contains(jid, "/") {
		return module.Fail("the jid %q is no job's", jid), nil
	}
	file := path.Join(asyncDir(sys, p), jid)
	about := module.Result{}
	about.Set("ansible_job_id", jid).Set("started", true).Set("finished", false).Set("stdout", "").Set("stderr", "")
	if p.Bool("_end") {
		return about, askToEnd(sys, file)
	}
	key := "results_file"
	if p.Str("mode") == "cleanup" {
		key = "erased"
	}
	about.Set(key, file)
	text, err := target.ReadFile(sys, file)
	if errors.Is(err, fs.ErrNotExist) {
		about.Failed, about.Msg, about.HasMsg = true, "could not find job", true
		about.Set("finished", true)
		return about, nil
	}
	if err != nil {
		return about, err
	}
	if key == "erased" {
		about.Set("started", false)
		return about, sys.Remove(file)
	}
	v, err := value.FromJSON(text)
	d, ok := v.(*value.Dict)
	if err != nil || !ok || d.Has("started") && d.Stored("finished") == value.Value(value.False) {
		return about, nil // it still runs, or is just being written
	}
	return ofJob(about, d), nil
}

// askToEnd asks a job to end, unless it has.
func askToEnd(sys target.System, file string) error {
	if _, err := sys.Stat(file); err != nil {
		return nil //nolint:nilerr // it is gone
	}
	f, err := sys.OpenFile(file+module.JobEndMark, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// ofJob adds what a job returned to what is known about it.
func ofJob(r module.Result, d *value.Dict) module.Result {
	r.Set("finished", true)
	for it := d.Iterate(); it.Next(); {
		key, _ := it.Key().(value.Str)
		v := it.Stored()
		switch key.String() {
		case "changed":
			r.Changed, _ = module.ToBool(v)
		case "failed":
			r.Failed, _ = module.ToBool(v)
		case "skipped":
			r.Skipped, _ = module.ToBool(v)
		case "msg":
			r.Msg, _ = value.Text(v)
			r.HasMsg = true
		case "diff":
			r.Diff = v
		case "invocation":
		case "warnings":
			l, _ := v.(*value.List)
			for i := 0; l != nil && i < l.Len(); i++ {
				text, _ := value.Text(l.Stored()[i])
				r.Warnings = append(r.Warnings, text)
			}
		default:
			r.Set(key.String(), v)
		}
	}
	return r
}

func asyncDir(sys target.System, p *module.Params) string {
	if dir := p.Str("_async_dir"); dir != "" {
		return dir
	}
	dir := sys.Getenv("ANSIBLE_ASYNC_DIR")
	if dir == "" {
		dir = "~/.ansible_async"
	}
	env := module.EnvOf(sys)
	return module.ExpandUser(module.ExpandVars(dir, env), env)
}
