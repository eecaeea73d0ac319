package actions

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(Def{Name: "ansible.builtin.reboot", Run: runReboot, Page: &module.Def{
	Check: module.Full,
	Args: module.Args{
		{Name: "boot_time_command", Default: "cat /proc/sys/kernel/random/boot_id", Help: "A command that says something else after each boot."},
		{Name: "connect_timeout", Type: module.Int, Help: "Seconds for one attempt to connect."},
		{Name: "msg", Default: "Reboot initiated by Ansible", Help: "What users are told."},
		{Name: "post_reboot_delay", Type: module.Int, Default: 0, Help: "Seconds to wait after the command."},
		{Name: "pre_reboot_delay", Type: module.Int, Default: 0, Help: "Seconds to wait before the reboot, rounded down to minutes."},
		{Name: "reboot_command", Help: "The command to reboot with, in place of shutdown."},
		{Name: "reboot_timeout", Type: module.Int, Default: 600, Help: "Seconds to wait for the reboot, and again for the test command."},
		{Name: "search_paths", Type: module.List, Elements: module.Str, Default: []string{"/sbin", "/bin", "/usr/sbin", "/usr/bin", "/usr/local/sbin"}, Help: "Where the command is looked for."},
		{Name: "test_command", Default: "whoami", Help: "A command that works when the machine is ready."},
	},
	Doc: module.Doc{
		Short:    "Reboot a machine, wait until it is there again.",
		Examples: "- ansible.builtin.reboot:\n\n- ansible.builtin.reboot:\n    reboot_timeout: 3600\n    msg: a new kernel\n",
		Returns: []module.Return{
			{Name: "elapsed", Type: "int", When: "always", Help: "Seconds that it took."},
			{Name: "rebooted", Type: "bool", When: "always", Help: "Whether it was rebooted."},
		},
	},
}})

// reboot is one call of the action.
type reboot struct {
	c        *Call
	begin    time.Time
	bootTime string // the command that tells when the target was booted
	booted   string // what it said before
	try      retries
}

// runReboot reboots the target and waits until it is there again: until the command that tells when it was booted tells
// something else, and the test command works.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/reboot_module.html
func runReboot(ctx context.Context, c *Call) (*result.Result, error) {
	local, err := c.Host.Local(ctx)
	if err != nil {
		return nil, err
	}
	b := &reboot{c: c, begin: time.Now(), bootTime: "cat /proc/sys/kernel/random/boot_id"}
	if local {
		return b.failed(false, "Running %s with local connection would reboot the control node.", c.Name), nil
	}
	if c.Check {
		return b.done(), nil
	}
	if err := c.onlyOptions("boot_time_command", "connect_timeout", "msg", "post_reboot_delay", "pre_reboot_delay", "reboot_command", "reboot_timeout",
		"search_paths", "test_command"); err != nil {
		return nil, err
	}
	if s := text(c.Args, "boot_time_command"); s != "" {
		b.bootTime = s
	}
	distribution, err := b.distribution(ctx)
	if err != nil {
		return nil, err
	}
	before, err := c.shell(ctx, c.Bare(), b.bootTime, "")
	if err != nil {
		return nil, err
	}
	if before.Status == result.Failed {
		r := c.fail("%s", strings.TrimSpace(fmt.Sprintf("%s: failed to get host boot time info, rc: %s, stdout: %s, stderr: %s",
			c.Name, text(before.Values, "rc"), text(before.Values, "stdout"), text(before.Values, "stderr"))))
		r.Values.SetStr("reboot", value.False)
		return r, nil
	}
	b.booted = strings.TrimSpace(text(before.Values, "stdout"))
	line, err := b.command(ctx, distribution)
	if err != nil {
		return nil, err
	}
	return b.run(ctx, line)
}

func (b *reboot) elapsed() value.Value { return value.NewInt(int64(time.Since(b.begin).Seconds())) }

func (b *reboot) done() *result.Result {
	return &result.Result{Changed: true, Values: value.DictOf("changed", value.True, "elapsed", b.elapsed(), "rebooted", value.True)}
}

func (b *reboot) failed(rebooted bool, format string, args ...any) *result.Result {
	r := b.c.fail(format, args...)
	r.Values = value.DictOf("changed", value.False, "elapsed", b.elapsed(), "msg", r.Values.Stored("msg"), "rebooted", value.Bool(rebooted))
	return r
}

// distribution asks the target what it is.
func (b *reboot) distribution(ctx context.Context) (string, error) {
	r, err := b.c.Host.Exec(ctx, "ansible.legacy.setup", value.DictOf(
		"filter", module.V([]string{"ansible_distribution"}), "gather_subset", module.V([]string{"!all", "distribution"}),
	), nil)
	if err != nil {
		return "", err
	}
	facts, isDict := r.Get("ansible_facts").(*value.Dict)
	if r.Failed || !isDict {
		return "", b.c.raise("Failed to determine system distribution. %s", r.Msg)
	}
	return strings.ToLower(text(facts, "ansible_distribution")), nil
}

