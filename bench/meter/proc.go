package meter

import (
	"bytes"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

func signals() chan os.Signal {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGTERM, syscall.SIGINT)
	return c
}

// Reaped gives the CPU time of all children of this process that have ended, with theirs, and the most memory that one of
// them had, in bytes.
func Reaped() (cpu time.Duration, memory int64, err error) {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &r); err != nil {
		return 0, 0, err
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano()), r.Maxrss << 10, nil
}

// Children gives the processes whose parent is the process pid.
func Children(pid int) []int {
	threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		return nil
	}
	var all []int
	for _, t := range threads {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/children", pid, t.Name())) // it may have ended
		for _, f := range bytes.Fields(text) {
			if n, err := strconv.Atoi(string(f)); err == nil {
				all = append(all, n)
			}
		}
	}
	return all
}

// Below gives all processes below the process pid.
func Below(pid int) []int {
	all := Children(pid)
	for i := 0; i < len(all); i++ {
		all = append(all, Children(all[i])...)
	}
	return all
}

// CPU gives the CPU time of a process and of those of its children that have ended: proc(5), /proc/pid/stat.
func CPU(pid int) time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	f := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	var ticks int64
	for _, at := range []int{11, 12, 13, 14} { // utime, stime, cutime, cstime
		if at < len(f) {
			n, _ := strconv.ParseInt(f[at], 10, 64)
			ticks += n
		}
	}
	return time.Duration(ticks) * 10 * time.Millisecond // USER_HZ is 100 on every platform of Linux's that Go knows
}

// Memory gives the proportional set size of a process in bytes: proc(5), /proc/pid/smaps_rollup.
func Memory(pid int) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "Pss:"); ok {
			n, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return n << 10
		}
	}
	return 0
}

// Watch looks now and then at the memory of all processes below the process pid, but those in without. The function that it
// returns ends that and gives the most there was, in bytes.
func Watch(pid int, without []int) (peak func() int64) {
	skip := map[int]bool{}
	for _, p := range without {
		skip[p] = true
	}
	stop, done := make(chan struct{}), make(chan struct{})
	var most int64
	go func() {
		defer close(done)
		wait := 30 * time.Millisecond // short commands are seen once or twice, long ones are not disturbed
		for {
			select {
			case <-stop:
				return
			case <-time.After(wait):
			}
			wait = min(2*wait, 600*time.Millisecond)
			var sum int64
			for _, p := range Below(pid) {
				if !skip[p] {
					sum += Memory(p)
				}
			}
			most = max(most, sum)
		}
	}()
	return sync.OnceValue(func() int64 {
		close(stop)
		<-done
		return most
	})
}
