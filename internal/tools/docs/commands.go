package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/cli"
)

// commandPage gives the page with the help of all commands, as --help prints it.
func commandPage() (string, error) {
	var page strings.Builder
	page.WriteString("<!-- Made by `go tool task docs` from --help; do not edit. -->\n\n# Commands\n")
	if err := help(&page, nil); err != nil {
		return "", err
	}
	return page.String(), nil
}

// help writes the help of a command, given by its words, and of the commands below it.
func help(page *strings.Builder, words []string) error {
	var stdout, stderr bytes.Buffer
	code := cli.Main(context.Background(), &cli.Env{
		Name: "kimai-ansible", Args: append(words[:len(words):len(words)], "--help"), Dir: "/",
		Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Now: time.Now,
		// the version is that of the build, so it is none here
		Version: cli.Version{Program: "VERSION", Core: "VERSION"},
	})
	name := strings.Join(append([]string{"kimai-ansible"}, words...), " ")
	if code != 0 || stderr.Len() > 0 {
		return fmt.Errorf("%s --help: exit code %d: %s", name, code, stderr.String())
	}
	fmt.Fprintf(page, "\n## %s\n\n```text\n%s```\n", name, trimmed(stdout.String()))
	for _, sub := range subcommands(stdout.String()) {
		if err := help(page, append(words[:len(words):len(words)], sub)); err != nil {
			return err
		}
	}
	return nil
}

// trimmed takes the blanks at the ends of lines away, and empty lines at the end.
func trimmed(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " \t")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n") + "\n"
}

// subcommands reads the names below COMMANDS in a help text: the first word of each line, up to an empty one.
func subcommands(text string) []string {
	_, list, ok := strings.Cut(text, "\nCOMMANDS:\n")
	if !ok {
		return nil
	}
	list, _, _ = strings.Cut(list, "\n\n")
	var names []string
	for line := range strings.Lines(list) {
		indent := len(line) - len(strings.TrimLeft(line, " "))
		if fields := strings.Fields(line); len(fields) > 0 && indent == 3 {
			names = append(names, strings.TrimSuffix(fields[0], ","))
		}
	}
	return names
}
