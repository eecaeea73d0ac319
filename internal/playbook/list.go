package playbook

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Listing says what --list-hosts, --list-tasks and --list-tags print.
type Listing struct {
	Tasks, Tags bool
	Selection   Selection
	// Head gives the host patterns of a play and its name, evaluated; nil: they are shown as written.
	Head func(p *Play) (patterns []string, name string, err error)
	// Hosts gives the names of the hosts of patterns and makes the list of --list-hosts; nil: hosts are not listed.
	Hosts func(patterns []string) ([]string, error)
	// Template evaluates the tags of tasks; nil: they are shown as written.
	Template func(p *Play, v value.Value) (value.Value, error)
}

// Text gives what ansible-playbook prints for the plays of the playbook that was given as name. With an error it is what
// stands before the part that could not be made.
func (l Listing) Text(name string, plays []*Play) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "\nplaybook: %s\n", name)
	for i, p := range plays {
		if err := l.play(&b, i+1, p); err != nil {
			return b.String(), err
		}
	}
	return b.String(), nil
}

// head gives the host patterns and the name of a play.
func (l Listing) head(p *Play) (patterns []string, name string, err error) {
	if l.Head != nil {
		return l.Head(p)
	}
	if v := p.RawName(); v != nil && v != value.None {
		if name, err = value.Text(v); err != nil {
			return nil, "", err
		}
	} else {
		name = p.HostsText()
	}
	return p.Patterns(), name, nil
}

func (l Listing) play(b *strings.Builder, n int, p *Play) error {
	patterns, title, err := l.head(p)
	if err != nil {
		return err
	}
	tags, err := p.Tags(nil)
	if err != nil {
		return err
	}
	fmt.Fprintf(b, "\n  play #%d (%s): %s\tTAGS: [%s]\n", n, strings.Join(patterns, ","), title, strings.Join(tags, ","))
	if l.Hosts != nil {
		if err := l.hosts(b, patterns); err != nil {
			return err
		}
	}
	if !l.Tasks && !l.Tags {
		return nil
	}
	var tasks strings.Builder
	if l.Tasks {
		tasks.WriteString("    tasks:\n")
	}
	all, err := l.tasks(&tasks, p)
	if err != nil {
		return err
	}
	b.WriteString(tasks.String())
	if l.Tags {
		fmt.Fprintf(b, "      TASK TAGS: [%s]\n", sortedTags(all))
	}
	return nil
}

func (l Listing) hosts(b *strings.Builder, patterns []string) error {
	hosts, err := l.Hosts(patterns)
	if err != nil {
		return err
	}
	list := value.NewList()
	for _, p := range patterns {
		list.Append(value.NewStr(p))
	}
	shown, err := value.Repr(list)
	if err != nil {
		return err
	}
	fmt.Fprintf(b, "    pattern: %s\n    hosts (%d):\n", shown, len(hosts))
	for _, h := range hosts {
		fmt.Fprintf(b, "      %s\n", h)
	}
	return nil
}

// tasks writes the tasks of a play that are selected and returns all their tags.
func (l Listing) tasks(b *strings.Builder, p *Play) ([]string, error) {
	sel := l.Selection
	if l.Tags && len(sel.Only)+len(sel.Skip) == 0 {
		sel.Only = []string{"all", "never"} // ansible-playbook shows "never" too
	}
	template := func(v value.Value) (value.Value, error) { return l.Template(p, v) }
	if l.Template == nil {
		template = nil
	}
	raw, err := p.templatedTags()
	if err != nil {
		return nil, err
	}
	var all []string
	for _, section := range p.Compile() {
		blocks, err := sel.Filter(section.Blocks, template)
		if err != nil {
			return nil, err
		}
		for _, block := range blocks {
			block.walkMain(func(t *Task) {
				if err != nil || t.isRoleEnd() {
					return
				}
				var tags []string
				if tags, err = t.Tags(template); err != nil {
					return
				}
				tags = append(tags, raw...)
				for _, tag := range tags {
					if !slices.Contains(all, tag) {
						all = append(all, tag)
					}
				}
				if l.Tasks && !(t.Implicit && t.IsMeta()) {
					fmt.Fprintf(b, "      %s\tTAGS: [%s]\n", t.listName(), sortedTags(tags))
				}
			})
			if err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// templatedTags are the play's tags that are templates, as they were written: ansible-core shows them beside what they give.
func (p *Play) templatedTags() ([]string, error) {
	tags, err := p.Tags(nil)
	return slices.DeleteFunc(tags, func(t string) bool { return !strings.Contains(t, "{{") }), err
}

// walkMain calls f for the tasks that lists show: those of rescue and always are not among them.
func (b *Block) walkMain(f func(*Task)) {
	for _, n := range b.Tasks {
		switch n := n.(type) {
		case *Task:
			f(n)
		case *Block:
			n.walkMain(f)
		}
	}
}

// listName is a task's name as --list-tasks shows it: untemplated, and without its role when there is none.
func (t *Task) listName() string {
	if v := t.RawName(); v != nil && v != value.None {
		if s, err := value.Text(v); err == nil && s != "" {
			if t.Include() == IncludeRole { // shown so by ansible-core, without the role around it
				return s
			}
			return t.Title(s)
		}
	}
	return t.Action
}
