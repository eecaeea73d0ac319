package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/term"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/rotate"
)

// A rotateTeller tells how a rotation goes: progress and warnings on stderr, what was done on stdout.
type rotateTeller struct {
	env  *Env
	opts rotateOptions
	bar  bool // stderr is a terminal
	mu   sync.Mutex
	last time.Time // when progress was shown
	open bool      // the bar stands in the line
}

func newRotateTeller(env *Env, opts rotateOptions) *rotateTeller {
	return &rotateTeller{env: env, opts: opts, bar: term.Is(env.Stderr) && !opts.json, last: env.Now()}
}

// How often progress is shown.
const (
	barEvery  = 50 * time.Millisecond
	lineEvery = 2 * time.Second
)

// progress draws a bar on a terminal and writes a line now and then elsewhere; with --json it writes nothing.
func (t *rotateTeller) progress(p rotate.Progress) {
	if t.opts.json {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	every := lineEvery
	if t.bar {
		every = barEvery
	}
	now := t.env.Now()
	if now.Sub(t.last) < every && !(t.bar && p.Done == p.Total) {
		return
	}
	t.last = now
	unit := "files"
	if p.Phase == rotate.Rotating {
		unit = "values"
	}
	if !t.bar {
		fmt.Fprintf(t.env.Stderr, "%s: %d of %d %s\n", p.Phase, p.Done, p.Total, unit)
		return
	}
	const width = 30
	full := width * p.Done / max(p.Total, 1)
	fmt.Fprintf(t.env.Stderr, "\r\x1b[K%-9s [%s%s] %d of %d %s", p.Phase, strings.Repeat("#", full), strings.Repeat(" ", width-full), p.Done, p.Total, unit)
	t.open = true
}

// close takes the bar away.
func (t *rotateTeller) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.open {
		fmt.Fprint(t.env.Stderr, "\r\x1b[K")
		t.open = false
	}
}

// failed ends the bar, and tells an error as JSON where that was asked for.
func (t *rotateTeller) failed(err error) error {
	t.close()
	if err == nil || !t.opts.json {
		return err
	}
	type problem struct {
		File    string `json:"file,omitempty"`
		Line    int    `json:"line,omitempty"`
		Column  int    `json:"column,omitempty"`
		Message string `json:"message"`
		Hint    string `json:"hint,omitempty"`
	}
	var list diag.List
	list.Add(err)
	out := struct {
		Problems []problem `json:"problems"`
		Pending  bool      `json:"interrupted"`
	}{Pending: isPendingRotation(err)}
	for _, d := range list {
		p := problem{Line: int(d.Pos.Line), Column: int(d.Pos.Col), Message: d.Msg, Hint: d.HintText()}
		if d.Pos.File != nil {
			p.File = d.Pos.File.Name()
		}
		out.Problems = append(out.Problems, p)
	}
	return errors.Join(err, t.json(out))
}

