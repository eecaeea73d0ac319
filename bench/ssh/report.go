package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// table is what is printed, aligned or as Markdown.
type table struct {
	w        io.Writer
	markdown bool
	tabs     *tabwriter.Writer
}

func newTable(w io.Writer, markdown bool, heads ...string) *table {
	t := &table{w: w, markdown: markdown, tabs: tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)}
	t.row(heads...)
	if markdown {
		fmt.Fprintln(w, "|"+strings.Repeat("-|", len(heads)))
	}
	return t
}

func (t *table) row(cells ...string) {
	if t.markdown {
		fmt.Fprintln(t.w, "| "+strings.Join(cells, " | ")+" |")
		return
	}
	fmt.Fprintln(t.tabs, strings.Join(cells, "\t"))
}

func (t *table) end() {
	_ = t.tabs.Flush()
	fmt.Fprintln(t.w)
}

// report prints the sides, the figures of all rows and the bounds.
func report(w io.Writer, list []*row, sides []*peer, markdown bool) {
	for _, p := range sides {
		switch {
		case p.missing != "":
			fmt.Fprintf(w, "%s: %s\n", p.name, p.missing)
		case p.version != "":
			fmt.Fprintf(w, "%s: %s\n", p.name, p.version)
		}
	}
	fmt.Fprintln(w)
	t := newTable(w, markdown, "work", "by", "wall s", "CPU here s", "CPU targets s", "memory here MB", "memory targets MB", "our time ×", "runs", "load")
	for _, r := range list {
		our := r.figures[us]
		for _, side := range r.sides {
			f := r.figures[side]
			if f == nil {
				continue
			}
			if f.failed != "" {
				t.row(r.what, side, "failed: "+f.failed, "", "", "", "", "", "", "")
				continue
			}
			times := "-"
			if our != nil && len(our.control) > 0 {
				times = fmt.Sprintf("%.2f", float64(f.wall())/float64(our.wall()))
			}
			t.row(r.what, side, fmt.Sprintf("%.3f", f.wall().Seconds()), fmt.Sprintf("%.3f", f.controlCPU().Seconds()),
				fmt.Sprintf("%.2f", f.targetCPU().Seconds()), fmt.Sprintf("%.1f", float64(f.controlMemory())/1e6),
				fmt.Sprintf("%.1f", float64(f.targetMemory())/1e6), times, fmt.Sprint(len(f.control)), fmt.Sprintf("%.1f, %.1f", r.load[0], r.load[1]))
		}
	}
	t.end()
	t = newTable(w, markdown, "work", "bound", "measured", "")
	for _, r := range list {
		for _, b := range r.bounds {
			got, ok, missing := b.check(r, list)
			verdict := "kept"
			if missing != "" {
				got, verdict = "-", "not measured: "+missing
			} else if !ok {
				verdict = "MISSED"
			}
			t.row(r.what, b.what, got, verdict)
		}
	}
	t.end()
}
