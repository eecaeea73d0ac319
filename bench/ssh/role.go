package main

import (
	"embed"
	"io/fs"
	"os"
	"path/filepath"
)

// roleFiles is a role of 80 tasks as people write them: folders, templates, copies, lines in files, loops, conditions,
// handlers, facts, checks. It writes below out and changes nothing of the machine.
//
//go:embed role
var roleFiles embed.FS

const rolePlay = "- hosts: all\n  gather_facts: true\n  roles: [role]\n"

// writeRole puts the role into the folder dir/roles.
func writeRole(dir string) error {
	return fs.WalkDir(roleFiles, "role", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		to := filepath.Join(dir, "roles", path)
		if d.IsDir() {
			return os.MkdirAll(to, 0o755)
		}
		text, err := roleFiles.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(to, text, 0o644)
	})
}
