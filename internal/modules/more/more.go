// Package more lists the families of modules that the second of the two programs on a target has: see module.Part. Those that the core has
// too are here because some of their calls want more: to fetch what is behind an address, say.
package more

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/archives"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/crypto"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/compose"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/image"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/firewall"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/languages"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/network" // and what fetches for others
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/packaging"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/selinux"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/sourcecontrol"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/storage"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/users"
	_ "github.com/seed-6d8ad27c/kimai-ansible/internal/modules/users/sshkey" // makes the keys of users that have a passphrase
)

// Families are the sets.
var Families = module.Union{
	&archives.Set, &crypto.Set, &docker.Set, &compose.Set, &image.Set, &firewall.Set, &languages.Set, &network.Set, &packaging.Set, &selinux.Set, &sourcecontrol.Set, &storage.Set, &users.Set,
}
