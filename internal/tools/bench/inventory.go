package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const inventoryHosts = 5000

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
