package strategy

// HostPinned picks for one host whatever comes next on it, and takes on no more hosts than there are forks: a host is worked to the
// end of the play before another takes its place.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/host_pinned_strategy.html
type HostPinned struct {
	Forks int
}

// Next gives the next task on one host; ok is false when no host that is free and taken on has one.
func (p *HostPinned) Next(w *Walk, busy map[string]bool) (Pick, bool) {
	taken := 0
	for _, h := range w.Order {
		if taken == p.Forks {
			break
		}
		t, _ := w.Hosts[h].Peek()
		if t == nil {
			continue
		}
		taken++
		if !busy[h] {
			return Pick{Task: t, Hosts: []string{h}}, true
		}
	}
	return Pick{}, false
}