func (t *rotateTeller) json(v any) error {
	e := json.NewEncoder(t.env.Stdout)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// report tells what was done, or with --dry-run would be.
func (t *rotateTeller) report(r *rotate.Report) error {
	t.close()
	if t.opts.json {
		if r.Values == nil {
			r.Values = []rotate.Value{}
		}
		return t.json(r)
	}
	var b strings.Builder
	t.files(&b, r)
	for _, part := range []struct {
		status rotate.Status
		head   string
	}{
		{rotate.Already, "Have the new password already:"},
		{rotate.Other, "Left alone:"},
		{rotate.Stray, "Vault texts that are no values, left alone:"},
		{rotate.Unreadable, "SKIPPED, no password opens them:"},
	} {
		if part.status != rotate.Already || t.opts.verbosity > 0 {
			t.list(&b, r, part.status, part.head)
		}
	}
	for _, k := range r.Kept {
		fmt.Fprintf(&b, "%s.\n", k)
	}
	done := "rotated"
	if r.DryRun {
		done = "would be rotated"
	}
	fmt.Fprintf(&b, "%s in %s %s (%s searched)", count(r.Count(rotate.Rotated), "value"), count(r.Changed, "file"), done, count(r.Searched, "file"))
	for _, s := range []rotate.Status{rotate.Already, rotate.Other, rotate.Stray, rotate.Unreadable} {
		if n := r.Count(s); n > 0 {
			fmt.Fprintf(&b, ", %d %s", n, statusWords[s])
		}
	}
	b.WriteString(".\n")
	_, err := io.WriteString(t.env.Stdout, b.String())
	return err
}

var statusWords = map[rotate.Status]string{
	rotate.Already: "had the new password", rotate.Other: "left alone", rotate.Stray: "no values", rotate.Unreadable: "SKIPPED",
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// files lists what was rotated: a line for each file, with -v one for each value.
func (t *rotateTeller) files(b *strings.Builder, r *rotate.Report) {
	for i := 0; i < len(r.Values); {
		file := r.Values[i].File
		var ids []string
		values, whole := 0, false
		for ; i < len(r.Values) && r.Values[i].File == file; i++ {
			v := r.Values[i]
			if v.Status != rotate.Rotated {
				continue
			}
			values++
			whole = whole || v.Whole
			id := v.ID
			if v.NewID != v.ID {
				id += " -> " + v.NewID
			}
			if t.opts.verbosity > 0 {
				fmt.Fprintf(b, "%s  %s\n", valueName(v), id)
			} else if !strings.Contains(strings.Join(ids, ", ")+", ", id+", ") {
				ids = append(ids, id)
			}
		}
		switch {
		case values == 0 || t.opts.verbosity > 0:
		case whole:
			fmt.Fprintf(b, "%s  whole file  %s\n", file, strings.Join(ids, ", "))
		default:
			fmt.Fprintf(b, "%s  %s  %s\n", file, count(values, "value"), strings.Join(ids, ", "))
		}
	}
}

// list lists the values with a status.
func (t *rotateTeller) list(b *strings.Builder, r *rotate.Report, status rotate.Status, head string) {
	for _, v := range r.Values {
		if v.Status != status {
			continue
		}
		if head != "" {
			fmt.Fprintln(b, head)
			head = ""
		}
		why := v.Why
		if status == rotate.Unreadable {
			why = v.ID // the reason begins with the place
			if v.ID == "" {
				why = v.Why
			}
		}
		b.WriteString(strings.TrimRight("  "+valueName(v)+"  "+why, " ") + "\n")
	}
}

// valueName says where a value is: file:line:column and its key.
func valueName(v rotate.Value) string {
	switch {
	case v.Line == 0:
		return v.File
	case v.Whole:
		return v.File + "  whole file"
	case v.Key == "":
		return fmt.Sprintf("%s:%d:%d", v.File, v.Line, v.Column)
	}
	return fmt.Sprintf("%s:%d:%d  %s", v.File, v.Line, v.Column, v.Key)
}

// recovered tells how an interrupted rotation was ended.
func (t *rotateTeller) recovered(r *rotate.Recovered) error {
	t.close()
	state := "resumed"
	if t.opts.undo {
		state = "aborted"
	}
	if t.opts.json {
		left := []string{}
		for _, d := range r.Left {
			left = append(left, d.Pos.String())
		}
		return t.json(map[string]any{"ended": state, "root": r.Root, "files": r.Files, "passwords": r.Kept, "left": left})
	}
	for _, left := range r.Left {
		fmt.Fprintf(t.env.Stdout, "%s, and was left as it is.\n", left.Error())
	}
	for _, k := range r.Kept {
		fmt.Fprintf(t.env.Stdout, "%s.\n", k)
	}
	text := "the rotation is finished: %s with the new password.\n"
	if t.opts.undo {
		text = "the rotation is taken back: %s with the old password.\n"
	}
	_, err := fmt.Fprintf(t.env.Stdout, text, count(r.Files, "file"))
	return err
}
