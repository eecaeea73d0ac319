package vars

import "slices"

// ForFiles gives the variables that names in vars_files may use: those of the running play and of a host ("": none yet),
// without what set_fact, register and include_vars gave it.
func (s *Store) ForFiles(host string) *View {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var shared []layer
	if s.play != nil {
		shared = s.play.layers
	}
	v := s.view(host, nil, s.play, shared)
	v.layers = slices.DeleteFunc(v.layers, func(l layer) bool { return l.level == SetFacts || l.level == IncludedVars })
	return v
}
