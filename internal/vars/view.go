package vars

import (
	"slices"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// View implements templating.Vars: the variables of a task on a host, of a host alone, or of a play alone. It belongs to one goroutine.
type View struct {
	s      *Store
	host   string
	task   Task
	play   *playVars
	known  *hostVars    // a snapshot
	layers []layer      // the strongest first
	magic  *value.Dict  // made when first read
	weak   *value.Dict  // what inventory hosts say of themselves; any level above wins
	others *HostVarsMap // hostvars
	hidden bool         // it is hostvars of a host: of the play it shows playbook_dir alone
}

// Task gives the variables of a task on a host.
func (s *Store) Task(host string, t Task) *View {
	s.recall(host)
	s.mu.RLock()
	shared, ok := s.ofTask[t]
	s.mu.RUnlock()
	if !ok {
		s.mu.Lock()
		shared = s.taskLayers(t)
		s.ofTask[t] = shared
		s.mu.Unlock()
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.view(host, t, s.play, shared)
}

// Host gives the variables of a host outside of any play, as hostvars and ad-hoc commands see them.
func (s *Store) Host(host string) *View {
	s.recall(host)
	s.mu.RLock()
	defer s.mu.RUnlock()
	v := s.view(host, nil, nil, nil)
	v.play, v.hidden = s.play, true // playbook_dir is seen
	return v
}

// Play gives the variables that are known before the hosts of a play are: extra vars, the play's own and those of its
// roles.
func (s *Store) Play(p Play) *View {
	s.mu.RLock()
	defer s.mu.RUnlock()
	pv := s.play
	if pv == nil || pv.key != any(p) {
		pv = newPlayVars(p)
	}
	return s.view("", nil, pv, pv.layers)
}

// Extra gives the extra vars alone, and what magic variables tell of the run.
func (s *Store) Extra() *View {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.view("", nil, nil, nil)
}

// taskLayers collects what a task sees on every host: of its play and of the tree around it. The weakest come first.
func (s *Store) taskLayers(t Task) []layer {
	var out []layer
	if s.play != nil && s.play.key == t.VarScope() {
		out = append(out, s.play.layers...)
	}
	t.EachVars(func(level string, owner any, d *value.Dict) {
		l := levelByName[level]
		if l == BlockVars || l == TaskVars {
			d = withoutKeywords(d)
		}
		if d != nil && d.Len() > 0 {
			out = append(out, layer{l, d})
		}
		if l == IncludeParams {
			if p := s.params[owner]; p != nil {
				out = append(out, layer{l, p})
			}
		}
	})
	return out
}

// Unseen reports whether a variable that stands on a task or a block is not seen: ansible-core 2.19 takes these two for the keywords.
func Unseen(name string) bool { return name == "tags" || name == "when" }

// withoutKeywords gives the variables of a task or a block that are seen.
func withoutKeywords(d *value.Dict) *value.Dict {
	if d == nil || !d.Has("tags") && !d.Has("when") {
		return d
	}
	d = d.Copy()
	d.DeleteStr("tags")
	d.DeleteStr("when")
	return d
}

// view puts the layers of a view in order.
func (s *Store) view(host string, t Task, p *playVars, shared []layer) *View {
	v := &View{s: s, host: host, task: t, play: p}
	layers := make([]layer, 0, len(shared)+16)
	add := func(l Level, d *value.Dict) {
		if d != nil && d.Len() > 0 {
			layers = append(layers, layer{l, d})
		}
	}
	layers = append(layers, shared...)
	if host != "" {
		v.weak = s.hostMagic(host)
		add(InventoryVars, v.weak)
		for _, d := range s.inventoryLayers(host, p) {
			add(InventoryVars, d)
		}
		if h := s.hosts[host]; h != nil {
			known := *h
			v.known = &known
			add(Facts, h.injected)
			add(IncludedVars, h.included)
			add(SetFacts, h.set)
		}
	}
	if p != nil {
		add(PromptVars, p.prompted)
		for _, d := range p.files[""] {
			add(VarsFiles, d)
		}
		for _, d := range p.files[host] {
			if host != "" {
				add(VarsFiles, d)
			}
		}
	}
	add(ExtraVars, s.extra)
	slices.SortStableFunc(layers, func(a, b layer) int { return int(a.level) - int(b.level) })
	slices.Reverse(layers)
	v.layers = layers
	return v
}

// inventoryLayers are a host's variables of the inventory, with those beside the play's playbook.
func (s *Store) inventoryLayers(host string, p *playVars) []*value.Dict {
	if p == nil {
		p = s.play
	}
	var layers []*value.Dict
	if in, ok := s.inventory.(besidePlaybook); ok && p != nil {
		layers, _ = in.LayersIn(host, p.play.Folder())
	} else {
		layers, _ = s.inventory.Layers(host)
	}
	return layers
}

// Layers returns the mappings that the view is made of, the weakest first, without the extra vars.
func (v *View) Layers() []*value.Dict {
	var out []*value.Dict
	for _, l := range slices.Backward(v.layers) {
		if l.level != ExtraVars {
			out = append(out, l.d)
		}
	}
	return out
}

// Lookup returns what is stored under name. Magic variables win over everything but what says who a host is.
func (v *View) Lookup(name string) (value.Value, bool) {
	if v.hidden && hiddenInHostVars(name) {
		return v.stored(name)
	}
	if m, ok := v.magicVar(name); ok {
		return m, true
	}
	return v.stored(name)
}

// stored is Lookup without the magic variables.
func (v *View) stored(name string) (value.Value, bool) {
	if v.s.settings.Merge {
		return v.merged(name)
	}
	for i := range v.layers {
		if found := v.layers[i].d.Stored(name); found != nil {
			return found, true
		}
	}
	return nil, false
}

// merged is Lookup with hash_behaviour=merge: mappings of the stronger levels are laid over those of the weaker ones, as
// deep as they go.
func (v *View) merged(name string) (value.Value, bool) {
	var found value.Value
	for i := len(v.layers) - 1; i >= 0; i-- {
		d := v.layers[i].d.Stored(name)
		if d == nil {
			continue
		}
		found = Merge(found, d)
	}
	return found, found != nil
}

// Merge lays strong over weak as hash_behaviour=merge does: mappings are merged as deep as they go, all else is replaced.
func Merge(weak, strong value.Value) value.Value {
	w, ok1 := weak.(*value.Dict)
	s, ok2 := strong.(*value.Dict)
	if !ok1 || !ok2 {
		return strong
	}
	out := w.Copy()
	for it := s.Iterate(); it.Next(); {
		val := it.Stored()
		if k, ok := it.Key().(value.Str); ok && out.Has(k.String()) {
			val = Merge(out.Stored(k.String()), val)
		}
		_ = out.Set(it.Key(), val)
	}
	return out
}

// Level returns the level that a variable comes from, or 0 for a magic one and for one that does not exist.
func (v *View) Level(name string) Level {
	if _, ok := v.magicVar(name); ok {
		return 0
	}
	for i := range v.layers {
		if v.layers[i].d.Has(name) {
			return v.layers[i].level
		}
	}
	return 0
}

// Names returns the names of all variables, each once.
func (v *View) Names() []string {
	seen := map[string]bool{}
	var names []string
	add := func(n string) {
		if !seen[n] {
			seen[n] = true
			names = append(names, n)
		}
	}
	for i := len(v.layers) - 1; i >= 0; i-- {
		for it := v.layers[i].d.Iterate(); it.Next(); {
			if k, ok := it.Key().(value.Str); ok {
				add(k.String())
			}
		}
	}
	for _, n := range v.magicNames() {
		if !v.hidden || !hiddenInHostVars(n) {
			add(n)
		}
	}
	return names
}

// Found is what one level has for a variable.
type Found struct {
	Level  Level
	Stored value.Value
}

// All returns what every level has for a variable, the one that counts first: for those who ask where a value comes from.
// Magic variables are not among them.
func (v *View) All(name string) []Found {
	var all []Found
	for i := range v.layers {
		if d := v.layers[i].d.Stored(name); d != nil {
			all = append(all, Found{v.layers[i].level, d})
		}
	}
	return all
}
