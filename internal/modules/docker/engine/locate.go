package engine

import (
	"net"
	"path"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fetch"
)

// DefaultSocket is where the engine of a machine listens.
const DefaultSocket = "unix:///var/run/docker.sock"

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

// Args are the arguments that all modules which talk to an engine have in common. Their rules are Together.
//
// Source: the documentation of the modules of community.docker 4.7, for instance docker_network.
var Args = module.Args{
	{Name: "docker_host", Aliases: []string{"docker_url"}, DefaultOf: fromEnv("DOCKER_HOST", DefaultSocket), Help: "Where the engine listens: unix:///PATH or tcp://HOST:PORT; without it $DOCKER_HOST, then unix:///var/run/docker.sock."},
	{Name: "tls_hostname", DefaultOf: fromEnv("DOCKER_TLS_HOSTNAME", nil), Help: "The name that the server's certificate has to have; without it $DOCKER_TLS_HOSTNAME, then that of docker_host."},
	{Name: "api_version", Aliases: []string{"docker_api_version"}, DefaultOf: fromEnv("DOCKER_API_VERSION", "auto"), Help: "The version of the API, as 1.41; without it $DOCKER_API_VERSION, then the latest that the engine has."},
	{Name: "timeout", Type: module.Int, DefaultOf: fromEnv("DOCKER_TIMEOUT", 60), Help: "How many seconds the engine may take for each step; without it $DOCKER_TIMEOUT, then 60."},
	{Name: "ca_path", Aliases: []string{"ca_cert", "tls_ca_cert", "cacert_path"}, Type: module.Path, Help: "The CAs that are trusted, a file in PEM; without it ca.pem in $DOCKER_CERT_PATH."},
	{Name: "client_cert", Aliases: []string{"tls_client_cert", "cert_path"}, Type: module.Path, Help: "The client's certificate in PEM; without it cert.pem in $DOCKER_CERT_PATH."},
	{Name: "client_key", Aliases: []string{"tls_client_key", "key_path"}, Type: module.Path, Help: "The key of the client's certificate, in PEM; without it key.pem in $DOCKER_CERT_PATH."},
	{Name: "tls", Type: module.Bool, DefaultOf: fromEnv("DOCKER_TLS", false), Help: "Talk by TLS, without a look at the server's certificate; without it $DOCKER_TLS."},
	{Name: "use_ssh_client", Type: module.Bool, Default: false, Help: "How ssh:// in docker_host is reached, which is not supported."},
	{Name: "validate_certs", Aliases: []string{"tls_verify"}, Type: module.Bool, DefaultOf: fromEnv("DOCKER_TLS_VERIFY", false), Help: "Talk by TLS and check the server's certificate; without it $DOCKER_TLS_VERIFY."},
	{Name: "debug", Type: module.Bool, Default: false, Help: "Tell more in the result, where the module has more to tell."},
}

// Together are the arguments of Args that are given together.
var Together = [][]string{{"client_cert", "client_key"}}

// locate finds out where the engine is and how it is talked to.
func (c *Client) locate(p *module.Params) *module.Result {
	fail := func(format string, args ...any) *module.Result {
		r := module.Fail(format, args...)
		return &r
	}
	host := p.Str("docker_host")
	scheme, rest, ok := strings.Cut(host, "://")
	if !ok {
		scheme, rest = "tcp", host
	}
	name, tls := "", p.Bool("tls") || p.Bool("validate_certs")
	switch scheme {
	case "unix", "http+unix":
		c.network, c.address, c.base = "unix", "/"+strings.TrimLeft(rest, "/"), "http+docker://localhost"
	case "tcp", "http", "https":
		rest = strings.TrimRight(rest, "/")
		n, port, err := net.SplitHostPort(rest)
		if err != nil || port == "" {
			return fail("Error connecting: Invalid bind address format: port is required: %s", host)
		}
		name, tls = n, tls || scheme == "https"
		c.network, c.address, c.base = "tcp", net.JoinHostPort(n, port), "http://"+rest
	case "ssh":
		return fail("Error connecting: docker_host %s: an engine behind ssh:// is not supported by the native engine; let the task run on that host, or give the address of its socket", host)
	case "npipe":
		return fail("Error connecting: docker_host %s: a named pipe of Windows is not supported by the native engine", host)
	default:
		return fail("Error connecting: Invalid bind address protocol: %s", host)
	}
	return c.certificates(p, name, tls)
}

// tlsWrong is what Ansible's modules say of files for TLS that are not there.
const tlsWrong = "TLS config error: %s. TLS configurations should map the Docker CLI client configurations. See https://docs.docker.com/engine/articles/https/ for API details."

// certificates takes the files for TLS.
func (c *Client) certificates(p *module.Params, name string, tls bool) *module.Result {
	fail := func(what string) *module.Result {
		r := module.Fail(tlsWrong, what)
		return &r
	}
	if !tls {
		return nil
	}
	f := fetch.New(c.sys)
	f.CAPath, f.ClientCert, f.ClientKey = p.Str("ca_path"), p.Str("client_cert"), p.Str("client_key")
	if dir := c.sys.Getenv("DOCKER_CERT_PATH"); dir != "" {
		for file, at := range map[string]*string{"ca.pem": &f.CAPath, "cert.pem": &f.ClientCert, "key.pem": &f.ClientKey} {
			if *at == "" {
				*at = path.Join(dir, file)
			}
		}
	}
	there := func(name string) bool {
		info, err := c.sys.Stat(name)
		return err == nil && info.IsRegular()
	}
	if f.ClientCert != "" && (!there(f.ClientCert) || !there(f.ClientKey)) {
		return fail("Path to a certificate and key files must be provided through the client_cert param")
	}
	f.NoVerify = !p.Bool("validate_certs")
	if !f.NoVerify && f.CAPath != "" && !there(f.CAPath) {
		return fail("Invalid CA certificate provided for `ca_cert`.")
	}
	if c.network == "unix" {
		return nil // what is behind a socket speaks no TLS
	}
	if n := p.Str("tls_hostname"); n != "" {
		name = n
	}
	c.secure, c.name, c.tls = true, name, f
	c.base = "https://" + strings.TrimPrefix(c.base, "http://")
	return nil
}
