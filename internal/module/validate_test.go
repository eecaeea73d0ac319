package module_test

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

func noRun(context.Context, target.System, *module.Params) (module.Result, error) {
	return module.Result{}, nil
}

// specTests are the specs of testdata/record/spectest.py and spectest2.py.
var specTests = map[string]*module.Def{
	"spectest": {
		Name: "test.test.spectest", Run: noRun,
		Args: module.Args{
			{Name: "s", Aliases: []string{"alias_s"}},
			{Name: "i", Type: module.Int},
			{Name: "f", Type: module.Float},
			{Name: "b", Type: module.Bool},
			{Name: "p", Type: module.Path},
			{Name: "l", Type: module.List, Untyped: true},
			{Name: "ls", Type: module.List},
			{Name: "li", Type: module.List, Elements: module.Int},
			{Name: "lp", Type: module.List, Elements: module.Path},
			{Name: "d", Type: module.Dict},
			{Name: "r", Type: module.Raw},
			{Name: "j", Type: module.JSONArg},
			{Name: "by", Type: module.Bytes},
			{Name: "bi", Type: module.Bits},
			{Name: "c", Choices: []string{"one", "two"}},
			{Name: "ci", Type: module.Int, Choices: []string{"1", "2"}},
			{Name: "cb", Choices: []string{"yes", "no", "auto"}},
			{Name: "cl", Type: module.List, Choices: []string{"x", "y"}},
			{Name: "def_s", Default: "dflt"},
			{Name: "def_i", Type: module.Int, Default: 7},
			{Name: "secret", NoLog: true},
			{Name: "password", NoLog: true},
			{Name: "old", RemovedInVersion: "9.0.0", RemovedCollection: "ansible.builtin"},
			{Name: "ca", Aliases: []string{"ca_old"}, DeprecatedAliases: []module.Deprecated{{Name: "ca_old", Version: "9.0.0", Collection: "ansible.builtin"}}},
			{Name: "ex1"},
			{Name: "ex2"},
			{Name: "to1"},
			{Name: "to2"},
			{Name: "rif"},
			{Name: "rn1"},
			{Name: "rn2"},
			{Name: "ran1"},
			{Name: "ran2"},
			{Name: "rb"},
			{Name: "rb1"},
			{Name: "need"},
			{Name: "sub", Type: module.Dict, Options: module.Args{
				{Name: "a", Required: true},
				{Name: "n", Type: module.Int, Default: 3},
				{Name: "m", Choices: []string{"q"}},
				{Name: "x1"},
				{Name: "x2"},
				{Name: "pw", NoLog: true},
			}, Rules: module.Rules{MutuallyExclusive: [][]string{{"x1", "x2"}}, RequiredTogether: [][]string{{"m", "x1"}}}},
			{Name: "subl", Type: module.List, Elements: module.Dict, Options: module.Args{
				{Name: "a", Required: true},
				{Name: "n", Type: module.Int, Default: 3},
				{Name: "b", Type: module.Bool},
				{Name: "deep", Type: module.Dict, Options: module.Args{{Name: "z", Type: module.Int, Required: true}}},
			}},
			{Name: "subd", Type: module.Dict, ApplyDefaults: true, Options: module.Args{
				{Name: "n", Type: module.Int, Default: 3},
				{Name: "o"},
			}},
		},
		Rules: module.Rules{
			MutuallyExclusive: [][]string{{"ex1", "ex2"}},
			RequiredTogether:  [][]string{{"to1", "to2"}},
			RequiredOneOf:     [][]string{{"def_s", "need"}},
			RequiredIf: []module.RequiredIf{
				{Name: "rif", Is: "go", Then: []string{"rn1", "rn2"}},
				{Name: "rif", Is: "any", Then: []string{"ran1", "ran2"}, AnyOf: true},
			},
			RequiredBy: []module.RequiredBy{{Name: "rb", Needs: []string{"rb1", "ran1"}}},
		},
	},
	"spectest2": {
		Name: "test.test.spectest2", Run: noRun,
		Args: module.Args{
			{Name: "a", Required: true},
			{Name: "b", Required: true},
			{Name: "n", Type: module.Int},
			{Name: "c", Choices: []string{"q"}},
			{Name: "d", Type: module.Dict, Options: module.Args{{Name: "z", Required: true}}},
			{Name: "e"},
		},
		Rules: module.Rules{MutuallyExclusive: [][]string{{"n", "c"}}, RequiredOneOf: [][]string{{"e", "d"}}},
	},
}

type specCase struct {
	Case, Module, Msg string
	Args              json.RawMessage
	ModuleArgs        json.RawMessage `json:"module_args"`
	Warnings          []string
	Deprecations      []struct {
		Msg, Version string
		Collection   string `json:"collection_name"`
	}
}

// specDiffers names the cases that differ from ansible-core on purpose.
var specDiffers = map[string]string{
	"c187": "ansible-core's module dies with a Python error; ours says what is wrong",
}

// TestValidateAsAnsible replays what ansible-core 2.19 says to 233 sets of arguments.
func TestValidateAsAnsible(t *testing.T) {
	text, err := os.ReadFile("testdata/spec.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []specCase
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	env := module.Env{
		Lookup: func(n string) (string, bool) { return "/root", n == "HOME" },
		Home:   func(user string) (string, bool) { return "/root", user == "" || user == "root" },
	}
	for _, c := range cases {
		t.Run(c.Case, func(t *testing.T) {
			args, err := value.FromJSON(c.Args)
			if err != nil {
				t.Fatal(err)
			}
			got := module.Validate(specTests[c.Module], c.Module, args.(*value.Dict), env)
			if why := specDiffers[c.Case]; why != "" {
				if got.Problem == c.Msg {
					t.Errorf("listed as different (%s) but the same", why)
				}
				return
			}
			if boolSet(got.Problem) != boolSet(c.Msg) {
				t.Errorf("args %s\n got %s\nwant %s", c.Args, got.Problem, c.Msg)
			}
			if c.ModuleArgs != nil {
				if g, w := sortedJSON(t, got.ModuleArgs), canonical(t, c.ModuleArgs); g != w {
					t.Errorf("module_args of %s\n got %s\nwant %s", c.Args, g, w)
				}
			}
			warnings, deprecations := got.Params.Warnings()
			if strings.Join(warnings, "|") != strings.Join(c.Warnings, "|") {
				t.Errorf("warnings: got %q, want %q", warnings, c.Warnings)
			}
			if len(deprecations) != len(c.Deprecations) {
				t.Fatalf("deprecations: got %v, want %v", deprecations, c.Deprecations)
			}
			for i, d := range deprecations {
				if w := c.Deprecations[i]; d.Msg != w.Msg || d.Version != w.Version || d.Collection != w.Collection {
					t.Errorf("deprecation: got %v, want %v", d, w)
				}
			}
		})
	}
}

// boolSet cuts off the list of booleans, which Python gives in random order.
func boolSet(msg string) string {
	head, _, _ := strings.Cut(msg, "Valid booleans include: ")
	return head
}

func sortedJSON(t *testing.T, v value.Value) string {
	t.Helper()
	b, err := value.AppendJSON(nil, v, value.JSONOptions{SortKeys: true})
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(b), "NaN", `"nan"`)
}

func canonical(t *testing.T, text []byte) string {
	t.Helper()
	v, err := value.FromJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	return sortedJSON(t, v)
}
