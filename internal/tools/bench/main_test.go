package main

import (
	"errors"
	"testing"
	"time"
)

func TestMissedBoundIsAnError(t *testing.T) {
	ms := time.Millisecond
	kept := measured{version: 2 * ms, view: 8 * ms, derivation: 6 * ms, ours: 4 * ms, ansible: 400 * ms}
	if err := report(bounds(kept)); err != nil {
		t.Errorf("all kept: %v", err)
	}
	for name, change := range map[string]func(*measured){
		"view":       func(m *measured) { m.view = 10 * ms },
		"version":    func(m *measured) { m.version = 9 * ms },
		"derivation": func(m *measured) { m.ours = 7 * ms },
	} {
		m := kept
		change(&m)
		if err := report(bounds(m)); !errors.Is(err, errMissed) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestMissedBoundOfRotation(t *testing.T) {
	ms := time.Millisecond
	kept := rotated{rotate: 20 * ms, derivations: 20 * ms, open: 10 * ms, openOnly: 10 * ms, memory: 100 << 20}
	if err := report(kept.bounds()); err != nil {
		t.Errorf("all kept: %v", err)
	}
	for name, change := range map[string]func(*rotated){
		"rotate": func(r *rotated) { r.rotate = 27 * ms },
		"open":   func(r *rotated) { r.open = 13 * ms },
		"memory": func(r *rotated) { r.memory = 301 << 20 },
	} {
		r := kept
		change(&r)
		if err := report(r.bounds()); !errors.Is(err, errMissed) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestMedian(t *testing.T) {
	if got := median([]time.Duration{9, 1, 5}); got != 5 {
		t.Errorf("got %d", got)
	}
}

// What is measured is run in full: a bound on memory or on what a host takes is missed like one on time.
func TestMissedBoundOfPlays(t *testing.T) {
	ms := time.Millisecond
	kept := func() []*play {
		list := plays()
		for _, p := range list {
			p.our = runs{took: []time.Duration{ms}, memory: []float64{20}}
			p.their = runs{took: []time.Duration{200 * ms}, memory: []float64{50}}
		}
		return list
	}
	if err := report(playBounds(kept())); err != nil {
		t.Errorf("all kept: %v", err)
	}
	for name, change := range map[string]func([]*play){
		"time":                func(l []*play) { l[0].our.took[0] = 6 * ms },
		"memory of a start":   func(l []*play) { l[0].our.memory[0] = 31 },
		"memory of each host": func(l []*play) { l[2].our.memory[0] = 60 },
		"inventory":           func(l []*play) { l[4].our.memory[0] = 151 },
	} {
		l := kept()
		change(l)
		if err := report(playBounds(l)); !errors.Is(err, errMissed) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
