package actions

import (
	"context"
	"slices"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// factNow is a fact of the host that the task runs on: what is known of it, else what the host tells. "" is a fact that there
// is not.
func (c *Call) factNow(ctx context.Context, name string) (string, error) {
	fact, err := c.knownFact(name)
	if fact != "" || err != nil {
		return fact, err
	}
	return c.askFact(ctx, name)
}

// knownFact is a fact that was gathered before, "" when it was not.
func (c *Call) knownFact(name string) (string, error) {
	v, err := c.Fact(name)
	if err != nil || v == nil || v == value.None {
		return "", err
	}
	return value.Text(v)
}

// askFact has the module setup tell a fact.
func (c *Call) askFact(ctx context.Context, name string) (string, error) {
	r, err := c.Waiting.Exec(ctx, "ansible.legacy.setup", value.DictOf(
		"filter", value.NewStr("ansible_"+name), "gather_subset", value.NewStr("!all"),
	), nil)
	if err != nil {
		return "", err
	}
	facts, isDict := r.Get("ansible_facts").(*value.Dict)
	if !isDict {
		return "", nil
	}
	return text(facts, "ansible_"+name), nil
}

// proxied gives the arguments of the task for the module that it stands for, above what module_defaults has for that. names
// are arguments that say which module, and are not the module's.
func (c *Call) proxied(moduleName string, names ...string) *value.Dict {
	args := c.Defaults(moduleName)
	for it := c.Args.Iterate(); it.Next(); {
		if key, isStr := it.Key().(value.Str); isStr && slices.Contains(names, key.String()) {
			continue
		}
		_ = args.Set(it.Key(), it.Stored())
	}
	return args
}
