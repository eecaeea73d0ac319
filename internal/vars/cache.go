package vars

import (
	"os"
	"path/filepath"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// FactCache keeps the facts of hosts between runs.
type FactCache interface {
	// Get returns the facts of a host under the names that modules give them; ok is false when there are none, or none that
	// are fresh enough. The error says that what is kept can't be read.
	Get(host string) (facts *value.Dict, ok bool, err error)
	// Set keeps the facts of a host.
	Set(host string, facts *value.Dict) error
	// Delete forgets the facts of a host; there may be none.
	Delete(host string) error
}

// FileCache is a FactCache of one JSON file for each host, as ansible-core 2.19's cache plugin jsonfile has them. What came
// out of a vault is not written.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/jsonfile_cache.html
type FileCache struct {
	Dir     string        // fact_caching_connection
	Prefix  string        // fact_caching_prefix, before the names of files
	Timeout time.Duration // fact_caching_timeout; 0: facts stay fresh for ever
	Now     func() time.Time
}

// schema is what ansible-core 2.19 puts before the names of hosts: the version of what is in the files.
const schema = "s1_"

func (c *FileCache) path(host string) string { return filepath.Join(c.Dir, c.Prefix+schema+host) }

// Get reads the file of a host. One that is no JSON is told as an error.
func (c *FileCache) Get(host string) (*value.Dict, bool, error) {
	path := c.path(host)
	info, err := os.Stat(path)
	if err != nil || c.Timeout > 0 && c.Now().Sub(info.ModTime()) > c.Timeout {
		return nil, false, nil //nolint:nilerr // no file, no facts
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, false, err
	}
	outer, err := value.FromJSON(text)
	if err != nil {
		return nil, false, err
	}
	d, _ := outer.(*value.Dict)
	if d == nil {
		return nil, false, nil
	}
	if payload, ok := d.Stored("__payload__").(value.Str); ok {
		inner, err := value.FromJSON([]byte(payload.String()))
		if err != nil {
			return nil, false, err
		}
		if d, _ = untagged(inner).(*value.Dict); d == nil {
			return nil, false, nil
		}
	}
	return d, true, nil
}

// untagged gives what ansible-core wrote with tags (where a value stood, whether it was trusted) without them.
func untagged(v value.Value) value.Value {
	switch v := v.(type) {
	case *value.List:
		out := make([]value.Value, v.Len())
		for i, e := range v.Stored() {
			out[i] = untagged(e)
		}
		return value.NewList(out...)
	case *value.Dict:
		if v.Has("__ansible_type") {
			if inner := v.Stored("value"); inner != nil {
				return untagged(inner)
			}
		}
		out := value.NewDict()
		for it := v.Iterate(); it.Next(); {
			_ = out.Set(it.Key(), untagged(it.Stored()))
		}
		return out
	}
	return v
}

// Set writes the file of a host, which nobody else may read, in place of the one that is there.
func (c *FileCache) Set(host string, facts *value.Dict) error {
	payload, err := value.AppendJSON(nil, withoutSecrets(facts), value.JSONOptions{Default: asText})
	if err != nil {
		return err
	}
	text, err := value.AppendJSON(nil, value.DictOf("__payload__", value.NewStr(string(payload))), value.JSONOptions{})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(c.Dir, ".facts-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(text)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), c.path(host))
}

func asText(v value.Value) (value.Value, error) {
	text, err := value.Text(v)
	return value.NewStr(text), err
}

// withoutSecrets leaves out of facts what is marked secret.
func withoutSecrets(facts *value.Dict) *value.Dict {
	out := value.NewDict()
	for it := facts.Iterate(); it.Next(); {
		if !hasSecret(it.Stored()) {
			_ = out.Set(it.Key(), it.Stored())
		}
	}
	return out
}

func hasSecret(v value.Value) bool {
	if value.IsSecret(v) {
		return true
	}
	switch v := v.(type) {
	case *value.List:
		for _, e := range v.Stored() {
			if hasSecret(e) {
				return true
			}
		}
	case *value.Dict:
		for it := v.Iterate(); it.Next(); {
			if hasSecret(it.Stored()) {
				return true
			}
		}
	}
	return false
}

// Delete removes the file of a host.
func (c *FileCache) Delete(host string) error {
	if err := os.Remove(c.path(host)); err != nil && !os.IsNotExist(err) {
		return err
	}
	return nil
}

var _ FactCache = (*FileCache)(nil)

// UseCache keeps facts in c between runs; told hears what goes wrong with it. It is called before the first run.
func (s *Store) UseCache(c FactCache, told func(host string, err error)) {
	s.cache, s.cacheTold = c, told
}

// recall takes over the cached facts of a host, once.
func (s *Store) recall(host string) {
	if s.cache == nil || host == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.host(host)
	if h.recalled {
		return
	}
	h.recalled = true
	facts, ok, err := s.cache.Get(host)
	if err != nil {
		s.cacheTold(host, err)
	}
	if !ok {
		return
	}
	if u, err := value.Untrust(facts); err == nil {
		s.addFacts(h, u.(*value.Dict))
	}
}

// remember puts the facts of a host into the cache. The caller holds the lock.
func (s *Store) remember(host string, h *hostVars) {
	if s.cache == nil {
		return
	}
	if err := s.cache.Set(host, h.raw); err != nil {
		s.cacheTold(host, err)
	}
}

// FactsGathered reports whether facts of the host were gathered, in this run or in one whose facts are cached.
func (s *Store) FactsGathered(host string) bool {
	s.recall(host)
	s.mu.RLock()
	defer s.mu.RUnlock()
	h := s.hosts[host]
	return h != nil && h.facts != nil && h.facts.Has("_ansible_facts_gathered")
}
