package cli

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
)

// eventsOutput is the output of a run's events as JSON lines.
const eventsOutput = "jsonl"

// outputs are the names that --output takes for what goes to stdout, with the callback that writes it.
var outputs = map[string]string{
	"default": "ansible.builtin.default", "yaml": "ansible.builtin.default", "minimal": "ansible.builtin.minimal",
	"oneline": "ansible.builtin.oneline", "json": "ansible.posix.json", eventsOutput: "kimai.ansible.events",
}

// outputNames are the names of outputs, in the order in which they are told.
const outputNames = "default, yaml, json, jsonl, minimal, oneline, junit=FILE"

// outputChoice is what --output asks for: one thing on stdout, and a report beside it.
type outputChoice struct {
	stdout string // "" when nobody says
	junit  string // a file
}

func outputFlag() cli.Flag {
	return &cli.StringSliceFlag{Name: "output", Usage: "how the run is shown, `NAME`: " + outputNames}
}

// callback is the name of the callback for stdout, "" when nobody says.
func (c outputChoice) callback() string { return outputs[c.stdout] }

// parseOutput reads the values of --output.
func parseOutput(values []string) (outputChoice, error) {
	var c outputChoice
	for _, v := range values {
		if file, ok := strings.CutPrefix(v, "junit="); ok {
			if file == "" || c.junit != "" {
				return c, withCode(ExitUsage, (&diag.Error{Msg: "--output junit=FILE takes one file"}).Hint("for example --output junit=report.xml"))
			}
			c.junit = file
			continue
		}
		if _, ok := outputs[v]; !ok {
			return c, withCode(ExitUsage, noOutput(v))
		}
		if c.stdout != "" {
			e := &diag.Error{Msg: fmt.Sprintf("only one output can go to stdout: --output %s or --output %s", c.stdout, v)}
			return c, withCode(ExitUsage, e.Hint("junit=FILE can stand beside it"))
		}
		c.stdout = v
	}
	return c, nil
}

func noOutput(name string) error {
	var names []string
	for n := range outputs {
		names = append(names, n)
	}
	e := &diag.Error{Msg: fmt.Sprintf("no output %q", name)}
	if near := diag.Nearest(name, names); near != "" {
		return e.Hint("did you mean %q?", near)
	}
	return e.Hint("there are: %s", outputNames)
}
