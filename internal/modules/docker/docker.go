// Package docker holds the modules that manage what an engine of Docker has: containers, images, networks, volumes. How the engine
// is talked to is in docker/engine.
package docker

import (
	"slices"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/engine"
)

// Set holds the modules of this family; each file adds its own.
var Set module.Set

// withEngine gives a module's arguments, and those by which the engine is found.
func withEngine(own module.Args) module.Args { return slices.Concat(own, engine.Args) }

// rules gives a module's rules, and those of the arguments by which the engine is found.
func rules(own module.Rules) module.Rules {
	own.RequiredTogether = slices.Concat(own.RequiredTogether, engine.Together)
	return own
}
