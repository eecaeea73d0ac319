package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
)

// readFile reads the first ansible.cfg of Ansible's search order: $ANSIBLE_CONFIG (a file or its folder), the working
// directory unless everybody can write to it, ~/.ansible.cfg, /etc/ansible/ansible.cfg. What does not exist is passed
// over.
func (s *Settings) readFile() error {
	for _, path := range s.candidates() {
		text, err := os.ReadFile(path)
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
			continue
		case err != nil:
			return fmt.Errorf("reading the settings: %w", err)
		}
		s.file = source.NewFile(path, string(text))
		if s.ini, err = parseIni(s.file); err != nil {
			return err
		}
		return nil
	}
	return nil
}

func (s *Settings) candidates() []string {
	var paths []string
	fromEnv := ""
	if v := s.env["ANSIBLE_CONFIG"]; v != "" {
		fromEnv = s.abs(v, Origin{})
		if info, err := os.Stat(fromEnv); err == nil && info.IsDir() {
			fromEnv = filepath.Join(fromEnv, "ansible.cfg")
		}
		paths = append(paths, fromEnv)
	}
	local := filepath.Join(s.dir, "ansible.cfg")
	if info, err := os.Stat(s.dir); err == nil && info.Mode().Perm()&0o002 != 0 {
		if exists(local) && !exists(fromEnv) {
			s.warnings = append(s.warnings, fmt.Sprintf("Ansible is being run in a world writable directory (%s), ignoring it as an ansible.cfg source. "+
				"For more information see https://docs.ansible.com/ansible/devel/reference_appendices/config.html#cfg-in-world-writable-dir", s.dir))
		}
	} else {
		paths = append(paths, local)
	}
	if s.home != "" {
		paths = append(paths, filepath.Join(s.home, ".ansible.cfg"))
	}
	return append(paths, "/etc/ansible/ansible.cfg")
}

func exists(path string) bool {
	if path == "" {
		return false
	}
	_, err := os.Stat(path)
	return err == nil
}
