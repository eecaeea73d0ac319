package strategy

// Free picks for one host whatever comes next on it, the host that has waited longest first: hosts go on as fast as each of
// them can, without waiting for each other. Busy hosts are left alone.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/free_strategy.html
type Free struct {
	last int // the place in the order of the host that was picked last
}

// Next gives the next task on one host; ok is false when no host that is free has one.
func (f *Free) Next(w *Walk, busy map[string]bool) (Pick, bool) {
	for i := range w.Order {
		at := (f.last + i) % len(w.Order)
		if h := w.Order[at]; !busy[h] {
			if t, _ := w.Hosts[h].Peek(); t != nil {
				f.last = at + 1
				return Pick{Task: t, Hosts: []string{h}}, true
			}
		}
	}
	return Pick{}, false
}
