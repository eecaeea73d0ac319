// Command kimai-agent runs modules on a target: those that nearly every play needs (see internal/module, Part). kimai-ansible carries it
// within itself, sends it to the host and talks with it: see docs/agent-protocol.md. It is not meant to be started by hand.
package main

import (
	"os"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/server"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/core"
)

func main() { os.Exit(server.Main(core.Families, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
