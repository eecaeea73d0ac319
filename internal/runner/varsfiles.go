package runner

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// playVarsFiles reads the files of vars_files whose names are known without a host: the play's name and keywords may use
// what is in them.
func (r *Runner) playVarsFiles(ctx context.Context, p *playbook.Play) error {
	_, err := r.readVarsFiles(ctx, p, "")
	return err
}

// PlayVarsFiles reads the files of a play's vars_files whose names are known without a host, and gives what is in them. The
// Store has to be in that play (StartPlay), and has them then. The error is one of a file that can't be used.
func (r *Runner) PlayVarsFiles(ctx context.Context, p *playbook.Play) ([]*value.Dict, error) {
	return r.readVarsFiles(ctx, p, "")
}

// hostVarsFiles reads vars_files for a host when names depend on it.
func (r *Runner) hostVarsFiles(ctx context.Context, p *playbook.Play, host string) error {
	for _, f := range p.VarsFiles {
		for _, name := range f.Alternatives {
			if s, ok := name.(value.Str); ok && s.Contains("{{") {
				_, err := r.readVarsFiles(ctx, p, host)
				return err
			}
		}
	}
	return nil
}

// readVarsFiles reads the files of vars_files, in order; a name may use what an earlier file has. As in Ansible a file that
// is not there is passed over without a word, and one whose name can't be evaluated with a warning.
// Source: https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_variables.html#defining-variables-in-included-files-and-roles
func (r *Runner) readVarsFiles(ctx context.Context, p *playbook.Play, host string) ([]*value.Dict, error) {
	var files []*value.Dict
	for _, f := range p.VarsFiles {
		if r.Reader == nil {
			return nil, errNoReader
		}
		paths, err := r.varsFilePaths(r.Engine.Scope(ctx, r.Vars.ForFiles(host), []string{p.Dir}), p, f)
		if templating.KindOf(err) == templating.Undefined {
			r.Sink.Handle(event.Warning{Text: "skipping vars_files item due to an undefined variable", Pos: f.Pos})
			continue
		}
		if err != nil {
			return nil, err
		}
		d, found, err := r.Reader.FirstVars(paths)
		if err != nil {
			return nil, invalidVarsFile(err, paths)
		}
		if found {
			r.reserved.look(d)
			files = append(files, d)
			r.Vars.SetVarsFiles(host, files)
		}
	}
	return files, nil
}

// varsFilePaths are the places of a file and its alternatives: in the folder vars beside the playbook, or beside it.
func (r *Runner) varsFilePaths(scope *templating.Scope, p *playbook.Play, f playbook.VarsFile) ([]string, error) {
	var paths []string
	for _, raw := range f.Alternatives {
		v, err := scope.Finalize(raw)
		if err != nil {
			return nil, err
		}
		name, err := value.Text(v)
		if err != nil {
			return nil, err
		}
		if filepath.IsAbs(name) {
			paths = append(paths, name)
			continue
		}
		dir := filepath.Dir(p.File)
		paths = append(paths, filepath.Join(dir, "vars", name), filepath.Join(dir, name))
	}
	return paths, nil
}

// invalidVarsFile adds what Ansible says to a file that is no mapping.
func invalidVarsFile(err error, paths []string) error {
	var told *diag.Error
	if errors.As(err, &told) && told.Cause == nil && told.Pos != (source.Pos{}) {
		told.Cause = &playbook.Verdict{
			Msg: "Invalid variable file contents.", Pos: told.Pos, Exit: 4,
			Help: "Variable files must contain either a dictionary of variables, or a list of dictionaries.",
		}
	}
	for _, path := range paths { // the first that is there is the one that was read
		if _, statErr := os.Stat(path); statErr == nil {
			return &VarsFileError{Path: path, Err: err}
		}
	}
	return err
}

// VarsFileError is the error of a file of vars_files that can't be used.
type VarsFileError struct {
	Path string
	Err  error
}

// Error gives what is wrong with the file.
func (e *VarsFileError) Error() string { return e.Err.Error() }

// Unwrap gives the error.
func (e *VarsFileError) Unwrap() error { return e.Err }
