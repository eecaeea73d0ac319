package system

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // the format of known_hosts
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.known_hosts", Check: module.Full, Diff: module.Full, Run: runKnownHosts,
	Args: module.Args{
		{Name: "name", Aliases: []string{"host"}, Required: true, Help: "The host; with another port than 22 as [host]:port."},
		{Name: "key", ShowLog: true, Help: "The line, or lines, of known_hosts: host, kind and key."},
		{Name: "path", Type: module.Path, Default: "~/.ssh/known_hosts", Help: "The file."},
		{Name: "hash_host", Type: module.Bool, Default: false, Help: "Write the name as a hash."},
		{Name: "state", Default: "present", Choices: []string{"absent", "present"}, Help: "Whether the keys are to be there."},
	},
	Doc: module.Doc{
		Short:    "Keys of hosts in known_hosts.",
		Notes:    []string{"ssh-keygen is not needed."},
		Examples: "- ansible.builtin.known_hosts:\n    name: git.example.com\n    key: git.example.com ssh-ed25519 AAAAC3...\n    path: /etc/ssh/ssh_known_hosts\n",
	},
})

// hostLine is a line of known_hosts; sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT".
type hostLine struct {
	marker            string // @cert-authority, @revoked
	hosts, kind, blob string
	hashed            bool
}

// hostKinds are the kinds of keys; ssh passes over lines of others.
var hostKinds = []string{
	"ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
	"sk-ecdsa-sha2-nistp256@openssh.com", "sk-ssh-ed25519@openssh.com", "webauthn-sk-ecdsa-sha2-nistp256@openssh.com",
}

func parseHostLine(l string) (h hostLine, ok bool) {
	f := strings.Fields(l)
	if len(f) > 0 && strings.HasPrefix(f[0], "@") {
		h.marker, f = f[0], f[1:]
	}
	if len(f) < 3 || strings.HasPrefix(f[0], "#") {
		return h, false
	}
	h.hosts, h.kind, h.blob, h.hashed = f[0], f[1], f[2], strings.HasPrefix(f[0], "|1|")
	return h, slices.Contains(hostKinds, h.kind)
}

// names reports whether the line is of a host.
func (h hostLine) names(host string) bool {
	if h.hashed {
		f := strings.Split(h.hosts, "|")
		if len(f) != 4 {
			return false
		}
		salt, err := base64.StdEncoding.DecodeString(f[2])
		return err == nil && hashHost(salt, host) == h.hosts
	}
	host, found := strings.ToLower(host), false
	for pattern := range strings.SplitSeq(strings.ToLower(h.hosts), ",") {
		pattern, not := strings.CutPrefix(pattern, "!")
		if !isHost(pattern, host) {
			continue
		}
		if not {
			return false
		}
		found = true
	}
	return found
}

// isHost reports whether a host's name is that of a pattern, in which * stands for any text and ? for a character.
func isHost(pattern, host string) bool {
	for i := range len(pattern) {
		switch {
		case pattern[i] == '*':
			for ; ; host = host[1:] {
				if isHost(pattern[i+1:], host) {
					return true
				}
				if host == "" {
					return false
				}
			}
		case host == "" || pattern[i] != '?' && pattern[i] != host[0]:
			return false
		}
		host = host[1:]
	}
	return host == ""
}

