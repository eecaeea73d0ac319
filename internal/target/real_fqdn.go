package target

import (
	"context"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// fqdnTime is how long the machine's resolver may take.
const fqdnTime = 10 * time.Second

// FQDN looks into /etc/hosts, and asks getent(1) for a name that is not there: what the machine's resolver knows, by whatever way. It does
// not use Go's own resolver, which is large.
func (*Real) FQDN(name string) string {
	names := hostsNames("/etc/hosts", name)
	if names == nil {
		names = getentNames(name)
	}
	if i := slices.IndexFunc(names, func(n string) bool { return strings.Contains(n, ".") }); i >= 0 {
		return names[i]
	}
	if len(names) > 0 {
		return names[0]
	}
	return name
}

// hostsNames gives all names that the first address of a name has in a file like hosts(5); nil when it has none.
func hostsNames(file, name string) (names []string) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	var lines [][]string
	address := ""
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		f := strings.Fields(line)
		if len(f) < 2 {
			continue
		}
		lines = append(lines, f)
		if address == "" && slices.ContainsFunc(f[1:], func(n string) bool { return strings.EqualFold(n, name) }) {
			address = f[0]
		}
	}
	for _, f := range lines {
		if f[0] == address {
			names = append(names, f[1:]...)
		}
	}
	return names
}

// getentNames gives the names of the first address that the resolver has for a name.
func getentNames(name string) []string {
	addresses := getent("ahosts", name)
	if len(addresses) == 0 {
		return nil
	}
	names := getent("hosts", addresses[0])
	for i, n := range names {
		names[i] = strings.TrimSuffix(n, ".")
	}
	if len(names) < 2 {
		return nil
	}
	return names[1:]
}

// getent gives the words of the first line that getent(1) prints; none where it finds nothing, or is not there.
func getent(database, key string) []string {
	ctx, cancel := context.WithTimeout(context.Background(), fqdnTime)
	defer cancel()
	out, err := exec.CommandContext(ctx, "getent", database, key).Output()
	if err != nil {
		return nil
	}
	line, _, _ := strings.Cut(string(out), "\n")
	return strings.Fields(line)
}
