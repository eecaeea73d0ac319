package become

import (
	"fmt"
	"strings"
)

// Sudo becomes another user with sudo(8). Without a password it is told not to ask; with one it asks with words that
// nobody else uses, and reads the answer from its input (-S).
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/sudo_become.html
var Sudo = Set.Add(Method{
	Name: "sudo",
	Plan: func(o Options, key, command string) Plan {
		flags := o.flags("-H -S -n")
		prompt := fmt.Sprintf("[sudo via ansible, key=%s] password:", key)
		ask := ""
		fields := strings.Fields(flags)
		if o.HasPassword {
			flags = without(fields, "-n", "--non-interactive")
			ask = `-p "` + prompt + `"`
		}
		chdir := ""
		if o.Dir != "" {
			chdir = "cd " + Quote(o.Dir) + " && "
		}
		return Plan{
			Command:  words(chdir+o.exe("sudo"), flags, ask, "-u "+Quote(o.user()), command),
			Terminal: o.HasPassword && !readsInput(fields),
			Asks:     func(out string) bool { return strings.HasSuffix(strings.TrimRight(out, " "), prompt) },
		}
	},
	incorrect:  []string{"Sorry, try again.", "incorrect password attempt"},
	missing:    []string{"a password is required", "no password was provided", "a terminal is required to read the password"},
	noTerminal: []string{"you must have a tty to run sudo", "no tty present and no askpass"},
})

// readsInput reports whether sudo reads the password from its input.
func readsInput(flags []string) bool {
	for _, f := range flags {
		if f == "--stdin" || strings.HasPrefix(f, "-") && !strings.HasPrefix(f, "--") && strings.Contains(f, "S") {
			return true
		}
	}
	return false
}

// without gives options less some of them; a short one is also taken out of those that stand together (-Sn).
func without(fields []string, short, long string) string {
	var out []string
	for _, f := range fields {
		switch {
		case f == short || f == long:
			continue
		case strings.HasPrefix(f, "-") && !strings.HasPrefix(f, "--"):
			f = strings.Replace(f, short[1:], "", 1)
		}
		out = append(out, f)
	}
	return strings.Join(out, " ")
}
