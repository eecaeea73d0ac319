package callback

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
)

var _ = Set.Add(Def{Name: "ansible.posix.profile_tasks", Kind: Enabled, New: newProfileTasks, Brief: never})

// profileTasks tells how long each task took: the callback ansible.posix.profile_tasks.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/posix/profile_tasks_callback.html
type profileTasks struct {
	display     *Display
	now         func() time.Time
	summaryOnly bool
	order       string
	limit       int // how many tasks the summary tells; below 0 all

	start, last time.Time
	current     *taskTime
	times       []*taskTime
	byID        map[int]*taskTime
}

type taskTime struct {
	title string
	start time.Time
	spent time.Duration
}

func newProfileTasks(e Env) event.Sink {
	p := &profileTasks{
		display: e.Display, now: e.Now, order: e.Setting("profile_tasks", "sort_order"), byID: map[int]*taskTime{},
		start: e.Now(),
	}
	p.last = p.start
	switch strings.ToLower(e.Setting("profile_tasks", "summary_only")) {
	case "1", "true", "yes", "on", "y", "t":
		p.summaryOnly = true
	}
	p.limit = -1
	if text := e.Setting("profile_tasks", "output_limit"); text != "all" {
		n, err := strconv.Atoi(text)
		if err != nil {
			n = 20
		}
		p.limit = n
	}
	return p
}

// Handle notes when tasks begin and tells so, and sums up at the end.
func (p *profileTasks) Handle(e event.Event) {
	switch e := e.(type) {
	case event.TaskStart:
		p.stop()
		if !p.summaryOnly {
			p.stamp()
		}
		t := p.byID[e.Task.ID]
		if t == nil {
			t = &taskTime{title: strings.TrimSpace(e.Title)}
			p.byID[e.Task.ID] = t
			p.times = append(p.times, t)
		}
		t.start, p.current = p.now(), t
	case event.RunEnd:
		p.stop()
		p.sum()
	}
}

// stop ends the time of the current task.
func (p *profileTasks) stop() {
	if p.current != nil {
		p.current.spent = p.now().Sub(p.current.start)
		p.current = nil
	}
}

// stamp tells the time, how long the last task took and how long all took.
func (p *profileTasks) stamp() {
	now := p.now()
	text := fmt.Sprintf("%s (%s)       %s", now.Format("Monday 02 January 2006  15:04:05 -0700"), clock(now.Sub(p.last)), clock(now.Sub(p.start)))
	p.display.line("", p.fill(text+" ", '*'))
	p.last = now
}

// fill fills a line up to the width, less a blank at its end.
func (p *profileTasks) fill(text string, with rune) string {
	return text + strings.Repeat(string(with), max(0, p.display.width-runewidth.StringWidth(text)-1)) + " "
}

// clock gives a duration as 0:00:01.234.
func clock(d time.Duration) string {
	ms := d.Milliseconds()
	return fmt.Sprintf("%d:%02d:%02d.%03d", ms/3600000, ms/60000%60, ms/1000%60, ms%1000)
}

// sum tells the tasks with their times.
func (p *profileTasks) sum() {
	p.display.line("", "\nTASKS RECAP "+strings.Repeat("*", max(0, p.display.width-12)))
	p.stamp()
	p.display.line("", p.fill("", '='))
	times := slices.Clone(p.times)
	switch p.order {
	case "ascending":
		slices.SortStableFunc(times, func(a, b *taskTime) int { return int(a.spent - b.spent) })
	case "none":
	default:
		slices.SortStableFunc(times, func(a, b *taskTime) int { return int(b.spent - a.spent) })
	}
	if p.limit >= 0 && len(times) > p.limit {
		times = times[:p.limit]
	}
	for _, t := range times {
		seconds := fmt.Sprintf(" %.2fs", t.spent.Seconds())
		title := t.title + " "
		p.display.line("", title+strings.Repeat("-", max(0, p.display.width-1-runewidth.StringWidth(title)-len(seconds)))+seconds)
	}
}
