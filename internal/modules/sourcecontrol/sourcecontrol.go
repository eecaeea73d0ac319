// Package sourcecontrol holds the modules that keep working copies of repositories: git, subversion.
package sourcecontrol

import "github.com/seed-6d8ad27c/kimai-ansible/internal/module"

// Set holds the modules of this family; each file adds its own.
var Set module.Set
