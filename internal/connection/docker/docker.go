// Package docker is the connection into a container of Docker, by its command line (docker exec): whatever context,
// socket or host that is set up for works.
// Source: https://docs.ansible.com/ansible/latest/collections/community/docker/docker_connection.html
package docker

import (
	"context"
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/container"
)

// Type is the kind "docker".
var Type = connection.Type{
	Name: "docker", Full: "community.docker.docker",
	Settings: []connection.Setting{
		{Name: "remote_addr", Vars: []string{"ansible_host", "ansible_docker_host"}},
		{Name: "remote_user", Vars: []string{"ansible_user", "ansible_docker_user"}, Keyword: "remote_user", Option: "user", Config: "DEFAULT_REMOTE_USER"},
		{Name: "docker_extra_args", Vars: []string{"ansible_docker_extra_args"}},
		{Name: "timeout", Vars: []string{"ansible_docker_timeout"}, Option: "timeout", Config: "DEFAULT_TIMEOUT", Env: []string{"ANSIBLE_DOCKER_TIMEOUT"}},
		{Name: "working_dir", Vars: []string{"ansible_docker_working_dir"}, Env: []string{"ANSIBLE_DOCKER_WORKING_DIR"}},
		{Name: "privileged", Vars: []string{"ansible_docker_privileged"}, Env: []string{"ANSIBLE_DOCKER_PRIVILEGED"}},
		{Name: "extra_env", Vars: []string{"ansible_docker_extra_env"}},
	},
	Open: func(ctx context.Context, o connection.Options) (connection.Conn, error) {
		line, err := Line(o)
		if err != nil {
			return nil, err
		}
		return container.Open(ctx, o, line)
	},
}

// Line is the beginning of the command line that runs a command in the container.
func Line(o connection.Options) (container.Line, error) {
	if o.Settings["extra_env"] != "" {
		return nil, fmt.Errorf("ansible_docker_extra_env is not supported: the keyword environment sets variables for tasks")
	}
	words := append([]string{"docker"}, strings.Fields(o.Settings["docker_extra_args"])...)
	words = append(words, "exec")
	if truth(o.Settings["privileged"]) {
		words = append(words, "--privileged")
	}
	if dir := o.Settings["working_dir"]; dir != "" {
		words = append(words, "--workdir", dir)
	}
	if o.User != "" {
		words = append(words, "-u", o.User)
	}
	return func(tty bool) []string {
		how := "-i"
		if tty {
			how = "-it"
		}
		return append(words[:len(words):len(words)], how, o.Address)
	}, nil
}

func truth(s string) bool {
	switch strings.ToLower(s) {
	case "true", "yes", "on", "1", "y", "t":
		return true
	}
	return false
}
