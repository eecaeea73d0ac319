// Package galaxy gets roles and collections from archives, folders, git and Galaxy servers, and puts them where Ansible finds
// them. It knows the file formats, the versions and the servers' API; it prints nothing.
// Sources: https://docs.ansible.com/ansible/latest/dev_guide/collections_galaxy_meta.html and the API documentation of Galaxy
// servers (versions 1 and 3).
package galaxy

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

// Info is what a collection says of itself.
type Info struct {
	Namespace    string            `json:"namespace"`
	Name         string            `json:"name"`
	Version      string            `json:"version"`
	Authors      []string          `json:"authors"`
	Readme       string            `json:"readme"`
	Tags         []string          `json:"tags"`
	Description  *string           `json:"description"`
	License      []string          `json:"license"`
	LicenseFile  *string           `json:"license_file"`
	Dependencies map[string]string `json:"dependencies"`
	Repository   *string           `json:"repository"`
	Docs         *string           `json:"documentation"`
	Homepage     *string           `json:"homepage"`
	Issues       *string           `json:"issues"`
}

// FullName is NAMESPACE.NAME.
func (i Info) FullName() string { return i.Namespace + "." + i.Name }

type manifest struct {
	Info  Info     `json:"collection_info"`
	Files fileInfo `json:"file_manifest_file"`
	Form  int      `json:"format"`
}

type fileInfo struct {
	Name   string  `json:"name"`
	Type   string  `json:"ftype"`
	Sum    *string `json:"chksum_type"`
	SHA256 *string `json:"chksum_sha256"`
	Form   int     `json:"format"`
}

type fileList struct {
	Files []fileInfo `json:"files"`
	Form  int        `json:"format"`
}

// ChecksumError is a file of a collection that is not what its manifest says. Its text is Ansible's.
type ChecksumError struct{ File, Archive string }

// Error gives Ansible's message.
func (e *ChecksumError) Error() string {
	return fmt.Sprintf("Checksum mismatch for '%s' inside collection at '%s'", e.File, e.Archive)
}

// Archive is the archive of a collection, whose manifest was read.
type Archive struct {
	Path string
	Info Info
	list []byte // FILES.json
	man  []byte // MANIFEST.json
	sums map[string]fileInfo
}

