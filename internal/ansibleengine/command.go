package ansibleengine

import (
	"strconv"

	"github.com/apenella/go-ansible/v2/pkg/execute"
	"github.com/apenella/go-ansible/v2/pkg/playbook"
)

// command is the command line of ansible-playbook.
type command struct {
	inner       *playbook.AnsiblePlaybookCmd
	inventories []string // those behind the first: the library knows one
}

func (r *Run) command() execute.Commander {
	o := &playbook.AnsiblePlaybookOptions{
		Check: r.Options.Check, Diff: r.Options.Diff, ForceHandlers: r.Options.ForceHandlers, FlushCache: r.Options.FlushCache,
		Limit: r.Options.Limit, Tags: r.Options.Tags, SkipTags: r.Options.SkipTags, StartAtTask: r.Options.StartAt,
		VerboseV: r.Options.Verbosity == 1, VerboseVV: r.Options.Verbosity == 2, VerboseVVV: r.Options.Verbosity == 3,
		VerboseVVVV: r.Options.Verbosity > 3,
		Connection:  r.Options.Connection, User: r.Options.User, PrivateKey: r.Options.PrivateKey, Timeout: r.Options.Timeout,
		SSHCommonArgs: r.Options.SSHCommonArgs, SSHExtraArgs: r.Options.SSHExtraArgs,
		Become: r.Options.Become, BecomeMethod: r.Options.BecomeMethod, BecomeUser: r.Options.BecomeUser,
	}
	if r.Options.Forks > 0 {
		o.Forks = strconv.Itoa(r.Options.Forks)
	}
	for _, f := range r.Options.ExtraVarsFiles { // never as values: they would be in the arguments
		o.ExtraVarsFile = append(o.ExtraVarsFile, "@"+f)
	}
	c := &command{}
	if len(r.Inventories) > 0 {
		o.Inventory, c.inventories = r.Inventories[0], r.Inventories[1:]
	}
	c.inner = playbook.NewAnsiblePlaybookCmd(
		playbook.WithBinary(r.Binary), playbook.WithPlaybooks(r.Playbooks...), playbook.WithPlaybookOptions(o),
	)
	return c
}

// Command gives the words of the command line.
func (c *command) Command() ([]string, error) {
	words, err := c.inner.Command()
	if err != nil {
		return nil, err
	}
	at := len(words) - len(c.inner.Playbooks)
	options, playbooks := words[:at:at], words[at:]
	for _, i := range c.inventories {
		options = append(options, "--inventory="+i)
	}
	return append(options, playbooks...), nil
}

// String is the name of the program alone: this text gets into errors.
func (c *command) String() string { return c.inner.Binary }