// command is the line that reboots the target.
func (b *reboot) command(ctx context.Context, distribution string) (string, error) {
	delay, err := b.c.seconds("pre_reboot_delay", 0)
	if err != nil {
		return "", err
	}
	name, rest := "shutdown", ""
	minutes := max(0, int(delay/time.Minute))
	switch distribution {
	case "alpine":
		name = "reboot"
	case "void":
		rest = fmt.Sprintf(`-r +%d "%s"`, minutes, b.message())
	default:
		rest = fmt.Sprintf(`-r %d "%s"`, minutes, b.message())
	}
	if own := text(b.c.Args, "reboot_command"); own != "" {
		if name, rest, err = firstWord(own); err != nil {
			return "", b.c.raise("%v", err)
		}
	}
	if !path.IsAbs(name) {
		if name, err = b.search(ctx, name); err != nil {
			return "", err
		}
	}
	return strings.TrimSpace(name + " " + rest), nil
}

func (b *reboot) message() string {
	if !b.c.Args.Has("msg") {
		return "Reboot initiated by Ansible"
	}
	s, err := value.Text(b.c.Args.Stored("msg"))
	if err != nil {
		return ""
	}
	return s
}

// search looks for a program in the folders of search_paths.
func (b *reboot) search(ctx context.Context, name string) (string, error) {
	dirs := []string{"/sbin", "/bin", "/usr/sbin", "/usr/bin", "/usr/local/sbin"}
	switch v := b.c.Args.Stored("search_paths").(type) {
	case nil:
	case *value.List:
		dirs = nil
		for _, e := range v.Stored() {
			s, isStr := e.(value.Str)
			if !isStr {
				return "", b.c.raise("'search_paths' must be a string or flat list of strings, got %s", b.c.shownArg("search_paths"))
			}
			dirs = append(dirs, s.String())
		}
	default:
		dirs = []string{text(b.c.Args, "search_paths")}
	}
	for _, dir := range dirs {
		file := path.Join(dir, name)
		r, err := b.c.Host.Exec(ctx, "ansible.legacy.stat", value.DictOf("path", value.NewStr(file), "get_checksum", value.False,
			"get_mime", value.False, "get_attributes", value.False), nil)
		if err != nil {
			return "", err
		}
		if st, isDict := r.Get("stat").(*value.Dict); isDict && st.Stored("exists") == value.Value(value.True) {
			return file, nil
		}
	}
	shown, err := value.Repr(module.V(dirs))
	if err != nil {
		return "", err
	}
	return "", b.c.raise("Unable to find command \"%s\" in search paths: %s", name, shown)
}

// shownArg is an argument as Python shows it.
func (c *Call) shownArg(name string) string {
	s, err := value.Repr(c.Args.Stored(name))
	if err != nil {
		return ""
	}
	return s
}

// run has the line run and waits for the target.
func (b *reboot) run(ctx context.Context, line string) (*result.Result, error) {
	c := b.c
	limit, err := c.seconds("reboot_timeout", 600)
	if err != nil {
		return nil, err
	}
	after, err := c.seconds("post_reboot_delay", 0)
	if err != nil {
		return nil, err
	}
	attempt, err := c.seconds("connect_timeout", 0)
	if err != nil {
		return nil, err
	}
	b.try = retries{limit, attempt, time.Second}
	b.begin = time.Now()
	ran, err := c.shell(ctx, c.Bare(), line, "")
	switch {
	case err != nil && !unreachable(err): // that the connection is lost is what a reboot does
		return nil, err
	case err == nil && ran.Status == result.Failed:
		r := b.failed(false, "Reboot command failed. Error was: '%s, %s'",
			strings.TrimSpace(text(ran.Values, "stdout")), strings.TrimSpace(text(ran.Values, "stderr")))
		r.Values.SetStr("start", value.NewStr(b.begin.UTC().Format("2006-01-02T15:04:05.000000+00:00")))
		return r, nil
	}
	if err := wait(ctx, after); err != nil {
		return nil, err
	}
	var late *lateError
	err = c.retry(ctx, b.try, b.rebooted)
	if errors.As(err, &late) {
		return b.failed(true, "Timed out waiting for last boot time check (timeout=%d)", int(limit/time.Second)), nil
	}
	if err != nil {
		return nil, err
	}
	err = c.retry(ctx, b.try, b.works)
	if errors.As(err, &late) {
		return b.failed(true, "Timed out waiting for post-reboot test command (timeout=%d)", int(limit/time.Second)), nil
	}
	if err != nil {
		return nil, err
	}
	return b.done(), nil
}

// rebooted is well when the target was booted at another time than before.
func (b *reboot) rebooted(ctx context.Context) error {
	r, err := b.c.shell(ctx, b.c.Bare(), b.bootTime, "")
	if err != nil {
		return err
	}
	now := strings.TrimSpace(text(r.Values, "stdout"))
	if r.Status == result.Failed || now == "" || now == b.booted {
		return errors.New("boot time has not changed")
	}
	return nil
}

// works is well when the test command is.
func (b *reboot) works(ctx context.Context) error {
	test := text(b.c.Args, "test_command")
	if test == "" {
		test = "whoami"
	}
	r, err := b.c.shell(ctx, b.c.Bare(), test, "")
	if err != nil {
		return err
	}
	if r.Status == result.Failed {
		return fmt.Errorf("test command failed: %s %s", text(r.Values, "stderr"), text(r.Values, "stdout"))
	}
	return nil
}
