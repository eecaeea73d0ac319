package system

import (
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// cmdlineOf is the command line of a process, its words with blanks between.
func cmdlineOf(sys target.System, pid string) string {
	b, err := target.ReadFile(sys, "/proc/"+pid+"/cmdline")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(strings.ReplaceAll(string(b), "\x00", " "))
}
