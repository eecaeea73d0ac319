package module

import (
	"fmt"
	"sort"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Env is what a validation needs to know of the machine: path arguments expand "~" and "$NAME". Either may be nil.
type Env struct {
	Lookup func(name string) (text string, ok bool) // a variable of the environment
	Home   func(user string) (dir string, ok bool)  // "" is the current user
	Node   func() string                            // what the machine is called
}

// Validated is the outcome of Validate.
type Validated struct {
	Params *Params
	// ModuleArgs is what Ansible shows as invocation.module_args.
	ModuleArgs *value.Dict
	// Secrets are the texts of the no_log arguments, which may be shown nowhere.
	Secrets []string
	// Problem is Ansible's message for the first violation, "" when there is none.
	Problem string
	// Problems are the messages for all violations.
	Problems []string
}

// Validate checks the arguments given to a module against its spec and converts them, with Ansible's rules, order and
// messages. called is the module's name as the task wrote it, for the messages. given is not changed.
//
// The order was recorded from ansible-core 2.19: aliases, mutually exclusive, required, types, choices, required
// together, one of, if, by, then the options within dicts, and last of all unsupported parameters.
func Validate(d *Def, called string, given *value.Dict, env Env) Validated {
	c := &checker{env: env, called: called}
	spec := d.Spec()
	params := given.CopyFor(len(spec))
	c.spec(spec, d.Rules, params, nil)
	if len(c.unsupported) > 0 {
		sort.Strings(c.unsupported)
		c.fail("Unsupported parameters for (%s) module: %s. Supported parameters include: %s.", called,
			strings.Join(c.unsupported, ", "), c.supported)
	}
	v := Validated{Params: &Params{values: params, given: given, warnings: c.warnings, deprec: c.deprec}}
	for s := range c.secrets {
		v.Secrets = append(v.Secrets, s)
	}
	// the longest first, so that one within another does not leave a rest
	sort.Slice(v.Secrets, func(i, j int) bool {
		if len(v.Secrets[i]) != len(v.Secrets[j]) {
			return len(v.Secrets[i]) > len(v.Secrets[j])
		}
		return v.Secrets[i] < v.Secrets[j]
	})
	if v.Problems = c.problems; len(c.problems) > 0 {
		v.Problem = c.problems[0]
	}
	v.ModuleArgs, _ = Censor(params, v.Secrets).(*value.Dict)
	for i := range d.Args {
		if d.Args[i].Ours {
			v.ModuleArgs = v.ModuleArgs.Copy() // may be the arguments themselves
			v.ModuleArgs.DeleteStr(d.Args[i].Name)
		}
	}
	return v
}

// checker collects what a validation finds.
type checker struct {
	env         Env
	called      string
	problems    []string
	warnings    []string
	deprec      []Deprecation
	secrets     map[string]bool
	unsupported []string
	supported   string // the list for the message, of the outermost spec that has something unsupported
}

func (c *checker) fail(format string, args ...any) {
	c.problems = append(c.problems, fmt.Sprintf(format, args...))
}

// spec checks params, which it changes, against one level of a spec. path names the arguments that lead here.
func (c *checker) spec(args Args, rules Rules, params *value.Dict, path []string) {
	in := ""
	if len(path) > 0 {
		in = " found in " + strings.Join(path, " -> ")
	}
	c.aliases(args, params)
	c.noLog(args, params)
	c.deprecated(args, params)
	c.unknown(args, params, path)
	c.mutuallyExclusive(rules, params, in)
	c.required(args, params, in)
	for i := range args {
		c.convertArg(&args[i], params, path)
	}
	for i := range args {
		c.choices(&args[i], params, in)
	}
	c.rules(rules, params, args, in)
	setDefaults(args, params, c)
	for i := range args {
		c.options(&args[i], params, path)
	}
}

func (c *checker) aliases(args Args, params *value.Dict) {
	for i := range args {
		a := &args[i]
		for _, alias := range a.Aliases {
			v := params.Stored(alias)
			if v == nil {
				continue
			}
			if params.Has(a.Name) {
				c.warnings = append(c.warnings, fmt.Sprintf("Both option %s and its alias %s are set.", a.Name, alias))
			}
			params.SetStr(a.Name, v)
			for _, d := range a.DeprecatedAliases {
				if d.Name == alias {
					c.deprec = append(c.deprec, Deprecation{
						Msg:     fmt.Sprintf("Alias '%s' is deprecated. See the module docs for more information", alias),
						Version: d.Version, Date: d.Date, Collection: d.Collection,
					})
				}
			}
		}
	}
}

func (c *checker) noLog(args Args, params *value.Dict) {
	for i := range args {
		if args[i].NoLog {
			if v := params.Stored(args[i].Name); v != nil {
				c.collectSecret(v)
			}
		}
	}
}

// collectSecret remembers every text and number in v.
func (c *checker) collectSecret(v value.Value) {
	switch v := v.(type) {
	case value.Str, value.Int, value.Float, value.Bytes:
		t := text(v)
		if b, ok := v.(value.Bytes); ok {
			t = string(b.Bytes())
		}
		if t == "" {
			return
		}
		if c.secrets == nil {
			c.secrets = map[string]bool{}
		}
		c.secrets[t] = true
	case *value.List:
		for _, e := range v.Stored() {
			c.collectSecret(e)
		}
	case *value.Dict:
		for it := v.Iterate(); it.Next(); {
			c.collectSecret(it.Stored())
		}
	}
}

func (c *checker) deprecated(args Args, params *value.Dict) {
	for i := range args {
		a := &args[i]
		if (a.RemovedInVersion != "" || a.RemovedAtDate != "") && params.Has(a.Name) {
			c.deprec = append(c.deprec, Deprecation{
				Msg:     fmt.Sprintf("Param '%s' is deprecated. See the module docs for more information", a.Name),
				Version: a.RemovedInVersion, Date: a.RemovedAtDate, Collection: a.RemovedCollection,
			})
		}
	}
}

func (c *checker) unknown(args Args, params *value.Dict, path []string) {
	found := false
	for it := params.Iterate(); it.Next(); {
		name, ok, _ := it.Name()
		if !ok {
			name = text(it.Key())
		}
		if args.Find(name) == nil {
			found = true
			c.unsupported = append(c.unsupported, strings.Join(append(path[:len(path):len(path)], name), "."))
		}
	}
	if found && c.supported == "" {
		c.supported = Supported(args)
	}
}

// Supported lists the names of a spec as Ansible's message does: the names, then all aliases in parentheses.
func Supported(args Args) string {
	var names, aliases []string
	for _, a := range args {
		names = append(names, a.Name)
		aliases = append(aliases, a.Aliases...)
	}
	sort.Strings(names)
	sort.Strings(aliases)
	out := strings.Join(names, ", ")
	if len(aliases) > 0 {
		out += " (" + strings.Join(aliases, ", ") + ")"
	}
	return out
}

func (c *checker) required(args Args, params *value.Dict, in string) {
	var missing []string
	for _, a := range args {
		if a.Required && !params.Has(a.Name) {
			missing = append(missing, a.Name)
		}
	}
	if len(missing) > 0 {
		sort.Strings(missing)
		c.fail("missing required arguments: %s%s", strings.Join(missing, ", "), in)
	}
}

// setDefaults gives every argument that is not there its default, or None.
func setDefaults(args Args, params *value.Dict, c *checker) {
	for i := range args {
		a := &args[i]
		if params.Has(a.Name) {
			continue
		}
		def := a.Default
		if a.DefaultOf != nil {
			def = a.DefaultOf(c.env)
		}
		if def == nil {
			params.SetStr(a.Name, value.None)
			continue
		}
		v, msg := c.convert(a.Type, value.Of(def)) // a default that does not convert is caught by the test of specs
		if msg != "" && a.DefaultOf != nil {       // it comes from the environment
			c.fail("argument '%s' is of type %s and we were unable to convert to %s: %s", a.Name, value.Of(def).Type(), a.Type, msg)
		}
		if v == nil {
			v = value.Of(def)
		}
		params.SetStr(a.Name, v)
	}
}

// options checks what is inside a dict, or a list of dicts, with options of their own.
func (c *checker) options(a *Arg, params *value.Dict, path []string) {
	if a.Options == nil {
		return
	}
	path = append(path[:len(path):len(path)], a.Name)
	switch v := params.Stored(a.Name).(type) {
	case value.NoneType:
		if a.ApplyDefaults && a.Type == Dict {
			d := value.NewDict()
			c.spec(a.Options, a.Rules, d, path)
			params.SetStr(a.Name, d)
		}
	case *value.Dict:
		d := v.Copy()
		c.spec(a.Options, a.Rules, d, path)
		params.SetStr(a.Name, d)
	case *value.List:
		out := value.NewList()
		for _, e := range v.Stored() {
			d, ok := e.(*value.Dict)
			if !ok {
				d, ok = c.subDict(e, a)
			}
			if !ok {
				continue
			}
			d = d.Copy()
			c.spec(a.Options, a.Rules, d, path)
			out.Append(d)
		}
		params.SetStr(a.Name, out)
	}
}

// subDict turns an element that is not a dict into one, if its text is one.
func (c *checker) subDict(e value.Value, a *Arg) (*value.Dict, bool) {
	if _, ok := e.(value.Str); ok {
		if v, msg := c.convert(Dict, e); msg == "" {
			return v.(*value.Dict), true
		}
	}
	c.fail("Value '%s' in the sub parameter field '%s' must be a list, not '%s'", text(e), a.Name, e.Type())
	return nil, false
}
