// Package podman is the connection into a container of Podman, by its command line (podman exec).
// Source: https://docs.ansible.com/ansible/latest/collections/containers/podman/podman_connection.html
package podman

import (
	"context"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/container"
)

// Type is the kind "podman".
var Type = connection.Type{
	Name: "podman", Full: "containers.podman.podman",
	Settings: []connection.Setting{
		{Name: "remote_addr", Vars: []string{"ansible_host", "ansible_podman_host"}},
		{Name: "remote_user", Vars: []string{"ansible_user"}, Keyword: "remote_user", Option: "user", Config: "DEFAULT_REMOTE_USER"},
		{Name: "timeout", Option: "timeout", Config: "DEFAULT_TIMEOUT"},
		{Name: "podman_executable", Vars: []string{"ansible_podman_executable"}, Env: []string{"ANSIBLE_PODMAN_EXECUTABLE"}},
		{Name: "podman_extra_args", Vars: []string{"ansible_podman_extra_args"}, Env: []string{"ANSIBLE_PODMAN_EXTRA_ARGS"}},
	},
	Open: func(ctx context.Context, o connection.Options) (connection.Conn, error) {
		return container.Open(ctx, o, Line(o))
	},
}

// Line is the beginning of the command line that runs a command in the container.
func Line(o connection.Options) container.Line {
	exe := o.Settings["podman_executable"]
	if exe == "" {
		exe = "podman"
	}
	words := append([]string{exe}, strings.Fields(o.Settings["podman_extra_args"])...)
	words = append(words, "exec")
	if o.User != "" {
		words = append(words, "--user", o.User)
	}
	return func(tty bool) []string {
		how := "-i"
		if tty {
			how = "-it"
		}
		return append(words[:len(words):len(words)], how, o.Address)
	}
}