// hashHost is the name of a host as ssh-keygen -H writes it.
func hashHost(salt []byte, host string) string {
	mac := hmac.New(sha1.New, salt)
	mac.Write([]byte(host))
	return "|1|" + base64.StdEncoding.EncodeToString(salt) + "|" + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func runKnownHosts(_ context.Context, sys target.System, p *module.Params) (module.Result, error) {
	name, file := p.Str("name"), p.Str("path")
	present := p.Str("state") == "present"
	if present && p.Str("key") == "" {
		return module.Fail("No key specified when adding a host"), nil
	}
	key := p.Str("key")
	if bad := checkKey(key, name); bad != "" {
		return module.Fail("%s", bad), nil
	}
	if p.Bool("hash_host") {
		key = hashedKey(key, name)
	}
	old, readErr := target.ReadFile(sys, file)
	if present && readErr != nil && !errors.Is(readErr, fs.ErrNotExist) {
		return module.Raise(fmt.Sprintf("Failed to read '%s': %s", file, fileattr.PyTextError(readErr, file))), nil
	}
	before := string(old)
	after, changed := withKey(before, key, name)
	told := after
	switch {
	case present:
	case key != "":
		after, changed = withoutKey(before, key, name)
		told = after
	default:
		after, changed = withoutHost(before, name)
		told = before // the diff of Ansible's module has the old text twice
	}
	r := module.Result{Changed: changed}
	d := module.Diff{Before: before, After: told, BeforeHeader: file, AfterHeader: file}
	if errors.Is(readErr, fs.ErrNotExist) {
		d.BeforeHeader = "/dev/null"
	}
	r.Diff = d.Value()
	if p.Check {
		return r, nil
	}
	if before != after {
		if err := writeHosts(sys, file, after, readErr == nil, !present && key == ""); err != nil {
			return module.Raise(fmt.Sprintf("Failed to write to file '%s': %s", file, fileattr.PyTextError(err, fileattr.PyTempName(file, "tmp")))), nil
		}
	}
	r.Set("name", name).Set("key", p.Value("key")).Set("path", file).Set("hash_host", p.Bool("hash_host")).Set("state", p.Str("state"))
	if p.Given().Has("host") {
		r.Set("host", name)
	}
	fileattr.AddInfo(sys, file, &r)
	return r, nil
}

// writeHosts puts the new text in place. With keep the old one stays beside it, as ssh-keygen -R leaves it.
func writeHosts(sys target.System, file, text string, there, keep bool) error {
	how := fileattr.KeepNothing
	if there {
		how = fileattr.KeepDest
	}
	tmp, err := fileattr.NewTemp(sys, file, strings.NewReader(text))
	if err != nil {
		return err
	}
	if !keep {
		return tmp.Replace(how, false)
	}
	old := file + ".old"
	_ = sys.Remove(old) // of an earlier run
	if err := sys.Link(file, old); err != nil {
		tmp.Discard()
		return err
	}
	if err := tmp.Replace(how, false); err != nil {
		_ = sys.Remove(old)
		return err
	}
	return nil
}

// checkKey refuses a key that ssh would not find for the host.
func checkKey(key, name string) string {
	if key == "" {
		return ""
	}
	if strings.Contains(name, ",") {
		return "Comma separated list of names is not supported. Please pass a single name to lookup in the known_hosts file."
	}
	for l := range strings.Lines(key) {
		if h, ok := parseHostLine(l); ok && h.names(name) {
			return ""
		}
	}
	return "Host parameter does not match hashed host field in supplied key"
}

// hashedKey gives the lines of the host with its name as a hash.
func hashedKey(key, name string) string {
	var out strings.Builder
	for l := range strings.Lines(key) {
		h, ok := parseHostLine(l)
		if !ok || !h.names(name) {
			continue
		}
		if !h.hashed {
			salt := make([]byte, sha1.Size)
			_, _ = rand.Read(salt) // never fails
			l = strings.Replace(l, h.hosts, hashHost(salt, name), 1)
		}
		out.WriteString(strings.TrimRight(l, "\n") + "\n")
	}
	return out.String()
}

// withKey puts the key into the text. Of the host's lines the first with a key of the same kind counts: it says the same, or it
// goes. Of a key of several lines the first one is compared, and all are added, as Ansible's module has it.
func withKey(text, key, name string) (after string, changed bool) {
	lines := slices.Collect(strings.Lines(text))
	at, same := findKey(lines, key, name)
	if same {
		return text, false
	}
	if at >= 0 {
		lines = slices.Delete(lines, at, at+1)
	}
	if n := len(lines); n > 0 && !strings.HasSuffix(lines[n-1], "\n") {
		lines[n-1] += "\n"
	}
	if !strings.HasSuffix(key, "\n") {
		key += "\n"
	}
	return strings.Join(append(lines, key), ""), true
}

// findKey finds the first line of the host with a key of the same kind; at is -1 when there is none.
func findKey(lines []string, key, name string) (at int, same bool) {
	first, _, _ := strings.Cut(key, "\n")
	want, ok := parseHostLine(first)
	for i, l := range lines {
		h, isHost := parseHostLine(l)
		if ok && isHost && h.names(name) && h.kind == want.kind {
			return i, h.blob == want.blob && h.marker == want.marker && (h.hosts == want.hosts || h.hashed && want.hashed)
		}
	}
	return -1, false
}

// withoutKey takes the host's first line with a key of the same kind out.
func withoutKey(text, key, name string) (after string, changed bool) {
	lines := slices.Collect(strings.Lines(text))
	at, _ := findKey(lines, key, name)
	if at < 0 {
		return text, false
	}
	return strings.Join(slices.Delete(lines, at, at+1), ""), true
}

// withoutHost takes the host's lines out, less those of authorities and of what is revoked, as ssh-keygen -R does. changed counts
// these, too, as Ansible's module does.
func withoutHost(text, name string) (after string, changed bool) {
	var out strings.Builder
	for l := range strings.Lines(text) {
		h, ok := parseHostLine(l)
		found := ok && h.names(name)
		changed = changed || found
		if !found || h.marker != "" {
			out.WriteString(l)
		}
	}
	return out.String(), changed
}
