package ssh

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/secret"
)

func setting(name string, vars ...string) connection.Setting {
	return connection.Setting{Name: name, Vars: vars, Config: "connection/ssh/" + name}
}

// settings are those of Ansible's plugin. The programs it names (ssh, scp, sftp) are not used: see unused.
var settings = []connection.Setting{
	{Name: "remote_addr", Vars: []string{"ansible_host", "ansible_ssh_host"}},
	{Name: "port", Vars: []string{"ansible_port", "ansible_ssh_port"}, Keyword: "port", Config: "connection/ssh/port"},
	{Name: "remote_user", Vars: []string{"ansible_user", "ansible_ssh_user"}, Keyword: "remote_user", Option: "user", Config: "connection/ssh/remote_user"},
	{Name: "password", Vars: []string{"ansible_password", "ansible_ssh_pass", "ansible_ssh_password"}, Secret: true},
	{Name: "timeout", Vars: []string{"ansible_ssh_timeout"}, Option: "timeout", Config: "connection/ssh/timeout"},
	setting("host_key_checking", "ansible_host_key_checking", "ansible_ssh_host_key_checking"),
	{Name: "private_key_file", Vars: []string{"ansible_private_key_file", "ansible_ssh_private_key_file"}, Option: "private-key", Config: "connection/ssh/private_key_file"},
	{Name: "private_key", Vars: []string{"ansible_private_key", "ansible_ssh_private_key"}, Config: "connection/ssh/private_key", Secret: true},
	{Name: "private_key_passphrase", Vars: []string{"ansible_private_key_passphrase", "ansible_ssh_private_key_passphrase"}, Config: "connection/ssh/private_key_passphrase", Secret: true},
	setting("reconnection_retries", "ansible_ssh_retries"),
	setting("ssh_args", "ansible_ssh_args"),
	{Name: "ssh_common_args", Vars: []string{"ansible_ssh_common_args"}, Option: "ssh-common-args", Config: "connection/ssh/ssh_common_args"},
	{Name: "ssh_extra_args", Vars: []string{"ansible_ssh_extra_args"}, Option: "ssh-extra-args", Config: "connection/ssh/ssh_extra_args"},
	setting("pkcs11_provider", "ansible_ssh_pkcs11_provider"),
	setting("ssh_executable", "ansible_ssh_executable"),
}

// plan is how one host is reached.
type plan struct {
	connection.Options
	opts options // what ssh_args, Ansible's settings and ssh_config say, the first counts

	name    string // as it was given: what Host patterns match
	host    string // HostName
	port    int
	user    string
	timeout time.Duration
	retries int

	key        secret.String // the text of a private key, from a variable
	passphrase secret.String

	isHop   bool     // it is a jump host
	via     []string // the jump hosts that wait for it
	notes   []string // what OpenSSH says beside an error
	proxied bool     // a proxy command leads to it
	wire    *wire    // of the login under way
}

// plan works out how a host is reached.
func (o *opener) plan(ctx context.Context, c connection.Options) (*plan, error) {
	p := &plan{Options: c, name: c.Address, timeout: c.Timeout}
	if err := p.refuse(); err != nil {
		return nil, err
	}
	var err error
	if p.opts, err = parseArgs(c.Settings["ssh_args"]); err != nil {
		return nil, fmt.Errorf("ssh_args: %w", err)
	}
	p.ours()
	for _, name := range []string{"ssh_common_args", "ssh_extra_args"} {
		more, err := parseArgs(c.Settings[name])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		p.opts = append(p.opts, more...)
	}
	if n := c.Settings["reconnection_retries"]; n != "" {
		if p.retries, err = strconv.Atoi(n); err != nil {
			return nil, fmt.Errorf("reconnection_retries must be a number, not %q", n)
		}
	}
	if p.opts.is("BatchMode", false) {
		p.Ask = nil
	}
	p.key, p.passphrase = secret.New(c.Settings["private_key"]), secret.New(c.Settings["private_key_passphrase"])
	return p, o.complete(ctx, p)
}

// refuse names the settings that can't be honoured.
func (p *plan) refuse() error {
	if p.Settings["pkcs11_provider"] != "" {
		return fmt.Errorf("pkcs11_provider is not supported: load the key into ssh-agent (ssh-add -s)")
	}
	if prog := p.Settings["ssh_executable"]; prog != "" && prog != "ssh" && !strings.HasSuffix(prog, "/ssh") {
		return fmt.Errorf("ssh_executable %q: a program of one's own can't take the place of the SSH that is built in", prog)
	}
	return nil
}

// ours adds what Ansible's settings say, as its plugin gives it to ssh.
func (p *plan) ours() {
	if text := p.Settings["host_key_checking"]; text != "" && !isYes(text) {
		p.opts.add("StrictHostKeyChecking", "no")
	}
	if p.Port != 0 {
		p.opts.add("Port", strconv.Itoa(p.Port))
	}
	if file := p.Settings["private_key_file"]; file != "" {
		p.opts.add("IdentityFile", file)
	}
	if p.Password.Reveal() == "" {
		p.opts.add("KbdInteractiveAuthentication", "no")
		p.opts.add("PasswordAuthentication", "no")
	}
	if p.User != "" {
		p.opts.add("User", p.User)
	}
	if p.timeout >= time.Second { // its unit
		p.opts.add("ConnectTimeout", strconv.Itoa(int(p.timeout.Seconds())))
	}
}

// complete adds what ssh_config says and reads the options that make the address.
func (o *opener) complete(ctx context.Context, p *plan) error {
	more, err := o.config(ctx, p)
	if err != nil {
		return err
	}
	p.opts = append(p.opts, more...)
	p.user, p.port = p.opts.first("User"), 22
	if p.user == "" {
		if p.user, err = localUser(); err != nil {
			return err
		}
	}
	if text := p.opts.first("Port"); text != "" {
		if p.port, err = strconv.Atoi(text); err != nil || p.port < 1 || p.port > 65535 {
			return fmt.Errorf("bad port %q", text)
		}
	}
	p.host = p.name
	if name := p.opts.first("HostName"); name != "" {
		if p.host, err = expand(name, map[byte]string{'h': p.name}); err != nil {
			return fmt.Errorf("HostName: %w", err)
		}
	}
	if text := p.opts.first("ConnectTimeout"); text != "" && text != "none" {
		d, err := parseTime(text)
		if err != nil {
			return fmt.Errorf("ConnectTimeout: %w", err)
		}
		p.timeout = d
	}
	return nil
}

// isYes is a boolean as ansible.cfg and ssh_config write it.
func isYes(s string) bool {
	switch strings.ToLower(s) {
	case "yes", "true", "on", "1", "y", "t":
		return true
	}
	return false
}

// parseTime reads a time as ssh_config(5) and sshd_config(5), "TIME FORMATS", have it: seconds, or numbers with units.
func parseTime(s string) (time.Duration, error) {
	var total time.Duration
	rest := s
	for rest != "" {
		end := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
		digits, unit := rest, byte('s')
		if end >= 0 {
			digits, unit = rest[:end], rest[end]|0x20
			rest = rest[end+1:]
		} else {
			rest = ""
		}
		n, err := strconv.Atoi(digits)
		scale := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}[unit]
		if err != nil || scale == 0 {
			return 0, fmt.Errorf("bad time %q", s)
		}
		total += time.Duration(n) * scale
	}
	return total, nil
}
