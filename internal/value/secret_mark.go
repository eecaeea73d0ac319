package value

// CarriesSecret is IsSecret for where it is asked often: it looks at that mark alone and copies nothing.
func CarriesSecret(v Value) bool {
	var m *Marks
	switch v := v.(type) {
	case Str:
		m = v.m
	case Int:
		m = v.m
	case *Dict:
		m = v.m
	case *List:
		m = v.m
	case Float:
		m = v.m
	case Bytes:
		m = v.m
	case Tuple:
		m = v.m
	case *Set:
		m = v.m
	case DateTime:
		m = v.m
	case Date:
		m = v.m
	}
	return m != nil && m.Secret
}

// Secret reports whether s is marked secret.
func (s Str) Secret() bool { return s.m != nil && s.m.Secret }

// Secret reports whether i is marked secret.
func (i Int) Secret() bool { return i.m != nil && i.m.Secret }
