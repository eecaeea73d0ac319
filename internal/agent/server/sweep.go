package server

import (
	"io"
	"sync"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// sweeper is a machine that remembers which files a call has begun. When the call ends, however it ends, those that did not
// get their place are removed: a module that fails, is stopped or crashes leaves none behind.
type sweeper struct {
	target.System
	begun *begun
}

type begun struct {
	mu     sync.Mutex
	drafts map[*sweptDraft]bool
	temps  map[string]bool
}

func newSweeper(sys target.System) *sweeper {
	return &sweeper{sys, &begun{drafts: map[*sweptDraft]bool{}, temps: map[string]bool{}}}
}

func (b *begun) setTemp(name string, there bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if there {
		b.temps[name] = true
	} else {
		delete(b.temps, name)
	}
}

// sweep removes what is left.
func (s *sweeper) sweep() {
	s.begun.mu.Lock()
	defer s.begun.mu.Unlock()
	for d := range s.begun.drafts {
		d.Draft.Discard()
	}
	for name := range s.begun.temps {
		_ = s.System.Remove(name) // a module may have had a program remove it
	}
}

// In keeps the memory.
func (s *sweeper) In(dir string, env []string) target.System {
	return &sweeper{s.System.In(dir, env), s.begun}
}

// NewDraft remembers the draft.
func (s *sweeper) NewDraft(dir, base string) (target.Draft, error) {
	d, err := s.System.NewDraft(dir, base)
	if err != nil {
		return nil, err
	}
	swept := &sweptDraft{d, s.begun}
	s.begun.mu.Lock()
	defer s.begun.mu.Unlock()
	s.begun.drafts[swept] = true
	return swept, nil
}

type sweptDraft struct {
	target.Draft
	begun *begun
}

// ReadFrom leaves it to the machine how a file gets a content: the kernel can copy one without handing it out.
func (d *sweptDraft) ReadFrom(r io.Reader) (int64, error) { return io.Copy(d.Draft, r) }

// Discard forgets it.
func (d *sweptDraft) Discard() {
	d.Draft.Discard()
	d.begun.mu.Lock()
	defer d.begun.mu.Unlock()
	delete(d.begun.drafts, d)
}

// CreateTemp remembers the file.
func (s *sweeper) CreateTemp(dir, pattern string) (target.File, error) {
	f, err := s.System.CreateTemp(dir, pattern)
	if err == nil {
		s.begun.setTemp(f.Name(), true)
	}
	return f, err
}

// Rename forgets a temporary file that got its place.
func (s *sweeper) Rename(from, to string) error {
	err := s.System.Rename(from, to)
	if err == nil {
		s.begun.setTemp(from, false)
	}
	return err
}

// Remove forgets a temporary file that is gone.
func (s *sweeper) Remove(name string) error {
	err := s.System.Remove(name)
	if err == nil {
		s.begun.setTemp(name, false)
	}
	return err
}
