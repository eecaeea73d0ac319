package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// program is one of Ansible's commands that take their own line: called by Ansible's name, or as a command of kimai-ansible.
type program struct {
	name  string // Ansible's
	word  string // the command of kimai-ansible
	usage string
	about string
	run   func(ctx context.Context, env *Env, args []string, dropIn bool) error
}

// programs are in the order in which they are listed.
var programs = []program{
	{"ansible", "adhoc", "run one task on hosts", adhocAbout, runAdhoc},
	{"ansible-config", "config", "show the settings", configAbout, runConfig},
	{"ansible-doc", "doc", "show the documentation of modules and plugins", docAbout, runDoc},
	{"ansible-galaxy", "galaxy", "install roles and collections", galaxyAbout, runGalaxy},
	{"ansible-inventory", "inventory", "show what is in an inventory", inventoryAbout, runInventory},
}

func programOf(name string) *program {
	for i := range programs {
		if programs[i].name == name || programs[i].word == name {
			return &programs[i]
		}
	}
	return nil
}

// command is the program as a command of kimai-ansible, for the list of commands; its line is read by run.
func (p *program) command(env *Env) *cli.Command {
	return &cli.Command{
		Name: p.word, Usage: p.usage, UsageText: "kimai-ansible " + p.word + " [options and arguments of " + p.name + "]",
		Description: p.about, SkipFlagParsing: true, HideHelp: true,
		Action: func(c *cli.Context) error { return p.run(c.Context, env, c.Args().Slice(), false) },
	}
}

// showSecrets takes --show-secrets, which Ansible does not have, out of the line of a command of kimai-ansible.
func showSecrets(dropIn bool, args []string) ([]string, bool) {
	if i := slices.Index(args, "--show-secrets"); !dropIn && i >= 0 && !slices.Contains(args[:i], "--") {
		return slices.Delete(slices.Clone(args), i, i+1), true
	}
	return args, false
}

// kimaiHelp is the help of a command of kimai-ansible: that of Ansible's command under its own name.
func kimaiHelp(prog, help string) string {
	text := strings.ReplaceAll(help, prog, "kimai-ansible "+kimaiWord(prog))
	return fmt.Sprintf("%s\n\nAs a command of kimai-ansible it also takes --show-secrets: what came out of a vault is shown, not masked.\n", strings.TrimRight(text, "\n"))
}

const inventoryAbout = `Shows the hosts, groups and variables of an inventory, as ansible-inventory does, with its options:
--list (JSON, or --yaml, --toml), --host NAME, --graph [GROUP].

What came out of a vault is masked unless --show-secrets is given. Called by the name ansible-inventory nothing is masked.

EXAMPLES
   kimai-ansible inventory -i inventories/demo --graph --vars
   kimai-ansible inventory -i hosts.ini --list --limit 'web:!web9'`
