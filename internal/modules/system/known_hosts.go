package system

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // the format of known_hosts
	"encoding/base64"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
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
	text              string
	hosts, kind, blob string
	hashed            bool
}

func parseHostLine(l string) (hostLine, bool) {
	f := strings.Fields(l)
	if len(f) > 0 && strings.HasPrefix(f[0], "@") {
		f = f[1:]
	}
	if len(f) < 3 || strings.HasPrefix(f[0], "#") {
		return hostLine{text: l}, false
	}
	return hostLine{l, f[0], f[1], f[2], strings.HasPrefix(f[0], "|1|")}, true
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
	return slices.ContainsFunc(strings.Split(h.hosts, ","), func(n string) bool { return strings.EqualFold(n, host) })
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
	wanted, bad := wantedKeys(p, name)
	if bad != "" {
		return module.Fail("%s", bad), nil
	}
	old, readErr := target.ReadFile(sys, file)
	before := string(old)
	after := editHosts(before, name, wanted, present)
	r := module.Result{Changed: before != after}
	d := module.Diff{Before: before, After: after, BeforeHeader: file, AfterHeader: file}
	if readErr != nil {
		d.BeforeHeader = "/dev/null"
	}
	r.Diff = d.Value()
	if p.Check {
		return r, nil
	}
	if r.Changed {
		keep := fileattr.KeepDest
		if readErr != nil {
			keep = fileattr.KeepNothing
		}
		tmp, err := fileattr.NewTemp(sys, file, strings.NewReader(after))
		if err == nil {
			err = tmp.Replace(keep, false)
		}
		if err != nil {
			return programs.Answer(r, programs.Fail("Failed to write to file '%s': %s", file, fileattr.PyError(err, file)))
		}
	}
	r.Set("name", name).Set("key", p.Value("key")).Set("path", file).Set("hash_host", p.Bool("hash_host")).Set("state", p.Str("state"))
	if p.Given().Has("host") {
		r.Set("host", name)
	}
	fileattr.AddInfo(sys, file, &r)
	return r, nil
}

// wantedKeys are the lines of the argument key, which must be of the host, hashed if that is wanted.
func wantedKeys(p *module.Params, name string) ([]hostLine, string) {
	var out []hostLine
	for l := range strings.Lines(p.Str("key")) {
		l = strings.TrimRight(l, "\n")
		if strings.TrimSpace(l) == "" || strings.HasPrefix(strings.TrimSpace(l), "#") {
			continue
		}
		h, ok := parseHostLine(l)
		if !ok || !h.names(name) {
			return nil, "Host parameter does not match hashed host field in supplied key"
		}
		if p.Bool("hash_host") && !h.hashed {
			salt := make([]byte, sha1.Size)
			_, _ = rand.Read(salt) // never fails
			h.text = strings.Replace(h.text, h.hosts, hashHost(salt, name), 1)
			h.hosts, h.hashed = hashHost(salt, name), true
		}
		out = append(out, h)
	}
	return out, ""
}

// editHosts takes the host's lines out, or puts the wanted ones in: a line with the same key stays, another of the same
// kind, or one that is hashed where it should not be or the other way round, goes.
func editHosts(text, name string, wanted []hostLine, present bool) string {
	there := make([]bool, len(wanted))
	var out []string
	for l := range strings.Lines(text) {
		h, ok := parseHostLine(strings.TrimRight(l, "\n"))
		if !ok || !h.names(name) {
			out = append(out, l)
			continue
		}
		if !present {
			continue
		}
		same := slices.IndexFunc(wanted, func(w hostLine) bool { return w.kind == h.kind })
		switch {
		case same < 0:
			out = append(out, l)
		case wanted[same].blob == h.blob && wanted[same].hashed == h.hashed:
			there[same] = true
			out = append(out, l)
		}
	}
	if present {
		for i, w := range wanted {
			if there[i] {
				continue
			}
			if n := len(out); n > 0 && !strings.HasSuffix(out[n-1], "\n") {
				out[n-1] += "\n"
			}
			out = append(out, w.text+"\n")
		}
	}
	return strings.Join(out, "")
}
