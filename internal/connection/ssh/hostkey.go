package ssh

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// knownHosts are files of known host keys (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"), read once, and the keys that were
// learned since.
type knownHosts struct {
	once  sync.Once
	check ssh.HostKeyCallback
	// authorities are the patterns of lines with @cert-authority, and their keys
	authorities   []string
	authorityKeys [][]byte
	err           error

	mu      sync.Mutex
	learned map[string][]ssh.PublicKey
}

// knownFor gives the known hosts of the files of a plan.
func (o *opener) knownFor(p *plan) (*knownHosts, []string, error) {
	var files []string
	for _, one := range []struct{ keyword, otherwise string }{
		{"UserKnownHostsFile", "~/.ssh/known_hosts ~/.ssh/known_hosts2"},
		{"GlobalKnownHostsFile", "/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2"},
	} {
		text := p.opts.first(one.keyword)
		if text == "" {
			text = one.otherwise
		}
		if text == "none" {
			continue
		}
		for _, name := range strings.Fields(text) {
			path, err := p.file(name)
			if err != nil {
				return nil, nil, fmt.Errorf("%s: %w", one.keyword, err)
			}
			files = append(files, path)
		}
	}
	key := strings.Join(files, "\x00")
	o.mu.Lock()
	k := o.known[key]
	if k == nil {
		k = &knownHosts{learned: map[string][]ssh.PublicKey{}}
		o.known[key] = k
	}
	o.mu.Unlock()
	k.once.Do(func() { k.read(files) })
	return k, files, k.err
}

func (k *knownHosts) read(files []string) {
	var texts [][]byte
	for _, path := range files {
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
			continue
		}
		if err != nil {
			k.err = err
			return
		}
		texts = append(texts, text)
	}
	k.check, k.err = k.parse(bytes.Join(texts, []byte("\n")))
}

// parse reads lines. Those that can't be read are skipped, as OpenSSH skips them; the library refuses the file, and reads
// nothing but files.
func (k *knownHosts) parse(text []byte) (ssh.HostKeyCallback, error) {
	var good bytes.Buffer
	for line := range bytes.Lines(text) {
		marker, hosts, key, _, _, err := ssh.ParseKnownHosts(line)
		if err != nil {
			continue
		}
		if marker == "cert-authority" {
			k.authorities = append(k.authorities, hosts...)
			k.authorityKeys = append(k.authorityKeys, key.Marshal())
		}
		good.Write(bytes.TrimSpace(line))
		good.WriteByte('\n')
	}
	f, err := os.CreateTemp("", "known_hosts-")
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(good.Bytes())
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	return knownhosts.New(f.Name())
}

// keys gives the keys that are known for an address.
func (k *knownHosts) keys(address string) []ssh.PublicKey {
	k.mu.Lock()
	list := slices.Clone(k.learned[knownhosts.Normalize(address)])
	k.mu.Unlock()
	var want *knownhosts.KeyError
	if err := k.check(address, noAddr{}, probe()); errors.As(err, &want) {
		for _, w := range want.Want {
			if !slices.ContainsFunc(k.authorityKeys, func(b []byte) bool { return bytes.Equal(b, w.Key.Marshal()) }) {
				list = append(list, w.Key)
			}
		}
	}
	return list
}

// probe is a key that no host has: asked about it, the library tells those that it knows.
var probe = sync.OnceValue(func() ssh.PublicKey {
	pub, _, _ := ed25519.GenerateKey(rand.Reader) // can't fail: crypto/rand
	key, err := ssh.NewPublicKey(pub)
	if err != nil {
		panic(err)
	}
	return key
})

// noAddr stands for an address that is not looked at: hosts are known by their name.
type noAddr struct{}

func (noAddr) Network() string { return "tcp" }
func (noAddr) String() string  { return "0.0.0.0:0" }

