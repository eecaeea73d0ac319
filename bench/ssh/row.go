package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/bench/meter"
)

// row is some work that is done by several sides.
type row struct {
	name, what string
	hosts      int
	tasks      int // of each host, where the limit is asked
	play       string
	pyinfra    string // the same for pyinfra; "" is none
	sides      []string
	trip       time.Duration // a delay is between
	again      bool          // what the work makes is there already
	first      bool          // the hosts have never seen the agent
	makes      bool          // files, which must be the same whoever made them
	bounds     []bound

	figures map[string]*figures
	load    [2]float64 // of the machine, before and after
}

// figures are what a side took.
type figures struct {
	control []meter.Usage
	targets []meter.Usage // without Wall
	failed  string
}

// bound is what a row must keep.
type bound struct {
	what string
	// missing is why the bound can't be looked at, got what was measured.
	check func(r *row, all []*row) (got string, ok bool, missing string)
}

const bigFile = "200MB"

func commands(n int) string {
	return "- hosts: all\n  gather_facts: false\n  tasks:\n" + strings.Repeat("    - ansible.builtin.command: /bin/true\n", n)
}

func pyinfraCommands(n int) string {
	return fmt.Sprintf("from pyinfra.operations import server\n\nfor i in range(%d):\n    server.shell(name=f\"command {i}\", commands=[\"/bin/true\"])\n", n)
}

// copies is a loop of n copies of small files.
func copies(n int) string { return fmt.Sprintf(copyPlay, n) }

const copyPlay = `- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.file: {path: "{{ out }}/{{ inventory_hostname }}/files", state: directory, mode: "0755"}
    - ansible.builtin.copy:
        src: "{{ src }}/files/{{ item }}"
        dest: "{{ out }}/{{ inventory_hostname }}/files/{{ item }}"
        mode: "0644"
      loop: "{{ range(%d) | map('string') | list }}"
`

const pyinfraCopy = `import os
from pyinfra import host
from pyinfra.operations import files

out = os.path.join(os.environ["BENCH_OUT"], host.name, "files")
files.directory(path=out, mode="755")
for i in range(1000):
    files.put(src=os.path.join(os.environ["BENCH_SRC"], "files", str(i)), dest=os.path.join(out, str(i)), mode="644")
`

const filePlay = `- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.copy: {src: "{{ src }}/` + bigFile + `", dest: "{{ out }}/{{ inventory_hostname }}/` + bigFile + `", mode: "0644"}
`

const pyinfraFile = `import os
from pyinfra import host
from pyinfra.operations import files

files.put(src=os.path.join(os.environ["BENCH_SRC"], "` + bigFile + `"), dest=os.path.join(os.environ["BENCH_OUT"], host.name, "` + bigFile + `"), mode="644")
`

const factsPlay = "- hosts: all\n  gather_facts: true\n"

// rows is the work that is measured, with the bounds that it must keep.
func rows() []*row {
	all := []string{us, ansible, mitogen, pyinfra, theLimit}
	three := []string{us, ansible, mitogen}
	return []*row{
		{
			name: "commands1", what: "100 commands, 1 host", hosts: 1, tasks: 100, play: commands(100), pyinfra: pyinfraCommands(100), sides: all,
			bounds: []bound{faster(ansible, 50), faster(mitogen, 10), faster(pyinfra, 10), within(theLimit, 2)},
		},
		{
			name: "commands10", what: "10 commands, 10 hosts", hosts: 10, tasks: 10, play: commands(10), pyinfra: pyinfraCommands(10), sides: all,
			bounds: []bound{faster(ansible, 30), faster(pyinfra, 3), within(theLimit, 2)},
		},
		{
			name: "commands100", what: "1 command, 100 hosts", hosts: 100, tasks: 1, play: commands(1), pyinfra: pyinfraCommands(1), sides: all,
			bounds: []bound{faster(ansible, 10), faster(pyinfra, 1), lessCPU(pyinfra), within(theLimit, 1.5), atMost(40)},
		},
		{
			name: "role1", what: "a role of 80 tasks, 1 host", hosts: 1, play: rolePlay, sides: three, makes: true,
			bounds: []bound{faster(ansible, 40), faster(mitogen, 10)},
		},
		{
			name: "role10", what: "a role of 80 tasks, 10 hosts", hosts: 10, play: rolePlay, sides: three, makes: true,
			bounds: []bound{faster(ansible, 40), faster(mitogen, 10)},
		},
		{
			name: "copies", what: "1,000 small files copied in a loop, 1 host", hosts: 1, play: copies(1000), pyinfra: pyinfraCopy,
			sides: []string{us, ansible, mitogen, pyinfra}, makes: true, bounds: []bound{faster(ansible, 100), faster(pyinfra, 20)},
		},
		{
			name: "copiesagain", what: "the same again, nothing changes", hosts: 1, play: copies(1000), pyinfra: pyinfraCopy, again: true,
			sides: []string{us, mitogen, pyinfra}, makes: true, bounds: []bound{ofRow("copies", 0.1)},
		},
		{
			name: "file", what: "a file of 200 MB, 1 host", hosts: 1, play: filePlay, pyinfra: pyinfraFile, makes: true,
			sides: []string{us, ansible, mitogen, pyinfra, scp}, bounds: []bound{faster(ansible, 5), within(scp, 1.2), atMost(40)},
		},
		{name: "facts", what: "gather_facts, 10 hosts", hosts: 10, play: factsPlay, sides: three, bounds: []bound{faster(ansible, 10)}},
		{
			name: "delay20", what: "36 commands, 1 host, 20 ms away", hosts: 1, tasks: 36, play: commands(36), trip: 20 * time.Millisecond,
			sides: []string{us, ansible, mitogen, theLimit}, bounds: []bound{within(theLimit, 1.4)},
		},
		{
			name: "delay100", what: "36 commands, 1 host, 100 ms away", hosts: 1, tasks: 36, play: commands(36), trip: 100 * time.Millisecond,
			sides: []string{us, ansible, mitogen, theLimit}, bounds: []bound{within(theLimit, 1.4)},
		},
		{
			name: "copiesfar", what: "100 small files copied in a loop, 1 host, 20 ms away", hosts: 1, play: copies(100), trip: 20 * time.Millisecond,
			sides: three, makes: true, bounds: []bound{faster(ansible, 40), faster(mitogen, 10)},
		},
		{
			name: "contact1", what: "first contact: 1 command, 10 hosts", hosts: 10, play: commands(1), first: true,
			sides: []string{us}, bounds: []bound{moreCPU("contact2", 60)},
		},
		{name: "contact2", what: "second contact: 1 command, 10 hosts", hosts: 10, play: commands(1), sides: []string{us}},
	}
}
