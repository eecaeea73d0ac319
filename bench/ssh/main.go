// Command ssh measures kimai-ansible over SSH beside ansible-core, Mitogen, pyinfra and scp, on real OpenSSH servers that it
// starts on addresses of the loopback, and beside the least that such work can take. It prints a table of all figures and one
// of the bounds, and ends with exit code 1 when a bound is missed. docs/performance.md has such tables and says how to
// read them.
//
//	go run ./bench/ssh -program dist/kimai-ansible [-rounds 5] [-only commands1,file] [-beside build]
//
// The sides of a row take turns. A peer is left out, and that is said, where it is not there: ansible-core is what the
// words of ANSIBLE_ORACLE are put before (.ci/ansible-2.19), Mitogen is Debian's ansible-mitogen with the ansible in PATH,
// pyinfra the program of that name in PATH or the one that PYINFRA names. With -beside another build of the program takes part,
// to show what a change is worth.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/bench/fleet"
	"github.com/seed-6d8ad27c/kimai-ansible/bench/limit"
	"github.com/seed-6d8ad27c/kimai-ansible/bench/meter"
)

type options struct {
	program  string
	beside   string // another build of it, "" is none
	rounds   int
	slow     time.Duration
	only     []string
	peers    []string
	markdown bool
}

func main() {
	meter.Main()
	limit.Main()
	fleet.Main()
	program := flag.String("program", "dist/kimai-ansible", "the program to measure, as `go tool task build` makes it")
	other := flag.String("beside", "", "another build of the program, to measure as well")
	rounds := flag.Int("rounds", 5, "how often each side of a row is run")
	slow := flag.Duration("slow", time.Minute, "a side whose run takes longer than this is run once")
	only := flag.String("only", "", "the rows to measure, with commas between; without it, all")
	with := flag.String("peers", "", "the sides to run beside ours, with commas between; without it, all that there are")
	markdown := flag.Bool("markdown", false, "print the tables as docs/performance.md has them")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	o := options{program: *program, beside: *other, rounds: *rounds, slow: *slow, only: words(*only), peers: words(*with), markdown: *markdown}
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func words(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' })
}

// build gives the file of a build of the program.
func build(name string) (string, error) {
	name, err := filepath.Abs(name)
	if err != nil {
		return "", err
	}
	_, err = os.Stat(name)
	return name, err
}

var errMissed = errors.New("a bound is missed")

func run(ctx context.Context, o options) error {
	list := rows()
	for _, name := range o.only {
		if !slices.ContainsFunc(list, func(r *row) bool { return r.name == name }) {
			return fmt.Errorf("there is no row %q", name)
		}
	}
	if len(o.only) > 0 {
		list = slices.DeleteFunc(list, func(r *row) bool { return !slices.Contains(o.only, r.name) })
	}
	program, err := build(o.program)
	if err != nil {
		return err
	}
	other := ""
	if o.beside != "" {
		if other, err = build(o.beside); err != nil {
			return err
		}
		for _, r := range list {
			r.sides = slices.Insert(slices.Clone(r.sides), 1, beside)
		}
	}
	dir, err := os.MkdirTemp("/tmp", "kb-") // short: OpenSSH's control sockets live below it
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	most := 0
	for _, r := range list {
		most = max(most, r.hosts)
	}
	f, err := fleet.Start(dir, most)
	if err != nil {
		return err
	}
	b := &bench{options: o, dir: dir, program: program, other: other, fleet: f, peers: peers(o.peers, other)}
	err = b.measure(ctx, list)
	err = errors.Join(err, f.Stop())
	report(os.Stdout, list, b.peers, o.markdown)
	if err == nil && !kept(list) {
		err = errMissed
	}
	return err
}