// hasAuthority reports whether certificates of an authority are accepted for the address.
func (k *knownHosts) hasAuthority(address string) bool {
	name := strings.ToLower(knownhosts.Normalize(address))
	ok := false
	for _, pattern := range k.authorities {
		not := strings.HasPrefix(pattern, "!")
		if fits, _ := filepath.Match(strings.ToLower(strings.TrimPrefix(pattern, "!")), name); fits {
			if not {
				return false
			}
			ok = true
		}
	}
	return ok
}

// checker decides whether a host is the one that is meant.
type checker struct {
	o     *opener
	ctx   context.Context
	p     *plan
	known *knownHosts
	files []string
	// address is the name and port that the key is looked up by
	address string
	// suspect says that the host has another key than the one that is known, and is talked to all the same because
	// StrictHostKeyChecking is no: like OpenSSH we then tell it no password and forward no agent.
	suspect bool
}

// checker prepares the check of a host's key, and tells which algorithms to ask the host for: those of the keys that are
// known first, else it may show another one and look like a stranger.
func (o *opener) checker(ctx context.Context, p *plan) (*checker, []string, error) {
	k, files, err := o.knownFor(p)
	if err != nil {
		return nil, nil, err
	}
	name := p.opts.first("HostKeyAlias")
	if name == "" {
		name = p.host
	}
	c := &checker{o: o, ctx: ctx, p: p, known: k, files: files, address: net.JoinHostPort(name, fmt.Sprint(p.port))}
	if p.opts.first("HostKeyAlias") != "" {
		c.address = net.JoinHostPort(name, "22") // an alias is looked up without the port
	}
	algorithms := ssh.SupportedAlgorithms().HostKeys
	if text := p.opts.first("HostKeyAlgorithms"); text != "" {
		if algorithms, err = choose(text, algorithms, ssh.InsecureAlgorithms().HostKeys); err != nil {
			return nil, nil, fmt.Errorf("HostKeyAlgorithms: %w", err)
		}
	}
	certs := k.hasAuthority(c.address)
	algorithms = slices.DeleteFunc(slices.Clone(algorithms), func(a string) bool { return strings.Contains(a, "-cert-") && !certs })
	var types []string
	for _, key := range k.keys(c.address) {
		types = append(types, key.Type())
	}
	slices.SortStableFunc(algorithms, func(a, b string) int { return rank(a, types) - rank(b, types) })
	return c, algorithms, nil
}

// rank sorts certificates first, then the algorithms of known keys.
func rank(algorithm string, types []string) int {
	switch {
	case strings.Contains(algorithm, "-cert-"):
		return 0
	case slices.Contains(types, algorithm), strings.HasPrefix(algorithm, "rsa-sha2-") && slices.Contains(types, ssh.KeyAlgoRSA):
		return 1
	}
	return 2
}

// check is the ssh.HostKeyCallback. StrictHostKeyChecking is as in ssh_config(5).
func (c *checker) check(_ string, _ net.Addr, key ssh.PublicKey) error {
	err := c.lookUp(key)
	if cert, ok := key.(*ssh.Certificate); ok && err != nil {
		key = cert.Key // as OpenSSH does: one that no authority vouches for is a key like others
		err = c.lookUp(key)
	}
	var unknown *knownhosts.KeyError
	var revoked *knownhosts.RevokedError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &revoked):
		return &HostKeyError{Address: c.address, Key: key, Revoked: true}
	case !errors.As(err, &unknown):
		return fmt.Errorf("host key verification failed: %w", err)
	}
	strict := strings.ToLower(c.p.opts.first("StrictHostKeyChecking"))
	if len(c.known.keys(c.address)) > 0 {
		if strict == "no" || strict == "off" || strict == "false" {
			c.suspect = true
			return nil
		}
		return &HostKeyError{Address: c.address, Key: key, Changed: true}
	}
	return c.stranger(strict, key)
}

