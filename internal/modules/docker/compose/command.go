package compose

import (
	"context"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/cli"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/shellwords"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// commandArgs are the arguments of the modules that run a command in a container of a service.
var commandArgs = module.Args{
	{Name: "service", Required: true, Help: "The service."},
	{Name: "argv", Type: module.List, Elements: module.Str, Help: "The command, word by word."},
	{Name: "command", Help: "The command as a line, split as a shell does; there is none that it goes through."},
	{Name: "chdir", Help: "The folder in which it runs."},
	{Name: "detach", Type: module.Bool, Default: false, Help: "Do not wait for its end."},
	{Name: "user", Help: "The user as whom it runs."},
	{Name: "stdin", Help: "What it reads."},
	{Name: "stdin_add_newline", Type: module.Bool, Default: true, Help: "Add a newline to that."},
	{Name: "strip_empty_ends", Type: module.Bool, Default: true, Help: "Take newlines off the end of what it wrote."},
	{Name: "tty", Type: module.Bool, Default: true, Help: "Give it a terminal."},
	{Name: "env", Type: module.Dict, Help: "Variables of its environment; the values are texts."},
}

// commandReturns are the keys of their results.
var commandReturns = []module.Return{
	{Name: "rc", Type: "int", When: "not with detach", Help: "The exit code."},
	{Name: "stdout", Type: "str", When: "not with detach", Help: "What it wrote."},
	{Name: "stderr", Type: "str", When: "not with detach", Help: "What it wrote as errors."},
}

// argv gives the words of the command.
func argv(p *module.Params) ([]string, error) {
	if !p.Has("command") {
		return p.Strs("argv"), nil
	}
	words, err := shellwords.Split(p.Str("command"))
	if err != nil {
		return nil, programs.Crash("%v", err)
	}
	return words, nil
}

// command runs a command in a container. before are the options of its verb, which come before those that all verbs have.
func (j *project) command(ctx context.Context, before []string) (programs.Out, error) {
	p := j.p
	if p.Bool("detach") && p.Has("stdin") {
		return programs.Out{}, programs.Fail("If detach=true, stdin cannot be provided.")
	}
	words := append([]string(nil), before...)
	if p.Has("chdir") {
		words = append(words, "--workdir", p.Str("chdir"))
	}
	words = j.options(words, "detach", "--detach")
	if p.Has("user") {
		words = append(words, "--user", p.Str("user"))
	}
	words = j.options(words, "privileged", "--privileged") // of exec alone
	if !p.Bool("tty") {
		words = append(words, "--no-TTY")
	}
	if env := p.Dict("env"); env != nil {
		for it := env.Iterate(); it.Next(); {
			text, ok := it.Stored().(value.Str)
			if !ok {
				return programs.Out{}, programs.Fail("Non-string value found for env option. Ambiguous env options must be wrapped in quotes to avoid them being interpreted. Key: %s", plain(it.Key()))
			}
			words = append(words, "--env", plain(it.Key())+"="+text.String())
		}
	}
	rest, err := argv(p)
	if err != nil {
		return programs.Out{}, err
	}
	words = append(append(words, "--", p.Str("service")), rest...)
	call := cli.Call{Words: j.words("plain", words...), Dir: j.dir, Stdin: p.Str("stdin")}
	if p.Has("stdin") && p.Bool("stdin_add_newline") {
		call.Stdin += "\n"
	}
	if p.Bool("detach") {
		return j.docker.Must(ctx, call)
	}
	return j.docker.Run(ctx, call)
}

// commandResult is what a command came to that was waited for.
func commandResult(p *module.Params, out programs.Out) module.Result {
	if p.Bool("strip_empty_ends") {
		out.Stdout, out.Stderr = strings.TrimRight(out.Stdout, "\r\n"), strings.TrimRight(out.Stderr, "\r\n")
	}
	r := module.Result{Changed: true}
	r.Set("rc", out.RC).Set("stdout", out.Stdout).Set("stderr", out.Stderr)
	return r
}
