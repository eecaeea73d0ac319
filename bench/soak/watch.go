package main

import (
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/bench/meter"
)

// sample is what there was at a moment.
type sample struct {
	controlMemory, targetMemory           int64 // bytes
	controlFiles, targetFiles, targetProc int   // open descriptors; processes
}

// figures are what is held against growth. slack is what comes and goes.
var figures = []struct {
	name  string
	of    func(sample) float64
	slack float64
}{
	{"memory of the control node, MB", func(s sample) float64 { return float64(s.controlMemory) / 1e6 }, 2},
	{"descriptors of the control node", func(s sample) float64 { return float64(s.controlFiles) }, 4},
	{"memory of all targets, MB", func(s sample) float64 { return float64(s.targetMemory) / 1e6 }, 10},
	{"descriptors of all targets", func(s sample) float64 { return float64(s.targetFiles) }, 40},
	{"processes of all targets", func(s sample) float64 { return float64(s.targetProc) }, 20},
}

// watch looks at both sides of a run.
type watch struct {
	control, keeper int
	idle            []int // the servers themselves
}

// start begins to watch. What it returns ends that and gives all that was seen.
func (w *watch) start() func() []sample {
	var list []sample
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(500 * time.Millisecond):
			}
			if s := w.look(); s.controlMemory > 0 {
				list = append(list, s)
			}
		}
	}()
	return func() []sample {
		close(stop)
		<-done
		return list
	}
}

func (w *watch) look() sample {
	s := sample{controlMemory: meter.Memory(w.control), controlFiles: descriptors(w.control)}
	for _, pid := range meter.Below(w.keeper) {
		if slices.Contains(w.idle, pid) {
			continue
		}
		s.targetProc++
		s.targetMemory += meter.Memory(pid)
		s.targetFiles += descriptors(pid)
	}
	return s
}

// descriptors is how many files a process has open.
func descriptors(pid int) int {
	list, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid)) // it may have ended
	return len(list)
}
