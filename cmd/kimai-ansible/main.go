// Command kimai-ansible runs Ansible playbooks natively, is a complete Ansible Vault tool and carries the kit that
// deploys the Kimai time tracker. Linked or copied as ansible-vault it takes that command's line.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/cli"
)

func main() {
	cli.TuneGC(os.LookupEnv)
	// the first signal ends the work cleanly, the second at once
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		<-signals
		cancel()
		<-signals
		os.Exit(cli.EndAtOnce())
	}()
	os.Exit(cli.Main(ctx, cli.ProcessEnv()))
}
