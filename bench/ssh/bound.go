package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/bench/meter"
)

func median[T time.Duration | int64](list []T) T {
	if len(list) == 0 {
		return 0
	}
	list = slices.Clone(list)
	slices.Sort(list)
	return list[len(list)/2]
}

func medianOf[T time.Duration | int64](list []meter.Usage, of func(meter.Usage) T) T {
	var all []T
	for _, u := range list {
		all = append(all, of(u))
	}
	return median(all)
}

func (f *figures) wall() time.Duration {
	return medianOf(f.control, func(u meter.Usage) time.Duration { return u.Wall })
}

func (f *figures) controlCPU() time.Duration {
	return medianOf(f.control, func(u meter.Usage) time.Duration { return u.CPU })
}

func (f *figures) targetCPU() time.Duration {
	return medianOf(f.targets, func(u meter.Usage) time.Duration { return u.CPU })
}

func (f *figures) controlMemory() int64 {
	return medianOf(f.control, func(u meter.Usage) int64 { return u.Memory })
}

func (f *figures) targetMemory() int64 {
	return medianOf(f.targets, func(u meter.Usage) int64 { return u.Memory })
}

// of gives the figures of a side, or why there are none.
func (r *row) of(side string) (*figures, string) {
	switch f := r.figures[side]; {
	case f == nil:
		return nil, "no " + side + " here"
	case f.failed != "":
		return nil, side + " failed"
	default:
		return f, ""
	}
}

// both gives the figures of the program and of another side.
func (r *row) both(side string) (our, other *figures, missing string) {
	if our, missing = r.of(us); missing == "" {
		other, missing = r.of(side)
	}
	return our, other, missing
}

// faster is the bound that the side takes times as long as the program, at least.
func faster(side string, times float64) bound {
	what := fmt.Sprintf("%g times faster than %s", times, side)
	if times == 1 {
		what = "faster than " + side
	}
	return bound{what, func(r *row, _ []*row) (string, bool, string) {
		our, other, missing := r.both(side)
		if missing != "" {
			return "", false, missing
		}
		got := float64(other.wall()) / float64(our.wall())
		return fmt.Sprintf("%.1f", got), got >= times, ""
	}}
}

// within is the bound that the program takes times as long as the side, at most.
func within(side string, times float64) bound {
	return bound{fmt.Sprintf("at most %g times %s", times, side), func(r *row, _ []*row) (string, bool, string) {
		our, other, missing := r.both(side)
		if missing != "" {
			return "", false, missing
		}
		got := float64(our.wall()) / float64(other.wall())
		return fmt.Sprintf("%.2f", got), got <= times, ""
	}}
}

// lessCPU is the bound that both ends together take less CPU time than with the side.
func lessCPU(side string) bound {
	return bound{"less CPU time than " + side, func(r *row, _ []*row) (string, bool, string) {
		our, other, missing := r.both(side)
		if missing != "" {
			return "", false, missing
		}
		a, b := our.controlCPU()+our.targetCPU(), other.controlCPU()+other.targetCPU()
		return fmt.Sprintf("%.2f s against %.2f s", a.Seconds(), b.Seconds()), a < b, ""
	}}
}

// atMost is the bound on the memory of the control node, in megabytes.
func atMost(mb float64) bound {
	return bound{fmt.Sprintf("control node at most %g MB", mb), func(r *row, _ []*row) (string, bool, string) {
		our, missing := r.of(us)
		if missing != "" {
			return "", false, missing
		}
		got := float64(our.controlMemory()) / 1e6
		return fmt.Sprintf("%.1f MB", got), got <= mb, ""
	}}
}

func find(all []*row, name string) *row {
	if at := slices.IndexFunc(all, func(r *row) bool { return r.name == name }); at >= 0 {
		return all[at]
	}
	return &row{}
}

// ofRow is the bound that the program takes this part of the time of another row, at most.
func ofRow(name string, part float64) bound {
	return bound{fmt.Sprintf("at most %g of the first time", part), func(r *row, all []*row) (string, bool, string) {
		our, missing := r.of(us)
		if missing != "" {
			return "", false, missing
		}
		other, missing := find(all, name).of(us)
		if missing != "" {
			return "", false, missing
		}
		got := float64(our.wall()) / float64(other.wall())
		return fmt.Sprintf("%.2f", got), got <= part, ""
	}}
}

// moreCPU is the bound that both ends together take no more than some milliseconds of CPU time more for a host than in
// another row.
func moreCPU(name string, most float64) bound {
	return bound{fmt.Sprintf("at most %g ms of CPU a host more than the second", most), func(r *row, all []*row) (string, bool, string) {
		our, missing := r.of(us)
		if missing != "" {
			return "", false, missing
		}
		other, missing := find(all, name).of(us)
		if missing != "" {
			return "", false, missing
		}
		more := our.controlCPU() + our.targetCPU() - other.controlCPU() - other.targetCPU()
		got := more.Seconds() * 1000 / float64(r.hosts)
		return fmt.Sprintf("%.1f ms", got), got <= most, ""
	}}
}

// kept reports whether no bound that could be looked at is missed, and nothing failed.
func kept(list []*row) bool {
	for _, r := range list {
		if f := r.figures[us]; f == nil || f.failed != "" {
			return false
		}
		for _, b := range r.bounds {
			if _, ok, missing := b.check(r, list); !ok && missing == "" {
				return false
			}
		}
	}
	return true
}
