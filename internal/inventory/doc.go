// Package inventory reads inventories: hosts, groups, their variables, and the patterns that select hosts. It stands behind
// the settings and before the variables in the way of the data; it evaluates no template and connects to nothing.
//
// Load reads the sources in the order given, each by the first plugin that understands it, as ansible-core 2.19 does:
// host_list, script, yaml, ini; a folder is a source for each of its files. What no plugin understands is told as a
// warning in Ansible's words, with the error of the likeliest plugin behind it. The result is meant to be frozen;
// AddHost, AddGroup and AddChild are there for add_host and group_by.
//
// Variables stay where they were defined: Layers gives a host's in the order of precedence, from the weakest to the
// strongest, group_vars and host_vars files included. Nothing is merged and nothing copied for each host.
package inventory
