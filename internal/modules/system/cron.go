package system

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.cron", Check: module.Full, Diff: module.Full, Run: runCron,
	Args: module.Args{
		{Name: "name", Required: true, Help: "What the job is called in the comment above it, or the name of a variable."},
		{Name: "user", Help: "Whose crontab; with cron_file who runs the job."},
		{Name: "job", Aliases: []string{"value"}, Help: "The command, or the value of a variable."},
		{Name: "cron_file", Type: module.Path, Help: "A file, below /etc/cron.d unless it is absolute, in place of a user's crontab."},
		{Name: "state", Default: "present", Choices: []string{"present", "absent"}, Help: "Whether it is to be there."},
		{Name: "backup", Type: module.Bool, Default: false, Help: "Keep a copy of the old crontab."},
		{Name: "minute", Default: "*", Help: "When it runs."},
		{Name: "hour", Default: "*", Help: "When it runs."},
		{Name: "day", Aliases: []string{"dom"}, Default: "*", Help: "When it runs: day of the month."},
		{Name: "month", Default: "*", Help: "When it runs."},
		{Name: "weekday", Aliases: []string{"dow"}, Default: "*", Help: "When it runs: day of the week, 0 is Sunday."},
		{Name: "special_time", Choices: []string{"reboot", "yearly", "annually", "monthly", "weekly", "daily", "hourly"}, Help: "When it runs, by a word."},
		{Name: "disabled", Type: module.Bool, Default: false, Help: "Comment the job out."},
		{Name: "env", Type: module.Bool, Default: false, Help: "A variable of the crontab, not a job."},
		{Name: "insertafter", Help: "The variable after which a new one goes."},
		{Name: "insertbefore", Help: "The variable before which a new one goes."},
	},
	Rules: module.Rules{MutuallyExclusive: [][]string{{"insertafter", "insertbefore"}}},
	Doc: module.Doc{
		Short:    "Jobs and variables of cron.",
		Examples: "- ansible.builtin.cron:\n    name: back up\n    special_time: daily\n    job: /usr/local/bin/backup\n",
		Returns: []module.Return{
			{Name: "jobs", Type: "list", When: "success", Help: "The names of the jobs in the crontab."},
			{Name: "envs", Type: "list", When: "success", Help: "The names of its variables."},
		},
	},
})

// marker begins the comment above a job.
const marker = "#Ansible: "

// crontab is one call.
type crontab struct {
	sys   target.System
	p     *module.Params
	name  string
	user  string
	file  string   // of a crontab in a file
	old   string   // its text before
	lines []string // without newlines
}

func runCron(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	c := &crontab{sys: sys, p: p, name: p.Str("name"), user: p.Str("user"), file: p.Str("cron_file")}
	if bad := c.check(); bad != "" {
		return module.Fail("%s", bad), nil
	}
	if c.file != "" && !path.IsAbs(c.file) {
		c.file = path.Join("/etc/cron.d", c.file)
	}
	return programs.Answer(c.run(ctx))
}

// check refuses arguments that do not go together.
func (c *crontab) check() string {
	p := c.p
	present := p.Str("state") == "present"
	timed := false
	for _, k := range []string{"minute", "hour", "day", "month", "weekday"} {
		timed = timed || p.Str(k) != "*"
	}
	if strings.ContainsAny(strings.Trim(p.Str("job"), "\r\n"), "\r\n") {
		p.Warn("Job should not contain line breaks")
	}
	if name := path.Base(p.Str("cron_file")); p.Str("cron_file") != "" && !cronFileName().MatchString(name) {
		p.Warn(fmt.Sprintf("Filename portion of cron_file (\"%s\") should consist solely of upper- and lower-case letters, digits, underscores, and hyphens", name))
	}
	switch {
	case p.Has("special_time") && timed:
		return "You cannot combine special_time with any of the time or day/date parameters."
	case present && p.Str("cron_file") != "" && c.user == "":
		return "To use cron_file=... parameter you must specify user=... as well"
	case present && !p.Has("job"):
		return "You must specify 'job' to install a new cron job or variable"
	case (p.Has("insertafter") || p.Has("insertbefore")) && !p.Bool("env"):
		return "Insertafter and insertbefore parameters are valid only with env=yes"
	}
	return ""
}

