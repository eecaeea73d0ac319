package cli

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/cli/ansiblehelp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
)

// dropInLine is the command line of one of Ansible's commands, or of one of its actions, as its help tells it.
type dropInLine struct {
	prog    string // "ansible-galaxy role install"
	help    string
	options []*argOption
	subs    []string // actions, in order
	subName string   // what usage calls them
	arg     string   // name of the positional arguments, "" for none
	least   int
	most    int // 0 for any number
}

// parsedLine is a command line that was read.
type parsedLine struct {
	prog   string
	usage  string
	values map[string][]string // by the long name of the option; an option without a value has one "" for each time
	args   []string
	reveal bool // --show-secrets

	deprecated []string // what is told of options that Ansible will drop
}

func (p *parsedLine) has(name string) bool      { return len(p.values[name]) > 0 }
func (p *parsedLine) list(name string) []string { return p.values[name] }
func (p *parsedLine) count(name string) int     { return len(p.values[name]) }

// str gives the last value of an option, "" without one.
func (p *parsedLine) str(name string) string {
	if v := p.values[name]; len(v) > 0 {
		return v[len(v)-1]
	}
	return ""
}

// fail is a mistake that the command finds after the line was read: usage and message, without the help.
func (p *parsedLine) fail(format string, args ...any) error {
	return &usageErr{usage: p.usage, prog: p.prog, msg: fmt.Sprintf(format, args...)}
}

var (
	helpOption    = lazyregexp.New(`(?m)^  (-[-\w]+(?:, -[-\w]+)*)(?: (\{[^}]*\}|[A-Z][A-Z_]*))?( \[\S+ \.\.\.\])?(?:  .*)?$`)
	usageOption   = lazyregexp.New(`[\[| ](--?[A-Za-z][-\w]*)`)
	usageGroup    = lazyregexp.New(`\[([^\[\]]*\|[^\[\]]*)\]`)
	usageBrackets = lazyregexp.New(`\[-[^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)?\]`)
)

// numberOptions are those whose values are whole numbers.
var numberOptions = []string{"forks", "timeout", "poll", "background", "task-timeout"}

// loadDropIn reads the help of a command or an action.
func loadDropIn(prog string) *dropInLine {
	help, ok := ansiblehelp.Of(prog)
	if !ok {
		panic("cli: no help of " + prog)
	}
	l := &dropInLine{prog: prog, help: help}
	usage := strings.Join(strings.Fields(usageOf(help)), " ")
	for _, m := range helpOption().FindAllStringSubmatch(help, -1) {
		o := &argOption{names: strings.Split(m[1], ", "), value: m[2] != ""}
		if strings.HasPrefix(m[2], "{") {
			o.choices = strings.Split(strings.Trim(m[2], "{}"), ",")
		}
		o.number = slices.Contains(numberOptions, o.key())
		l.options = append(l.options, o)
	}
	place := map[string]int{}
	for i, m := range usageOption().FindAllStringSubmatch(usage, -1) {
		if _, seen := place[m[1]]; !seen {
			place[m[1]] = i
		}
	}
	sort.SliceStable(l.options, func(i, j int) bool { return place[l.options[i].names[0]] < place[l.options[j].names[0]] })
	for _, m := range usageGroup().FindAllStringSubmatch(usage, -1) {
		l.exclude(strings.Split(m[1], "|"))
	}
	rest := usageBrackets().ReplaceAllString(strings.TrimPrefix(usage, "usage: "+prog), "")
	for usageBrackets().MatchString(rest) {
		rest = usageBrackets().ReplaceAllString(rest, "")
	}
	l.readArgs(strings.TrimSpace(rest))
	return l
}

// key is the name under which the value of an option is kept: its first long name.
func (o *argOption) key() string {
	for _, n := range o.names {
		if name, ok := strings.CutPrefix(n, "--"); ok {
			return name
		}
	}
	return strings.TrimPrefix(o.names[0], "-")
}

// exclude marks options that may not stand together.
func (l *dropInLine) exclude(alternatives []string) {
	var names []string
	for _, a := range alternatives {
		names = append(names, strings.Fields(a)[0])
	}
	for _, o := range l.options {
		if !slices.Contains(names, o.names[0]) {
			continue
		}
		for _, n := range names {
			if n != o.names[0] {
				o.without = append(o.without, n)
			}
		}
	}
}

// readArgs reads what usage says of positional arguments: NAME, [NAME], [NAME ...], NAME [NAME ...], or actions.
func (l *dropInLine) readArgs(text string) {
	if name, ok := strings.CutSuffix(text, " ..."); ok {
		l.subName = name
		for _, sub := range dropInActions {
			if rest, ok := strings.CutPrefix(sub, l.prog+" "); ok && !strings.Contains(rest, " ") {
				l.subs = append(l.subs, rest)
			}
		}
		if strings.HasPrefix(name, "{") {
			l.subName = "action"
		}
		return
	}
	words := strings.Fields(text)
	switch {
	case len(words) == 0:
		l.most = -1
	case strings.HasPrefix(words[0], "["):
		l.arg = strings.Trim(words[0], "[]")
		if len(words) == 1 {
			l.most = 1
		}
	default:
		l.arg, l.least = words[0], 1
		if len(words) == 1 {
			l.most = 1
		}
	}
}

// dropInActions are the actions of Ansible's commands, in the order in which they tell them.
var dropInActions = []string{
	"ansible-config list", "ansible-config dump", "ansible-config view", "ansible-config init", "ansible-config validate",
	"ansible-galaxy collection", "ansible-galaxy role",
	"ansible-galaxy collection download", "ansible-galaxy collection init", "ansible-galaxy collection build",
	"ansible-galaxy collection publish", "ansible-galaxy collection install", "ansible-galaxy collection list",
	"ansible-galaxy collection verify",
	"ansible-galaxy role init", "ansible-galaxy role remove", "ansible-galaxy role delete", "ansible-galaxy role list",
	"ansible-galaxy role search", "ansible-galaxy role import", "ansible-galaxy role setup", "ansible-galaxy role info",
	"ansible-galaxy role install",
}

