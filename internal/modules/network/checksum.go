package network

import (
	"context"
	"crypto/md5"  //nolint:gosec // sums that others publish
	"crypto/sha1" //nolint:gosec // the same
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// algorithms are the checksums by Python's names.
var algorithms = map[string]func() hash.Hash{
	"md5": md5.New, "sha1": sha1.New, "sha224": sha256.New224, "sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New,
	"sha3_224": func() hash.Hash { return sha3.New224() }, "sha3_256": func() hash.Hash { return sha3.New256() },
	"sha3_384": func() hash.Hash { return sha3.New384() }, "sha3_512": func() hash.Hash { return sha3.New512() },
}

// sumOf is the checksum of a file in hex. An algorithm that is not known is a failure.
func sumOf(sys target.System, name, algorithm string) (string, error) {
	h, err := newHash(name, algorithm)
	if err != nil {
		return "", err
	}
	f, err := sys.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	return sum(h, f)
}

// sumOfTemp is sumOf for a new content that waits for its place.
func sumOfTemp(tmp *fileattr.Temp, algorithm string) (string, error) {
	h, err := newHash(tmp.Name(), algorithm)
	if err != nil {
		return "", err
	}
	r, err := tmp.Content()
	if err != nil {
		return "", err
	}
	return sum(h, r)
}

func newHash(name, algorithm string) (hash.Hash, error) {
	make, ok := algorithms[algorithm]
	if !ok {
		return nil, &failure{module.Fail("Could not hash file '%s' with algorithm '%s'. Available algorithms: %s", name, algorithm, strings.Join(slices.Sorted(maps.Keys(algorithms)), ", "))}
	}
	return make(), nil
}

func sum(h hash.Hash, r io.Reader) (string, error) {
	if _, err := io.Copy(h, r); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// maxList bounds a list of sums, in bytes.
const maxList = 16 << 20

// wantedSum reads the argument checksum, and the list that it may name.
func (g *getURL) wantedSum(ctx context.Context) error {
	text := g.p.Str("checksum")
	if text == "" {
		return nil
	}
	algorithm, sum, ok := strings.Cut(text, ":")
	if !ok {
		r := g.base(module.Fail("The checksum parameter has to be in format <algorithm>:<checksum>"))
		fileattr.AddInfo(g.sys, g.dest, &r)
		return &failure{r}
	}
	for _, scheme := range []string{"http://", "https://", "ftp://", "file://"} {
		if !strings.HasPrefix(sum, scheme) {
			continue
		}
		found, err := g.listed(ctx, sum)
		if err != nil {
			return err
		}
		sum = found
		break
	}
	sum = strings.ToLower(strings.Map(func(r rune) rune {
		if r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, sum))
	if sum == "" || strings.Trim(sum, "0123456789abcdef") != "" {
		return &failure{g.base(module.Fail("The checksum format is invalid"))}
	}
	g.algorithm, g.sum = algorithm, sum
	return nil
}

// listed looks for the sum of the file in a list, as sha256sum(1) writes it. A list of one word is the sum.
func (g *getURL) listed(ctx context.Context, url string) (string, error) {
	resp, err := g.get(ctx, url, "GET", time.Time{})
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := readAll(resp.Body, maxList)
	if err != nil {
		return "", g.cut(err, resp)
	}
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	if len(lines) == 1 && len(strings.Fields(lines[0])) == 1 {
		return strings.TrimSpace(lines[0]), nil
	}
	name := urlName(g.p.Str("url"))
	for _, line := range lines {
		sum, file, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok {
			continue
		}
		file = strings.TrimPrefix(strings.TrimLeft(file, " \t*"), "./")
		if file == name || path.Base(file) == name && !strings.Contains(file, "..") {
			return sum, nil
		}
	}
	return "", &failure{module.Fail("%s", fmt.Sprintf("Unable to find a checksum for file '%s' in '%s'", name, url))}
}
