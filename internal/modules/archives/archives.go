// Package archives holds the modules that pack files together and unpack them.
package archives

import "github.com/seed-6d8ad27c/kimai-ansible/internal/module"

// Set holds the modules of this family; each file adds its own.
var Set module.Set
