package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/bench/meter"
)

// play is a command line of the program and of the real Ansible, the figures of both, and what they are held to.
type play struct {
	what    string
	command string   // ansible-playbook, ansible-inventory
	args    []string // in the folder of the plays
	ours    int      // how often it is run here, and
	theirs  int      // there, at the most
	limit   float64  // the most of the real one's CPU time
	memory  float64  // the most of memory, in megabytes; 0: only told

	our, their runs
}

// runs are the runs of one play on one side.
type runs struct {
	text   []byte // standard output, its lines sorted, since hosts end in any order
	took   []time.Duration
	memory []float64 // megabytes
}

// plays are what is measured: what writePlays writes.
func plays() []*play {
	return []*play{
		{what: "a play without tasks", command: "ansible-playbook", args: []string{"-i", "one", "none.yml"}, ours: 21, theirs: 5, limit: 1.0 / 40, memory: 30},
		{what: "one debug on 1 host", command: "ansible-playbook", args: []string{"-i", "one", "debug1.yml"}, ours: 11, theirs: 3},
		{what: "one debug on 1,000 hosts", command: "ansible-playbook", args: []string{"-i", "thousand", "debug1.yml"}, ours: 11, theirs: 3, limit: 1.0 / 100},
		{what: "100 debug on 100 hosts", command: "ansible-playbook", args: []string{"-i", "hundred", "debug100.yml"}, ours: 11, theirs: 3, limit: 1.0 / 50},
		{
			what: fmt.Sprintf("ansible-inventory --list, %d hosts", inventoryHosts), command: "ansible-inventory",
			args: []string{"-i", "inventory/hosts.ini", "--list"}, ours: 5, theirs: 3, limit: 1.0 / 4, memory: 150,
		},
	}
}

// hostGrowth is the most that a host more may take, in megabytes: 40 KB.
const hostGrowth = 40.0 / 1024

// writePlays writes the playbooks and inventories into the folder dir.
func writePlays(dir string) error {
	debug := func(n int) string {
		var b strings.Builder
		b.WriteString("- hosts: all\n  gather_facts: false\n  tasks:\n")
		for i := range n {
			fmt.Fprintf(&b, "    - debug: {msg: \"{{ inventory_hostname }} %d\"}\n", i)
		}
		return b.String()
	}
	hosts := func(n int) string {
		var b strings.Builder
		b.WriteString("[all]\n")
		for i := range n {
			fmt.Fprintf(&b, "host%04d\n", i)
		}
		return b.String()
	}
	errs := []error{os.Mkdir(filepath.Join(dir, "inventory"), 0o700)}
	for name, text := range map[string]string{
		"one": hosts(1), "hundred": hosts(100), "thousand": hosts(1000),
		"none.yml": "- hosts: all\n  gather_facts: false\n", "debug1.yml": debug(1), "debug100.yml": debug(100),
	} {
		errs = append(errs, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	return errors.Join(append(errs, writeInventory(filepath.Join(dir, "inventory")))...)
}

// run runs words in the folder dir and adds its figures, less those of what stands around the program.
func (r *runs) run(dir string, less time.Duration, words ...string) error {
	var said bytes.Buffer
	u, err := meter.Run(context.Background(), meter.Command{Args: words, Dir: dir, Env: os.Environ(), Output: &said})
	if err != nil {
		return err
	}
	lines := bytes.Split(said.Bytes(), []byte("\n"))
	slices.SortFunc(lines, bytes.Compare)
	text := bytes.Join(lines, []byte("\n"))
	if r.text != nil && !bytes.Equal(r.text, text) {
		return fmt.Errorf("%q did not print what it printed before", words)
	}
	r.text = text
	r.took = append(r.took, u.CPU-less)
	r.memory = append(r.memory, float64(u.Memory)/(1<<20))
	return nil
}

// playRows measures whole playbooks and inventories beside the real Ansible. The real one of ANSIBLE_ORACLE must print the
// same lines. One of theirs is run after as many of ours as make both end together.
func playRows(rounds int, program string) ([]bound, error) {
	dir, err := os.MkdirTemp("", "kimai-ansible-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if program, err = built(program, dir); err != nil {
		return nil, err
	}
	if program, err = filepath.Abs(program); err != nil {
		return nil, err
	}
	oracle := strings.Fields(os.Getenv("ANSIBLE_ORACLE"))
	if _, err := exec.LookPath(append(oracle, "ansible-playbook")[0]); err != nil {
		if os.Getenv("CI") == "true" {
			return nil, fmt.Errorf("CI=true: nothing may be left out: %w", err)
		}
		fmt.Println("skipped, no ansible-playbook: plays against the real Ansible's")
		return nil, nil
	}
	if err := writePlays(dir); err != nil {
		return nil, err
	}
	around, err := oracleCost(dir, oracle)
	if err != nil {
		return nil, err
	}
	list := plays()
	for _, p := range list {
		if err := p.measure(rounds, dir, program, oracle, around); err != nil {
			return nil, err
		}
	}
	return playBounds(list), nil
}

// oracleCost gives the CPU time of the words that stand before the real one's commands.
func oracleCost(dir string, oracle []string) (time.Duration, error) {
	if len(oracle) == 0 {
		return 0, nil
	}
	var r runs
	for range 5 {
		if err := r.run(dir, 0, append(slices.Clone(oracle), "true")...); err != nil {
			return 0, err
		}
	}
	return median(r.took), nil
}

// measure runs p on both sides in turn.
func (p *play) measure(rounds int, dir, program string, oracle []string, around time.Duration) error {
	as := filepath.Join(dir, p.command)
	if err := os.Symlink(program, as); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	theirs := min(rounds, p.theirs)
	for i := range theirs {
		for range (min(rounds, p.ours) + i) / theirs {
			if err := p.our.run(dir, 0, append([]string{as}, p.args...)...); err != nil {
				return err
			}
		}
		words := append(slices.Clone(oracle), p.command)
		if err := p.their.run(dir, around, append(words, p.args...)...); err != nil {
			return err
		}
	}
	if len(oracle) > 0 && !bytes.Equal(p.our.text, p.their.text) {
		return fmt.Errorf("%s: what is printed differs from the real one's", p.what)
	}
	return nil
}

// playBounds are the rows of plays that were measured.
func playBounds(list []*play) []bound {
	var rows []bound
	var one float64
	for _, p := range list {
		rows = append(rows, times(p.what, p.command, median(p.our.took), median(p.their.took), p.limit))
		m, theirs := slices.Max(p.our.memory), slices.Max(p.their.memory)
		against := bound{what: p.what + ", memory", of: p.command, ours: m, base: theirs, unit: "MB"}
		rows = append(rows, against)
		if p.memory > 0 {
			rows = append(rows, memory(p.what+", memory", m, p.memory))
		}
		switch p.what {
		case "one debug on 1 host":
			one = m
		case "one debug on 1,000 hosts":
			rows = append(rows, memory("what each host more takes", (m-one)/999, hostGrowth))
		}
	}
	return rows
}
