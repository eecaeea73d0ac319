package ssh

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// An option is a keyword of ssh_config(5) with its value.
type option struct{ name, text string }

// options are keywords in the order in which they count.
type options []option

func (o *options) add(name, text string) { *o = append(*o, option{name, text}) }

// first gives the value of a keyword, "" when nobody says it.
func (o options) first(name string) string {
	for _, one := range o {
		if strings.EqualFold(one.name, name) {
			return one.text
		}
	}
	return ""
}

// all gives the values of a keyword that may be said several times.
func (o options) all(name string) []string {
	var list []string
	for _, one := range o {
		if strings.EqualFold(one.name, name) {
			list = append(list, one.text)
		}
	}
	return list
}

// is reports whether a keyword is yes; otherwise is what counts when nobody says it.
func (o options) is(name string, otherwise bool) bool {
	text := o.first(name)
	if text == "" {
		return otherwise
	}
	return isYes(text)
}

// withValue are the options of ssh(1) that take a value, and the keywords they stand for.
var withValue = map[byte]string{
	'i': "IdentityFile", 'J': "ProxyJump", 'l': "User", 'p': "Port", 'c': "Ciphers", 'm': "MACs", 'F': "ConfigFile", 'b': "BindAddress", 'S': "ControlPath",
}

// flags are the options of ssh(1) without one. An empty keyword is of no matter here: a connection is kept and shared
// anyway, nothing is printed, and commands get the terminal they need.
var flags = map[byte]option{
	'A': {"ForwardAgent", "yes"}, 'a': {"ForwardAgent", "no"}, '4': {"AddressFamily", "inet"}, '6': {"AddressFamily", "inet6"},
	'C': {}, 'q': {}, 'v': {}, 'T': {}, 't': {}, 'x': {}, 'n': {}, 'M': {},
}

// parseArgs reads arguments of ssh(1), as ssh_args and its like hold them. What it does not know is an error: the
// connection would be another one than was asked for.
func parseArgs(text string) (options, error) {
	words, err := split(text)
	if err != nil {
		return nil, err
	}
	var out options
	for i := 0; i < len(words); i++ {
		w := words[i]
		if len(w) < 2 || w[0] != '-' || w == "--" {
			return nil, fmt.Errorf("%q is no option of ssh", w)
		}
		for at := 1; at < len(w); at++ {
			value := func() (string, bool) {
				if at+1 < len(w) {
					return w[at+1:], true
				}
				i++
				if i < len(words) {
					return words[i], true
				}
				return "", false
			}
			c := w[at]
			keyword, takes := withValue[c]
			if flag, ok := flags[c]; ok {
				if flag.name != "" {
					out.add(flag.name, flag.text)
				}
				continue
			}
			if !takes && c != 'o' {
				return nil, fmt.Errorf("the option -%c of ssh is not supported", c)
			}
			v, ok := value()
			if !ok {
				return nil, fmt.Errorf("the option -%c of ssh wants a value", c)
			}
			if takes {
				out.add(keyword, v)
			} else if err := out.assign(v); err != nil {
				return nil, err
			}
			break
		}
	}
	return out, nil
}

// assign reads the value of -o: "Keyword=value" or "Keyword value".
func (o *options) assign(text string) error {
	end := strings.IndexAny(text, "= \t")
	if end <= 0 {
		return fmt.Errorf("the option -o of ssh wants KEYWORD=VALUE, not %q", text)
	}
	value := strings.TrimLeft(text[end:], " \t")
	value = strings.TrimLeft(strings.TrimPrefix(value, "="), " \t")
	if len(value) > 1 && value[0] == '"' && value[len(value)-1] == '"' {
		value = value[1 : len(value)-1]
	}
	name := text[:end]
	for old, now := range renamed {
		if strings.EqualFold(name, old) {
			name = now
		}
	}
	if !known(name, honoured) && !known(name, harmless) {
		return fmt.Errorf("the keyword %s of ssh is not supported", name)
	}
	o.add(name, value)
	return nil
}

// honoured are the keywords of ssh_config(5) that make a difference here. ConfigFile stands for the option -F.
var honoured = []string{
	"AddressFamily", "BatchMode", "BindAddress", "CertificateFile", "Ciphers", "ConfigFile", "ConnectTimeout", "ForwardAgent", "GlobalKnownHostsFile",
	"HashKnownHosts", "HostKeyAlgorithms", "HostKeyAlias", "HostName", "IdentitiesOnly", "IdentityAgent", "IdentityFile",
	"KbdInteractiveAuthentication", "KexAlgorithms", "MACs", "PasswordAuthentication", "Port", "PreferredAuthentications", "ProxyCommand",
	"ProxyJump", "PubkeyAcceptedAlgorithms", "PubkeyAuthentication", "SendEnv", "ServerAliveCountMax", "ServerAliveInterval", "SetEnv",
	"StrictHostKeyChecking", "TCPKeepAlive", "User", "UserKnownHostsFile",
}

// harmless are those that change nothing for what is done here: connections are kept and shared anyway, nothing is
// forwarded but the agent, and what they allow beyond keys and passwords is never tried.
var harmless = []string{
	"AddKeysToAgent", "CanonicalizeHostname", "CheckHostIP", "ClearAllForwardings", "Compression", "ConnectionAttempts",
	"ControlMaster", "ControlPath", "ControlPersist", "EscapeChar", "ExitOnForwardFailure", "FingerprintHash", "ForwardX11", "ForwardX11Trusted",
	"GSSAPIAuthentication", "GSSAPIDelegateCredentials", "GSSAPIKeyExchange", "HostbasedAuthentication", "IPQoS", "LogLevel",
	"NumberOfPasswordPrompts", "ObscureKeystrokeTiming", "PermitLocalCommand", "RekeyLimit", "RequestTTY", "UpdateHostKeys",
	"VerifyHostKeyDNS", "VisualHostKey", "WarnWeakCrypto",
}

// renamed are old names of keywords.
var renamed = map[string]string{
	"PubkeyAcceptedKeyTypes": "PubkeyAcceptedAlgorithms", "ChallengeResponseAuthentication": "KbdInteractiveAuthentication",
}

func known(name string, list []string) bool {
	return slices.ContainsFunc(list, func(k string) bool { return strings.EqualFold(k, name) })
}

// split splits a text into words as a shell does: quotes and backslashes, no variables.
func split(text string) ([]string, error) {
	var words []string
	var word strings.Builder
	var quote byte
	started := false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case quote == 0 && (c == ' ' || c == '\t' || c == '\n'):
			if started {
				words = append(words, word.String())
				word.Reset()
				started = false
			}
			continue
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case c == quote:
			quote = 0
		case c == '\\' && quote != '\'' && i+1 < len(text):
			i++
			if quote == '"' && text[i] != '"' && text[i] != '\\' {
				word.WriteByte('\\')
			}
			word.WriteByte(text[i])
		default:
			word.WriteByte(c)
		}
		started = true
	}
	if quote != 0 {
		return nil, errors.New("a quote is not closed")
	}
	if started {
		words = append(words, word.String())
	}
	return words, nil
}
