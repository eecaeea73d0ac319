package cli

import (
	"errors"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vars"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

// varSettings are what variables tell of the run.
func (r *run) varSettings() vars.Settings {
	o := r.req.options
	return vars.Settings{
		Merge: r.mergeHashes(), Check: o.check, Diff: o.diff, Forks: o.forks, Verbosity: o.verbosity,
		RunTags: r.selection.Only, SkipTags: r.selection.Skip, Limit: strings.Join(o.limit, ","),
		ConfigFile: r.settings.File(), InventorySources: r.inventory.Sources(), Version: r.env.Version.Core, Python: localPython(r.req.dropIn),
		NoInject: !r.settings.Bool("INJECT_FACTS_AS_VARS"),
	}
}

func (r *run) mergeHashes() bool { return r.settings.String("DEFAULT_HASH_BEHAVIOUR") == "merge" }

// extraVars reads the values of -e.
func (r *run) extraVars() (*value.Dict, error) {
	extra, err := r.reader.ParseExtra(r.req.options.extraVars, keyValues, r.mergeHashes())
	var told *vars.ExtraError
	if errors.As(err, &told) {
		if r.req.dropIn {
			return nil, withCode(told.Exit, told)
		}
		return nil, withCode(told.Exit, err)
	}
	var parser *yaml.ParserError
	if errors.As(err, &parser) {
		return nil, withCode(ExitParser, err)
	}
	return extra, withCode(ExitError, err)
}

func keyValues(text string) ([][2]string, error) {
	params, err := playbook.ParseParams(text, false)
	if err != nil {
		return nil, err
	}
	words := make([][2]string, len(params))
	for i, p := range params {
		words[i] = [2]string{p.Key, p.Value}
	}
	return words, nil
}
