package actions

import (
	"context"
	"errors"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(Def{Name: "ansible.builtin.wait_for_connection", Run: runWaitForConnection, Page: &module.Def{
	Args: module.Args{
		{Name: "connect_timeout", Type: module.Int, Default: 5, Help: "Seconds for one attempt."},
		{Name: "delay", Type: module.Int, Default: 0, Help: "Seconds before the first attempt."},
		{Name: "sleep", Type: module.Int, Default: 1, Help: "Seconds between two attempts."},
		{Name: "timeout", Type: module.Int, Default: 600, Help: "Seconds for all of it."},
	},
	Doc: module.Doc{
		Short:    "Wait until modules can be run on a host.",
		Examples: "- ansible.builtin.wait_for_connection:\n    timeout: 300\n",
		Returns:  []module.Return{{Name: "elapsed", Type: "int", When: "always", Help: "Seconds that it took."}},
	},
}})

// runWaitForConnection waits until modules can be run on the target: it connects anew until the module ping works.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/wait_for_connection_module.html
func runWaitForConnection(ctx context.Context, c *Call) (*result.Result, error) {
	if c.Check {
		return skipped(), nil
	}
	if err := c.onlyOptions("connect_timeout", "delay", "sleep", "timeout"); err != nil {
		return nil, err
	}
	times := map[string]time.Duration{"connect_timeout": 5, "delay": 0, "sleep": 1, "timeout": 600}
	for _, name := range []string{"connect_timeout", "delay", "sleep", "timeout"} {
		seconds, err := c.seconds(name, times[name])
		if err != nil {
			return nil, err
		}
		times[name] = seconds
	}
	begin := time.Now()
	if err := wait(ctx, times["delay"]); err != nil {
		return nil, err
	}
	err := c.retry(ctx, retries{times["timeout"], times["connect_timeout"], times["sleep"]}, func(ctx context.Context) error {
		r, err := c.Host.Exec(ctx, "ansible.legacy.ping", value.NewDict(), nil)
		switch {
		case err != nil:
			return err
		case r.Failed:
			return errors.New(r.Msg)
		case textOf(r.Get("ping")) != "pong":
			return errors.New("ping test failed")
		}
		return nil
	})
	elapsed := value.NewInt(int64(time.Since(begin).Seconds()))
	var late *lateError
	if errors.As(err, &late) {
		r := c.fail("timed out waiting for ping module test: %v", late.last)
		r.Values = value.DictOf("changed", value.False, "elapsed", elapsed, "msg", r.Values.Stored("msg"))
		return r, nil
	}
	if err != nil {
		return nil, err
	}
	return ok("elapsed", elapsed), nil
}

// seconds is an argument that is a number of seconds.
func (c *Call) seconds(name string, otherwise time.Duration) (time.Duration, error) {
	v := c.Args.Stored(name)
	if v == nil || v == value.None {
		return otherwise * time.Second, nil
	}
	n, err := module.ToInt(v)
	if err != nil {
		if _, isStr := v.(value.Str); !isStr {
			return 0, c.raise("int() argument must be a string, a bytes-like object or a real number, not '%s'", pythonType(v))
		}
		shown, _ := value.Repr(v)
		return 0, c.raise("invalid literal for int() with base 10: %s", shown)
	}
	return time.Duration(n) * time.Second, nil
}
