package galaxy

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Verification is what came of looking at an installed collection.
type Verification struct {
	Info     Info
	Hash     string   // sha256 of its MANIFEST.json
	Modified []string // files that are not as the manifest says, and such as it does not know
}

// Verify holds the files of an installed collection in dir against its own manifest. name is told in errors, which are Ansible's.
func Verify(name, dir string) (v Verification, err error) {
	text, err := os.ReadFile(filepath.Join(dir, "MANIFEST.json"))
	if err != nil {
		return v, fmt.Errorf("Collection %s does not have a MANIFEST.json. A MANIFEST.json is expected if the collection has been built and installed via ansible-galaxy", name)
	}
	var m manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return v, fmt.Errorf("the MANIFEST.json of %s is no manifest: %w", name, err)
	}
	v.Info, v.Hash = m.Info, sum(text)
	files, err := os.ReadFile(filepath.Join(dir, "FILES.json"))
	if err != nil || m.Files.SHA256 == nil || sum(files) != *m.Files.SHA256 {
		v.Modified = append(v.Modified, "FILES.json")
	}
	var list fileList
	if err := json.Unmarshal(files, &list); err != nil || list.Files == nil {
		return v, fmt.Errorf("the FILES.json of %s is no list of files", name)
	}
	known := map[string]bool{".": true, "MANIFEST.json": true, "FILES.json": true}
	for _, f := range list.Files {
		known[f.Name] = true
		if f.Type != "file" || !filepath.IsLocal(filepath.FromSlash(f.Name)) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(f.Name)))
		if err != nil || f.SHA256 == nil || sum(text) != *f.SHA256 {
			v.Modified = append(v.Modified, f.Name)
		}
	}
	var moreDirs []string
	err = filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(dir, p)
		rel = filepath.ToSlash(rel)
		switch {
		case err != nil:
			return err
		case known[rel]:
		case d.IsDir():
			moreDirs = append(moreDirs, rel)
		default:
			v.Modified = append(v.Modified, rel)
		}
		return nil
	})
	v.Modified = append(v.Modified, moreDirs...)
	return v, err
}
