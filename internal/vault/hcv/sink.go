package hcv

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
)

// A Sink keeps a password that was made up in a key of a secret, in version 2 of the key/value engine. Until all files of the
// tree have it, it is in the key NAME.new beside; then a further version of the secret has it in the key itself, and the
// version before keeps the old one. Every write names the version that it replaces (check-and-set), so that of two rotations
// at the same time the second is refused and nobody else's change is lost.
//
// It is a rotate.Sink.
type Sink struct {
	client *Client
	place  place
	ref    Ref
}

// attempts is how often a write begins anew because somebody else has written another version meanwhile.
const attempts = 5

// NewSink gives the sink of a key; the key and the secret need not exist. It is refused in version 1 of the engine, where it
// keeps no old version, and when a password of another rotation is there.
func NewSink(ctx context.Context, c *Client, ref Ref) (*Sink, error) {
	if ref.Version > 0 {
		return nil, &diag.Error{Msg: "a new password becomes a new version of the secret: it can't be written to version " + fmt.Sprint(ref.Version)}
	}
	p, err := c.locate(ctx, ref)
	if err != nil {
		return nil, err
	}
	if !p.two {
		return nil, c.wrong(p, "can't take a new password: version 1 of its engine keeps no old versions").
			Hint("vault kv enable-versioning %s makes it version 2", p.mount)
	}
	s := &Sink{client: c, place: p, ref: ref}
	if err := s.keepsOld(ctx); err != nil {
		return nil, err
	}
	e, err := c.read(ctx, p, 0)
	if err != nil {
		return nil, err
	}
	if _, there := e.data[s.staged()]; there {
		return nil, s.busy()
	}
	return s, nil
}

// OpenSink gives the sink for an address that [Sink.Address] has given. ours is false for an address of another kind.
func OpenSink(ctx context.Context, address string, open func(context.Context) (*Client, error)) (s *Sink, ours bool, err error) {
	text, ours := strings.CutPrefix(address, Scheme)
	if !ours {
		return nil, false, nil
	}
	ref, params, err := parseRef(text)
	if err != nil {
		return nil, true, err
	}
	c, err := open(ctx)
	if err != nil {
		return nil, true, err
	}
	if at := params.Get("address"); at != c.config.Address {
		d := &diag.Error{Msg: fmt.Sprintf("the new password is in HashiCorp Vault at %s, and not in that at %s", at, c.config.Address)}
		return nil, true, d.Hint("set VAULT_ADDR=%s", at)
	}
	p, err := c.locate(ctx, ref)
	return &Sink{client: c, place: p, ref: ref}, true, err
}

func (s *Sink) staged() string { return s.ref.Key + ".new" }

func (s *Sink) busy() error {
	d := s.client.wrong(s.place, "has a key %q already", s.staged())
	return d.Hint("another rotation may be under way, or did not end: look whether that password opens anything, and remove the key")
}

// keepsOld refuses a secret of which only one version is kept. Who may not read how many are kept, is believed.
func (s *Sink) keepsOld(ctx context.Context) error {
	for _, path := range []string{"metadata/" + s.place.name, "config"} {
		answer, found, err := s.client.Raw(ctx, s.place.namespace, s.place.mount+path, nil)
		if err != nil && !errors.Is(err, ErrRefused) {
			return err
		}
		var told struct {
			Data struct {
				Max json.Number `json:"max_versions"`
			} `json:"data"`
		}
		if err != nil || !found || decode(answer, &told) != nil {
			continue
		}
		if n, _ := told.Data.Max.Int64(); n == 1 {
			return s.client.wrong(s.place, "can't take a new password: only one version of it is kept").
				Hint("vault kv metadata put -max-versions=10 %s%s", s.place.mount, s.place.name)
		} else if n > 1 {
			return nil
		}
	}
	return nil
}

// Address names the place, with the server and the namespace.
func (s *Sink) Address() string {
	ref := s.ref
	ref.Namespace = s.client.namespace(s.place)
	return Scheme + ref.with(url.Values{"address": {s.client.config.Address}})
}

