package galaxy

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

// The keys of galaxy.yml: those that it must have, sorted, and the others.
// https://docs.ansible.com/ansible/latest/dev_guide/collections_galaxy_meta.html
var (
	requiredKeys = []string{"authors", "name", "namespace", "readme", "version"}
	optionalKeys = []string{
		"build_ignore", "dependencies", "description", "documentation", "homepage", "issues", "license", "license_file", "manifest",
		"repository", "tags",
	}
)

// CheckSource looks at the galaxy.yml of a folder as ansible-galaxy does: unknown are its keys that mean nothing. The error says,
// in Ansible's words, what is missing.
func CheckSource(dir string) (unknown []string, err error) {
	file := filepath.Join(dir, "galaxy.yml")
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("The collection galaxy.yml path '%s' does not exist.", file)
	}
	if err != nil {
		return nil, err
	}
	v, err := yaml.Load(source.NewFile(file, string(text)), yaml.Options{})
	if err != nil {
		return nil, fmt.Errorf("Failed to parse the galaxy.yml at '%s' with the following error:\n%w", file, err)
	}
	d, ok := v.(*value.Dict)
	if !ok {
		return nil, fmt.Errorf("The collection galaxy.yml at '%s' is incorrectly formatted.", file)
	}
	var missing []string
	for _, k := range requiredKeys {
		if !d.Has(k) {
			missing = append(missing, k)
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("The collection galaxy.yml at '%s' is missing the following mandatory keys: %s", file, strings.Join(missing, ", "))
	}
	if m := d.Stored("manifest"); m != nil && m != value.None {
		return nil, fmt.Errorf("%s: the key manifest is not supported here: name what is left out in build_ignore", file)
	}
	for _, k := range d.Keys() {
		name, _ := value.Text(k)
		if !slices.Contains(requiredKeys, name) && !slices.Contains(optionalKeys, name) {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	return unknown, nil
}

// ArchiveName is the name of a collection's archive.
func (i Info) ArchiveName() string { return i.Namespace + "-" + i.Name + "-" + i.Version + ".tar.gz" }

// Build makes the archive of the collection whose galaxy.yml lies in dir, in the folder into, in one step. It gives the archive's path.
// now is the time that its manifests have.
func Build(dir, into string, now time.Time) (info Info, file string, err error) {
	info, ignore, err := ReadSource(dir)
	if err != nil {
		return info, "", err
	}
	list, paths, err := sourceFiles(dir, append(ignore, neverBuilt...))
	if err != nil {
		return info, "", err
	}
	files, man, err := manifests(info, list)
	if err != nil {
		return info, "", err
	}
	if err := os.MkdirAll(into, 0o755); err != nil {
		return info, "", err
	}
	out, err := os.CreateTemp(into, ".kimai-ansible-*")
	if err != nil {
		return info, "", err
	}
	defer os.Remove(out.Name())
	z := gzip.NewWriter(out)
	t := tar.NewWriter(z)
	add := func(h *tar.Header, text []byte) {
		if err == nil {
			err = t.WriteHeader(h)
		}
		if err == nil {
			_, err = t.Write(text)
		}
	}
	add(&tar.Header{Name: "MANIFEST.json", Mode: 0o644, Size: int64(len(man)), ModTime: now, Typeflag: tar.TypeReg}, man)
	add(&tar.Header{Name: "FILES.json", Mode: 0o644, Size: int64(len(files)), ModTime: now, Typeflag: tar.TypeReg}, files)
	for _, f := range list.Files {
		addFile(add, f, paths[f.Name])
	}
	err = errors.Join(err, t.Close(), z.Close(), out.Chmod(0o644), out.Close())
	file = filepath.Join(into, info.ArchiveName())
	if err == nil {
		err = os.Rename(out.Name(), file)
	}
	return info, file, err
}

// addFile adds a file or folder of the source, as all of them are in archives: writable by the owner alone, readable by all.
func addFile(add func(*tar.Header, []byte), f fileInfo, path string) {
	st, err := os.Lstat(path)
	if err != nil || f.Name == "." {
		return
	}
	if f.Type == "dir" {
		add(&tar.Header{Name: f.Name, Mode: 0o755, ModTime: st.ModTime(), Typeflag: tar.TypeDir}, nil)
		return
	}
	text, err := os.ReadFile(path)
	if err != nil || f.SHA256 == nil || sum(text) != *f.SHA256 {
		add(&tar.Header{Name: f.Name, Mode: -1}, nil) // it was changed under our hands: the archive would not be whole
		return
	}
	mode := int64(0o644)
	if st.Mode()&0o100 != 0 {
		mode = 0o755
	}
	add(&tar.Header{Name: f.Name, Mode: mode, Size: int64(len(text)), ModTime: st.ModTime(), Typeflag: tar.TypeReg}, text)
}

// sourceFiles lists the files of a folder that belong to its collection, with their places.
func sourceFiles(dir string, ignore []string) (fileList, map[string]string, error) {
	list := fileList{Form: 1, Files: []fileInfo{{Name: ".", Type: "dir", Form: 1}}}
	paths := map[string]string{}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(dir, p)
		rel = filepath.ToSlash(rel)
		switch {
		case err != nil || rel == ".":
			return err
		case ignored(rel, ignore):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		f := fileInfo{Name: rel, Type: "dir", Form: 1}
		switch {
		case d.Type().IsRegular():
			text, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			kind, s := "sha256", sum(text)
			f.Type, f.Sum, f.SHA256 = "file", &kind, &s
		case !d.IsDir():
			return nil // symbolic links may lead anywhere
		}
		list.Files = append(list.Files, f)
		paths[rel] = p
		return nil
	})
	slices.SortStableFunc(list.Files, func(a, b fileInfo) int { return strings.Compare(a.Name, b.Name) })
	return list, paths, err
}

// manifests gives FILES.json and MANIFEST.json.
func manifests(info Info, list fileList) (files, man []byte, err error) {
	if files, err = indented(list); err != nil {
		return nil, nil, err
	}
	kind, s := "sha256", sum(files)
	man, err = indented(manifest{Info: info, Files: fileInfo{Name: "FILES.json", Type: "file", Sum: &kind, SHA256: &s, Form: 1}, Form: 1})
	return files, man, err
}

// indented is JSON as Python's json writes it with an indent of 1.
func indented(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}
