package module

import (
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// EnvOf gives the environment of a machine, for Validate.
func EnvOf(sys target.System) Env {
	lookup := func(name string) (string, bool) {
		env := sys.Environ()
		for i := len(env) - 1; i >= 0; i-- {
			if k, v, _ := strings.Cut(env[i], "="); k == name {
				return v, true
			}
		}
		return "", false
	}
	return Env{
		Lookup: lookup,
		Home: func(user string) (string, bool) {
			if user == "" {
				if home, ok := lookup("HOME"); ok {
					return home, true
				}
				u, ok, err := sys.UserByID(sys.Getuid())
				return u.Home, ok && err == nil
			}
			u, ok, err := sys.UserByName(user)
			return u.Home, ok && err == nil
		},
		Node: func() string {
			u, _ := sys.Uname() // what has no name is called ""
			return u.Nodename
		},
	}
}
