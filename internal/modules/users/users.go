// Package users holds the modules of accounts and groups, and of what is looked up in their databases.
package users

import "github.com/seed-6d8ad27c/kimai-ansible/internal/module"

// Set holds the modules of this family; each file adds its own.
var Set module.Set
