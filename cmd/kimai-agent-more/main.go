// Command kimai-agent-more is kimai-agent with the modules that bring large libraries along, or are needed seldom (see internal/module,
// Part). It is sent to a host, beside the other, when a task needs one of them.
package main

import (
	"os"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/server"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/more"
)

func main() { os.Exit(server.Main(more.Families, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
