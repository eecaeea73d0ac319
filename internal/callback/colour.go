package callback

import "strings"

// The colours of Ansible's output, as SGR sequences.
const (
	colourOK          = "0;32"
	colourChanged     = "0;33"
	colourSkipped     = "0;36"
	colourFailed      = "0;31"
	colourUnreachable = "1;31"
	colourWarning     = "1;35"
	colourDeprecation = "0;35"
	colourDebug       = "0;34"
	colourAdded       = "0;32"
	colourRemoved     = "0;31"
	colourHunk        = "0;36"
)

// paint colours text, each line for itself as Ansible does, when colours are on.
func (d *Default) paint(colour, text string) string {
	if !d.o.Color || colour == "" {
		return text
	}
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = "\x1b[" + colour + "m" + l + "\x1b[0m"
	}
	return strings.Join(lines, "\n")
}
