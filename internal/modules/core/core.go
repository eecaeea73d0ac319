// Package core lists the families of modules that the first of the two programs on a target has: see module.Part. No package that is
// linked into them may be a large one; a test of internal/tools/agents holds the program to its size.
package core

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/commands"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/data"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/files"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/packaging"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/system"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/users"
)

// Families are the sets.
var Families = module.Union{&commands.Set, &data.Set, &files.Set, &packaging.Set, &system.Set, &users.Set}
