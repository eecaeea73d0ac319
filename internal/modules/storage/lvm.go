package storage

import (
	"context"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// lvm runs the programs of LVM.
type lvm struct{ sys target.System }

// call runs a program.
func (l lvm) call(ctx context.Context, argv ...string) (programs.Out, error) {
	return programs.Run(ctx, l.sys, target.Command{Argv: argv, Env: programs.C})
}

// must is call for what has to succeed; else the failure is told with msg.
func (l lvm) must(ctx context.Context, msg string, argv ...string) (programs.Out, error) {
	out, err := l.call(ctx, argv...)
	if err == nil && out.RC != 0 {
		err = l.failed(msg, out)
	}
	return out, err
}

func (lvm) failed(msg string, out programs.Out) error {
	r := module.Fail("%s", msg)
	return &programs.Failed{Result: *r.Set("rc", out.RC).Set("err", out.Stderr)}
}

// rows takes a report with ; between its fields apart.
func rows(report string, fields int) [][]string {
	var out [][]string
	for line := range strings.Lines(report) {
		row := strings.Split(strings.TrimSpace(line), ";")
		if len(row) == fields {
			out = append(out, row)
		}
	}
	return out
}

// amount is a number of a report; what is none is 0.
func amount(s string) float64 {
	f, _ := strconv.ParseFloat(strings.TrimSpace(s), 64)
	return f
}
