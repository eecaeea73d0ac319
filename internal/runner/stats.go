package runner

import (
	"sort"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
)

// stats counts what came of tasks, for the recap.
type stats map[string]*event.HostStats

func (s stats) host(name string) *event.HostStats {
	h := s[name]
	if h == nil {
		h = &event.HostStats{Host: name}
		s[name] = h
	}
	return h
}

// count adds a result; rescued says that a rescue takes over.
func (s stats) count(host string, r *result.Result, rescued bool) {
	h := s.host(host)
	switch {
	case r.Status == result.Unreachable && r.Ignored:
		h.OK++
		h.Ignored++
	case r.Status == result.Unreachable:
		h.Unreachable++
	case r.Status == result.Skipped:
		h.Skipped++
	case r.Status == result.Failed && r.Ignored:
		h.OK++
		h.Ignored++
		if r.Changed {
			h.Changed++
		}
	case r.Status == result.Failed && rescued:
		h.Rescued++
	case r.Status == result.Failed:
		h.Failed++
	default:
		h.OK++
		if r.Changed {
			h.Changed++
		}
	}
}

// all gives the counts sorted by host.
func (s stats) all() []event.HostStats {
	out := make([]event.HostStats, 0, len(s))
	for _, h := range s {
		out = append(out, *h)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Host < out[j].Host })
	return out
}
