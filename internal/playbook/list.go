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
	// Hosts gives the names of the hosts that a play runs on and makes the list of --list-hosts; nil: hosts are not listed.
	Hosts func(p *Play) ([]string, error)
	// Template evaluates what is shown (names of plays, tags); nil: they are shown as written.
	Template func(v value.Value) (value.Value, error)
}

// Text gives what ansible-playbook prints for the plays of the playbook that was given as name.
func (l Listing) Text(name string, plays []*Play) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "\nplaybook: %s\n", name)
	for i, p := range plays {
		if err := l.play(&b, i+1, p); err != nil {
			return "", err
		}
	}
	return b.String(), nil
}

func (l Listing) template(v value.Value) (string, error) {
	if s, ok := v.(value.Str); ok && l.Template != nil && isTemplate(s) {
		r, err := l.Template(v)
		if err != nil {
			return "", err
		}
		v = r
	}
	return value.Text(v)
}

func (l Listing) play(b *strings.Builder, n int, p *Play) error {
	title := p.HostsText()
	if v := p.RawName(); v != nil && v != value.None {
		text, err := l.template(v)
		if err != nil {
			return err
		}
		title = text
	}
	tags, err := p.Tags(l.Template)
	if err != nil {
		return err
	}
	fmt.Fprintf(b, "\n  play #%d (%s): %s\tTAGS: [%s]\n", n, p.HostsText(), title, strings.Join(tags, ","))
	if l.Hosts != nil {
		hosts, err := l.Hosts(p)
		if err != nil {
			return err
		}
		patterns, err := value.Repr(value.NewList(listOf(p.Scope.Attrs.Get(Hosts))...))
		if err != nil {
			return err
		}
		fmt.Fprintf(b, "    pattern: %s\n    hosts (%d):\n", patterns, len(hosts))
		for _, h := range hosts {
			fmt.Fprintf(b, "      %s\n", h)
		}
	}
	if !l.Tasks && !l.Tags {
		return nil
	}
	if l.Tasks {
		b.WriteString("    tasks:\n")
	}
	all, err := l.tasks(b, p)
	if err != nil {
		return err
	}
	if l.Tags {
		fmt.Fprintf(b, "      TASK TAGS: [%s]\n", sortedTags(all))
	}
	return nil
}

// tasks writes the tasks of a play that are selected and returns all their tags.
func (l Listing) tasks(b *strings.Builder, p *Play) ([]string, error) {
	sel := l.Selection
	if l.Tags && len(sel.Only)+len(sel.Skip) == 0 {
		sel.Only = []string{"all", "never"} // ansible-playbook shows "never" too
	}
	var all []string
	for _, section := range p.Compile() {
		blocks, err := sel.Filter(section.Blocks, l.Template)
		if err != nil {
			return nil, err
		}
		for _, block := range blocks {
			block.walkMain(func(t *Task) {
				if err != nil || t.isRoleEnd() {
					return
				}
				var tags []string
				if tags, err = t.Tags(l.Template); err != nil {
					return
				}
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
			return t.Title(s)
		}
	}
	return t.Action
}
