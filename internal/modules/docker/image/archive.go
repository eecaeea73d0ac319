package image

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/engine"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// packed is an image in an archive.
type packed struct {
	id   string // without "sha256:"
	tags []string
}

// errNoArchive is a file that is no archive of images.
var errNoArchive = errors.New("no archive of images")

// maxManifest bounds what is read of an archive's list of images, in bytes.
const maxManifest = 16 << 20

// readArchive tells which images are in an archive, none where there is no file.
//
// Source: https://github.com/moby/docker-image-spec/blob/main/spec.md, "Combined Image JSON + Filesystem Changeset Format".
func readArchive(sys target.System, name string) ([]packed, error) {
	f, err := sys.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, errNoArchive
	}
	defer f.Close()
	for in := tar.NewReader(f); ; {
		h, err := in.Next()
		if err != nil {
			return nil, errNoArchive
		}
		if h.Name != "manifest.json" {
			continue
		}
		b, err := io.ReadAll(io.LimitReader(in, maxManifest))
		if err != nil {
			return nil, errNoArchive
		}
		list, err := value.FromJSON(b)
		if err != nil {
			return nil, errNoArchive
		}
		var out []packed
		for _, e := range engine.List(list) {
			id := engine.Str(e, "Config")
			id = strings.TrimSuffix(id[strings.LastIndexByte(id, '/')+1:], ".json")
			out = append(out, packed{id, engine.Strs(e, "RepoTags")})
		}
		return out, nil
	}
}

// save has the engine write images to a file, which gets its name when it is whole.
func (w *work) save(ctx context.Context, refs []reference, file string) error {
	var q url.Values
	path := "/images/" + refs[0].path() + "/get"
	if len(refs) > 1 {
		q, path = url.Values{}, "/images/get"
		for _, r := range refs {
			q.Add("names", r.String())
		}
	}
	s, err := w.c.Stream(ctx, engine.Request{Path: path, Query: q, Wait: true})
	if err != nil {
		return told(ctx, err, "Error getting image"+plural(refs)+" - ")
	}
	defer s.Close()
	in := &broken{Reader: s}
	tmp, err := fileattr.NewTemp(w.sys, file, in)
	if err == nil {
		err = tmp.Replace(fileattr.KeepDest, false)
	}
	switch {
	case in.err != nil:
		return told(ctx, in.err, "Error getting image"+plural(refs)+" - ")
	case err != nil:
		return programs.Fail("Error writing image archive %s - %s", file, fileattr.PyTextError(err, file))
	}
	return nil
}

// broken knows whether a stream broke.
type broken struct {
	io.Reader
	err error
}

// Read keeps the error.
func (b *broken) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		b.err = err
	}
	return n, err
}

func plural(refs []reference) string {
	if len(refs) == 1 {
		return " " + refs[0].String()
	}
	texts := make([]string, len(refs))
	for i, r := range refs {
		texts[i] = r.String()
	}
	return "s " + strings.Join(texts, ", ")
}

// unlike says why an archive has to be written anew, "" where it has what is wanted and no more.
func unlike(sys target.System, file string, refs []reference, ids []string) string {
	have, err := readArchive(sys, file)
	if err != nil {
		return "Overwriting an unreadable archive file"
	}
	if len(have) == 0 {
		return "Overwriting since no image is present in archive"
	}
	left := map[string]string{} // name to id
	for i, r := range refs {
		left[r.String()] = strings.TrimPrefix(ids[i], "sha256:")
	}
	for _, p := range have {
		name := ""
		if len(p.tags) == 1 {
			name = p.tags[0]
		} else if len(p.tags) == 0 {
			name = "sha256:" + p.id
		}
		want, ok := left[name]
		if !ok || want != p.id {
			return fmt.Sprintf("Overwriting archive since it contains unexpected image %s named %s", p.id, strings.Join(p.tags, ", "))
		}
		delete(left, name)
	}
	if len(left) > 0 {
		var missing []string
		for n := range left {
			missing = append(missing, n)
		}
		slices.Sort(missing)
		return "Overwriting archive since it is missing image(s) " + strings.Join(missing, ", ")
	}
	return ""
}
