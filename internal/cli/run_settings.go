package cli

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/config"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
)

// refusedSettings are the settings that ask for what the native engine does not carry out, and which of their values do.
// A run must not go on in another way than its settings say: without become it would be another user's.
var refusedSettings = []struct {
	name   string
	wanted func(*config.Settings, string) bool
}{
	{"DEFAULT_BECOME", func(s *config.Settings, name string) bool { return s.Bool(name) }},
}

// refuseSettings is the error of the first setting that asks for what is not there.
func refuseSettings(s *config.Settings) error {
	for _, r := range refusedSettings {
		if !r.wanted(s, r.name) {
			continue
		}
		o := s.Origin(r.name)
		e := diag.Errorf(o.Pos, "the setting %s (%s) is not supported by the native engine", r.name, o)
		return withCode(ExitError, e.Hint("take it out, or run this with ansible-playbook"))
	}
	return nil
}

// asyncDir is the setting for the folder of jobs on targets, "" where nobody says: the target then knows its own.
func (r *run) asyncDir() string {
	const name = "shell/sh/async_dir"
	if !r.settings.IsSet(name) {
		return ""
	}
	return r.settings.String(name)
}
