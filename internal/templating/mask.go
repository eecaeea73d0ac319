package templating

import (
	"sort"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// What a plugin says of its failure may quote what it was given. Secrets are taken out of it.

const masked = "********"

// secretsIn gives the secret texts among the arguments of a call, the longest first.
func secretsIn(args ...value.Value) []string {
	var found []string
	for _, a := range args {
		found = collectSecrets(a, found, 0)
	}
	sort.Slice(found, func(i, j int) bool { return len(found[i]) > len(found[j]) })
	return found
}

// callSecrets are those of a call of a filter, test or function.
func callSecrets(c *jinja.Call) []string {
	args := append([]value.Value{c.Value}, c.Args...)
	args = append(args, c.Rest...)
	if c.Kwargs != nil {
		args = append(args, c.Kwargs)
	}
	return secretsIn(args...)
}

func collectSecrets(v value.Value, found []string, depth int) []string {
	if v == nil || depth > 50 {
		return found
	}
	switch v := v.(type) {
	case value.Str:
		if value.IsSecret(v) && v.String() != "" {
			found = append(found, v.String())
			if r, err := value.Repr(v); err == nil && len(r) > 2 && r[1:len(r)-1] != v.String() {
				found = append(found, r[1:len(r)-1])
			}
		}
	case value.Int, value.Float, value.Bytes:
		if value.IsSecret(v) {
			if s, err := value.Text(v); err == nil {
				found = append(found, s)
			}
		}
	case *value.List:
		for _, e := range v.Stored() {
			found = collectSecrets(e, found, depth+1)
		}
	case value.Tuple:
		for _, e := range v.Elems() {
			found = collectSecrets(e, found, depth+1)
		}
	case *value.Set:
		for _, e := range v.Members() {
			found = collectSecrets(e, found, depth+1)
		}
	case *value.Dict:
		for it := v.Iterate(); it.Next(); {
			found = collectSecrets(it.Key(), found, depth+1)
			found = collectSecrets(it.Stored(), found, depth+1)
		}
	}
	return found
}

func mask(text string, secrets []string) string {
	for _, s := range secrets {
		text = strings.ReplaceAll(text, s, masked)
	}
	return text
}

// maskedUndefined is an undefined value without secrets in its message.
func maskedUndefined(u *value.Undefined, secrets []string) *value.Undefined {
	msg := mask(u.Msg, secrets)
	if msg == u.Msg {
		return u
	}
	c := *u
	c.Msg = msg
	return &c
}