func (c *crontab) run(ctx context.Context) (module.Result, error) {
	if err := c.read(ctx); err != nil {
		return module.Result{}, err
	}
	changed, err := c.edit()
	if err != nil {
		return module.Result{}, err
	}
	r := module.Result{Changed: changed}
	if changed && c.emptied() {
		return c.removeFile(r)
	}
	if c.p.Diff && changed {
		r.Diff = module.Diff{Before: c.old, After: c.text(), BeforeHeader: c.header(), AfterHeader: c.header()}.Value()
	}
	if changed && !c.p.Check {
		if c.p.Bool("backup") {
			file, err := c.backup()
			if err != nil {
				return r, err
			}
			r.Set("backup_file", file)
		}
		if err := c.write(ctx); err != nil {
			return r, err
		}
	}
	r.Set("jobs", c.jobs()).Set("envs", c.envs())
	if c.p.Str("cron_file") != "" {
		r.Set("cron_file", c.p.Str("cron_file"))
	}
	return r, nil
}

func (c *crontab) header() string {
	if c.file != "" {
		return c.file
	}
	if c.user != "" {
		return fmt.Sprintf("crontab for user \"%s\"", c.user)
	}
	return "crontab"
}

func (c *crontab) text() string {
	if len(c.lines) == 0 {
		return ""
	}
	return strings.Join(c.lines, "\n") + "\n"
}

// edit changes the lines.
func (c *crontab) edit() (bool, error) {
	absent := c.p.Str("state") == "absent"
	switch {
	case c.p.Bool("env"):
		return c.editEnv(absent)
	case absent:
		at := c.job()
		if at < 0 {
			return false, nil
		}
		c.lines = slices.Delete(c.lines, at, min(at+2, len(c.lines)))
		return true, nil
	}
	line := c.jobLine()
	at := c.job()
	if at < 0 {
		c.lines = append(c.lines, marker+c.name, line)
		return true, nil
	}
	if at+1 < len(c.lines) && c.lines[at+1] == line {
		return false, nil
	}
	if at+1 < len(c.lines) {
		c.lines[at+1] = line
	} else {
		c.lines = append(c.lines, line)
	}
	return true, nil
}

// job is the line of the comment above the job, or -1.
func (c *crontab) job() int { return slices.Index(c.lines, marker+c.name) }

// jobLine is the line of the job.
func (c *crontab) jobLine() string {
	job := strings.Trim(c.p.Str("job"), "\r\n")
	var f []string
	if c.p.Has("special_time") {
		f = []string{"@" + c.p.Str("special_time")}
	} else {
		for _, k := range []string{"minute", "hour", "day", "month", "weekday"} {
			f = append(f, c.p.Str(k))
		}
	}
	if c.file != "" {
		f = append(f, c.user)
	}
	line := strings.Join(append(f, job), " ")
	if c.p.Bool("disabled") {
		line = "#" + line
	}
	return line
}

func (c *crontab) editEnv(absent bool) (bool, error) {
	if strings.Contains(c.name, " ") {
		return false, programs.Fail("Invalid name for environment variable")
	}
	at := c.env(c.name)
	if absent {
		if at < 0 {
			return false, nil
		}
		c.lines = slices.Delete(c.lines, at, at+1)
		return true, nil
	}
	line := fmt.Sprintf("%s=\"%s\"", c.name, c.p.Str("job"))
	if at >= 0 {
		if c.lines[at] == line {
			return false, nil
		}
		c.lines[at] = line
		return true, nil
	}
	where := 0
	for i, k := range []string{"insertbefore", "insertafter"} {
		if other := c.p.Str(k); other != "" {
			if where = c.env(other); where < 0 {
				return false, programs.Fail("Variable named '%s' not found.", other)
			}
			where += i
		}
	}
	c.lines = slices.Insert(c.lines, where, line)
	return true, nil
}

// env is the line of a variable, or -1.
func (c *crontab) env(name string) int {
	return slices.IndexFunc(c.lines, func(l string) bool { return strings.HasPrefix(l, name+"=") })
}

func (c *crontab) jobs() value.Value {
	out := []string{}
	for _, l := range c.lines {
		if name, ok := strings.CutPrefix(l, marker); ok {
			out = append(out, name)
		}
	}
	return module.V(out)
}

func (c *crontab) envs() value.Value {
	out := []string{}
	for _, l := range c.lines {
		if m := envLine().FindStringSubmatch(l); m != nil {
			out = append(out, m[1])
		}
	}
	return module.V(out)
}
