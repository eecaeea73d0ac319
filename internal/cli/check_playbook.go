package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/preflight"
)

const checkPlaybookHelp = `Reads playbooks with all that they import, and tells together what is certainly wrong with them: before a run, without one,
and without touching a host. It is the check that apply makes.

Errors would fail the run. Warnings would fail it if their task runs: a module that is not native, a file that something may
make first, a template in a variable that nothing may use.

EXAMPLES
   kimai-ansible check-playbook site.yml
   kimai-ansible check-playbook -i inventories/prod --vault-id prod@ask site.yml
   kimai-ansible check-playbook --json site.yml | jq -r '.findings[].message'

EXIT STATUS
   0  nothing is certainly wrong      4  something is, or a file could not be read
   1  an error                        2  an option is wrong`

// checkPlaybookCommand is `kimai-ansible check-playbook`.
func checkPlaybookCommand(env *Env) *cli.Command {
	var o runOptions
	var asJSON bool
	return &cli.Command{
		Name: "check-playbook", Usage: "tell what is wrong with playbooks, run nothing",
		UsageText: "kimai-ansible check-playbook [-i INVENTORY] [options] PLAYBOOK...", Description: checkPlaybookHelp,
		Flags: []cli.Flag{
			&cli.StringSliceFlag{Name: "inventory", Aliases: []string{"i"}, Usage: "`INVENTORY`: a path, or hosts with commas between"},
			&cli.BoolFlag{Name: "json", Destination: &asJSON, Usage: "as JSON, on stdout"},
			&cli.StringSliceFlag{Name: "tags", Aliases: []string{"t"}, Usage: "only tasks with one of these `TAGS`"},
			&cli.StringSliceFlag{Name: "skip-tags", Usage: "no tasks with one of these `TAGS`"},
			&cli.StringSliceFlag{Name: "limit", Aliases: []string{"l"}, Usage: "only these `HOSTS` of the inventory, a host pattern"},
			&cli.StringSliceFlag{Name: "extra-vars", Aliases: []string{"e"}, Usage: "`VARIABLES` that come before all others: name=value, JSON, YAML or @FILE"},
			&cli.StringSliceFlag{Name: "vault-password-file", Aliases: []string{"vault-pass-file"}, Usage: "take the vault password from `FILE`"},
			&cli.StringSliceFlag{Name: "vault-id", Usage: "a vault id and where its password comes from, `LABEL@SOURCE`"},
			&cli.BoolFlag{Name: "ask-vault-password", Aliases: []string{"ask-vault-pass", "J"}, Destination: &o.askVaultPass, Usage: "ask for the vault password"},
		},
		OnUsageError: usageError,
		Action: func(c *cli.Context) error {
			if !c.Args().Present() {
				return withCode(ExitUsage, (&diag.Error{Msg: "no playbook is named"}).Hint("kimai-ansible check-playbook PLAYBOOK"))
			}
			o.collect(c)
			return runCheckPlaybook(c.Context, env, runRequest{playbooks: c.Args().Slice(), inventories: c.StringSlice("inventory"), options: o}, asJSON)
		},
	}
}

// runCheckPlaybook reads the playbooks and tells what it found.
func runCheckPlaybook(ctx context.Context, env *Env, req runRequest, asJSON bool) error {
	return withRun(ctx, env, req, func(r *run) error {
		var found preflight.Findings
		r.doubts = &found.Doubts
		books, err := r.load(ctx)
		if err != nil {
			found.Errors.Add(err)
		} else {
			more := r.preflight(ctx, playsOf(books))
			more.Doubts = append(more.Doubts, found.Doubts...)
			found = more
		}
		found.Errors = append(found.Errors, found.Refused...)
		found.Doubts = append(found.Doubts, found.Warnings...)
		_, _ = found.Errors.Err(), found.Doubts.Err() // sorts
		if asJSON {
			err = writeFindings(r.out, found)
		} else {
			tellFindings(r.out, found)
		}
		if err == nil || !asJSON {
			if len(found.Errors) > 0 {
				return &CodeError{Code: ExitParser}
			}
			return nil
		}
		return err
	})
}

// tellFindings writes the findings for a reader, and how many there are.
func tellFindings(w io.Writer, found preflight.Findings) {
	for _, part := range []struct {
		word string
		list diag.List
	}{{"warning", found.Doubts}, {"error", found.Errors}} {
		for _, f := range part.list {
			fmt.Fprintf(w, "%s: %s\n", part.word, f.Detail())
		}
	}
	fmt.Fprintf(w, "%s, %s\n", howMany(len(found.Errors), "error"), howMany(len(found.Doubts), "warning"))
}

func howMany(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// finding is one in JSON.
type finding struct {
	Severity string `json:"severity"` // error or warning
	File     string `json:"file,omitempty"`
	Line     int    `json:"line,omitempty"`
	Column   int    `json:"column,omitempty"`
	Message  string `json:"message"`
	Source   string `json:"source,omitempty"` // the line
	Hint     string `json:"hint,omitempty"`
}

func writeFindings(w io.Writer, found preflight.Findings) error {
	out := struct {
		Findings []finding `json:"findings"`
		Errors   int       `json:"errors"`
		Warnings int       `json:"warnings"`
	}{Findings: []finding{}, Errors: len(found.Errors), Warnings: len(found.Doubts)}
	add := func(severity string, list diag.List) {
		for _, f := range list {
			one := finding{Severity: severity, Message: f.Msg, Hint: f.HintText()}
			if f.Pos.IsValid() {
				one.File, one.Line, one.Column, one.Source = f.Pos.File.Name(), int(f.Pos.Line), int(f.Pos.Col), f.Pos.Text()
			}
			out.Findings = append(out.Findings, one)
		}
	}
	add("error", found.Errors)
	add("warning", found.Doubts)
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}
