// Package selinux holds the modules of SELinux's policy.
package selinux

import "github.com/seed-6d8ad27c/kimai-ansible/internal/module"

// Set holds the modules of this family; each file adds its own.
var Set module.Set
