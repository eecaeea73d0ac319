package packaging

import (
	"context"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// gpgKeys are what gpg tells of a file of keys.
type gpgKeys struct {
	ids          []string // long ids of primary keys
	fingerprints []string
}

// readKeys lets gpg read keys from a file, or from data when file is "-". What gpg says on an error is in the Out.
func readKeys(ctx context.Context, sys target.System, gpg, file string, data []byte) (gpgKeys, programs.Out, error) {
	c := target.Command{Argv: []string{gpg, "--no-tty", "--batch", "--with-colons", "--fixed-list-mode", "--with-fingerprint", file}, Env: programs.C}
	if file == "-" {
		c.Stdin = strings.NewReader(string(data))
	}
	out, err := programs.Run(ctx, sys, c)
	return parseKeys(out.Stdout), out, err
}

// parseKeys reads gpg's listing with colons. Keys that have expired are left out.
func parseKeys(listing string) gpgKeys {
	var k gpgKeys
	for _, l := range strings.Split(listing, "\n") {
		f := strings.Split(l, ":")
		switch {
		case len(f) > 4 && f[0] == "pub" && f[1] != "e":
			k.ids = append(k.ids, f[4])
		case len(f) > 9 && f[0] == "fpr":
			k.fingerprints = append(k.fingerprints, f[9])
		}
	}
	return k
}
