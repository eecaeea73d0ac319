package cli

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// How much garbage may lie about before it is collected. Small runs keep little alive, and Go's 100 percent of that is collected again
// and again: it cost a fourth of the CPU of large templates. So garbageMin bytes may lie about whatever is alive, up to maxPercent; where
// more is alive, as much again. The first collection comes at 10 MB: later, it came at the end of a run on a hundred hosts, whose stacks it
// then had to walk, and touched more memory than it freed.
// docs/performance.md has figures.
const (
	garbageMin = 8 << 20
	maxPercent = 250
	minPercent = 100
)

// TuneGC sets how often the process collects garbage, unless the variable GOGC of the environment does.
func TuneGC(getenv func(name string) (string, bool)) {
	if _, set := getenv("GOGC"); set {
		return
	}
	debug.SetGCPercent(maxPercent)
	afterGC(&gcTuner{percent: maxPercent})
}

// gcTuner looks after each collection at what is left alive.
type gcTuner struct {
	percent int
	live    [1]metrics.Sample
}

// afterGC has the tuner look when the next collection is over.
func afterGC(t *gcTuner) {
	runtime.SetFinalizer(&struct{ t *gcTuner }{t}, func(s *struct{ t *gcTuner }) {
		s.t.tune()
		afterGC(s.t)
	})
}

func (t *gcTuner) tune() {
	t.live[0].Name = "/gc/heap/live:bytes"
	metrics.Read(t.live[:])
	live := max(1, t.live[0].Value.Uint64())
	percent := int(min(maxPercent, max(minPercent, garbageMin*100/live)))
	if diff := percent - t.percent; diff*8 > t.percent || diff*8 < -t.percent { // setting it stops all goroutines for a moment
		t.percent = percent
		debug.SetGCPercent(percent)
	}
}