// errHelpGiven ends the reading of a line that asks for help or the version.
var errHelpGiven = errors.New("help was asked for")

// parse reads args. With errHelpGiven the help stands in text.
func (l *dropInLine) parse(env *Env, args []string) (p *parsedLine, text string, err error) {
	p = &parsedLine{prog: l.prog, usage: usageOf(l.help), values: map[string][]string{}}
	parser := &argParser{prog: l.prog, usage: p.usage, options: l.options, most: max(l.most, 0)}
	for _, o := range l.options {
		key := o.key()
		o.set = func(v string) {
			p.values[key] = append(p.values[key], v)
			switch {
			case text != "":
			case key == "help":
				text = l.help
			case key == "version":
				text = env.vaultVersionText(nil)
			}
		}
	}
	var sub *parsedLine
	if l.subs != nil {
		parser.action = func(name string, rest []string) ([]string, error) {
			if text != "" {
				return nil, nil
			}
			if !slices.Contains(l.subs, name) {
				return nil, parser.fail("argument %s: invalid choice: %s (choose from %s)", l.subName, pythonQuote(name), strings.Join(l.subs, ", "))
			}
			var err error
			sub, text, err = loadDropIn(l.prog+" "+name).parse(env, rest)
			var unknown *unknownArgs
			if errors.As(err, &unknown) {
				return unknown.args, nil
			}
			return nil, err
		}
	}
	err = parser.parse(args)
	switch {
	case text != "":
		return p, text, errHelpGiven
	case err != nil:
		return p, "", err
	case l.subs != nil && sub == nil:
		return p, "", parser.fail("the following arguments are required: %s", l.subName)
	case len(parser.positional) < l.least:
		return p, "", parser.fail("the following arguments are required: %s", l.arg)
	}
	p.args = parser.positional
	p.deprecated = deprecatedOptions(args)
	if l.most < 0 {
		parser.extra = append(slices.Clone(p.args), parser.extra...)
	}
	if sub != nil {
		for k, v := range p.values {
			sub.values[k] = append(slices.Clone(v), sub.values[k]...)
		}
		p = sub
	}
	if len(parser.extra) > 0 {
		return p, "", &unknownArgs{parser.extra}
	}
	return p, "", nil
}

// deprecatedOptions tells what Ansible says of options that it will drop.
func deprecatedOptions(args []string) []string {
	var told []string
	for _, a := range args {
		if a == "--" {
			break
		}
		if name, _, _ := strings.Cut(a, "="); name == "--inventory-file" && told == nil {
			told = append(told, "The '--inventory-file' argument is deprecated. This feature will be removed from ansible-core version 2.23. Use -i or --inventory instead.")
		}
	}
	return told
}

// tellError tells an error that ends a command before it has begun, as the program does that is called.
func tellError(env *Env, dropIn bool, err error) error {
	if !dropIn {
		return err
	}
	if err == nil || err.Error() == "" {
		return err
	}
	fmt.Fprintf(env.Stderr, "%s%s\n", errorMark(err), setOff(ansibleWords(err)))
	return &CodeError{Code: exitCode(err)}
}

// unknownArgs are arguments that an action does not know; the command tells them.
type unknownArgs struct{ args []string }

// Error gives argparse's words.
func (e *unknownArgs) Error() string { return "unrecognized arguments: " + joinArgs(e.args) }

// readDropIn reads the command line of one of Ansible's commands and does what it asks for by itself: help, version, the
// report of a mistake. done says that nothing is left to be done. As a command of kimai-ansible a mistake is an ordinary error.
func readDropIn(env *Env, prog string, dropIn bool, args []string) (p *parsedLine, done bool, err error) {
	l := loadDropIn(prog)
	args, reveal := showSecrets(dropIn, args)
	p, text, err := l.parse(env, args)
	p.reveal = reveal
	var unknown *unknownArgs
	if errors.As(err, &unknown) {
		err = &usageErr{usage: usageOf(l.help), prog: prog, msg: err.Error()}
	}
	var usage *usageErr
	switch {
	case errors.Is(err, errHelpGiven):
		if !dropIn && text != env.vaultVersionText(nil) {
			text = kimaiHelp(prog, text)
		}
		fmt.Fprint(env.Stdout, text)
		return p, true, nil
	case errors.As(err, &usage) && dropIn:
		fmt.Fprintf(env.Stderr, "%s\n \n%s", usage.Error(), l.help)
		return p, true, &CodeError{Code: ExitUsage}
	case errors.As(err, &usage):
		return p, true, withCode(ExitUsage, (&diag.Error{Msg: usage.msg}).Hint("kimai-ansible %s --help tells the options", kimaiWord(prog)))
	}
	return p, false, err
}

// tellUsage tells a mistake that a command has found in its line, which is not an error of argparse's own.
func tellUsage(env *Env, err error) error {
	var usage *usageErr
	if errors.As(err, &usage) {
		fmt.Fprintln(env.Stderr, usage.Error())
		return &CodeError{Code: ExitUsage}
	}
	return err
}

var commandWord = lazyregexp.New(`^ansible-?`)

// kimaiWord is the command of kimai-ansible for one of Ansible's.
func kimaiWord(prog string) string {
	if word := commandWord().ReplaceAllString(prog, ""); word != "" {
		return word
	}
	return "adhoc"
}
