// Package diag holds the errors a user can cause: where, what is wrong, the line, what to do. Rooms collect them and
// hand them up; only the command line prints them.
package diag

import (
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
)

// Error is one finding. It carries no secret: what it quotes from a file is left out when the file came out of a vault.
type Error struct {
	Pos   source.Pos // where; may be the zero Pos
	Msg   string     // what is wrong: lower case, no full stop
	Cause error      // what lies beneath, for errors.Is and errors.As; may be nil
	hint  string
}

// Errorf makes a finding at pos. A %w in format sets its Cause.
func Errorf(pos source.Pos, format string, args ...any) *Error {
	wrapped := fmt.Errorf(format, args...)
	return &Error{Pos: pos, Msg: wrapped.Error(), Cause: errors.Unwrap(wrapped)}
}

// Hint adds what the user should do next and returns e.
func (e *Error) Hint(format string, args ...any) *Error {
	e.hint = fmt.Sprintf(format, args...)
	return e
}

// HintText returns what the user should do next, or "".
func (e *Error) HintText() string { return e.hint }

// Error gives "file:line:column: message" in one line.
func (e *Error) Error() string {
	if p := e.Pos.String(); p != "" {
		return p + ": " + e.Msg
	}
	return e.Msg
}

// Unwrap returns the Cause.
func (e *Error) Unwrap() error { return e.Cause }

// Detail gives the whole finding as a user sees it: the message with its place, the hint, the line with a caret; each line
// ended by a newline. What is wrong, where, and what to do stand in the first lines.
func (e *Error) Detail() string {
	var b strings.Builder
	b.WriteString(e.Error())
	b.WriteByte('\n')
	if e.hint != "" {
		fmt.Fprintf(&b, "hint: %s\n", e.hint)
	}
	b.WriteString(e.Pos.Excerpt())
	return b.String()
}

// List is a collection of findings; the zero List is ready to use.
type List []*Error

// Add appends err: an *Error or a List as it is, any other error as a finding without a place, nil not at all.
func (l *List) Add(err error) {
	if err == nil {
		return
	}
	var list List
	var one *Error
	switch {
	case errors.As(err, &list):
		*l = append(*l, list...)
	case errors.As(err, &one):
		*l = append(*l, one)
	default:
		*l = append(*l, &Error{Msg: err.Error(), Cause: err})
	}
}

// Err returns the findings sorted by position, or nil when there are none.
func (l List) Err() error {
	if len(l) == 0 {
		return nil
	}
	sort.SliceStable(l, func(i, j int) bool { return l[i].Pos.Less(l[j].Pos) })
	return l
}

// Error gives one line for each finding.
func (l List) Error() string {
	lines := make([]string, len(l))
	for i, e := range l {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the findings, for errors.Is and errors.As.
func (l List) Unwrap() []error {
	errs := make([]error, len(l))
	for i, e := range l {
		errs[i] = e
	}
	return errs
}

// Detail describes err for a user: every finding in it with place, line and hint; any other error as its text.
func Detail(err error) string {
	var list List
	if errors.As(err, &list) {
		parts := make([]string, len(list))
		for i, e := range list {
			parts[i] = e.Detail()
		}
		return strings.Join(parts, "\n")
	}
	var one *Error
	if errors.As(err, &one) {
		if text := err.Error(); text != one.Error() && text != one.Msg {
			// what wraps the finding says what was being done; keep it as the first line
			return strings.TrimSuffix(text, one.Error()) + one.Detail()
		}
		return one.Detail()
	}
	return err.Error() + "\n"
}

// Nearest returns the name among candidates that is closest to name by edit distance, when it is close enough to be
// meant, else "".
func Nearest(name string, candidates []string) string {
	best, bestD := "", max(1, len(name)/3)+1
	for _, c := range candidates {
		// one more than the best: what is farther must not look like a tie
		if d := distance(name, c, bestD+1); d < bestD || d == bestD && best != "" && c < best {
			best, bestD = c, d
		}
	}
	return best
}

// distance is the Damerau-Levenshtein distance (adjacent transpositions count one) of a and b; it gives limit as soon
// as it can't be less.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	before, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
		}
		before, prev, cur = prev, cur, before
	}
	return min(prev[len(b)], limit)
}
