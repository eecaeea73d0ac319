package cli

// asyncDir is the setting for the folder of jobs on targets, "" where nobody says: the target then knows its own.
func (r *run) asyncDir() string {
	const name = "shell/sh/async_dir"
	if !r.settings.IsSet(name) {
		return ""
	}
	return r.settings.String(name)
}
