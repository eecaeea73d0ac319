package target

import (
	"sync"
	"syscall"
)

// running are the process groups that Real has started and waits for.
var running groups

type groups struct {
	mu   sync.Mutex
	pids map[int]bool
}

func (g *groups) add(pid int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.pids == nil {
		g.pids = map[int]bool{}
	}
	g.pids[pid] = true
}

func (g *groups) remove(pid int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.pids, pid)
}

// KillRunning ends at once all programs that run on this machine for a Real, with their children: for a process that is
// about to end without waiting for them.
func KillRunning() {
	running.mu.Lock()
	defer running.mu.Unlock()
	for pid := range running.pids {
		_ = syscall.Kill(-pid, syscall.SIGKILL)
	}
}
