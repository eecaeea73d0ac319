package server

import (
	"sync"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// sweeper is a machine that remembers which temporary files a call has made. When the call ends, however it ends, those
// that were not put in another file's place are removed: a module that fails, is stopped or crashes leaves none behind.
type sweeper struct {
	target.System
	temps *temps
}

type temps struct {
	mu    sync.Mutex
	names map[string]bool
}

func newSweeper(sys target.System) *sweeper {
	return &sweeper{sys, &temps{names: map[string]bool{}}}
}

func (t *temps) set(name string, there bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if there {
		t.names[name] = true
	} else {
		delete(t.names, name)
	}
}

// sweep removes what is left.
func (s *sweeper) sweep() {
	s.temps.mu.Lock()
	defer s.temps.mu.Unlock()
	for name := range s.temps.names {
		_ = s.System.Remove(name) // a module may have had a program remove it
	}
}

// In keeps the memory.
func (s *sweeper) In(dir string, env []string) target.System {
	return &sweeper{s.System.In(dir, env), s.temps}
}

// CreateTemp remembers the file.
func (s *sweeper) CreateTemp(dir, pattern string) (target.File, error) {
	f, err := s.System.CreateTemp(dir, pattern)
	if err == nil {
		s.temps.set(f.Name(), true)
	}
	return f, err
}

// Rename forgets a temporary file that got its place.
func (s *sweeper) Rename(from, to string) error {
	err := s.System.Rename(from, to)
	if err == nil {
		s.temps.set(from, false)
	}
	return err
}

// Remove forgets a temporary file that is gone.
func (s *sweeper) Remove(name string) error {
	err := s.System.Remove(name)
	if err == nil {
		s.temps.set(name, false)
	}
	return err
}
