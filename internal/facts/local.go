package facts

import (
	"context"
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(Collector{Name: "local", Min: true, Run: local})

// local reads the files *.fact of a folder, which the administrator of the machine has put there: JSON or INI, or a program
// that writes one of them.
func local(g *Gathering) {
	all := dict()
	g.set("local", all)
	dir := g.Opts.FactPath
	if dir == "" || !g.isDir(dir) {
		return
	}
	for _, file := range g.glob(dir, "*.fact") {
		name := file[strings.LastIndexByte(file, '/')+1 : len(file)-len(".fact")]
		text, problem := g.factText(file)
		if g.failed != nil {
			return
		}
		if problem == "" {
			var v value.Value
			if v, problem = parseFact(text, file); problem == "" {
				all.SetStr(name, v)
				continue
			}
		}
		all.SetStr(name, value.Of(problem))
		g.warnings = append(g.warnings, problem)
	}
}

// factText is what a file says: its content, or what it writes when it may be executed.
func (g *Gathering) factText(file string) (text, problem string) {
	info, err := g.Sys.Stat(file)
	if err != nil {
		return "", fmt.Sprintf("Could not stat fact (%s): %v", file, err)
	}
	if info.Mode&0o111 == 0 {
		b, err := target.ReadFile(g.Sys, file)
		if err != nil {
			return "", fmt.Sprintf("Could not read fact (%s): %v", file, err)
		}
		return string(b), ""
	}
	ctx, cancel := context.WithTimeout(g.ctx, 10*g.Opts.Timeout)
	defer cancel()
	exit, err := g.Sys.Run(ctx, target.Command{Argv: []string{file}})
	switch {
	case err != nil:
		g.failed = &ProgramError{Command: file, Err: err}
		return "", ""
	case exit.Code != 0:
		return "", fmt.Sprintf("Failure executing fact script (%s), rc: %d, err: %s", file, exit.Code, exit.Stderr)
	}
	return string(exit.Stdout), ""
}

// parseFact reads JSON, else INI.
func parseFact(text, file string) (value.Value, string) {
	text = strings.ToValidUTF8(text, "")
	if v, err := value.FromJSON([]byte(text)); err == nil {
		return v, ""
	}
	d, problem := parseINI(text)
	switch {
	case problem == noINI:
		return nil, "error loading facts as JSON or ini - please check content: " + file
	case problem != "":
		return nil, fmt.Sprintf("error loading facts as ini - please check content: %s (%s)", file, problem)
	}
	return d, ""
}
