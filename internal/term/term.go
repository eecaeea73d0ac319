// Package term knows terminals: whether a stream is one, how wide it is, Ansible's colours, and prompts that do not show
// what is typed. It knows nothing of what is printed or asked.
package term

import (
	"os"

	"golang.org/x/term"
)

// DefaultWidth is the width of what is no terminal.
const DefaultWidth = 80

// Is reports whether stream is an *os.File on a terminal.
func Is(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && f != nil && term.IsTerminal(int(f.Fd()))
}

// Width returns the number of columns of the terminal behind stream, or DefaultWidth.
func Width(stream any) int {
	if f, ok := stream.(*os.File); ok && f != nil {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
			return w
		}
	}
	return DefaultWidth
}
