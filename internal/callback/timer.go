package callback

import (
	"fmt"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
)

var _ = Set.Add(Def{Name: "ansible.posix.timer", Kind: Enabled, New: func(e Env) event.Sink {
	return &timer{display: e.Display, now: e.Now, start: e.Now()}
}, Brief: never})

// timer tells at the end how long the run took: the callback ansible.posix.timer.
type timer struct {
	display *Display
	now     func() time.Time
	start   time.Time
}

// Handle tells the time at the end.
func (t *timer) Handle(e event.Event) {
	if _, ok := e.(event.RunEnd); !ok {
		return
	}
	s := int(t.now().Sub(t.start).Seconds())
	t.display.banner("PLAYBOOK RECAP")
	t.display.line("", fmt.Sprintf("Playbook run took %d days, %d hours, %d minutes, %d seconds\n\r", s/86400, s/3600%24, s/60%60, s%60))
}
