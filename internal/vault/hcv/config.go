package hcv

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/secret"
)

// A Config says where HashiCorp Vault is and how to log in. The zero Config has no address.
type Config struct {
	Address   string // https://vault:8200, or unix:///run/vault.sock
	Namespace string
	Proxy     string // "" is what HTTPS_PROXY and its like say
	TLS       TLS
	Timeout   time.Duration // of a request; 0 is a minute
	Retries   int           // after a first attempt that met no server, or one that could not answer (429, 5xx)
	Auth      Auth
}

// TLS says how the server is verified and what is shown to it. All are paths but CACertBytes and ServerName.
type TLS struct {
	CACert, CAPath, ClientCert, ClientKey string
	CACertBytes                           string // PEM
	ServerName                            string
	Insecure                              bool // do not verify the server
}

// Auth says how to log in.
type Auth struct {
	Method string // one of Methods
	Mount  string // where the method is mounted; "" is its name
	// Role is that of jwt, kubernetes and cert, and the role id of approle.
	Role     string
	Username string // userpass and ldap
	Token    secret.String
	SecretID secret.String // approle; may be empty
	Password secret.String // userpass and ldap
	JWT      secret.String // jwt and kubernetes
	// TokenFile and JWTFile are read when there is no Token and no JWT.
	TokenFile, JWTFile string
	// Validate asks the server whether a token is good before it is used.
	Validate bool
}

// Methods are the ways to log in. The first is the default.
var Methods = []string{"token", "approle", "jwt", "kubernetes", "userpass", "ldap", "cert", "none"}

// ServiceAccountToken is where a pod finds the token of its service account.
const ServiceAccountToken = "/var/run/secrets/kubernetes.io/serviceaccount/token"

// defaultRetries is enough for a server that is restarted behind a load balancer.
const defaultRetries = 3

// secretVariables are the variables of the environment that hold a secret of their own.
var secretVariables = []string{
	"VAULT_TOKEN", "ANSIBLE_HASHI_VAULT_TOKEN", "ANSIBLE_HASHI_VAULT_SECRET_ID", "ANSIBLE_HASHI_VAULT_PASSWORD", "ANSIBLE_HASHI_VAULT_JWT",
}

// SecretVariables names the variables of the environment that hold what one logs in with, which children need not see.
func SecretVariables() []string { return slices.Clone(secretVariables) }

// environ reads variables, the first that is set and not empty, and remembers the first that cannot be read.
type environ struct {
	get func(name string) (string, bool)
	err error
}

func (e *environ) text(names ...string) string {
	for _, n := range names {
		if v, _ := e.get(n); v != "" {
			return v
		}
	}
	return ""
}

func (e *environ) bool(name string) bool {
	v := e.text(name)
	if v == "" {
		return false
	}
	b, err := strconv.ParseBool(v)
	if err != nil && e.err == nil {
		e.err = fmt.Errorf("the variable %s is neither true nor false: %q", name, v)
	}
	return b
}

func (e *environ) number(fallback int, names ...string) int {
	for _, name := range names {
		if v := e.text(name); v != "" {
			n, err := strconv.Atoi(v)
			if (err != nil || n < 0) && e.err == nil {
				e.err = fmt.Errorf("the variable %s is no number: %q", name, v)
			}
			return n
		}
	}
	return fallback
}

func (e *environ) duration(names ...string) time.Duration {
	for _, name := range names {
		if v := e.text(name); v != "" {
			d, err := time.ParseDuration(v)
			if n, nerr := strconv.Atoi(v); nerr == nil {
				d, err = time.Duration(n)*time.Second, nil
			}
			if (err != nil || d < 0) && e.err == nil {
				e.err = fmt.Errorf("the variable %s is no time such as 60s: %q", name, v)
			}
			return d
		}
	}
	return 0
}

// FromEnviron reads the variables VAULT_* as the vault program does, and ANSIBLE_HASHI_VAULT_*, which win, as the collection
// community.hashi_vault does. home is the user's home folder, for ~/.vault-token.
func FromEnviron(getenv func(name string) (string, bool), home string) (Config, error) {
	e := &environ{get: getenv}
	c := Config{
		Address:   e.text("ANSIBLE_HASHI_VAULT_ADDR", "VAULT_AGENT_ADDR", "VAULT_ADDR"),
		Namespace: e.text("ANSIBLE_HASHI_VAULT_NAMESPACE", "VAULT_NAMESPACE"),
		Proxy:     e.text("ANSIBLE_HASHI_VAULT_PROXIES", "VAULT_PROXY_ADDR", "VAULT_HTTP_PROXY"),
		TLS: TLS{
			CACert: e.text("ANSIBLE_HASHI_VAULT_CA_CERT", "VAULT_CACERT"), CACertBytes: e.text("VAULT_CACERT_BYTES"), CAPath: e.text("VAULT_CAPATH"),
			ClientCert: e.text("ANSIBLE_HASHI_VAULT_CERT_AUTH_PUBLIC_KEY", "VAULT_CLIENT_CERT"),
			ClientKey:  e.text("ANSIBLE_HASHI_VAULT_CERT_AUTH_PRIVATE_KEY", "VAULT_CLIENT_KEY"),
			ServerName: e.text("VAULT_TLS_SERVER_NAME"), Insecure: e.bool("VAULT_SKIP_VERIFY"),
		},
		Timeout: e.duration("ANSIBLE_HASHI_VAULT_TIMEOUT", "VAULT_CLIENT_TIMEOUT"),
		Retries: e.number(defaultRetries, "ANSIBLE_HASHI_VAULT_RETRIES", "VAULT_MAX_RETRIES"),
		Auth: Auth{
			Method: e.text("ANSIBLE_HASHI_VAULT_AUTH_METHOD"), Mount: e.text("ANSIBLE_HASHI_VAULT_MOUNT_POINT"),
			Role: e.text("ANSIBLE_HASHI_VAULT_ROLE_ID"), Username: e.text("ANSIBLE_HASHI_VAULT_USERNAME"),
			Token:    secret.New(e.text("ANSIBLE_HASHI_VAULT_TOKEN", "VAULT_TOKEN")),
			SecretID: secret.New(e.text("ANSIBLE_HASHI_VAULT_SECRET_ID")), Password: secret.New(e.text("ANSIBLE_HASHI_VAULT_PASSWORD")),
			JWT: secret.New(e.text("ANSIBLE_HASHI_VAULT_JWT")), JWTFile: e.text("KIMAI_HASHI_VAULT_JWT_FILE"),
			TokenFile: tokenFile(e, home), Validate: e.bool("ANSIBLE_HASHI_VAULT_TOKEN_VALIDATE"),
		},
	}
	return c, e.err
}

func tokenFile(e *environ, home string) string {
	dir, name := e.text("ANSIBLE_HASHI_VAULT_TOKEN_PATH"), e.text("ANSIBLE_HASHI_VAULT_TOKEN_FILE")
	if dir == "" {
		dir = home
	}
	if name == "" {
		name = ".vault-token"
	}
	if strings.HasPrefix(dir, "~/") || dir == "~" {
		dir = filepath.Join(home, dir[1:])
	}
	return filepath.Join(dir, name)
}
