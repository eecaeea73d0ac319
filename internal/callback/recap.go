package callback

import (
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// recap is the table at the end of a run.
func (d *Default) recap(e event.RunEnd) {
	d.banner("PLAY RECAP")
	for _, h := range e.Hosts {
		fmt.Fprintf(d.out, "%s : %s %s %s %s %s %s %s\n", d.recapHost(h),
			d.count("ok", h.OK, colourOK), d.count("changed", h.Changed, colourChanged),
			d.count("unreachable", h.Unreachable, colourUnreachable), d.count("failed", h.Failed, colourFailed),
			d.count("skipped", h.Skipped, colourSkipped), d.count("rescued", h.Rescued, colourOK),
			d.count("ignored", h.Ignored, colourWarning))
	}
	fmt.Fprintln(d.out)
	if d.o.Custom && len(e.Custom) > 0 {
		d.custom(e.Custom)
	}
}

// custom tells the values of set_stats.
func (d *Default) custom(all []event.CustomStats) {
	d.banner("CUSTOM STATS: ")
	for _, c := range all {
		text, err := value.AppendJSON(nil, d.masked(c.Values), value.JSONOptions{Multiline: true, Indent: " ", SortKeys: true, Unicode: true, Default: reprOf})
		if err != nil {
			text = []byte(err.Error())
		}
		shown := strings.ReplaceAll(string(text), "\n", "")
		if c.Host == "" {
			fmt.Fprintf(d.out, "\n\tRUN: %s\n", shown)
		} else {
			fmt.Fprintf(d.out, "\t%s: %s\n", c.Host, shown)
		}
	}
	fmt.Fprintln(d.out)
}

func (d *Default) recapHost(h event.HostStats) string {
	if !d.o.Color {
		return pad(h.Host, 26)
	}
	colour := colourOK
	switch {
	case h.Failed > 0 || h.Unreachable > 0:
		colour = colourFailed
	case h.Changed > 0:
		colour = colourChanged
	}
	return pad(d.paint(colour, h.Host), 37) // as Ansible has it: the escapes count
}

func (d *Default) count(name string, n int, colour string) string {
	text := fmt.Sprintf("%s=%-4d", name, n)
	if n == 0 {
		return text
	}
	return d.paint(colour, text)
}

func pad(s string, width int) string {
	return fmt.Sprintf("%-*s", width, s)
}
