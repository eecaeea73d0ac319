package cli

import (
	"github.com/urfave/cli/v2"
)

// vaultOptions are the options of all vault commands. A command takes the ones that its flags name.
type vaultOptions struct {
	args []string // files, or strings to encrypt

	vaultIDs      []string
	passwordFiles []string
	ask           bool
	verbosity     int

	encryptID       string
	output          string
	newID           string
	newPasswordFile string

	skipTTYCheck bool
	prompt       bool
	showInput    bool
	names        []string
	stdinName    string
	hasStdinName bool

	generate    int // kimai-ansible's own: the length of a value to generate
	hasGenerate bool

	dropIn bool   // called as ansible-vault
	action string // the word on the command line
}

// Flags that several commands have, in the order in which they are shown.
func vaultSecretFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "vault-id", Usage: "vault `[ID@]SOURCE`: a file, an executable script, prompt, env:NAME, fd:N or hcv:PATH#KEY; may be given several times"},
		&cli.StringSliceFlag{Name: "vault-password-file", Aliases: []string{"vault-pass-file"}, Usage: "`FILE` with the vault password, or a script that prints it"},
		&cli.BoolFlag{Name: "ask-vault-password", Aliases: []string{"J", "ask-vault-pass"}, Usage: "ask for the vault password"},
		&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Count: new(int), Usage: "tell more; may be given several times"},
	}
}

func vaultEncryptFlags() []cli.Flag {
	return []cli.Flag{&cli.StringFlag{Name: "encrypt-vault-id", Usage: "the vault `ID` to encrypt with, needed when several are given"}}
}

func vaultOutputFlags() []cli.Flag {
	return []cli.Flag{&cli.StringFlag{Name: "output", Usage: "write to `FILE` instead; - is stdout"}}
}

// vaultOptionsOf reads the flags of a command.
func vaultOptionsOf(c *cli.Context) vaultOptions {
	return vaultOptions{
		args: c.Args().Slice(), action: c.Command.Name,
		vaultIDs: c.StringSlice("vault-id"), passwordFiles: c.StringSlice("vault-password-file"),
		ask: c.Bool("ask-vault-password"), verbosity: c.Count("verbose"),
		encryptID: c.String("encrypt-vault-id"), output: c.String("output"),
		newID: c.String("new-vault-id"), newPasswordFile: c.String("new-vault-password-file"),
		skipTTYCheck: c.Bool("skip-tty-check"), prompt: c.Bool("prompt"), showInput: c.Bool("show-input"),
		names: c.StringSlice("name"), stdinName: c.String("stdin-name"), hasStdinName: c.IsSet("stdin-name"),
		generate: c.Int("generate"),
	}
}
