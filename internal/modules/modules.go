// Package modules lists the families of modules. A module is a file in the room of its family and adds itself to the
// family's set; nothing else has to know of it.
package modules

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/commands"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/crypto"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/data"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/files"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/network"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/packaging"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/sourcecontrol"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/system"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/users"
)

var all = module.Union{&commands.Set, &crypto.Set, &data.Set, &files.Set, &network.Set, &system.Set, &packaging.Set, &sourcecontrol.Set, &users.Set}

// All returns the sets of all families.
func All() module.Union { return all }

// Find returns the module that a task means by name (short, ansible.builtin, ansible.legacy or a collection's full
// name), or nil.
func Find(name string) *module.Def { return all.Find(name) }
