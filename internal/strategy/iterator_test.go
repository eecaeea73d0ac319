package strategy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/strategy"
)

// tree makes blocks of a compact text: "a b (c d | r | x) e" is two tasks, a block with a rescue and an always part, and a
// task.
func tree(text string) []*playbook.Block {
	words := strings.Fields(strings.NewReplacer("(", " ( ", ")", " ) ", "|", " | ").Replace(text))
	nodes := parse(&words)
	return []*playbook.Block{{Implicit: true, Tasks: nodes}}
}

func parse(words *[]string) []playbook.Node {
	var nodes []playbook.Node
	for len(*words) > 0 && (*words)[0] != ")" && (*words)[0] != "|" {
		w := (*words)[0]
		*words = (*words)[1:]
		if w != "(" {
			nodes = append(nodes, &playbook.Task{Action: w})
			continue
		}
		b := &playbook.Block{Tasks: parse(words)}
		for _, part := range []*[]playbook.Node{&b.Rescue, &b.Always} {
			if (*words)[0] == "|" {
				*words = (*words)[1:]
				*part = parse(words)
			}
		}
		*words = (*words)[1:]
		nodes = append(nodes, b)
	}
	return nodes
}

// walk goes through the tasks; those whose names are in fail fail. It returns what ran.
func walk(blocks []*playbook.Block, fail string, include map[string]string) string {
	it := strategy.NewIterator(blocks)
	var ran []string
	for range 100 {
		t, _ := it.Peek()
		if t == nil {
			break
		}
		ran = append(ran, t.Action)
		switch {
		case strings.Contains(fail, t.Action):
			it.Fail()
		case include[t.Action] != "":
			var parts []strategy.Included
			for i, text := range strings.Split(include[t.Action], ",") {
				parts = append(parts, strategy.Included{Number: i, Blocks: tree(text)})
			}
			it.Include(parts)
		default:
			it.Advance()
		}
	}
	if it.Failed() {
		ran = append(ran, "FAILED")
	}
	return strings.Join(ran, " ")
}

func TestIterator(t *testing.T) {
	tests := []struct {
		name, tree, fail string
		include          map[string]string
		want             string
	}{
		{"in order", "a b c", "", nil, "a b c"},
		{"fails", "a b c", "b", nil, "a b FAILED"},
		{"block without failure", "a (b c | r | x) d", "", nil, "a b c x d"},
		{"rescued", "a (b c | r | x) d", "b", nil, "a b r x d"},
		{"rescue fails", "a (b c | r q | x) d", "b r", nil, "a b r x FAILED"},
		{"always without rescue", "a (b c | | x y) d", "b", nil, "a b x y FAILED"},
		{"always fails", "(b | r | x y) d", "b x", nil, "b r x FAILED"},
		{"outer rescue", "((b c | | x) d | r) e", "b", nil, "b x r e"},
		{"rescue within rescue", "(a | (b | r) s) e", "a b", nil, "a b r s e"},
		{"empty block", "( ) a", "", nil, "a"},
		{"include", "a i b", "", map[string]string{"i": "p q"}, "a i p q b"},
		{"include of several", "a i b", "", map[string]string{"i": "p,q s"}, "a i p q s b"},
		{"include of nothing", "a i b", "", map[string]string{"i": " "}, "a i b"},
		{"include within a block fails", "(i b | r | x) c", "q", map[string]string{"i": "p q s"}, "i p q r x c"},
		{"include brings a block", "i c", "q", map[string]string{"i": "(q | r) s"}, "i q r s c"},
		{"include in an include", "i c", "", map[string]string{"i": "p j s", "j": "k l"}, "i p j k l s c"},
		{"include last in a rescue", "(a | i) c", "a", map[string]string{"i": "p"}, "a i p c"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := walk(tree(tt.tree), tt.fail, tt.include); got != tt.want {
				t.Errorf("ran %q, want %q", got, tt.want)
			}
		})
	}
}

// TestLinear walks two hosts, of which one fails a task or includes something else, and tells each step.
func TestLinear(t *testing.T) {
	blocks := tree("a (b c | r | x) i d")
	w := strategy.NewWalk([]string{"h1", "h2"}, blocks)
	var steps []string
	for range 100 {
		p, ok := strategy.Linear(w)
		if !ok {
			break
		}
		steps = append(steps, fmt.Sprintf("%s:%s", p.Task.Action, strings.Join(p.Hosts, "+")))
		for _, h := range p.Hosts {
			switch {
			case p.Task.Action == "b" && h == "h1":
				w.Hosts[h].Fail()
			case p.Task.Action == "i" && h == "h2":
				w.Hosts[h].Include([]strategy.Included{{Number: 0, Blocks: tree("p q")}})
			default:
				w.Hosts[h].Advance()
			}
		}
	}
	want := "a:h1+h2 b:h1+h2 c:h2 r:h1 x:h1+h2 i:h1+h2 p:h2 q:h2 d:h1+h2"
	if got := strings.Join(steps, " "); got != want {
		t.Errorf("steps\n got %s\nwant %s", got, want)
	}
}
