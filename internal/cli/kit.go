package cli

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"syscall"

	kimaiansible "github.com/seed-6d8ad27c/kimai-ansible"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
)

// kit is the folder with playbooks, roles, templates and inventories that a run takes: the working directory where it
// holds playbooks/site.yml, else the embedded one, unpacked.
type kit struct {
	dir      string
	embedded bool
}

const sitePlaybook = "playbooks/site.yml"

// findKit finds the kit for a run that is started in env.Dir.
func findKit(env *Env) (kit, error) {
	if _, err := os.Stat(filepath.Join(env.Dir, sitePlaybook)); err == nil {
		return kit{dir: env.Dir}, nil
	}
	dir, err := unpackKit(env)
	return kit{dir: dir, embedded: true}, err
}

// inventory finds the inventory that -i names: one of the kit's by its name, or a path from the working directory.
func (k kit) inventory(env *Env, name string) (string, error) {
	if !strings.ContainsAny(name, "/,") {
		path := filepath.Join(k.dir, "inventories", name)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	if strings.Contains(name, ",") {
		return name, nil // a list of hosts
	}
	path := name
	if !filepath.IsAbs(path) {
		path = filepath.Join(env.Dir, name)
	}
	if _, err := os.Stat(path); err != nil {
		names := k.inventories()
		e := diag.Errorf(noPos, "no inventory %q: there is none of that name in %s and no such path", name, filepath.Join(k.dir, "inventories"))
		if near := diag.Nearest(name, names); near != "" {
			return "", e.Hint("did you mean %q?", near)
		}
		return "", e.Hint("inventories of the kit: %s", strings.Join(names, ", "))
	}
	return path, nil
}

// inventories are the names of the kit's inventories.
func (k kit) inventories() []string {
	entries, err := os.ReadDir(filepath.Join(k.dir, "inventories"))
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	sort.Strings(names)
	return names
}

// kitFiles are the files of the embedded kit, by their paths.
func kitFiles() (map[string][]byte, string, error) {
	files := map[string][]byte{}
	sum := sha256.New()
	err := fs.WalkDir(kimaiansible.Kit, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := kimaiansible.Kit.ReadFile(path)
		if err != nil {
			return err
		}
		files[path] = text
		fmt.Fprintf(sum, "%s %d\n", path, len(text))
		sum.Write(text)
		return nil
	})
	return files, hex.EncodeToString(sum.Sum(nil))[:16], err
}

// unpackKit gives the folder in the user's cache that holds the embedded kit, ciphertext as it is. Its name is the kit's
// hash. What lies there is held against the embedded kit at each use and made anew when anything differs.
func unpackKit(env *Env) (string, error) {
	files, hash, err := kitFiles()
	if err != nil {
		return "", err
	}
	cache := env.Getenv("XDG_CACHE_HOME")
	if cache == "" {
		home := env.Getenv("HOME")
		if home == "" {
			return "", diag.Errorf(noPos, "no folder for the kit: neither XDG_CACHE_HOME nor HOME is set").
				Hint("set one of them, or run in a folder that has %s", sitePlaybook)
		}
		cache = filepath.Join(home, ".cache")
	}
	dir := filepath.Join(cache, "kimai-ansible", "kit-"+hash)
	err = verifyKit(dir, files)
	if err == nil {
		return dir, nil
	}
	if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, errKitChanged) {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return "", fmt.Errorf("unpacking the kit: %w", err)
	}
	return dir, writeKit(dir, files)
}

// writeKit writes the files beside dir and puts them in its place at once.
func writeKit(dir string, files map[string][]byte) error {
	tmp, err := os.MkdirTemp(filepath.Dir(dir), ".kit-")
	if err != nil {
		return fmt.Errorf("unpacking the kit: %w", err)
	}
	defer os.RemoveAll(tmp)
	for path, text := range files {
		to := filepath.Join(tmp, path)
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			return fmt.Errorf("unpacking the kit: %w", err)
		}
		if err := os.WriteFile(to, text, 0o600); err != nil {
			return fmt.Errorf("unpacking the kit: %w", err)
		}
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("unpacking the kit: %w", err)
	}
	if err := os.Rename(tmp, dir); err != nil && verifyKit(dir, files) != nil { // another run may have been faster
		return fmt.Errorf("unpacking the kit: %w", err)
	}
	return verifyKit(dir, files)
}

var errKitChanged = errors.New("the unpacked kit is not what it was")

// verifyKit holds the folder against the files: the same files with the same content and no others, owned by the user
// and not to be written by anybody else.
func verifyKit(dir string, files map[string][]byte) error {
	seen := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if st, ok := info.Sys().(*syscall.Stat_t); ok && int(st.Uid) != os.Getuid() {
			return diag.Errorf(noPos, "%s belongs to another user", path).Hint("remove it, or set XDG_CACHE_HOME to a folder of your own")
		}
		if info.Mode().Perm()&0o077 != 0 {
			return errKitChanged
		}
		if d.IsDir() {
			return nil
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		want, ok := files[filepath.ToSlash(rel)]
		if !ok || !d.Type().IsRegular() {
			return errKitChanged
		}
		got, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if !bytes.Equal(got, want) {
			return errKitChanged
		}
		seen++
		return nil
	})
	if err == nil && seen != len(files) {
		return errKitChanged
	}
	return err
}