// lookUp looks a key up: by the host's name with its port, then by the name alone, which OpenSSH accepts too.
func (c *checker) lookUp(key ssh.PublicKey) error {
	err := c.known.check(c.address, noAddr{}, key)
	var revoked *knownhosts.RevokedError
	if err == nil || errors.As(err, &revoked) {
		return err
	}
	known := c.known.keys(c.address)
	switch {
	case slices.ContainsFunc(known, func(k ssh.PublicKey) bool { return same(k, key) }):
		return nil // learned a moment ago
	case len(known) > 0:
		return err
	}
	if name, port, serr := net.SplitHostPort(c.address); serr == nil && port != "22" {
		plain := c.known.check(net.JoinHostPort(name, "22"), noAddr{}, key)
		if plain == nil || errors.As(plain, &revoked) {
			return plain
		}
	}
	return err
}

// stranger decides about a host that is not known.
func (c *checker) stranger(strict string, key ssh.PublicKey) error {
	refused := &HostKeyError{Address: c.address, Key: key}
	switch strict {
	case "no", "off", "false", "accept-new":
		c.learn(key)
		return nil
	case "yes", "true":
		return refused
	}
	if c.p.Ask == nil {
		return refused
	}
	c.o.asks.Lock()
	defer c.o.asks.Unlock()
	answer, err := c.p.Ask(c.ctx, fmt.Sprintf("The authenticity of host '%s' can't be established.\n%s key fingerprint is %s.\nAre you sure you want to continue connecting (yes/no/[fingerprint])? ",
		knownhosts.Normalize(c.address), kind(key), ssh.FingerprintSHA256(key)), true)
	if err != nil || !strings.EqualFold(answer, "yes") && answer != ssh.FingerprintSHA256(key) {
		return refused
	}
	c.learn(key)
	return nil
}

// learn writes a key into the user's file. Only one that stands there counts as known from then on; that it can't be
// written is no reason not to go on.
func (c *checker) learn(key ssh.PublicKey) {
	name := knownhosts.Normalize(c.address)
	if len(c.files) == 0 || c.files[0] == os.DevNull {
		return
	}
	shown := name
	if c.p.opts.is("HashKnownHosts", false) {
		shown = knownhosts.HashHostname(name)
	}
	_ = os.MkdirAll(filepath.Dir(c.files[0]), 0o700)
	f, err := os.OpenFile(c.files[0], os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return
	}
	_, err = f.WriteString(knownhosts.Line([]string{shown}, key) + "\n") // one write: lines of several processes don't mix
	if cerr := f.Close(); err == nil && cerr == nil {
		c.known.mu.Lock()
		defer c.known.mu.Unlock()
		c.known.learned[name] = append(c.known.learned[name], key)
	}
}

// HostKeyError says that a host did not prove to be the one that is meant.
type HostKeyError struct {
	Address string // name and port
	Key     ssh.PublicKey
	Changed bool // another key is known
	Revoked bool
}

// Error tells the fingerprint, and what to do.
func (e *HostKeyError) Error() string {
	name := knownhosts.Normalize(e.Address)
	print := fmt.Sprintf("its %s key has the fingerprint %s", kind(e.Key), ssh.FingerprintSHA256(e.Key))
	switch {
	case e.Revoked:
		return fmt.Sprintf("Host key verification failed: the key of %s is marked as revoked, %s", name, print)
	case e.Changed:
		return fmt.Sprintf("Host key verification failed: the key of %s has changed, somebody may be in between; %s. If the host was made anew: ssh-keygen -R '%s'", name, print, name)
	}
	return fmt.Sprintf("Host key verification failed: the host %s is not known, %s. If that is right: ssh-keyscan, then check and add it to known_hosts, or -o StrictHostKeyChecking=accept-new in ssh_args", name, print)
}

// kind is how OpenSSH calls the type of a key.
func kind(key ssh.PublicKey) string {
	t := strings.TrimPrefix(key.Type(), "ssh-")
	if strings.HasPrefix(t, "ecdsa") {
		t = "ecdsa"
	}
	return strings.ToUpper(t)
}
