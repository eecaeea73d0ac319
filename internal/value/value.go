// Package value is Python's value model, as Ansible's semantics are Python's: None, bool, int of any size, float, str,
// bytes, list, tuple, set, dict that keeps insertion order, date and datetime, and undefined. YAML, Jinja, variables,
// module arguments and results all speak it. It knows nothing of Ansible.
//
// A value is one of the types of this package or a type of another room that implements Value (a function, a loop
// object, a vaulted string not yet opened). Scalars are immutable. Lists, dicts and sets are mutable by the one who
// made them and frozen by convention once they are shared.
//
// Marks travel with values: where a value comes from (Origin), whether its text may be evaluated as a template
// (Trusted: false unless a loader of playbooks, roles, inventories, vars files or templates says so) and whether it came
// out of a vault (Secret). See Marks.
package value

// Value is any value. Type gives its Python type name: "NoneType", "bool", "int", "float", "str", "bytes", "list",
// "tuple", "set", "dict", "date", "datetime", "timedelta", "Undefined", or a foreign type's own name.
type Value interface {
	Type() string
}

// The optional interfaces that a foreign value may implement.
type (
	// Truther has a truth value of its own; a foreign value without it is true.
	Truther interface{ Truth() bool }
	// Reprer has a repr() of its own; without it "<TYPE object>" stands.
	Reprer interface{ Repr() string }
	// Strer has a str() that differs from its repr().
	Strer interface{ Str() string }
	// Attributer has attributes (the dot of a template).
	Attributer interface {
		Attr(name string) (v Value, ok bool, err error)
	}
	// Indexer has items (the brackets of a template).
	Indexer interface {
		Index(key Value) (v Value, ok bool, err error)
	}
	// Iterabler can be iterated over.
	Iterabler interface{ Iter() Iterator }
	// Lener has a length.
	Lener interface{ Len() (int, error) }
	// Callable can be called.
	Callable interface {
		Call(args []Value, kwargs *Dict) (Value, error)
	}
	// Deferred stands for a value that is only made when it is needed, such as a vaulted string that is not yet
	// decrypted. Containers with a Resolver and templates resolve it; Resolve gives the same value each time.
	Deferred interface {
		Value
		Resolve() (Value, error)
	}
)

// Iterator walks over values. Next returns false at the end or on an error, which Err then gives.
type Iterator interface {
	Next() (v Value, ok bool)
	Err() error
}

// Resolver turns a stored value of a lazy container into the value that a reader sees, for instance by evaluating a
// trusted string as a template. It is called at most once for each element; the result is kept.
type Resolver interface {
	Resolve(stored Value) (Value, error)
}
