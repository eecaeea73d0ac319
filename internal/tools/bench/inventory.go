package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const (
	inventoryHosts  = 5000
	inventoryLimit  = 1.0 / 4 // of the real one's time
	inventoryMemory = 150     // megabytes, the most that may be resident
)

// writeInventory makes an inventory of 5,000 hosts in racks, sites and regions, with three levels of group_vars.
func writeInventory(dir string) error {
	files := map[string]*strings.Builder{}
	file := func(name string) *strings.Builder {
		if files[name] == nil {
			files[name] = new(strings.Builder)
		}
		return files[name]
	}
	hosts := file("hosts.ini")
	all := file("group_vars/all.yml")
	all.WriteString("ntp: [a.example.org, b.example.org]\ndns: {servers: [10.0.0.1, 10.0.0.2], search: example.org}\nlevel: all\n")
	for i := range 10 {
		fmt.Fprintf(all, "all_%d: \"value %d of all\"\n", i, i)
	}
	for n := range inventoryHosts {
		region, site, rack := n/1000, n/100%10, n/10%10
		if n%1000 == 0 {
			v := file(fmt.Sprintf("group_vars/region_%d.yml", region))
			fmt.Fprintf(v, "region: r%d\nlevel: region\n", region)
			for i := range 5 {
				fmt.Fprintf(v, "region_%d: {a: %d, b: [1, 2, three]}\n", i, i)
			}
		}
		if n%100 == 0 {
			v := file(fmt.Sprintf("group_vars/site_%d_%d.yml", region, site))
			fmt.Fprintf(v, "site: s%d\nlevel: site\ndns: {servers: [10.%d.%d.1], search: s%d.example.org}\n", site, region, site, site)
		}
		if n%10 == 0 {
			fmt.Fprintf(hosts, "[rack_%d_%d_%d]\n", region, site, rack)
		}
		fmt.Fprintf(hosts, "host%04d.example.org ansible_host=10.%d.%d.%d index=%d\n", n, region, site, rack*10+n%10, n)
		if n%100 == 99 {
			fmt.Fprintf(hosts, "[site_%d_%d:children]\n", region, site)
			for r := range 10 {
				fmt.Fprintf(hosts, "rack_%d_%d_%d\n", region, site, r)
			}
		}
		if n%1000 == 999 {
			fmt.Fprintf(hosts, "[region_%d:children]\n", region)
			for s := range 10 {
				fmt.Fprintf(hosts, "site_%d_%d\n", region, s)
			}
		}
	}
	var errs []error
	for name, text := range files {
		path := filepath.Join(dir, name)
		errs = append(errs, os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text.String()), 0o600))
	}
	return errors.Join(errs...)
}

// listed is one run of ansible-inventory --list.
type listed struct {
	text   []byte
	took   time.Duration
	memory int64 // megabytes
}

func list(dir string, words ...string) (listed, error) {
	cmd := exec.Command(words[0], append(words[1:], "-i", "hosts.ini", "--list")...)
	var stdout, stderr bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return listed{}, fmt.Errorf("%q: %w\n%s", words, err, stderr.String())
	}
	l := listed{text: stdout.Bytes(), took: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	if u, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		l.memory = u.Maxrss / 1024
	}
	return l, nil
}

// measureInventory lists an inventory of 5,000 hosts with the program as ansible-inventory and with the real one: the one that
// ANSIBLE_ORACLE is put before, whose output must be the same, else the one in PATH.
func measureInventory(program, dir string) ([]bound, error) {
	if err := writeInventory(filepath.Join(dir, "inventory")); err != nil {
		return nil, err
	}
	as := filepath.Join(dir, "ansible-inventory")
	program, err := filepath.Abs(program)
	if err == nil {
		err = os.Symlink(program, as)
	}
	if err != nil {
		return nil, err
	}
	theirs := append(strings.Fields(os.Getenv("ANSIBLE_ORACLE")), "ansible-inventory")
	if _, err := exec.LookPath(theirs[0]); err != nil {
		if os.Getenv("CI") == "true" {
			return nil, fmt.Errorf("CI=true: nothing may be left out: %w", err)
		}
		fmt.Println("skipped, no ansible-inventory: a list of 5,000 hosts against the real Ansible's")
		return nil, nil
	}
	var our, their []time.Duration
	for range 3 {
		o, err := list(filepath.Join(dir, "inventory"), as)
		if err != nil {
			return nil, err
		}
		if o.memory > inventoryMemory {
			return nil, fmt.Errorf("a list of %d hosts took %d MB, more than %d", inventoryHosts, o.memory, inventoryMemory)
		}
		t, err := list(filepath.Join(dir, "inventory"), theirs...)
		if err != nil {
			return nil, err
		}
		if len(theirs) > 1 && !bytes.Equal(o.text, t.text) {
			return nil, fmt.Errorf("the list of %d hosts is not the real one's", inventoryHosts)
		}
		our, their = append(our, o.took), append(their, t.took)
	}
	return []bound{{
		what: fmt.Sprintf("ansible-inventory --list, %d hosts", inventoryHosts), of: strings.Join(theirs[len(theirs)-1:], " "),
		time: median(our), base: median(their), limit: inventoryLimit,
	}}, nil
}
