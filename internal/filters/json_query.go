package filters

import (
	"errors"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jmespath"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = All.Add(Def{Name: "community.general.json_query", Func: jsonQuery, Sig: "json_query(data, expr)"})

// jsonQuery answers a JMESPath expression (jmespath.org), as
// https://docs.ansible.com/ansible/latest/collections/community/general/json_query_filter.html describes it.
func jsonQuery(c *Call) (value.Value, error) {
	found, err := jmesSearch(c.First(), c.Get("expr"))
	if err == nil {
		return found, nil
	}
	var wrong *jmespath.Error
	if errors.As(err, &wrong) {
		return nil, fail("JMESPathError in json_query filter plugin:\n%s", err)
	}
	return nil, fail("Error in jmespath.search in json_query filter plugin:\n%s", err)
}

func jmesSearch(data, expr value.Value) (value.Value, error) {
	switch e := expr.(type) {
	case value.Str:
		return jmespath.Search(e.String(), data)
	case value.NoneType: // counts as empty
		return jmespath.Search("", data)
	case *value.List, *value.Dict:
		return nil, value.Raise("TypeError", "unhashable type: '%s'", e.Type())
	default:
		return nil, value.Raise("TypeError", "'%s' object is not iterable", e.Type())
	}
}
