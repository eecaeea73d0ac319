package actions_test

import (
	"context"
	"slices"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/actions"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/client"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// TestFactsModulesAreShared: the setting facts_modules is that of all hosts, whose facts are gathered at once: no host changes it.
func TestFactsModulesAreShared(t *testing.T) {
	setting := []string{" smart", "nosuch"}
	host := &local{sys: client.NewOn(target.NewMemory())}
	call := &actions.Call{
		Args: value.NewDict(), Host: host, FactsModules: setting,
		Scope: templating.New(templating.Options{}).Scope(context.Background(), noVars{}, nil),
	}
	if _, err := actions.Set.Find("gather_facts").Run(context.Background(), call); err != nil {
		t.Fatal(err)
	}
	if len(host.calls) == 0 || host.calls[0] == " smart" {
		t.Errorf("it called %q", host.calls)
	}
	if !slices.Equal(setting, []string{" smart", "nosuch"}) {
		t.Errorf("the setting is %q now", setting)
	}
}

// noVars are no variables.
type noVars struct{}

func (noVars) Lookup(string) (value.Value, bool) { return nil, false }
func (noVars) Names() []string                   { return nil }
