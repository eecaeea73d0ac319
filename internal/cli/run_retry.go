package cli

import (
	"os"
	"path/filepath"
	"strings"
)

// retryFile gives what writes the hosts that a playbook failed on into a file for --limit @FILE, as the settings
// retry_files_enabled and retry_files_save_path want it; nil when they don't.
func (r *run) retryFile() func(playbook string, hosts []string) (string, error) {
	if !r.settings.Bool("RETRY_FILES_ENABLED") {
		return nil
	}
	return func(playbook string, hosts []string) (string, error) {
		if !filepath.IsAbs(playbook) {
			playbook = filepath.Join(r.env.Dir, playbook)
		}
		dir, name := filepath.Split(playbook)
		if to := r.settings.Path("RETRY_FILES_SAVE_PATH"); to != "" {
			dir = to
		}
		file := filepath.Join(dir, strings.TrimSuffix(name, filepath.Ext(name))+".retry")
		return file, os.WriteFile(file, []byte(strings.Join(hosts, "\n")+"\n"), 0o644)
	}
}
