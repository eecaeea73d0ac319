package actions

import (
	"context"
	"fmt"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(Def{Name: "ansible.builtin.pause", Run: runPause, Once: true, Page: &module.Def{
	Check: module.Full,
	Args:  pauseArgs,
	Rules: module.Rules{MutuallyExclusive: [][]string{{"minutes", "seconds"}}},
	Doc: module.Doc{
		Short:    "Wait for a time, or for an answer at the terminal.",
		Notes:    []string{"A question at the terminal is refused; where there is no terminal the task goes on with a warning."},
		Examples: "- ansible.builtin.pause:\n    seconds: 10\n    prompt: Waiting for the queue to drain\n",
		Returns:  []module.Return{{Name: "delta", Type: "int", When: "always", Help: "The seconds that it took."}, {Name: "user_input", Type: "str", When: "always", Help: "What was typed."}},
	},
}})

var pauseArgs = module.Args{
	{Name: "echo", Type: module.Bool, Default: value.True, Help: "Show what is typed."},
	{Name: "minutes", Type: module.Int, Help: "How long to wait."},
	{Name: "prompt", Type: module.Raw, Help: "What to tell."},
	{Name: "seconds", Type: module.Int, Help: "How long to wait."},
}

// runPause waits. Without a time it waits for an answer at the terminal; where there is none it goes on with a warning.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/pause_module.html
func runPause(ctx context.Context, c *Call) (*result.Result, error) {
	if problem := pauseNumber(c); problem != "" {
		return nil, c.errorf("%s", problem)
	}
	v := module.Validate(&module.Def{
		Name: c.FullName, Args: pauseArgs, Rules: module.Rules{MutuallyExclusive: [][]string{{"minutes", "seconds"}}},
	}, c.Name, wholeNumbers(c.Args), module.Env{})
	if v.Problem != "" {
		return nil, c.errorf("%s", v.Problem)
	}
	p, unit, seconds := v.Params, "minutes", int64(0)
	timed := p.Has("seconds") || p.Has("minutes")
	switch {
	case p.Has("seconds"):
		unit, seconds = "seconds", p.Int("seconds")
	case p.Has("minutes"):
		seconds = p.Int("minutes") * 60
	}
	start := time.Now()
	r := ok()
	var limit time.Duration
	answer := ""
	if timed {
		limit = time.Duration(max(1, seconds)) * time.Second
		c.announce(p, int64(limit/time.Second))
	}
	var err error
	switch {
	case c.Terminal != nil:
		answer, err = c.ask(ctx, p, limit)
	case timed:
		err = wait(ctx, limit)
	default:
		r.Warnings = append(r.Warnings, result.Warning{Text: "Not waiting for response to prompt as stdin is not interactive"})
	}
	if err != nil {
		return nil, err
	}
	pauseResult(r.Values, p, start, time.Now(), unit)
	r.Values.SetStr("user_input", value.NewStr(answer))
	return r, nil
}

// announce tells how long the pause is.
func (c *Call) announce(p *module.Params, seconds int64) {
	c.Tell(fmt.Sprintf("Pausing for %d seconds%s", seconds, hiddenInput(p)))
	if p.Has("prompt") || c.Terminal != nil {
		c.Tell("(ctrl+C then 'C' = continue early, ctrl+C then 'A' = abort)\r")
	}
}

func pauseResult(d *value.Dict, p *module.Params, start, stop time.Time, unit string) {
	const layout = "2006-01-02 15:04:05.000000"
	took := stop.Sub(start).Seconds()
	if unit == "minutes" {
		took /= 60
	}
	for _, kv := range []struct {
		key string
		v   any
	}{
		{"stdout", fmt.Sprintf("Paused for %s %s", number(took), unit)},
		{"stderr", ""},
		{"rc", 0},
		{"start", start.Format(layout)},
		{"stop", stop.Format(layout)},
		{"delta", int64(stop.Sub(start).Seconds())},
		{"echo", p.Bool("echo")},
		{"user_input", ""},
	} {
		d.SetStr(kv.key, module.V(kv.v))
	}
}

// number is a number with at most two places, as Python shows one that was rounded.
func number(f float64) string {
	s := fmt.Sprintf("%.2f", f)
	if s[len(s)-1] == '0' {
		s = s[:len(s)-1]
	}
	return s
}

// pauseNumber checks seconds and minutes with Python's own words for what is no number.
func pauseNumber(c *Call) string {
	for _, name := range []string{"minutes", "seconds"} {
		switch v := c.Args.Stored(name).(type) {
		case value.Str:
			if _, err := module.ToInt(v); err != nil {
				return fmt.Sprintf("argument '%s' is of type str and we were unable to convert to int: invalid literal for int() with base 10: '%s'", name, v)
			}
		case *value.List, *value.Dict:
			return fmt.Sprintf("argument '%s' is of type %s and we were unable to convert to int: "+
				"int() argument must be a string, a bytes-like object or a real number, not '%s'", name, v.Type(), pythonType(v))
		}
	}
	return ""
}

// wholeNumbers cuts the places off seconds and minutes, as Python's int does.
func wholeNumbers(args *value.Dict) *value.Dict {
	out := args.Copy()
	for _, name := range []string{"minutes", "seconds"} {
		if f, isFloat := out.Stored(name).(value.Float); isFloat {
			out.SetStr(name, value.NewInt(int64(f.Float64())))
		}
	}
	return out
}
