// Package all lists the kinds of connections there are: a line each.
package all

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/local"
)

// Set holds every kind of connection.
func Set() *connection.Set {
	s := &connection.Set{}
	s.Add(local.Type)
	return s
}
