package callback

import (
	"bufio"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
)

// excerptWidth is how much of a line of source is shown.
const excerptWidth = 120

// fault shows why a task failed: the whole chain in a line, then each place in it with an excerpt.
func (d *Display) fault(w *bufio.Writer, r *result.Result) {
	if r.Fault == nil {
		return
	}
	if r.NoLog {
		// the message of a hidden result may quote what is hidden; Ansible shows it all the same
		d.once(w, RoleError, "[ERROR]: Task failed: "+noLogText+"\n"+origin(r.Fault.Pos))
		return
	}
	d.once(w, RoleError, "[ERROR]: "+Chain(r.Fault))
}

// Chain tells why something failed as ansible-core 2.19 does: all of it in a line, then each place with an excerpt. It ends with a
// newline.
func Chain(f *result.Fault) string {
	groups := f.Groups()
	var b strings.Builder
	b.WriteString(f.Summary() + "\n")
	for i, g := range groups {
		if len(groups) > 1 {
			if i > 0 {
				b.WriteString("\n<<< caused by >>>\n")
			}
			b.WriteString("\n" + g.Msg + "\n")
		}
		if g.Pos.IsValid() {
			b.WriteString(origin(g.Pos))
		}
		if g.Hint != "" {
			b.WriteString("\n" + g.Hint + "\n")
		}
	}
	return b.String()
}

// origin tells a place with the line before and under it a caret, as ansible-core 2.19 does; it ends with a newline.
func origin(p source.Pos) string {
	if !p.IsValid() {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Origin: %s\n", p)
	onCommandLine := strings.HasPrefix(p.File.Name(), "<CLI ")
	if p.File != nil && p.Line > 0 && int(p.Line) > p.File.Lines() {
		why := "file truncated"
		if onCommandLine {
			why = "TypeError"
		}
		b.WriteString("\n(source not shown: " + why + ")\n")
		return b.String()
	}
	if (onCommandLine || p.Line < 1 && (strings.HasPrefix(p.File.Name(), "<adhoc ") || p.File.Name() == "<unknown>")) && p.File.Text() != "" { // its text is what was asked for
		b.WriteString("\n" + p.File.Text() + "\n")
		return b.String()
	}
	if p.Line < 1 || p.Text() == "" {
		return b.String()
	}
	b.WriteByte('\n')
	width := len(fmt.Sprint(p.Line))
	for n := max(1, int(p.Line)-2); n <= int(p.Line); n++ {
		line := fmt.Sprintf("%*d", width, n)
		if text := p.File.Line(n); text != "" {
			line += " " + strings.ReplaceAll(text, "\t", " ")
		}
		b.WriteString(cut(line) + "\n")
	}
	if p.Col > excerptWidth {
		return b.String() // it is in the part that is cut off
	}
	if p.Col > 0 {
		b.WriteString(caret(width+int(p.Col), int(p.Col), width+1+utf8.RuneCountInString(p.Text())))
	} else {
		fmt.Fprintf(&b, "%s%s\n", strings.Repeat(" ", width+1), strings.Repeat("^", utf8.RuneCountInString(p.Text())))
	}
	return b.String()
}

// caret is the line below the last line of an excerpt, which is length wide: the mark at an offset in it, and which column that
// is, on the left where the right has no room. A mark in what was cut off is not shown.
func caret(at, column, length int) string {
	if length > excerptWidth && at >= excerptWidth-3 {
		return ""
	}
	label := fmt.Sprintf("column %d", column)
	if right := strings.Repeat(" ", at) + "^ " + label; len(right) <= excerptWidth {
		return right + "\n"
	}
	return strings.Repeat(" ", at-len(label)-1) + label + " ^\n"
}

func cut(line string) string {
	if utf8.RuneCountInString(line) <= excerptWidth {
		return line
	}
	return string([]rune(line)[:excerptWidth-3]) + "..."
}
