// Package data holds the modules that do nothing to a machine, such as ping.
package data

import "github.com/seed-6d8ad27c/kimai-ansible/internal/module"

// Set holds the modules of this family; each file adds its own.
var Set module.Set
