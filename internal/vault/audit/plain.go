package audit

import (
	"path"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/strength"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

var (
	nameLike   = lazyregexp.New(`^[A-Za-z_][\w.-]*$`)
	assignment = lazyregexp.New(`^([A-Za-z_][\w.-]*)=([^=].*)$`)
	inURL      = lazyregexp.New(`://[^/\s:@{}$<"'[\]()|\\*]+:([^/\s@{}$<"'[\]()|\\*]{3,})@`)
	option     = lazyregexp.New(`--?(?:[\w-]*-)?(?:password|passwd|passphrase|token|secret)[= ]["']?([^\s"'{}$<>|&;,-][^\s"'{}$<>|&;,]*)`)
	plainTypes = lazyregexp.New(`(?i)^(?:~|null|none|true|false|yes|no|on|off|[-+]?[0-9][0-9_]*|[-+]?[0-9]*\.[0-9]+)?$`)
	number     = lazyregexp.New(`^[0-9]{4,}$`)
	reference  = lazyregexp.New(`\{\{|\{%|\$\{|\$\(|^\$[A-Za-z_]\w*$|^%\(|^%[A-Za-z_]+%$|^<.*>$|^\[\[|^@@?\w+@@?$|^ENC\[|^(?:env|vault|op|ref\+|arn|ssm|gcp|aws|azure|sops|secretref):|^lookup\(|^__\w+__$`)
	filePath   = lazyregexp.New(`^(?:~?/|\.{1,2}/|file:)|^[\w./-]+\.(?:pem|key|crt|cer|p12|pfx|jks|txt|ya?ml|json|j2|conf|ini|env|gpg|pub|asc)$`)
	address    = lazyregexp.New(`^[a-z][a-z0-9+.-]*://`)
	simpleWord = lazyregexp.New(`^[a-z]+(?:[_-][a-z]+)*$`)
)

// placeholders are parts of values that nobody takes for secrets.
var placeholders = []string{
	"changeme", "change_me", "change-me", "change me", "change.me", "changeit", "changethis", "change_this", "replaceme", "replace_me", "replace-me", "replace this",
	"replace_with", "example", "dummy", "placeholder", "todo", "fixme", "xxxx", "****", "redacted", "your_", "your-", "your ", "yourpass", "<", "…", "...", "insert_",
	"not_set", "notset", "unset", "undefined", "not-set", "to_be_", "tbd", "some_", "secret_here", "password_here", "_goes_here", "enter_",
}

// harmlessWords are values of keys that end like those of secrets.
var harmlessWords = words("", "*", "!", "!!", "!*", "x", "always", "on_create", "present", "absent", "required", "optional", "sufficient", "requisite", "str", "string", "raw",
	"path", "omit", "default", "false", "true", "prompt", "ask", "none", "null", "file", "env", "auto", "plain", "basic", "digest", "md5", "scram-sha-256", "peer", "trust",
	"ident", "cram-md5", "login", "disabled", "enabled", "without-password", "prohibit-password", "local", "system", "random", "self", "bearer", "jwt", "oauth", "oauth2", "token", "yes", "no", "on", "off", "all", "any")

// conditions are keywords whose values are expressions.
var conditions = words("when", "that", "until", "failed_when", "changed_when", "assert")

func isPlaceholder(text string) bool {
	low := strings.ToLower(text)
	for _, p := range placeholders {
		if strings.Contains(low, p) {
			return true
		}
	}
	return len(strings.Trim(low, low[:min(1, len(low))])) == 0 && len(low) < 16 // one character again and again
}

// harmless reports whether a value can't be a secret: no text, a template, a reference to one that is kept elsewhere, a file's name.
func harmless(s yaml.Scalar) bool {
	if vault.IsVault(s) || strings.HasPrefix(s.Tag, "!") && s.Tag != "!unsafe" && s.Tag != "!!str" {
		return true
	}
	text := strings.TrimSpace(s.Value)
	if s.Style == yaml.Plain && plainTypes().MatchString(text) {
		return true
	}
	return harmlessText(text)
}

func harmlessText(text string) bool {
	return len(text) < 3 || harmlessWords[strings.ToLower(text)] || reference().MatchString(text) || filePath().MatchString(text) ||
		strings.HasPrefix(text, "ssh-") || strings.HasPrefix(text, "ecdsa-") || strings.Contains(text, "PUBLIC KEY") || isPlaceholder(text) ||
		address().MatchString(text) && !inURL().MatchString(text)
}

// defaultBits is how hard to guess a value in a role's defaults has to be: a word there is a placeholder that everybody overrides.
const defaultBits = 24

// randomBits is how hard to guess the value of a key has to be that only may be secret.
const randomBits = 34

// secretText reports whether a literal under a key is a secret.
func (a *auditor) secretText(file, key, text string) bool {
	kind := a.Policy.secretKey(key)
	switch {
	case kind == notSecret || harmlessText(text):
		return false
	case isSwitch(key) && simpleWord().MatchString(text):
		return false
	case isDefaults(file) && strength.Bits(text) < defaultBits:
		return false
	case kind == surely:
		return !isProse(text)
	}
	return !strings.ContainsAny(text, " \t\n") && strings.ContainsAny(text, "0123456789") && !simpleWord().MatchString(text) && strength.Bits(text) >= randomBits
}

// isProse reports whether a text is a sentence or a list of words, such as `passwd: files systemd`, rather than a passphrase.
func isProse(text string) bool {
	return strings.Count(text, " ") > 7 || strings.HasPrefix(text, "files ") || strings.HasPrefix(text, "compat ") || strings.HasSuffix(text, ".") && strings.Contains(text, " ")
}

// isDefaults reports whether a file has defaults of a role.
func isDefaults(file string) bool { return path.Base(path.Dir(file)) == "defaults" }

// plainKeys looks at the values of a YAML file by the names of their keys.
func (a *auditor) plainKeys(s *scanned, all []yaml.Scalar) {
	names := map[string]string{} // the value of "name" by the path that it stands in
	for _, v := range all {
		if n := len(v.Path); n > 1 && v.Path[n-1].Key == "name" && nameLike().MatchString(v.Value) {
			names[v.Path[:n-1].String()] = v.Value
		}
	}
	for _, v := range all {
		if a.plainValue(s, v, names) {
			s.add(PlainSecret, v.Pos, v.Path.String(), "%s is a secret in plaintext", v.Path)
		}
		a.wantedKey(s, v)
	}
}

func (a *auditor) plainValue(s *scanned, v yaml.Scalar, names map[string]string) bool {
	text := strings.TrimSpace(v.Value)
	key := lastKey(v.Path)
	if conditions[key] {
		return false
	}
	if strings.Contains(v.Pos.File.Line(int(v.Pos.Line)), allowedMark) {
		return false
	}
	if n := len(v.Path); n > 1 && (key == "value" || key == "default") && v.Path[n-1].Index < 0 && names[v.Path[:n-1].String()] != "" {
		key = names[v.Path[:n-1].String()] // - name: DB_PASSWORD, value: …
	}
	if v.Style == yaml.Plain && number().MatchString(text) && v.Tag == "" {
		return a.Policy.secretKey(key) == surely && !isSwitch(key) && strings.Contains(normal(key), "pass")
	}
	if harmless(v) {
		return false
	}
	if m := assignment().FindStringSubmatch(text); m != nil && len(v.Path) > 0 && v.Path[len(v.Path)-1].Index >= 0 { // environment: [DB_PASSWORD=…]
		return a.secretText(s.file.Path, m[1], strings.Trim(m[2], `"'`))
	}
	return a.secretText(s.file.Path, key, text) || secretWithin(text)
}

// allowedMark in a line says that what it holds is no secret: that of gitleaks.
const allowedMark = "gitleaks:allow"

// secretWithin finds a password in an address or in the options of a command.
func secretWithin(text string) bool {
	for _, m := range inURL().FindAllStringSubmatch(text, 4) {
		if !harmlessText(m[1]) && m[1] != "password" && m[1] != "pass" {
			return true
		}
	}
	for _, m := range option().FindAllStringSubmatch(text, 4) {
		if !harmlessText(m[1]) && !simpleWord().MatchString(m[1]) {
			return true
		}
	}
	return false
}

var (
	iniLine = lazyregexp.New(`^\s*(?:export\s+)?([A-Za-z_][\w.-]*)\s*[=:]\s*(.*?)\s*$`)
	hostVar = lazyregexp.New(`\b(ansible_\w+|\w*(?:password|passwd|passphrase|secret_key|api_key))=("[^"]*"|'[^']*'|[^\s#]+)`)
)

// plainLines looks at files of KEY=value lines: inventories, settings, environments.
func (a *auditor) plainLines(s *scanned, src *source.File) {
	if !hasLines(s.file.Path) {
		return
	}
	for n := 1; n <= src.Lines(); n++ {
		line := src.Line(n)
		if t := strings.TrimLeft(line, " \t"); t == "" || t[0] == '#' || t[0] == ';' || t[0] == '[' || strings.Contains(line, allowedMark) {
			continue
		}
		for _, m := range append(hostVar().FindAllStringSubmatchIndex(line, -1), iniLine().FindAllStringSubmatchIndex(line, 1)...) {
			key, text := line[m[2]:m[3]], strings.Trim(line[m[4]:m[5]], `"'`)
			if text, _, _ = strings.Cut(text, " #"); a.secretText(s.file.Path, key, text) || a.Policy.secretKey(key) == surely && number().MatchString(text) {
				s.add(PlainSecret, source.At(src, n, m[4]+1), key, "%s is a secret in plaintext", key)
				break
			}
		}
	}
}

// hasLines reports whether a file is one of KEY=value lines by its name.
func hasLines(name string) bool {
	base := strings.ToLower(path.Base(name))
	switch path.Ext(base) {
	case ".ini", ".env", ".properties", ".cfg":
		return true
	case "":
		dirs := "/" + path.Dir(name) + "/"
		return base == "hosts" || base == "inventory" || strings.Contains(dirs, "/inventories/") || strings.Contains(dirs, "/inventory/")
	}
	return strings.HasPrefix(base, ".env")
}
