package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// templateTasks and templateRows are the size of the run that templates are measured with.
const templateTasks, templateRows = 50, 1000

// templatePlay is a playbook of template tasks with their inventory, in a folder.
type templatePlay struct {
	dir  string
	runs int
}

// newTemplatePlay writes the playbook: 50 tasks, each of which renders a file of 1,000 rows that is not there yet.
func newTemplatePlay(dir string) (*templatePlay, error) {
	var rows, tasks strings.Builder
	rows.WriteString("domain: example.org\nrows:\n")
	for i := range templateRows {
		fmt.Fprintf(&rows, "  - {name: host%d, addr: 10.0.%d.%d, port: %d, up: %t}\n", i, i/256, i%256, 8000+i, i%2 == 0)
	}
	for i := range templateTasks {
		fmt.Fprintf(&tasks, "    - template: {src: rows.j2, dest: \"{{ out }}/%d.conf\", mode: \"0644\"}\n      vars: {number: %d}\n", i, i)
	}
	var errs []error
	for name, text := range map[string]string{
		"hosts.yml":          "all: {hosts: {here: {ansible_connection: local, ansible_python_interpreter: /usr/bin/python3}}}\n",
		"group_vars/all.yml": rows.String(),
		"play.yml":           "- hosts: all\n  gather_facts: false\n  tasks:\n" + tasks.String(),
		"templates/rows.j2": "# {{ ansible_managed }}, number {{ number }}\n{% for r in rows %}\n" +
			"{{ r.name }}.{{ domain }} {{ r.addr }}:{{ r.port }}{% if r.up %} up{% endif %} {{ r.name | upper }} {{ r.missing | default('-') }}\n{% endfor %}\n",
	} {
		path := filepath.Join(dir, name)
		errs = append(errs, os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600))
	}
	return &templatePlay{dir: dir}, errors.Join(errs...)
}

// run runs the playbook with an ansible-playbook into a new folder, looks at what came of it and returns the CPU time.
func (p *templatePlay) run(program string) (time.Duration, error) {
	p.runs++
	out := filepath.Join(p.dir, fmt.Sprint("out", p.runs))
	if err := os.Mkdir(out, 0o700); err != nil {
		return 0, err
	}
	defer os.RemoveAll(out)
	took, err := process(program, "-i", filepath.Join(p.dir, "hosts.yml"), filepath.Join(p.dir, "play.yml"), "-e", "out="+out)
	if err != nil {
		return 0, err
	}
	last, err := os.ReadFile(filepath.Join(out, fmt.Sprint(templateTasks-1, ".conf")))
	if err != nil {
		return 0, err
	}
	const end = "host999.example.org 10.0.3.231:8999 HOST999 -\n"
	if n := strings.Count(string(last), "\n"); n != templateRows+1 || !strings.HasSuffix(string(last), end) {
		return 0, fmt.Errorf("%s rendered %d lines that end with %q", program, n, last[max(0, len(last)-80):])
	}
	return took, nil
}

// measureTemplates takes the times of the program as ansible-playbook and of the real one, 0 where that is not installed. The
// real one takes seconds: it is run three times, each time between runs of ours.
func measureTemplates(rounds int, program, dir string) (ours, theirs time.Duration, err error) {
	dir = filepath.Join(dir, "templates-play")
	play, err := newTemplatePlay(dir)
	if err != nil {
		return 0, 0, err
	}
	as := filepath.Join(dir, "ansible-playbook")
	if program, err = filepath.Abs(program); err == nil {
		err = os.Symlink(program, as)
	}
	if err != nil {
		return 0, 0, err
	}
	ansible, err := exec.LookPath("ansible-playbook")
	if err != nil && os.Getenv("CI") == "true" {
		return 0, 0, fmt.Errorf("CI=true: nothing may be left out: %w", err)
	}
	var our, their []time.Duration
	for round := range max(3, min(rounds, 12)) {
		took, err := play.run(as)
		if err != nil {
			return 0, 0, err
		}
		our = append(our, took)
		if ansible == "" || round >= 3 {
			continue
		}
		if took, err = play.run(ansible); err != nil {
			return 0, 0, err
		}
		their = append(their, took)
	}
	return median(our), median(their), nil
}
