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
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		<-ctx.Done()
		stop()
	}()
	os.Exit(cli.Main(ctx, cli.ProcessEnv()))
}
