// Package cli drives the program docker for the modules of the collection community.docker that drive it, too: where it is, how
// it is told of its engine, which plugins it has. It makes no decisions of a module.
//
// Source: the documentation of the modules of community.docker 4.7, for instance docker_compose_v2.
package cli

import (
	"context"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/shellwords"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// fromEnv gives a default out of a variable of the environment.
func fromEnv(variable string, otherwise any) func(module.Env) any {
	return func(env module.Env) any {
		if env.Lookup != nil {
			if v, ok := env.Lookup(variable); ok {
				return v
			}
		}
		return otherwise
	}
}

// Args are the arguments that all modules which drive docker have in common. Their rules are Exclusive.
var Args = module.Args{
	{Name: "docker_cli", Type: module.Path, Help: "The program docker; without it that in $PATH."},
	{Name: "docker_host", Aliases: []string{"docker_url"}, DefaultOf: fromEnv("DOCKER_HOST", nil), Help: "Where the engine listens: unix:///PATH or tcp://HOST:PORT; without it $DOCKER_HOST, then unix:///var/run/docker.sock."},
	{Name: "tls_hostname", DefaultOf: fromEnv("DOCKER_TLS_HOSTNAME", nil), Help: "The name that the server's certificate has to have; without it $DOCKER_TLS_HOSTNAME, then that of docker_host."},
	{Name: "api_version", Aliases: []string{"docker_api_version"}, DefaultOf: fromEnv("DOCKER_API_VERSION", "auto"), Help: "The version of the API, as 1.41; without it $DOCKER_API_VERSION, then the latest that the engine has."},
	{Name: "ca_path", Aliases: []string{"ca_cert", "tls_ca_cert", "cacert_path"}, Type: module.Path, Help: "The CAs that are trusted, a file in PEM; without it ca.pem in $DOCKER_CERT_PATH."},
	{Name: "client_cert", Aliases: []string{"tls_client_cert", "cert_path"}, Type: module.Path, Help: "The client's certificate in PEM; without it cert.pem in $DOCKER_CERT_PATH."},
	{Name: "client_key", Aliases: []string{"tls_client_key", "key_path"}, Type: module.Path, Help: "The key of the client's certificate, in PEM; without it key.pem in $DOCKER_CERT_PATH."},
	{Name: "tls", Type: module.Bool, DefaultOf: fromEnv("DOCKER_TLS", false), Help: "Talk by TLS, without a look at the server's certificate; without it $DOCKER_TLS."},
	{Name: "validate_certs", Aliases: []string{"tls_verify"}, Type: module.Bool, DefaultOf: fromEnv("DOCKER_TLS_VERIFY", false), Help: "Talk by TLS and check the server's certificate; without it $DOCKER_TLS_VERIFY."},
	{Name: "cli_context", Help: "The context of docker to use, in place of docker_host."},
}

// Exclusive are the arguments of Args of which one at most is given.
var Exclusive = [][]string{{"docker_host", "cli_context"}}

// Docker is a program docker that reaches its engine.
type Docker struct {
	sys     target.System
	program string
	globals []string // the options by which it finds its engine
	env     []string
	secrets []string // what is to be shown nowhere
}

// Open finds the program of a call, and asks it for its engine's version. What is not there or does not answer is a *programs.Failed.
func Open(ctx context.Context, sys target.System, p *module.Params) (*Docker, error) {
	d := &Docker{sys: sys, program: p.Str("docker_cli")}
	if d.program == "" {
		file, err := sys.LookPath("docker", "/sbin", "/usr/sbin", "/usr/local/sbin")
		if err != nil {
			return nil, programs.Fail("Cannot find docker CLI in path. Please provide it explicitly with the docker_cli parameter")
		}
		d.program = file
	}
	if p.Has("docker_host") && p.Has("cli_context") { // the first by the environment, else the rules had told it
		return nil, programs.Fail("parameters are mutually exclusive: docker_host|cli_context")
	}
	host := p.Str("docker_host")
	if host == "" && !p.Has("cli_context") {
		host = "unix:///var/run/docker.sock"
	}
	for _, o := range []struct{ option, text string }{{"--host", host}, {"--context", p.Str("cli_context")}} {
		if o.text != "" {
			d.globals = append(d.globals, o.option, o.text)
		}
	}
	switch {
	case p.Bool("validate_certs"):
		d.globals = append(d.globals, "--tlsverify")
	case p.Bool("tls"):
		d.globals = append(d.globals, "--tls")
	}
	for _, o := range []struct{ option, arg string }{{"--tlscacert", "ca_path"}, {"--tlscert", "client_cert"}, {"--tlskey", "client_key"}} {
		if p.Has(o.arg) {
			d.globals = append(d.globals, o.option, p.Str(o.arg))
		}
	}
	if v := p.Str("api_version"); v != "" && v != "auto" {
		d.env = append(d.env, "DOCKER_API_VERSION="+v)
	}
	if p.Has("tls_hostname") {
		d.env = append(d.env, "DOCKER_TLS_HOSTNAME="+p.Str("tls_hostname"))
	}
	_, err := d.JSON(ctx, "version", "--format", "{{ json . }}")
	return d, err
}

// Program is the path of the program.
func (d *Docker) Program() string { return d.program }

// Hide has a text replaced by stars wherever a result tells a command line or what a program wrote.
func (d *Docker) Hide(secret string) {
	if secret != "" {
		d.secrets = append(d.secrets, secret)
	}
}

// Setenv adds a variable, "NAME=value", to the environment of all that is run.
func (d *Docker) Setenv(variable string) { d.env = append(d.env, variable) }

// Call is what docker is to do.
type Call struct {
	Words []string // the command and its arguments
	Dir   string   // the folder in which it runs, "" for any
	Stdin string
}

// Run runs docker to its end. One that can't be started is a *programs.Failed; one that ran and failed is no error.
func (d *Docker) Run(ctx context.Context, c Call) (programs.Out, error) {
	argv := d.argv(c.Words)
	exit, err := d.sys.Run(ctx, target.Command{Argv: argv, Dir: c.Dir, Env: d.env, Stdin: strings.NewReader(c.Stdin)})
	if ctx.Err() != nil {
		return programs.Out{}, ctx.Err()
	}
	if err != nil {
		return programs.Out{}, &programs.Failed{Result: fileattr.CommandError(d.hidden(shellwords.Join(argv)), err).Result(d.sys)}
	}
	return programs.Out{RC: exit.Code, Stdout: d.hidden(string(exit.Stdout)), Stderr: d.hidden(string(exit.Stderr))}, nil
}

func (d *Docker) argv(words []string) []string {
	return append(append([]string{d.program}, d.globals...), words...)
}

func (d *Docker) hidden(text string) string {
	for _, s := range d.secrets {
		text = strings.ReplaceAll(text, s, "********")
	}
	return text
}

// Line is a command line as results show it. Whole is with the options by which the engine is found.
func (d *Docker) Line(words []string, whole bool) string {
	argv := append([]string{d.program}, words...)
	if whole {
		argv = d.argv(words)
	}
	return d.hidden(shellwords.Join(argv))
}

// Must is Run of what has to go well: a failure is a *programs.Failed with what docker wrote.
func (d *Docker) Must(ctx context.Context, c Call) (programs.Out, error) {
	out, err := d.Run(ctx, c)
	if err == nil && out.RC != 0 {
		f := programs.Fail("%s", strings.TrimSpace(out.Stderr))
		f.Result.Set("cmd", d.Line(c.Words, true)).Set("rc", out.RC).Set("stdout", out.Stdout).Set("stderr", out.Stderr)
		err = f
	}
	return out, err
}

// JSON is Must of what writes JSON.
func (d *Docker) JSON(ctx context.Context, words ...string) (value.Value, error) {
	out, err := d.Must(ctx, Call{Words: words})
	if err != nil {
		return nil, err
	}
	return d.Parse(words, out.Stdout, out.Stdout)
}

// Parse reads the JSON that docker wrote for words; all is what it wrote with it. What is none is a *programs.Failed.
func (d *Docker) Parse(words []string, text, all string) (value.Value, error) {
	v, err := value.FromJSON([]byte(text))
	if err != nil {
		return nil, programs.Fail("Error while parsing JSON output of %s: %v\nJSON output: %s", d.Line(words, true), err, all)
	}
	return v, nil
}

// Plugin gives the version of a plugin as docker itself tells it, without a "v". A plugin that is not there is a *programs.Failed.
func (d *Docker) Plugin(ctx context.Context, name string) (string, error) {
	v, err := d.JSON(ctx, "info", "--format", "{{ json . }}")
	if err != nil {
		return "", err
	}
	info, _ := v.(*value.Dict)
	var client *value.Dict
	if info != nil {
		client, _ = info.Stored("ClientInfo").(*value.Dict)
	}
	if client == nil {
		return "", programs.Fail("Cannot determine Docker client information. Are you maybe using podman instead of docker?")
	}
	if plugins, ok := client.Stored("Plugins").(*value.List); ok {
		for _, e := range plugins.Stored() {
			if plugin, ok := e.(*value.Dict); ok && text(plugin.Stored("Name")) == name {
				return strings.TrimPrefix(text(plugin.Stored("Version")), "v"), nil
			}
		}
	}
	return "", programs.Fail("Docker CLI %s does not have the %s plugin installed", d.program, name)
}

func text(v value.Value) string {
	if s, ok := v.(value.Str); ok {
		return s.String()
	}
	return ""
}

// Version is a version of a plugin, such as 2.40.3.
type Version [3]int

// ParseVersion reads the numbers at the beginning of a version: "v2.40.3-desktop.1" is 2.40.3.
func ParseVersion(s string) Version {
	var v Version
	s = strings.TrimPrefix(s, "v")
	for i := range v {
		n := 0
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		v[i], _ = strconv.Atoi(s[:n]) // what is none counts as 0
		if n == len(s) || s[n] != '.' {
			break
		}
		s = s[n+1:]
	}
	return v
}

// AtLeast reports whether v is that version or a later one.
func (v Version) AtLeast(major, minor, patch int) bool {
	for i, n := range [3]int{major, minor, patch} {
		if v[i] != n {
			return v[i] > n
		}
	}
	return true
}
