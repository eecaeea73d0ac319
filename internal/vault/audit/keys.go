package audit

import (
	"strings"
	"unicode"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

// How much the name of a key says about its value.
type secrecy int

const (
	notSecret secrecy = iota
	maybe             // what looks random is a secret: token, secret
	surely            // every literal is: password
)

// The last words of a key that tell, with "_" before and between them.
var surelyWords = []string{
	"password", "passwords", "passwd", "passphrase", "passphrases", "passwort", "pwd", "pass", "psk", "api_key", "apikey", "secret_key", "secretkey",
	"secret_access_key", "client_secret", "private_key", "encryption_key", "signing_key", "auth_token", "access_token", "refresh_token", "api_token",
	"bearer_token", "bind_pw", "bindpw", "root_pw", "rootpw", "app_secret", "app_key", "master_key", "auth_key", "shared_secret", "preshared_key", "webhook_secret",
}

var maybeWords = []string{"secret", "secrets", "token", "tokens", "salt", "access_key", "license_key", "credential", "credentials", "auth", "pw", "cookie", "hmac", "key_base", "dsn"}

// notKeys are names that end like those of secrets, and are none: options of Ansible's modules, of PAM, of NGINX.
var notKeys = words("update_password", "proxy_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "grpc_pass", "memcached_pass", "ask_pass", "ask_vault_pass",
	"become_ask_pass", "ask_become_pass", "ask_sudo_pass", "try_first_pass", "use_first_pass", "num_pass", "second_pass", "first_pass", "multi_pass")

// asking are first words of names for switches: require_password.
var asking = words("ask", "require", "requires", "required", "use", "try", "change", "generate", "reset", "set", "has", "enable", "disable", "allow", "force", "store",
	"save", "show", "hide", "print", "check", "validate", "no", "with", "without", "is", "need", "needs", "expire", "prompt", "random", "remember", "create", "skip", "update")

func words(list ...string) map[string]bool {
	out := map[string]bool{}
	for _, w := range list {
		out[w] = true
	}
	return out
}

// normal writes a key with small letters and "_" between its words: dbPassword and DB-PASSWORD are db_password.
func normal(key string) string {
	var b strings.Builder
	last := rune(0)
	for _, r := range key {
		switch {
		case r == '-' || r == '.' || r == ' ' || r == '_':
			r = '_'
		case unicode.IsUpper(r):
			if unicode.IsLower(last) || unicode.IsDigit(last) {
				b.WriteByte('_')
			}
		}
		b.WriteRune(unicode.ToLower(r))
		last = r
	}
	return b.String()
}

// secrecyOf judges a key by its name.
func secrecyOf(key string) secrecy {
	name := normal(key)
	if notKeys[name] {
		return notSecret
	}
	if ends(name, surelyWords) {
		return surely
	}
	if ends(name, maybeWords) {
		return maybe
	}
	return notSecret
}

func ends(name string, list []string) bool {
	for _, w := range list {
		if name == w || strings.HasSuffix(name, "_"+w) || len(w) >= 8 && strings.HasSuffix(name, w) {
			return true
		}
	}
	return false
}

// isSwitch reports whether a key asks whether there is a password rather than for one.
func isSwitch(key string) bool {
	first, _, more := strings.Cut(normal(key), "_")
	return more && asking[first]
}

// lastKey gives the name that a path ends with; elements of a list have that of the list.
func lastKey(p yaml.Path) string {
	for i := len(p) - 1; i >= 0; i-- {
		if p[i].Index < 0 {
			return p[i].Key
		}
	}
	return ""
}
