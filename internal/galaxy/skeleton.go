package galaxy

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// The files that a new role or collection begins with. What is named .j2 is a template; a folder with nothing but .git_keep is empty.
//
//go:embed all:skeleton
var skeletons embed.FS

// Skeleton gives the files that a new role ("role") or collection ("collection") begins with.
func Skeleton(kind string) fs.FS {
	sub, err := fs.Sub(skeletons, "skeleton/"+kind)
	if err != nil {
		panic(err)
	}
	return sub
}

// Scaffold is a role or collection to be made of a skeleton.
type Scaffold struct {
	From   fs.FS
	Dest   string
	Ignore func(rel string) bool                                 // what is left out, by its path; nil: nothing
	Render func(rel string, text []byte) (out []byte, err error) // evaluates a template
}

// Make writes the files. What is there already is written over; folders are made where they are missing.
func (s Scaffold) Make() error {
	return fs.WalkDir(s.From, ".", func(rel string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case rel != "." && s.Ignore != nil && s.Ignore(rel):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			return os.MkdirAll(filepath.Join(s.Dest, filepath.FromSlash(rel)), 0o755)
		}
		text, err := fs.ReadFile(s.From, rel)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		// a template of the content of a role is one that the role is to have
		if strings.HasSuffix(rel, ".j2") && !strings.HasPrefix(rel, "templates/") && path.Base(path.Dir(rel)) != "templates" {
			if text, err = s.Render(rel, text); err != nil {
				return err
			}
			rel = strings.TrimSuffix(rel, ".j2")
		}
		mode := info.Mode().Perm() | 0o644
		return os.WriteFile(filepath.Join(s.Dest, filepath.FromSlash(rel)), text, mode)
	})
}

// ErrThere says that a new role or collection would lie where something is already.
var ErrThere = errors.New("exists")

// CheckNew refuses a path where something is: a file always, a folder unless force. The texts are Ansible's.
func CheckNew(shown, abs string, force bool) error {
	info, err := os.Stat(abs)
	switch {
	case err != nil:
		return nil
	case !info.IsDir():
		return fmt.Errorf("- the path %s already %w, but is a file - aborting", shown, ErrThere)
	case !force:
		return fmt.Errorf("- the directory %s already %w. You can use --force to re-initialize this directory,\nhowever it will reset any main.yml files that may have\nbeen modified there already.", shown, ErrThere)
	}
	return nil
}
