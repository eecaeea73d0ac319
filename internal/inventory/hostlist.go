package inventory

import (
	"context"
	"io/fs"
	"strings"
)

// advancedHostListPlugin reads hosts from the command line with ranges: "h[1:9],".
var advancedHostListPlugin = plugin{
	name:   "advanced_host_list",
	verify: hostListPlugin.verify,
	parse: func(_ context.Context, inv *Inventory, path string) error {
		for h := range strings.SplitSeq(path, ",") {
			h = strings.TrimSpace(h)
			if h == "" {
				continue
			}
			names, port, err := expandHosts(h)
			if err != nil {
				names, port = []string{h}, 0
			}
			for _, name := range names {
				if inv.hostOf[name] != nil {
					continue
				}
				if _, err := inv.AddHost(name, inv.groupOf[Ungrouped], port); err != nil {
					return err
				}
			}
		}
		return nil
	},
}

// hostListPlugin reads hosts from the command line: "a,b,". Ranges have no meaning there.
var hostListPlugin = plugin{
	name:   "host_list",
	verify: func(path string, info fs.FileInfo) bool { return info == nil && strings.Contains(path, ",") },
	parse: func(_ context.Context, inv *Inventory, path string) error {
		for h := range strings.SplitSeq(path, ",") {
			h = strings.TrimSpace(h)
			if h == "" {
				continue
			}
			name, port, _ := splitPort(h)
			if strings.Contains(name, "[") {
				name, port = h, 0
			}
			if inv.hostOf[name] != nil {
				continue
			}
			if _, err := inv.AddHost(name, inv.groupOf[Ungrouped], port); err != nil {
				return err
			}
		}
		return nil
	},
}
