package eval

import (
	"sync"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Namespace is what the global namespace() gives: an object whose attributes a template may set.
type Namespace struct {
	mu sync.Mutex
	d  *value.Dict
}

// NewNamespace gives a namespace with the entries of d, which it owns.
func NewNamespace(d *value.Dict) *Namespace { return &Namespace{d: d} }

// Type returns "Namespace".
func (*Namespace) Type() string { return "Namespace" }

func (*Namespace) module() string { return "jinja2.utils" }

// Repr gives "<Namespace {…}>".
func (n *Namespace) Repr() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	r, err := value.Repr(n.d)
	if err != nil {
		r = "{...}"
	}
	return "<Namespace " + r + ">"
}

// Attr returns an attribute.
func (n *Namespace) Attr(name string) (value.Value, bool, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.d.GetStr(name)
}

func (n *Namespace) set(name string, v value.Value) {
	n.mu.Lock()
	n.d.SetStr(name, v)
	n.mu.Unlock()
}