// OpenArchive reads the manifest of an archive, and holds the list of files against the sum in it.
func OpenArchive(file string) (*Archive, error) {
	a := &Archive{Path: file, sums: map[string]fileInfo{}}
	err := eachEntry(file, func(e entry) (err error) {
		switch e.name {
		case "MANIFEST.json":
			a.man, err = io.ReadAll(e.read)
		case "FILES.json":
			a.list, err = io.ReadAll(e.read)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if a.man == nil {
		return nil, fmt.Errorf("Collection at '%s' does not contain the required file MANIFEST.json.", file)
	}
	var m manifest
	if err := json.Unmarshal(a.man, &m); err != nil {
		return nil, fmt.Errorf("Collection tar file member MANIFEST.json does not contain a valid json string.")
	}
	if m.Files.SHA256 == nil || sum(a.list) != *m.Files.SHA256 {
		return nil, &ChecksumError{"FILES.json", file}
	}
	var list fileList
	if err := json.Unmarshal(a.list, &list); err != nil {
		return nil, fmt.Errorf("Collection tar file member FILES.json does not contain a valid json string.")
	}
	for _, f := range list.Files {
		a.sums[f.Name] = f
	}
	a.Info = m.Info
	return a, check(a.Info)
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

func check(i Info) error {
	if !namePart(i.Namespace) || !namePart(i.Name) {
		return fmt.Errorf("%q is no name of a collection", i.FullName())
	}
	_, err := ParseVersion(i.Version)
	return err
}

// namePart reports whether a text can be a namespace or a name.
func namePart(s string) bool {
	for i, r := range s {
		if r != '_' && (r|0x20 < 'a' || r|0x20 > 'z') && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != "" && !slices.Contains(pythonKeywords, s)
}

// pythonKeywords can be no names of packages.
var pythonKeywords = strings.Fields(`False None True and as assert async await break class continue def del elif else except finally for from
	global if import in is lambda nonlocal not or pass raise return try while with yield`)

// Install puts the collection below a folder ansible_collections, in one step. Each file must be one that the manifest names, with
// its sum.
func (a *Archive) Install(collections string) error {
	dest := filepath.Join(collections, a.Info.Namespace, a.Info.Name)
	return place(dest, func(root *os.Root) error {
		met := map[string]bool{}
		err := eachEntry(a.Path, func(e entry) error {
			switch e.name {
			case ".":
				return nil
			case "MANIFEST.json":
				e.read = bytes.NewReader(a.man)
				return e.unpack(root, e.name)
			case "FILES.json":
				e.read = bytes.NewReader(a.list)
				return e.unpack(root, e.name)
			}
			listed, ok := a.sums[e.name]
			if !ok {
				return nil // ansible-galaxy takes what the manifest names, and nothing else
			}
			met[e.name] = true
			if e.dir || e.link != "" {
				return e.unpack(root, e.name)
			}
			h := sha256.New()
			e.read = io.TeeReader(e.read, h)
			if err := e.unpack(root, e.name); err != nil {
				return err
			}
			if listed.SHA256 == nil || hex.EncodeToString(h.Sum(nil)) != *listed.SHA256 {
				return &ChecksumError{e.name, a.Path}
			}
			return nil
		})
		if err != nil {
			return err
		}
		for name, f := range a.sums {
			if f.Type == "file" && !met[name] {
				return fmt.Errorf("Collection tar at '%s' does not contain the expected file '%s'.", a.Path, name)
			}
		}
		return nil
	})
}

// ReadSource reads the galaxy.yml of a folder with a collection.
func ReadSource(dir string) (Info, []string, error) {
	file := filepath.Join(dir, "galaxy.yml")
	text, err := os.ReadFile(file)
	if err != nil {
		return Info{}, nil, err
	}
	v, err := yaml.Load(source.NewFile(file, string(text)), yaml.Options{})
	if err != nil {
		return Info{}, nil, err
	}
	d, ok := v.(*value.Dict)
	if !ok {
		return Info{}, nil, fmt.Errorf("%s is no mapping", file)
	}
	i := Info{
		Namespace: text0(d, "namespace"), Name: text0(d, "name"), Version: text0(d, "version"), Readme: text0(d, "readme"),
		Authors: list0(d, "authors"), Tags: list0(d, "tags"), License: list0(d, "license"), Dependencies: map[string]string{},
		Description: pointer(d, "description"), LicenseFile: pointer(d, "license_file"), Repository: pointer(d, "repository"),
		Docs: pointer(d, "documentation"), Homepage: pointer(d, "homepage"), Issues: pointer(d, "issues"),
	}
	if deps, ok := d.Stored("dependencies").(*value.Dict); ok {
		for it := deps.Iterate(); it.Next(); {
			name, _ := value.Text(it.Key())
			i.Dependencies[name], _ = value.Text(it.Stored())
		}
	}
	return i, list0(d, "build_ignore"), check(i)
}

func text0(d *value.Dict, key string) string {
	if v := d.Stored(key); v != nil && v != value.None {
		s, _ := value.Text(v)
		return s
	}
	return ""
}

func pointer(d *value.Dict, key string) *string {
	if s := text0(d, key); s != "" {
		return &s
	}
	return nil
}

func list0(d *value.Dict, key string) []string {
	out := []string{}
	switch v := d.Stored(key).(type) {
	case *value.List:
		for _, e := range v.Stored() {
			s, _ := value.Text(e)
			out = append(out, s)
		}
	case value.Str:
		out = append(out, v.String())
	}
	return out
}

// neverBuilt are patterns of what is not part of a collection.
var neverBuilt = []string{"galaxy.yml", "galaxy.yaml", ".git", ".gitignore", "*.pyc", "*.retry", "tests/output", "MANIFEST.json", "FILES.json", "*.tar.gz", "__pycache__"}

// InstallSource builds the collection of a folder and puts it below ansible_collections.
func InstallSource(dir, collections string) (Info, error) {
	info, ignore, err := ReadSource(dir)
	if err != nil {
		return info, err
	}
	ignore = append(ignore, neverBuilt...)
	list, paths, err := sourceFiles(dir, ignore)
	if err != nil {
		return info, err
	}
	dest := filepath.Join(collections, info.Namespace, info.Name)
	return info, place(dest, func(root *os.Root) error {
		for _, f := range list.Files {
			if err := copyIn(root, f, paths[f.Name]); err != nil {
				return err
			}
		}
		files, man, err := manifests(info, list)
		if err != nil {
			return err
		}
		return errors.Join(
			entry{read: bytes.NewReader(files)}.unpack(root, "FILES.json"),
			entry{read: bytes.NewReader(man)}.unpack(root, "MANIFEST.json"),
		)
	})
}

func ignored(rel string, patterns []string) bool {
	for _, p := range patterns {
		for _, name := range []string{rel, path.Base(rel)} {
			if ok, _ := path.Match(p, name); ok {
				return true
			}
		}
	}
	return false
}

// copyIn copies a file or folder of a collection's source into root.
func copyIn(root *os.Root, f fileInfo, from string) error {
	switch {
	case f.Name == ".":
		return nil
	case f.Type == "dir":
		return root.MkdirAll(filepath.FromSlash(f.Name), 0o755)
	}
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return entry{name: f.Name, mode: info.Mode(), read: bytes.NewReader(text)}.unpack(root, f.Name)
}

// Installed gives the collections below a folder ansible_collections by their names, with their versions ("*" where none tells it).
func Installed(collections string) map[string]string {
	found := map[string]string{}
	dirs, _ := filepath.Glob(filepath.Join(collections, "*", "*"))
	for _, dir := range dirs {
		ns, name := filepath.Base(filepath.Dir(dir)), filepath.Base(dir)
		if info, err := os.Stat(dir); err != nil || !info.IsDir() || !namePart(ns) || !namePart(name) {
			continue
		}
		version := "*"
		if text, err := os.ReadFile(filepath.Join(dir, "MANIFEST.json")); err == nil {
			var m manifest
			if json.Unmarshal(text, &m) == nil && m.Info.Version != "" {
				version = m.Info.Version
			}
		} else if info, _, err := ReadSource(dir); err == nil {
			version = info.Version
		}
		found[ns+"."+name] = version
	}
	return found
}

// IsName reports whether a text is NAMESPACE.NAME.
func IsName(s string) bool {
	ns, name, ok := strings.Cut(s, ".")
	return ok && namePart(ns) && namePart(name)
}