// update writes a new version: change gets the data of the latest and gives the new, or false when there is nothing to do.
func (s *Sink) update(ctx context.Context, change func(e *entry, data map[string]any) (write bool, err error)) (was, version int, err error) {
	for range attempts {
		e, err := s.client.read(ctx, s.place, 0)
		if err != nil {
			return 0, 0, err
		}
		data := maps.Clone(e.data)
		if data == nil {
			data = map[string]any{}
		}
		write, err := change(e, data)
		if err != nil || !write {
			return e.version, e.version, err
		}
		version, err := s.client.put(ctx, s.place, e.version, data)
		if !errors.Is(err, errMoved) {
			return e.version, version, err
		}
	}
	return 0, 0, s.client.wrong(s.place, "is written by somebody else again and again")
}

func text(data map[string]any, key string) []byte {
	t, _ := data[key].(string)
	return []byte(t)
}

// Stage writes the password to the key NAME.new.
func (s *Sink) Stage(ctx context.Context, password []byte) error {
	_, _, err := s.update(ctx, func(_ *entry, data map[string]any) (bool, error) {
		if old, there := data[s.staged()]; there {
			if old == string(password) {
				return false, nil // done, and the answer was lost
			}
			return false, s.busy()
		}
		data[s.staged()] = string(password)
		return true, nil
	})
	return err
}

// Has looks at both keys.
func (s *Sink) Has(ctx context.Context, opens func([]byte) bool) (bool, error) {
	e, err := s.client.read(ctx, s.place, 0)
	if err != nil {
		return false, err
	}
	return opens(text(e.data, s.staged())) || opens(text(e.data, s.ref.Key)), nil
}

// Publish gives the key the new password, in a new version.
func (s *Sink) Publish(ctx context.Context, opens func([]byte) bool) (string, error) {
	old := false
	was, now, err := s.update(ctx, func(_ *entry, data map[string]any) (bool, error) {
		if next := text(data, s.staged()); opens(next) {
			_, old = data[s.ref.Key]
			data[s.ref.Key] = string(next)
			delete(data, s.staged())
			return true, nil
		}
		if opens(text(data, s.ref.Key)) {
			return false, nil
		}
		return false, s.client.wrong(s.place, "has the new password neither in %q nor in %q", s.staged(), s.ref.Key)
	})
	if err != nil {
		return "", err
	}
	where := fmt.Sprintf("%s#%s at %s has the new password in version %d", s.place.data(), s.ref.Key, s.client.config.Address, now)
	if old {
		where += fmt.Sprintf(", version %d the old one, which still opens the history and backups", was)
	}
	return where, nil
}

// Withdraw takes the new password away; when it was published already, the old one becomes that of the key again.
func (s *Sink) Withdraw(ctx context.Context, opens func([]byte) bool) error {
	_, _, err := s.update(ctx, func(e *entry, data map[string]any) (bool, error) {
		if next, there := data[s.staged()]; there && (next == "" || opens(text(data, s.staged()))) {
			delete(data, s.staged())
			return true, nil
		}
		if !opens(text(data, s.ref.Key)) {
			return false, nil
		}
		old, err := s.before(ctx, e.version, opens)
		if err != nil {
			return false, err
		}
		if delete(data, s.ref.Key); old != "" {
			data[s.ref.Key] = old
		}
		return true, nil
	})
	return err
}

// before finds the password that the key had before the new one; "" when there was none.
func (s *Sink) before(ctx context.Context, version int, opens func([]byte) bool) (string, error) {
	for v := version - 1; v > 0; v-- {
		e, err := s.client.read(ctx, s.place, v)
		if err != nil {
			return "", err
		}
		if e.data == nil {
			continue
		}
		if old := text(e.data, s.ref.Key); !opens(old) {
			return string(old), nil
		}
	}
	return "", nil
}
