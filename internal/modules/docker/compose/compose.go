// Package compose holds the modules that drive the program docker compose: what its projects have, and what is run in them.
// Compose does the work; what it did is read from the events that it writes, as JSON from Compose 2.29 on, as lines before.
//
// Source: the documentation of the modules of community.docker 4.7, and what they did with recorded events.
package compose

import (
	"slices"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/cli"
)

// Set holds the modules of this family; each file adds its own.
var Set module.Set

// projectArgs are the arguments by which a project is found.
var projectArgs = module.Args{
	{Name: "project_src", Type: module.Path, Help: "The folder with the Compose file."},
	{Name: "project_name", Help: "The name of the project; without it that of the folder."},
	{Name: "files", Type: module.List, Elements: module.Path, Help: "Compose files, relative to project_src, in place of compose.yaml and its like."},
	{Name: "definition", Type: module.Dict, Help: "What would stand in a Compose file, in place of project_src."},
	{Name: "env_files", Type: module.List, Elements: module.Path, Help: "Files with variables, relative to project_src, in place of .env."},
	{Name: "profiles", Type: module.List, Elements: module.Str, Help: "Profiles to enable."},
	{Name: "check_files_existing", Type: module.Bool, Default: true, Help: "Fail when there is no Compose file in project_src."},
}

// withProject gives a module's arguments, and those by which a project and its engine are found.
func withProject(own module.Args) module.Args { return slices.Concat(own, projectArgs, cli.Args) }

// projectRules are the rules of projectArgs and cli.Args.
var projectRules = module.Rules{
	MutuallyExclusive: slices.Concat(cli.Exclusive, [][]string{{"definition", "project_src"}, {"definition", "files"}}),
	RequiredOneOf:     [][]string{{"definition", "project_src"}},
	RequiredBy:        []module.RequiredBy{{Name: "definition", Needs: []string{"project_name"}}},
}
