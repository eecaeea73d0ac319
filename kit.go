// Package kimaiansible holds the kit that deploys Kimai, as files: playbooks, roles, templates, inventories. It has no
// logic; kimai-ansible unpacks it where the working directory has no kit of its own.
package kimaiansible

import "embed"

// Kit is the whole kit, with its paths as in the repository. Its secrets are ciphertext, but for the demo's, whose
// password is public.
//
//go:embed all:playbooks all:roles all:templates all:inventories ansible.cfg
var Kit embed.FS
