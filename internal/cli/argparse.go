package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
)

// argOption is an option as Python's argparse knows it, which Ansible's commands are built on.
type argOption struct {
	names []string // "-J", "--ask-vault-password"
	value bool     // takes a value
	// without names the options that may not stand together with it
	without []string
	choices []string // the values that are allowed, nil for all
	number  bool     // the value is a whole number
	set     func(value string)
}

// title is how argparse names an option in messages.
func (o *argOption) title() string { return strings.Join(o.names, "/") }

// argParser reads one command line (or the part of one that belongs to an action) as argparse does: abbreviated long
// options, --name=value, -nvalue, -pv, and one group of positional arguments.
type argParser struct {
	prog    string
	usage   string
	options []*argOption
	most    int // positional arguments that it takes, 0 for any number
	// action, when set, is given the first positional argument and all that follows it.
	action func(name string, rest []string) ([]string, error)

	positional []string
	extra      []string // what nobody knows
	seen       []*argOption
}

// usageErr is a mistake on the command line: the usage, then what is wrong.
type usageErr struct{ usage, prog, msg string }

// Error gives what argparse prints.
func (e *usageErr) Error() string {
	return fmt.Sprintf("%s\n%s: error: %s", e.usage, e.prog, e.msg)
}

func (p *argParser) fail(format string, args ...any) error {
	return &usageErr{usage: p.usage, prog: p.prog, msg: fmt.Sprintf(format, args...)}
}

// parse reads args; what is not known is in extra afterwards.
func (p *argParser) parse(args []string) error {
	closed := false // the group of positional arguments has ended
	for i := 0; i < len(args); i++ {
		arg := args[i]
		switch {
		case arg == "--" && p.action == nil:
			p.take(args[i+1:], closed)
			return nil
		case p.isOption(arg):
			n, err := p.option(arg, args[i+1:])
			if err != nil {
				return err
			}
			i += n
			closed = len(p.positional) > 0
		case p.action != nil:
			if arg == "--" {
				continue
			}
			extra, err := p.action(arg, args[i+1:])
			p.extra = append(p.extra, extra...)
			return err
		default:
			p.take(args[i:i+1], closed)
		}
	}
	return nil
}

func (p *argParser) take(args []string, closed bool) {
	room := len(args)
	if p.most > 0 {
		room = min(room, p.most-len(p.positional))
	}
	if closed {
		room = 0
	}
	p.positional = append(p.positional, args[:room]...)
	p.extra = append(p.extra, args[room:]...)
}

// isOption reports whether argparse takes an argument for an option: not a dash alone, a negative number, or a text with a
// blank in it.
func (p *argParser) isOption(arg string) bool {
	if !strings.HasPrefix(arg, "-") || arg == "-" || arg == "--" || negativeNumber().MatchString(arg) {
		return false
	}
	name, _, _ := strings.Cut(arg, "=")
	return !strings.Contains(arg, " ") || p.short(name) != nil || !strings.HasPrefix(arg, "--") && p.short(arg[:2]) != nil
}

var negativeNumber = lazyregexp.New(`^-\d+$|^-\d*\.\d+$`)

// option reads one option and says how many of the arguments after it belong to it.
func (p *argParser) option(arg string, rest []string) (int, error) {
	if strings.HasPrefix(arg, "--") {
		name, value, hasValue := strings.Cut(arg, "=")
		o, err := p.long(name)
		if err != nil {
			return 0, err
		}
		if o == nil {
			p.extra = append(p.extra, arg)
			return 0, nil
		}
		if hasValue && !o.value {
			return 0, p.fail("argument %s: ignored explicit argument %s", o.title(), pythonQuote(value))
		}
		return p.apply(o, value, hasValue, rest)
	}
	return p.cluster(arg, rest)
}

// cluster reads short options that stand together, the last of which may have a value.
func (p *argParser) cluster(arg string, rest []string) (int, error) {
	letters := arg[1:]
	for letters != "" {
		o := p.short("-" + letters[:1])
		if o == nil {
			if value, ok := strings.CutPrefix(letters, "="); ok && letters != arg[1:] {
				last := p.short("-" + arg[len(arg)-len(letters)-1:len(arg)-len(letters)])
				return 0, p.fail("argument %s: ignored explicit argument %s", last.title(), pythonQuote(value))
			}
			p.extra = append(p.extra, "-"+letters)
			return 0, nil
		}
		letters = letters[1:]
		if o.value {
			return p.apply(o, strings.TrimPrefix(letters, "="), letters != "", rest)
		}
		if _, err := p.apply(o, "", false, nil); err != nil {
			return 0, err
		}
	}
	return 0, nil
}

func (p *argParser) short(name string) *argOption {
	for _, o := range p.options {
		if slices.Contains(o.names, name) {
			return o
		}
	}
	return nil
}

// long finds a long option by its name or the beginning of it.
func (p *argParser) long(name string) (*argOption, error) {
	if o := p.short(name); o != nil {
		return o, nil
	}
	var found []*argOption
	var names []string
	for _, o := range p.options {
		for _, n := range o.names {
			if strings.HasPrefix(n, "--") && strings.HasPrefix(n, name) {
				found, names = append(found, o), append(names, n)
			}
		}
	}
	switch len(found) {
	case 0:
		return nil, nil
	case 1:
		return found[0], nil
	}
	return nil, p.fail("ambiguous option: %s could match %s", name, strings.Join(names, ", "))
}

// apply sets an option, with the value or the next argument.
func (p *argParser) apply(o *argOption, value string, hasValue bool, rest []string) (int, error) {
	n := 0
	if o.value && !hasValue {
		if len(rest) == 0 || rest[0] == "--" || p.isOption(rest[0]) {
			return 0, p.fail("argument %s: expected one argument", o.title())
		}
		value, n = rest[0], 1
	}
	for _, other := range p.seen {
		if other != o && slices.ContainsFunc(o.without, func(name string) bool { return slices.Contains(other.names, name) }) {
			return 0, p.fail("argument %s: not allowed with argument %s", o.title(), other.title())
		}
	}
	p.seen = append(p.seen, o)
	if _, err := strconv.Atoi(value); o.number && err != nil {
		return 0, p.fail("argument %s: invalid tag_value value: %s", o.title(), pythonQuote(value))
	}
	if o.choices != nil && !slices.Contains(o.choices, value) {
		return 0, p.fail("argument %s: invalid choice: %s (choose from %s)", o.title(), pythonQuote(value), strings.Join(o.choices, ", "))
	}
	if o.set != nil {
		o.set(value)
	}
	return n, nil
}

// pythonQuote prints a text as Python's repr() does for the texts that stand on command lines.
func pythonQuote(s string) string {
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		return `"` + strings.ReplaceAll(s, `\`, `\\`) + `"`
	}
	return "'" + strings.ReplaceAll(strings.ReplaceAll(s, `\`, `\\`), "'", `\'`) + "'"
}

// usageOf gives the usage out of a help text: its first paragraph.
func usageOf(help string) string {
	usage, _, _ := strings.Cut(help, "\n\n")
	return usage
}
