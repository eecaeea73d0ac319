// Package credentials reads and writes what the program docker knows of logins at registries: config.json, and the helpers that
// keep them elsewhere. A helper gets and gives a password over its streams, never in its arguments.
//
// Source: https://docs.docker.com/reference/cli/docker/login/ and https://github.com/docker/docker-credential-helpers, README.
package credentials

import (
	"context"
	"encoding/base64"
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/engine"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Hub is the address by which Docker's own registry stands in the file.
const Hub = "https://index.docker.io/v1/"

// Login is a login at a registry.
type Login struct {
	Username, Password string
	Token              string // in place of a password
}

// Default is the file that the program docker reads: $DOCKER_CONFIG/config.json or ~/.docker/config.json.
func Default(sys target.System) string {
	if dir := sys.Getenv("DOCKER_CONFIG"); dir != "" {
		return path.Join(dir, "config.json")
	}
	home := sys.Getenv("HOME")
	if home == "" {
		if u, ok, err := sys.UserByID(sys.Getuid()); ok && err == nil {
			home = u.Home
		}
	}
	return path.Join(home, ".docker", "config.json")
}

// Load reads a file; one that is not there is empty.
func Load(sys target.System, file string) (*value.Dict, error) {
	b, err := target.ReadFile(sys, file)
	if errors.Is(err, fs.ErrNotExist) {
		return value.NewDict(), nil
	}
	if err != nil {
		return nil, err
	}
	v, err := value.FromJSON(b)
	if err != nil {
		return nil, err
	}
	d, ok := v.(*value.Dict)
	if !ok {
		return nil, errors.New("it is no JSON object")
	}
	return d, nil
}

// Helper is the program that keeps the logins of a registry, as the file says; "" is the file itself.
func Helper(config *value.Dict, registry string) string {
	if h := engine.Str(config, "credHelpers", registry); h != "" {
		return "docker-credential-" + h
	}
	if h := engine.Str(config, "credsStore"); h != "" {
		return "docker-credential-" + h
	}
	return ""
}

// Find gives the login for a registry, nil where there is none.
func Find(ctx context.Context, sys target.System, config *value.Dict, registry string) (*Login, error) {
	if helper := Helper(config, registry); helper != "" {
		return get(ctx, sys, helper, registry)
	}
	auths := engine.Dict(config, "auths")
	if auths == nil {
		return nil, nil
	}
	for it := auths.Iterate(); it.Next(); {
		name, _, _ := it.Name()
		entry, ok := it.Stored().(*value.Dict)
		if !ok || name != registry && HostOf(name) != HostOf(registry) {
			continue
		}
		l := &Login{Username: engine.Str(entry, "username"), Password: engine.Str(entry, "password"), Token: engine.Str(entry, "identitytoken")}
		if b, err := base64.StdEncoding.DecodeString(engine.Str(entry, "auth")); err == nil && len(b) > 0 {
			l.Username, l.Password, _ = strings.Cut(string(b), ":")
			l.Password = strings.TrimRight(l.Password, "\x00")
		}
		if l.Username == "" && l.Token == "" {
			return nil, nil
		}
		return l, nil
	}
	return nil, nil
}

// HostOf is the host of a registry's address, with its port.
func HostOf(address string) string {
	address = strings.TrimPrefix(strings.TrimPrefix(address, "https://"), "http://")
	host, _, _ := strings.Cut(address, "/")
	return host
}

// RegistryOf is the registry that a repository is in, as the file names it.
func RegistryOf(repository string) string {
	host, _, more := strings.Cut(repository, "/")
	if !more || !strings.ContainsAny(host, ".:") && host != "localhost" || host == "docker.io" || host == "index.docker.io" {
		return Hub
	}
	return host
}

// Header gives the field by which the engine is told the login for a repository, as "X-Registry-Auth: …"; nil where there is none.
func Header(ctx context.Context, sys target.System, repository string) ([]string, error) {
	config, err := Load(sys, Default(sys))
	if err != nil {
		return nil, err
	}
	registry := RegistryOf(repository)
	l, err := Find(ctx, sys, config, registry)
	if l == nil || err != nil {
		return nil, err
	}
	d := value.DictOf("username", value.NewStr(l.Username), "password", value.NewStr(l.Password), "serveraddress", value.NewStr(registry))
	if l.Token != "" {
		d = value.DictOf("identitytoken", value.NewStr(l.Token), "serveraddress", value.NewStr(registry))
	}
	b, err := value.AppendJSON(nil, d, value.JSONOptions{})
	if err != nil {
		return nil, err
	}
	return []string{"X-Registry-Auth: " + base64.URLEncoding.EncodeToString(b)}, nil
}
