package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja/jinjabench"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// templatePlay is a playbook of template tasks, each of which renders a file that is not there yet, with its inventory, in
// a folder.
type templatePlay struct {
	what     string
	template string
	vars     string // of the group all
	tasks    int
	limit    float64 // the most of the real Ansible's time

	dir         string
	runs        int
	text        []byte // what came of it first
	ours, their []time.Duration
}

// templatePlays are the playbooks that are measured.
func templatePlays() ([]*templatePlay, error) {
	var rows strings.Builder
	rows.WriteString("domain: example.org\nrows:\n")
	for i := range 1000 {
		fmt.Fprintf(&rows, "  - {name: host%d, addr: 10.0.%d.%d, port: %d, up: %t}\n", i, i/256, i%256, 8000+i, i%2 == 0)
	}
	hosts, err := value.AppendJSON(nil, jinjabench.Data(1000), value.JSONOptions{})
	return []*templatePlay{
		{
			what: "50 template tasks of 1,000 rows", vars: rows.String(), tasks: 50, limit: 1.0 / 50,
			template: "# {{ ansible_managed }}, number {{ number }}\n{% for r in rows %}\n" +
				"{{ r.name }}.{{ domain }} {{ r.addr }}:{{ r.port }}{% if r.up %} up{% endif %} {{ r.name | upper }} {{ r.missing | default('-') }}\n{% endfor %}\n",
		},
		{
			what: "10 template tasks of 200 lines over 1,000 items", vars: string(hosts), tasks: 10, limit: 1.0 / 50,
			template: jinjabench.Text("servers"),
		},
	}, err
}

// write puts the playbook into the folder dir.
func (p *templatePlay) write(dir string) error {
	p.dir = dir
	var tasks strings.Builder
	for i := range p.tasks {
		fmt.Fprintf(&tasks, "    - template: {src: file.j2, dest: \"{{ out }}/%d.conf\", mode: \"0644\"}\n      vars: {number: %d}\n", i, i)
	}
	var errs []error
	for name, text := range map[string]string{
		"hosts.yml":          "all: {hosts: {here: {ansible_connection: local, ansible_python_interpreter: /usr/bin/python3}}}\n",
		"group_vars/all.yml": p.vars,
		"play.yml":           "- hosts: all\n  gather_facts: false\n  tasks:\n" + tasks.String(),
		"templates/file.j2":  p.template,
	} {
		path := filepath.Join(dir, name)
		errs = append(errs, os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600))
	}
	return errors.Join(errs...)
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
	last, err := os.ReadFile(filepath.Join(out, fmt.Sprint(p.tasks-1, ".conf")))
	if err != nil {
		return 0, err
	}
	if p.text == nil {
		p.text = last
	}
	if n := bytes.Count(last, []byte("\n")); n <= 1000 || !bytes.Equal(last, p.text) {
		return 0, fmt.Errorf("%s: %s rendered %d lines, or not the same as before", p.what, program, n)
	}
	return took, nil
}

// measureTemplates takes the times of the program as ansible-playbook and of the real one, where that is installed. The real
// one takes seconds: it is run three times, each time between runs of ours.
func measureTemplates(rounds int, program, dir string) ([]bound, error) {
	plays, err := templatePlays()
	if err != nil {
		return nil, err
	}
	as := filepath.Join(dir, "ansible-playbook")
	if program, err = filepath.Abs(program); err == nil {
		err = os.Symlink(program, as)
	}
	if err != nil {
		return nil, err
	}
	ansible, err := exec.LookPath("ansible-playbook")
	if err != nil {
		if os.Getenv("CI") == "true" {
			return nil, fmt.Errorf("CI=true: nothing may be left out: %w", err)
		}
		fmt.Println("skipped, no ansible-playbook: template tasks against the real Ansible's")
		return nil, nil
	}
	var list []bound
	for i, p := range plays {
		if err := p.write(filepath.Join(dir, fmt.Sprint("play", i))); err != nil {
			return nil, err
		}
		for round := range max(3, min(rounds, 12)) {
			took, err := p.run(as)
			if err != nil {
				return nil, err
			}
			p.ours = append(p.ours, took)
			if round >= 3 {
				continue
			}
			if took, err = p.run(ansible); err != nil {
				return nil, err
			}
			p.their = append(p.their, took)
		}
		list = append(list, times(p.what, "ansible-playbook", median(p.ours), median(p.their), p.limit))
	}
	return list, nil
}
