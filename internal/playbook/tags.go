package playbook

import (
	"slices"
	"sort"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Selection is what --tags and --skip-tags choose. The zero Selection chooses everything but what is tagged "never".
// https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_tags.html
type Selection struct {
	Only []string // --tags; none: all
	Skip []string // --skip-tags
}

// NewSelection takes the values of the options, in which commas separate tags.
func NewSelection(only, skip []string) Selection {
	return Selection{Only: splitTags(only), Skip: splitTags(skip)}
}

func splitTags(options []string) []string {
	var tags []string
	for _, o := range options {
		for _, t := range strings.Split(o, ",") {
			if t = pyStrip(t); !slices.Contains(tags, t) { // an empty one is one that nothing has
				tags = append(tags, t)
			}
		}
	}
	return tags
}

// Runs reports whether something with these tags (its own and the inherited ones, templated) is to run.
func (s Selection) Runs(tags []string) bool {
	has := func(t string) bool { return slices.Contains(tags, t) }
	tagged := len(tags) > 0 && !slices.Equal(tags, []string{"untagged"})
	only := s.Only
	if len(only) == 0 {
		only = []string{"all"}
	}
	run := has("always") ||
		slices.Contains(only, "all") && !has("never") ||
		meets(tags, only) ||
		slices.Contains(only, "untagged") && !tagged ||
		slices.Contains(only, "tagged") && tagged && !has("never")
	if !run || len(s.Skip) == 0 {
		return run
	}
	switch {
	case slices.Contains(s.Skip, "all"):
		return has("always") && !slices.Contains(s.Skip, "always")
	case meets(tags, s.Skip), !tagged && slices.Contains(s.Skip, "untagged"):
		return false
	}
	return !(tagged && slices.Contains(s.Skip, "tagged"))
}

func meets(a, b []string) bool {
	for _, t := range a {
		if slices.Contains(b, t) {
			return true
		}
	}
	return false
}

// Tags returns the task's tags, its own and the inherited ones, in order and each once, as far as they are no templates
// (template gets those; nil: they count as they are written).
func (t *Task) Tags(template func(value.Value) (value.Value, error)) ([]string, error) {
	return flatTags(t.Inherited(Tags), template)
}

// Tags returns the tags that stand on the play, as Task.Tags.
func (p *Play) Tags(template func(value.Value) (value.Value, error)) ([]string, error) {
	v := p.Scope.Attrs.Get(Tags)
	if v == nil {
		return nil, nil
	}
	return flatTags(value.NewList(tagList(v)...), template)
}

func flatTags(v value.Value, template func(value.Value) (value.Value, error)) ([]string, error) {
	var tags []string
	var add func(v value.Value) error
	add = func(v value.Value) error {
		if s, ok := v.(value.Str); ok && template != nil && isTemplate(s) {
			r, err := template(s)
			if err != nil {
				return err
			}
			v = r
		}
		if l, ok := v.(*value.List); ok {
			elems, err := l.Elems()
			if err != nil {
				return err
			}
			for _, e := range elems {
				if err := add(e); err != nil {
					return err
				}
			}
			return nil
		}
		text, err := value.Text(v)
		if err != nil {
			return err
		}
		tags = appendOnce(tags, text)
		return nil
	}
	for _, e := range listOf(v) {
		if err := add(e); err != nil {
			return nil, err
		}
	}
	return tags, nil
}

func appendOnce(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// Filter gives the blocks with only the tasks that s lets run; blocks that are left without any are dropped. Tasks that
// the loader made itself always stay. The given blocks are not changed.
func (s Selection) Filter(blocks []*Block, template func(value.Value) (value.Value, error)) ([]*Block, error) {
	var out []*Block
	for _, b := range blocks {
		f, err := s.filterBlock(b, template)
		if err != nil {
			return nil, err
		}
		if f != nil {
			out = append(out, f)
		}
	}
	return out, nil
}

func (s Selection) filterBlock(b *Block, template func(value.Value) (value.Value, error)) (*Block, error) {
	c := *b
	for _, list := range []*[]Node{&c.Tasks, &c.Rescue, &c.Always} {
		var kept []Node
		for _, n := range *list {
			switch n := n.(type) {
			case *Block:
				f, err := s.filterBlock(n, template)
				if err != nil {
					return nil, err
				}
				if f != nil {
					kept = append(kept, f)
				}
			case *Task:
				tags, err := n.Tags(template)
				if err != nil {
					return nil, err
				}
				if n.Implicit && n.IsMeta() || s.Runs(tags) {
					kept = append(kept, n)
				}
			}
		}
		*list = kept
	}
	if len(c.Tasks)+len(c.Rescue)+len(c.Always) == 0 {
		return nil, nil
	}
	return &c, nil
}

// sortedTags gives tags as Ansible's lists show them.
func sortedTags(tags []string) string {
	s := slices.Clone(tags)
	sort.Strings(s)
	return strings.Join(s, ", ")
}
