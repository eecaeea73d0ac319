package value

// Set is Python's set. It keeps the order in which members were added, which Python leaves open.
type Set struct {
	d *Dict
	m *Marks
}

// NewSet gives a set of the members, of which each must be hashable.
func NewSet(members ...Value) (*Set, error) {
	s := &Set{d: NewDict()}
	for _, v := range members {
		if err := s.Add(v); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Type returns "set".
func (*Set) Type() string { return "set" }

// Len returns the number of members.
func (s *Set) Len() int { return s.d.Len() }

// Add puts v into the set; a member that equals it stays.
func (s *Set) Add(v Value) error {
	if has, err := s.d.Contains(v); err != nil || has {
		return err
	}
	return s.d.Set(v, None)
}

// Has reports whether v is a member.
func (s *Set) Has(v Value) (bool, error) { return s.d.Contains(v) }

// Remove takes v out and reports whether it was a member.
func (s *Set) Remove(v Value) (bool, error) { return s.d.Delete(v) }

// Members returns the members in the order in which they were added.
func (s *Set) Members() []Value { return s.d.Keys() }
