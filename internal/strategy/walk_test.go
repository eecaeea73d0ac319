package strategy_test

import (
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/strategy"
)

func tasks(names ...string) []playbook.Node {
	var nodes []playbook.Node
	for _, n := range names {
		nodes = append(nodes, &playbook.Task{Action: n})
	}
	return nodes
}

// walkAll picks until nothing is left and tells "host:action" in order.
func walkAll(w *strategy.Walk, next func(*strategy.Walk, map[string]bool) (strategy.Pick, bool), busy map[string]bool) string {
	var got []string
	for range 100 {
		p, ok := next(w, busy)
		if !ok {
			break
		}
		got = append(got, p.Hosts[0]+":"+p.Task.Action)
		w.Hosts[p.Hosts[0]].Advance()
	}
	return strings.Join(got, " ")
}

func TestHostsGoOnByThemselves(t *testing.T) {
	blocks := []*playbook.Block{{Tasks: tasks("one", "two")}}
	for name, c := range map[string]struct {
		next func(*strategy.Walk, map[string]bool) (strategy.Pick, bool)
		busy map[string]bool
		want string
	}{
		"free":                     {(&strategy.Free{}).Next, nil, "a:one b:one c:one a:two b:two c:two"},
		"free, one is busy":        {(&strategy.Free{}).Next, map[string]bool{"b": true}, "a:one c:one a:two c:two"},
		"pinned, one fork":         {(&strategy.HostPinned{Forks: 1}).Next, nil, "a:one a:two b:one b:two c:one c:two"},
		"pinned, the fork is busy": {(&strategy.HostPinned{Forks: 1}).Next, map[string]bool{"a": true}, ""},
		"pinned, two forks":        {(&strategy.HostPinned{Forks: 2}).Next, map[string]bool{"a": true}, "b:one b:two c:one c:two"},
	} {
		t.Run(name, func(t *testing.T) {
			w := strategy.NewWalk([]string{"a", "b", "c"}, blocks)
			if got := walkAll(w, c.next, c.busy); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

// A handler that notifies one before it lets that run in another pass, one behind it in the same.
func TestFlushWalksHandlersInPasses(t *testing.T) {
	var handlers []*playbook.Task
	for _, n := range tasks("one", "two", "three") {
		handlers = append(handlers, n.(*playbook.Task))
	}
	notified := map[string]bool{"two": true}
	it := strategy.NewIterator([]*playbook.Block{{Tasks: tasks("flush", "after")}})
	it.Flush(func() []*playbook.Task { return handlers }, func(h *playbook.Task) bool { return notified[h.Action] })
	var got []string
	var last strategy.Key
	for {
		task, key := it.Peek()
		if task == nil {
			break
		}
		if last != nil && key.Compare(last) <= 0 {
			t.Errorf("%s does not come behind what was before it: %v, %v", task.Action, last, key)
		}
		delete(notified, task.Action)
		if again, _ := it.Peek(); again != task {
			t.Fatalf("a second look gives %v, not %s", again, task.Action)
		}
		if task.Action == "two" {
			notified["one"], notified["three"] = true, true
		}
		got, last = append(got, task.Action), key
		it.Advance()
	}
	if text := strings.Join(got, " "); text != "two three one after" {
		t.Errorf("got %q", text)
	}
}

func TestFailTellsWhetherARescueFollows(t *testing.T) {
	inner := &playbook.Block{Tasks: tasks("breaks"), Always: tasks("always")}
	it := strategy.NewIterator([]*playbook.Block{{Tasks: []playbook.Node{inner}, Rescue: tasks("rescue")}})
	it.Peek()
	if !it.Fail() {
		t.Error("the rescue of the outer block does not count")
	}
	for _, want := range []string{"always", "rescue"} {
		task, _ := it.Peek()
		if task == nil || task.Action != want {
			t.Fatalf("got %v, want %s", task, want)
		}
		it.Advance()
	}
	if task, _ := it.Peek(); task != nil || it.Failed() {
		t.Errorf("the host is not through: %v, failed %v", task, it.Failed())
	}
}
