package vars

import (
	"errors"
	"io/fs"
	"slices"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

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

// FirstVars is FirstMapping for vars_files: a file may also be a list of mappings, of which later ones win.
func (r *Reader) FirstVars(paths []string) (d *value.Dict, found bool, err error) {
	for _, p := range paths {
		v, err := r.ReadFile(p)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return nil, false, err
		}
		d, err := mappings(v)
		return d, err == nil, err
	}
	return nil, false, nil
}

// mappings gives a mapping, or those of a list as one.
func mappings(v value.Value) (*value.Dict, error) {
	switch v := v.(type) {
	case *value.Dict:
		return v, nil
	case value.NoneType:
		return value.NewDict(), nil
	case *value.List:
		all := value.NewDict()
		for _, e := range v.Stored() {
			d, ok := e.(*value.Dict)
			if !ok {
				return nil, notMapping(e)
			}
			all = with(all, d)
		}
		return all, nil
	}
	return nil, notMapping(v)
}

func notMapping(v value.Value) error {
	return diag.Errorf(value.OriginOf(v), "a file of variables is a mapping, not a %s", v.Type()).Hint("write one \"name: value\" a line")
}
