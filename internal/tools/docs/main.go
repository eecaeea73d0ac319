// Command docs writes the reference pages below docs/reference: a page for each module, from its argument spec and its
// documentation, and the help of all commands. Run it with `go tool task docs`; a test fails when a page is stale.
package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// reference is the folder with the generated pages, from the root of the repository.
const reference = "docs/reference"

func main() {
	if err := write("."); err != nil {
		fmt.Fprintln(os.Stderr, "docs:", err)
		os.Exit(1)
	}
}

// write makes the pages anew below root, the folder of the repository, and removes those that are no more.
func write(root string) error {
	if _, err := os.Stat(filepath.Join(root, "go.mod")); err != nil {
		return fmt.Errorf("run it at the root of the repository: %w", err)
	}
	pages, err := all()
	if err != nil {
		return err
	}
	old, err := onDisk(root)
	if err != nil {
		return err
	}
	for path := range old {
		if _, ok := pages[path]; !ok {
			if err := os.Remove(filepath.Join(root, path)); err != nil {
				return err
			}
		}
	}
	for path, text := range pages {
		to := filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(to, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// all gives all pages by their paths from the root of the repository.
func all() (map[string]string, error) {
	pages, err := modulePages()
	if err != nil {
		return nil, err
	}
	text, err := commandPage()
	if err != nil {
		return nil, err
	}
	pages[reference+"/cli.md"] = text
	return pages, nil
}

// onDisk gives the pages that are there.
func onDisk(root string) (map[string]string, error) {
	pages := map[string]string{}
	err := filepath.WalkDir(filepath.Join(root, reference), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".md") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		pages[filepath.ToSlash(rel)] = string(text)
		return err
	})
	if os.IsNotExist(err) {
		err = nil
	}
	return pages, err
}
