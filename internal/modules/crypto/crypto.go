// Package crypto holds the modules of keys, signing requests and certificates, in community.crypto.
package crypto

import "github.com/seed-6d8ad27c/kimai-ansible/internal/module"

// Set holds the modules of this family; each file adds its own.
var Set module.Set
