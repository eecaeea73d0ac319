// Package all lists the kinds of connections there are: a line each.
package all

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/docker"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/kubectl"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/local"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/podman"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/ssh"
)

// Set holds every kind of connection.
func Set() *connection.Set {
	s := &connection.Set{}
	s.Add(docker.Type)
	s.Add(kubectl.Type)
	s.Add(local.Type)
	s.Add(podman.Type)
	s.Add(ssh.Type())
	return s
}
