package hcv

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/vault/api"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/secret"
)

// A place is where a secret is: in which engine, and at which paths of the API.
type place struct {
	namespace string
	mount     string // with its slash at the end
	name      string // of the secret within
	two       bool   // version 2 of the engine
}

func (p place) data() string {
	if p.two {
		return p.mount + "data/" + p.name
	}
	return p.mount + p.name
}

// locate asks the server which engine a path belongs to, as the vault program does, since a path does not say it: a secret in
// version 1 may be called data/x. Where the server does not tell, the path is taken as that of the API.
func (c *Client) locate(ctx context.Context, ref Ref) (place, error) {
	path := clean(ref.Path)
	p := place{namespace: ref.Namespace}
	answer, found, err := c.Raw(ctx, ref.Namespace, "sys/internal/ui/mounts/"+path, nil)
	if err != nil && !errors.Is(err, ErrRefused) {
		return p, err
	}
	var told struct {
		Data struct {
			Path    string            `json:"path"`
			Options map[string]string `json:"options"`
		} `json:"data"`
	}
	if err == nil && found && decode(answer, &told) == nil && told.Data.Path != "" && strings.HasPrefix(path, told.Data.Path) {
		p.mount, p.two = told.Data.Path, told.Data.Options["version"] == "2"
		p.name = strings.TrimPrefix(path, p.mount)
		if p.two {
			p.name = strings.TrimPrefix(p.name, "data/")
		}
		return p, nil
	}
	mount, name, _ := strings.Cut(path, "/")
	p.mount = mount + "/"
	p.name, p.two = strings.CutPrefix(name, "data/")
	return p, nil
}

// An entry is a version of a secret.
type entry struct {
	data    map[string]any // nil when there is none, or it was deleted
	version int            // 0 in version 1 of the engine, or when there is none
	deleted string         // when it was, else ""
}

// read gets a version of a secret, 0 the latest. That there is none is no error.
func (c *Client) read(ctx context.Context, p place, version int) (*entry, error) {
	var params map[string][]string
	if version > 0 {
		params = map[string][]string{"version": {strconv.Itoa(version)}}
	}
	answer, found, err := c.Raw(ctx, p.namespace, p.data(), params)
	if err != nil {
		return nil, err
	}
	if !p.two {
		var one struct {
			Data map[string]any `json:"data"`
		}
		if found {
			err = decode(answer, &one)
		}
		return &entry{data: one.Data}, err
	}
	var two struct {
		Data struct {
			Data     map[string]any `json:"data"`
			Metadata struct {
				Version  json.Number `json:"version"`
				Deletion string      `json:"deletion_time"`
				Gone     bool        `json:"destroyed"`
			} `json:"metadata"`
		} `json:"data"`
	}
	if err := decode(answer, &two); err != nil {
		return nil, err
	}
	n, _ := two.Data.Metadata.Version.Int64()
	e := &entry{data: two.Data.Data, version: int(n), deleted: two.Data.Metadata.Deletion}
	if two.Data.Metadata.Gone && e.deleted == "" {
		e.deleted = "its destruction"
	}
	return e, nil
}

// Get reads the value that ref names. A secret or key that is not there is a *diag.Error with a hint; only texts and numbers
// are values.
func (c *Client) Get(ctx context.Context, ref Ref) (secret.String, error) {
	p, err := c.locate(ctx, ref)
	if err != nil {
		return secret.String{}, err
	}
	if ref.Version > 0 && !p.two {
		return secret.String{}, c.wrong(p, "has no versions: its engine is version 1 of key/value")
	}
	e, err := c.read(ctx, p, ref.Version)
	if err != nil {
		return secret.String{}, err
	}
	if err := c.exists(p, e, ref.Version); err != nil {
		return secret.String{}, err
	}
	switch v := e.data[ref.Key].(type) {
	case string:
		return secret.New(v), nil
	case json.Number:
		return secret.New(v.String()), nil
	case nil:
		d := c.wrong(p, "has no key %q", ref.Key)
		d.Cause = ErrNone
		keys := names(e.data)
		if near := diag.Nearest(ref.Key, keys); near != "" {
			return secret.String{}, d.Hint("did you mean %q?", near)
		}
		return secret.String{}, d.Hint("its keys are %s", strings.Join(keys, ", "))
	}
	return secret.String{}, c.wrong(p, "has something else than a text at the key %q", ref.Key)
}

func names(data map[string]any) []string {
	var keys []string
	for k := range data {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// exists explains a secret that is not there.
func (c *Client) exists(p place, e *entry, version int) error {
	switch {
	case e.data != nil:
		return nil
	case e.deleted != "":
		d := c.wrong(p, "is deleted in version %d (%s)", e.version, e.deleted)
		d.Cause = ErrNone
		return d.Hint("vault kv undelete -versions=%d %s%s brings it back; ?version=N names an older one", e.version, p.mount, p.name)
	case version > 0:
		d := c.wrong(p, "has no version %d", version)
		d.Cause = ErrNone
		return d
	}
	d := &diag.Error{Msg: fmt.Sprintf("HashiCorp Vault at %s has no secret at %s (404)", c.config.Address, p.data()), Cause: ErrNone}
	if c.config.Namespace != "" || p.namespace != "" {
		return d.Hint("it was looked for in the namespace %s", c.namespace(p))
	}
	return d.Hint("vault kv list %s tells the secrets that are there", p.mount)
}

func (c *Client) namespace(p place) string {
	if p.namespace != "" {
		return p.namespace
	}
	return c.config.Namespace
}

func (c *Client) wrong(p place, format string, args ...any) *diag.Error {
	return &diag.Error{Msg: fmt.Sprintf("the secret %s in HashiCorp Vault at %s ", p.data(), c.config.Address) + fmt.Sprintf(format, args...)}
}

// errMoved says that a secret has another version than the one that was to be replaced.
var errMoved = errors.New("another version was written meanwhile")

// put writes a new version of a secret if was is still the latest.
func (c *Client) put(ctx context.Context, p place, was int, data map[string]any) (version int, err error) {
	told, err := c.write(ctx, p.namespace, p.data(), map[string]any{"data": data, "options": map[string]any{"cas": was}})
	var re *api.ResponseError
	if errors.As(err, &re) && re.StatusCode == 400 && strings.Contains(strings.Join(re.Errors, " "), "check-and-set") {
		return 0, errMoved
	}
	if err != nil {
		return 0, c.explain(ctx, "create,read,update", p.data(), err)
	}
	n, _ := told["version"].(json.Number)
	v, _ := n.Int64()
	return int(v), nil
}
