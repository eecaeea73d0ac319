// Package ansiblehelp has the texts of Ansible's commands behind --help, at 80 columns: the usage lines, options and their
// order are those of ansible-core 2.19, the words that explain them are ours. The command lines are read as the texts say:
// they are the only table of the options.
package ansiblehelp

import (
	"embed"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
)

//go:embed *.txt
var files embed.FS

// Of gives the text of a command ("ansible") or of one of its actions ("ansible-galaxy role install"); ok is false where
// there is none.
func Of(prog string) (text string, ok bool) {
	b, err := files.ReadFile(strings.ReplaceAll(prog, " ", "_") + ".txt")
	return string(b), err == nil
}

var (
	usage = lazyregexp.New(`(?m)^usage: .*\n(?: .*\n)*\n`)
	entry = lazyregexp.New(`^( {2,4}[-{A-Za-z]\S*(?: \S+)*?)(?:  .*)?$`)
	// what a section is for, below its name
	sentence = lazyregexp.New(`^  [A-Za-z]+ \S+ \S+( \S+)*$`)
	section  = lazyregexp.New(`^\S.*:$`)
)

// Outline takes the explaining words out of the first text of help in an output: what it leaves, usage, sections and the names
// in them, is the same for the texts here and those of the real commands.
//
// An output without such a text stays as it is. The text of help ends with the output.
func Outline(output string) string {
	at := usage().FindAllStringIndex(output, -1)
	if len(at) == 0 {
		return output
	}
	body := at[len(at)-1][1]
	var b strings.Builder
	b.WriteString(output[:body])
	listed := false
	for line := range strings.Lines(output[body:]) {
		line = strings.TrimSuffix(line, "\n")
		m := entry().FindStringSubmatch(line)
		switch {
		case section().MatchString(line):
			listed = true
			b.WriteString(line + "\n")
		case listed && m != nil && !sentence().MatchString(line):
			b.WriteString(m[1] + "\n")
		}
	}
	return b.String()
}
