// Package system holds the modules of a machine as a whole: its facts, name, services, jobs, settings.
package system

import "github.com/seed-6d8ad27c/kimai-ansible/internal/module"

// Set holds the modules of this family; each file adds its own.
var Set module.Set
