package facts

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
)

// lsbScripts are the SHA-256 of versions of lsb_release that are shell scripts, of the package lsb-release of Debian: 12.0-1 and 12.1-1. All
// that they do is to write what stands in os-release(5), and they start a dozen processes to do it.
var lsbScripts = map[string]bool{
	"484188f4b37b4021998dafd1966cda1c6f8207af9aee3ad51746a5d22acf3e65": true,
	"87ade2b1d6b001862a6d524f0a4265a71a0d1622678d5b0fe3a62199414195a6": true,
}

// plainAssignment is a line that a shell takes as it stands.
var plainAssignment = lazyregexp.New("^([A-Z][A-Z0-9_]*)=(?:\"([^\"$`\\\\]*)\"|'([^']*)'|([A-Za-z0-9._:/+-]*))$")

// plainID is an identifier whose case is changed alike everywhere.
var plainID = lazyregexp.New(`^[a-z0-9._-]+$`)

// lsbScript gives what such a script writes, when the program of that name is one and what it reads leaves no doubt.
func (g *Gathering) lsbScript() (lines map[string]string, ok bool) {
	file, ok := g.program("lsb_release")
	if !ok {
		return nil, false
	}
	sum := sha256.Sum256([]byte(g.read(file)))
	if !lsbScripts[hex.EncodeToString(sum[:])] || g.Sys.Getenv("LSB_OS_RELEASE") != "" {
		return nil, false
	}
	text := g.read("/etc/os-release")
	if text == "" {
		return nil, false
	}
	return lsbLines(text, g.Sys.Getenv)
}

// lsbLines gives what the script makes of os-release(5).
func lsbLines(text string, getenv func(string) string) (lines map[string]string, ok bool) {
	v := map[string]string{}
	for line := range strings.Lines(text) {
		if line = strings.TrimRight(line, "\n"); line == "" || line[0] == '#' {
			continue
		}
		m := plainAssignment().FindStringSubmatch(line)
		if m == nil {
			return nil, false
		}
		v[m[1]] = m[2] + m[3] + m[4]
	}
	for _, name := range []string{"ID", "NAME", "PRETTY_NAME", "VERSION_ID", "VERSION_CODENAME"} {
		if _, has := v[name]; !has && getenv(name) != "" { // the script takes it from there
			return nil, false
		}
	}
	id := v["ID"]
	if !plainID().MatchString(id) {
		return nil, false
	}
	if name := v["NAME"]; strings.ToLower(name) == id {
		id = name
	} else {
		id = strings.ToUpper(id[:1]) + id[1:]
	}
	out := map[string]string{"Distributor ID": id, "Description": v["PRETTY_NAME"], "Release": v["VERSION_ID"], "Codename": v["VERSION_CODENAME"]}
	for key, text := range out {
		if text == "" {
			out[key] = "n/a"
		}
	}
	return out, true
}
