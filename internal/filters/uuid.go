package filters

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = All.Add(Def{Name: "ansible.builtin.to_uuid", Func: toUUID, Sig: "to_uuid(string, namespace='361E6D51-FAEC-444A-9079-341386DA8E2E')"})

// toUUID gives the UUID of version 5 (RFC 9562) of a text in a namespace.
func toUUID(c *Call) (value.Value, error) {
	space, ok := strOf(c.Get("namespace"))
	switch {
	case ok:
	case c.IsNone("namespace"):
		return nil, value.Raise("TypeError", "one of the hex, bytes, bytes_le, fields, or int arguments must be given")
	default:
		return nil, fail("Invalid value '%s' for 'namespace': '%s' object has no attribute 'replace'", quotedRepr(c.Get("namespace")), c.Get("namespace").Type())
	}
	digits := strings.NewReplacer("urn:", "", "uuid:", "", "-", "", "{", "", "}", "").Replace(space)
	ns, err := hex.DecodeString(digits)
	if err != nil || len(ns) != 16 {
		return nil, fail("Invalid value '%s' for 'namespace': badly formed hexadecimal UUID string", space)
	}
	text, err := value.Text(c.First())
	if err != nil {
		return nil, err
	}
	sum := sha1.Sum(append(ns, text...))
	u := sum[:16]
	u[6] = u[6]&0x0f | 0x50
	u[8] = u[8]&0x3f | 0x80
	return str(fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])), nil
}
