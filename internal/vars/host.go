package vars

import (
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// hostVars is what a run has learned of a host. The mappings are replaced, never changed, so that a view may hold them.
type hostVars struct {
	recalled bool        // the cached facts are in
	raw      *value.Dict // the facts under the names that modules give them, where they are cached
	facts    *value.Dict // ansible_facts: names without "ansible_"
	injected *value.Dict // the same facts as variables of their own
	included *value.Dict // include_vars
	set      *value.Dict // set_fact and register
	result   value.Value // ansible_failed_result
	task     value.Value // ansible_failed_task
}

func (s *Store) host(name string) *hostVars {
	h := s.hosts[name]
	if h == nil {
		h = &hostVars{}
		s.hosts[name] = h
	}
	return h
}

// with gives a mapping with the entries of d and more; d is not changed.
func with(d, more *value.Dict) *value.Dict {
	var c *value.Dict
	if d == nil {
		c = value.NewDict()
	} else {
		c = d.Copy()
	}
	for it := more.Iterate(); it.Next(); {
		_ = c.Set(it.Key(), it.Stored())
	}
	return c
}

// Register stores the result of a task. Nothing in it is evaluated as a template.
func (s *Store) Register(host, name string, v value.Value) {
	if u, err := value.Untrust(v); err == nil {
		v = u
	}
	s.SetFacts(host, value.DictOf(name, v), false)
}

// SetFacts stores what set_fact made. With cacheable they are host facts too.
func (s *Store) SetFacts(host string, facts *value.Dict, cacheable bool) {
	s.recall(host)
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.host(host)
	h.set = with(h.set, facts)
	if cacheable {
		s.addFacts(h, facts)
		s.remember(host, h)
	}
}

// IncludeVars stores what include_vars read.
func (s *Store) IncludeVars(host string, d *value.Dict) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.host(host)
	h.included = with(h.included, d)
}

// AddFacts stores the ansible_facts of a module's result. Nothing in them is evaluated as a template, and they can't
// change how a host is reached. The error says that they are no mapping.
func (s *Store) AddFacts(host string, facts value.Value) error {
	facts, err := value.Untrust(facts)
	if err != nil {
		return err
	}
	d, ok := facts.(*value.Dict)
	if !ok {
		return fmt.Errorf("ansible_facts is %s, not a mapping", facts.Type())
	}
	s.recall(host)
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.host(host)
	s.addFacts(h, d)
	s.remember(host, h)
	return nil
}

// addFacts takes in facts of a host. The caller holds the lock.
func (s *Store) addFacts(h *hostVars, d *value.Dict) {
	if s.cache != nil {
		h.raw = with(h.raw, d)
	}
	h.facts = with(h.facts, factNames(d))
	if s.settings.NoInject {
		return
	}
	injected := value.NewDict()
	for it := d.Iterate(); it.Next(); {
		if k, ok := it.Key().(value.Str); !ok || !restrictedFact(k.String()) {
			_ = injected.Set(it.Key(), it.Stored())
		}
	}
	h.injected = with(h.injected, injected)
}

// factNames gives facts the names that they have in ansible_facts: without "ansible_", but for ansible_local.
func factNames(d *value.Dict) *value.Dict {
	out := value.NewDict()
	for it := d.Iterate(); it.Next(); {
		k := it.Key()
		if s, ok := k.(value.Str); ok && strings.HasPrefix(s.String(), "ansible_") && s.String() != "ansible_local" {
			k = value.WithMarks(value.NewStr(strings.TrimPrefix(s.String(), "ansible_")), value.MarksOf(s))
		}
		_ = out.Set(k, it.Stored())
	}
	return out
}

// restrictedFacts are the names, less "ansible_", that say how a host is reached and that no fact may set.
var restrictedFacts = map[string]bool{
	"connection": true, "host": true, "user": true, "port": true, "password": true, "timeout": true, "pipelining": true, "shell_type": true,
	"facts": true, "network_os": true, "become": true, "private_key_file": true,
}

// restrictedPrefixes are those of the options of connections and of privilege escalation.
var restrictedPrefixes = []string{"become_", "ssh_", "docker_", "podman_", "kubectl_", "winrm_", "psrp_", "local_", "paramiko_", "sftp_", "scp_"}

// Restricted reports whether a fact of that name is kept out of the variables, since it would change how the host is
// reached or which program a module runs with. It is still in ansible_facts. Where no fact becomes a variable none is.
func (s *Store) Restricted(name string) bool { return !s.settings.NoInject && restrictedFact(name) }

func restrictedFact(name string) bool {
	rest, ok := strings.CutPrefix(name, "ansible_")
	if !ok {
		return false
	}
	if restrictedFacts[rest] || strings.HasSuffix(rest, "_interpreter") {
		return true
	}
	for _, p := range restrictedPrefixes {
		if strings.HasPrefix(rest, p) && rest != "ssh_host_key" && !strings.HasPrefix(rest, "ssh_host_key_") {
			return true
		}
	}
	return false
}

// ClearFacts forgets the facts of a host (meta: clear_facts); what set_fact made stays.
func (s *Store) ClearFacts(host string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.host(host)
	h.recalled = true
	h.facts, h.injected, h.raw = nil, nil, nil
	if s.cache != nil {
		if err := s.cache.Delete(host); err != nil {
			s.cacheTold(host, err)
		}
	}
}

// Registered is a result that can be put into a variable; *result.Result is one.
type Registered interface {
	Registered() (value.Value, error)
}

// Failed sets ansible_failed_task and ansible_failed_result of a host, for its rescue. A task that can Describe itself is
// described by that; name is its name as it was shown, "" for a task without one.
func (s *Store) Failed(host string, t Task, name string, r Registered) {
	result, err := r.Registered()
	if err == nil {
		result, err = value.Untrust(result)
	}
	if err != nil {
		result = nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.host(host)
	h.result, h.task = result, nil
	if d, ok := t.(interface{ Describe() *value.Dict }); ok {
		task := d.Describe()
		if name != "" {
			task.SetStr("name", value.NewStr(name))
		}
		h.task = task
	}
}
