package cli

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
)

// orderArgs puts args into the order that the flag parser understands, as users of Ansible write them: options may
// stand before and after positional arguments, a short option may carry its value (-ihosts, -e@file) and short options
// without one may stand together (-CD, -vvv). The result is the command's words, its options, "--", its arguments.
func orderArgs(app *cli.App, args []string) ([]string, error) {
	o := orderer{flags: flagSet(app.Flags), commands: app.Commands}
	if _, verbose := o.flags["v"]; !verbose {
		o.flags["v"] = option{word: "--version"}
	}
	for len(args) > 0 {
		rest, err := o.take(args)
		if err != nil {
			return nil, err
		}
		args = rest
	}
	out := append(o.words, o.options...)
	if len(o.positional) > 0 {
		out = append(append(out, "--"), o.positional...)
	}
	return out, nil
}

type orderer struct {
	flags      map[string]option // by each of their names; of the command reached so far
	commands   []*cli.Command    // what may follow as a command's word
	words      []string
	options    []string
	positional []string
}

// option is a flag as it goes to the parser: under its first name, since the parser refuses two names in one line.
type option struct {
	word  string // "--limit"
	takes bool   // a value
	// optional is set for an option whose value may be left out
	optional *optionalFlag
}

// flagSet gives the options by all of their names. --help and --version are always there.
func flagSet(flags []cli.Flag) map[string]option {
	set := map[string]option{"help": {word: "--help"}, "h": {word: "--help"}, "version": {word: "--version"}}
	for _, f := range flags {
		o := option{word: "--" + f.Names()[0], takes: true}
		if d, ok := f.(cli.DocGenerationFlag); ok {
			o.takes = d.TakesValue()
		}
		if opt, ok := f.(*optionalFlag); ok {
			o.optional = opt
		}
		for _, n := range f.Names() {
			set[n] = o
		}
	}
	return set
}

// take consumes the first argument, with its value where it has one, and returns the rest.
func (o *orderer) take(args []string) ([]string, error) {
	arg := args[0]
	switch {
	case arg == "--":
		o.positional = append(o.positional, args[1:]...)
		return nil, nil
	case strings.HasPrefix(arg, "--"):
		return o.long(arg, args[1:])
	case strings.HasPrefix(arg, "-") && arg != "-":
		return o.short(arg[1:], args[1:])
	}
	if len(o.positional) == 0 {
		for _, c := range o.commands {
			if c.HasName(arg) {
				o.words = append(o.words, arg)
				o.commands = c.Subcommands
				o.flags = flagSet(c.Flags)
				return args[1:], nil
			}
		}
		if len(o.commands) > 0 {
			return nil, noCommand(arg, o.commands)
		}
	}
	o.positional = append(o.positional, arg)
	return args[1:], nil
}

func (o *orderer) long(arg string, rest []string) ([]string, error) {
	name, value, hasValue := strings.Cut(arg[2:], "=")
	opt, known := o.flags[name]
	switch {
	case !known:
		return nil, o.unknown("--" + name)
	case !opt.takes && hasValue:
		return nil, fmt.Errorf("option --%s takes no value", name)
	case !opt.takes:
		o.options = append(o.options, opt.word)
		return rest, nil
	case !hasValue && opt.optional != nil && (len(rest) == 0 || !opt.optional.fits(rest[0])):
		value = opt.optional.otherwise
	case !hasValue && len(rest) == 0:
		return nil, fmt.Errorf("option --%s needs a value", name)
	case !hasValue:
		value, rest = rest[0], rest[1:]
	}
	o.options = append(o.options, opt.word+"="+value)
	return rest, nil
}

func (o *orderer) short(letters string, rest []string) ([]string, error) {
	for i, r := range letters {
		name := string(r)
		opt, known := o.flags[name]
		if !known {
			return nil, o.unknown("-" + name)
		}
		if !opt.takes {
			o.options = append(o.options, opt.word)
			continue
		}
		value := strings.TrimPrefix(letters[i+len(name):], "=")
		if i+len(name) == len(letters) {
			if len(rest) == 0 {
				return nil, fmt.Errorf("option -%s needs a value", name)
			}
			value, rest = rest[0], rest[1:]
		}
		o.options = append(o.options, opt.word+"="+value)
		return rest, nil
	}
	return rest, nil
}

func (o *orderer) unknown(option string) error {
	var names []string
	for n := range o.flags {
		if len(n) > 1 {
			names = append(names, "--"+n)
		}
	}
	e := &diag.Error{Msg: fmt.Sprintf("no option %q for %q", option, strings.Join(append([]string{"kimai-ansible"}, o.words...), " "))}
	if near := diag.Nearest(option, names); near != "" {
		return e.Hint("did you mean %s?", near)
	}
	return e.Hint("--help lists the options")
}
