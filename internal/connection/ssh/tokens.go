package ssh

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
)

// expand replaces the tokens of ssh_config(5), "TOKENS": %% and those that are given.
func expand(text string, tokens map[byte]string) (string, error) {
	if !strings.Contains(text, "%") {
		return text, nil
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '%' {
			b.WriteByte(text[i])
			continue
		}
		if i++; i == len(text) {
			return "", fmt.Errorf("%q ends with a %%", text)
		}
		switch v, ok := tokens[text[i]]; {
		case text[i] == '%':
			b.WriteByte('%')
		case ok:
			b.WriteString(v)
		default:
			return "", fmt.Errorf("the token %%%c in %q is not known here", text[i], text)
		}
	}
	return b.String(), nil
}

// tokens are those of a host: ssh_config(5), "TOKENS".
func (p *plan) tokens() map[byte]string {
	alias := p.opts.first("HostKeyAlias")
	if alias == "" {
		alias = p.name
	}
	local, _ := os.Hostname()
	me, _ := localUser()
	short, _, _ := strings.Cut(local, ".")
	return map[byte]string{
		'h': p.host, 'n': p.name, 'k': alias, 'p': strconv.Itoa(p.port), 'r': p.user, 'u': me, 'i': strconv.Itoa(os.Getuid()),
		'd': p.home(), 'l': local, 'L': short, 'j': p.opts.first("ProxyJump"),
	}
}

// file gives a path with its tokens, variables and ~ replaced.
func (p *plan) file(text string) (string, error) {
	text, err := expand(text, p.tokens())
	if err != nil {
		return "", err
	}
	text = os.Expand(text, func(name string) string { return p.env(name) })
	if rest, ok := strings.CutPrefix(text, "~/"); ok {
		return filepath.Join(p.home(), rest), nil
	}
	if !filepath.IsAbs(text) {
		return filepath.Join(p.Dir, text), nil
	}
	return text, nil
}

// environ is the environment, each "NAME=value".
func (p *plan) environ() []string {
	if p.Env == nil {
		return os.Environ()
	}
	return p.Env
}

// env gives a variable of the environment.
func (p *plan) env(name string) string {
	if p.Env == nil {
		return os.Getenv(name)
	}
	for i := len(p.Env) - 1; i >= 0; i-- {
		if v, ok := strings.CutPrefix(p.Env[i], name+"="); ok {
			return v
		}
	}
	return ""
}

// home is the home of the user here. OpenSSH takes it from the passwd database; HOME comes first here, as for all else
// that this program reads.
func (p *plan) home() string {
	if h := p.env("HOME"); h != "" {
		return h
	}
	if me, err := user.Current(); err == nil {
		return me.HomeDir
	}
	return "/"
}

func localUser() (string, error) {
	me, err := user.Current()
	if err != nil {
		return "", fmt.Errorf("who to log in as is not said, and this user has no name: %w", err)
	}
	return me.Username, nil
}
