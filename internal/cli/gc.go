package cli

import "runtime/debug"

// gcPercent is how much garbage, in percent of what is alive, may lie about before it is collected. Runs are short and keep
// little alive, so that Go's 100 collects the few megabytes of small runs again and again: it cost a fourth of the CPU of
// large templates. The price is memory: three times what is alive at most, instead of two. docs/performance.md has figures.
const gcPercent = 200

// TuneGC sets how often the process collects garbage, unless the variable GOGC of the environment does.
func TuneGC(getenv func(name string) (string, bool)) {
	if _, set := getenv("GOGC"); !set {
		debug.SetGCPercent(gcPercent)
	}
}
