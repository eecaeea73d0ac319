// Command bench measures against the bounds that the project holds itself to, prints a table, and ends with exit code 1
// when a bound is missed. Times are CPU (user and system) of the process; the two sides of a row are measured in turn, and
// each figure is a median, so that a busy machine disturbs both alike. docs/performance.md shows a table and says how to read it.
//
//	go run ./internal/tools/bench [-rounds 41] [-program dist/kimai-ansible] [-only programs|plays|rotate|jinja2]
//
// The rows called programs measure whole processes, those called plays whole playbooks and inventories, those called jinja2
// the template library beside Jinja2, which runs in the Python of the variable PYTHON (python3). The real Ansible is the one
// that the words of ANSIBLE_ORACLE are put before (.ci/ansible-2.19), else the one in PATH. Rows that need the real
// Ansible or Jinja2 are left out where it is not installed; under CI=true that is a failure.
package main

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/bench/meter"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/cli"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/tools/build"
	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

var errMissed = errors.New("a bound is missed")

func main() {
	meter.Main() // a process of its own around what is measured, whose memory does not count
	rounds := flag.Int("rounds", 41, "how often each thing is measured")
	program := flag.String("program", "", "the program to measure; without it, it is built")
	only := flag.String("only", "", "the rows to measure: programs, plays, rotate or jinja2; without it, all")
	flag.Parse()
	cli.TuneGC(os.LookupEnv) // as the program does
	if err := run(*rounds, *program, *only); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(rounds int, program, only string) error {
	groups := []struct {
		name string
		rows func(rounds int, program string) ([]bound, error)
	}{
		{"jinja2", func(rounds int, _ string) ([]bound, error) { return jinja2Rows(rounds) }},
		{"programs", programRows},
		{"plays", playRows},
		{"rotate", func(_ int, program string) ([]bound, error) { return rotateRows(program) }},
	}
	var list []bound
	known := only == ""
	for _, g := range groups {
		if only != "" && only != g.name {
			continue
		}
		known = true
		rows, err := g.rows(rounds, program)
		if err != nil {
			return err
		}
		list = append(list, rows...)
	}
	if !known {
		return fmt.Errorf("there are no rows called %q", only)
	}
	return report(list)
}

// built gives the program to measure, which is built in dir unless there is one.
func built(program, dir string) (string, error) {
	if program != "" {
		return program, nil
	}
	program = filepath.Join(dir, "kimai-ansible")
	return program, build.Program(".", program)
}

// programRows measures whole processes.
func programRows(rounds int, program string) ([]bound, error) {
	dir, err := os.MkdirTemp("", "kimai-ansible-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if program, err = built(program, dir); err != nil {
		return nil, err
	}
	ansible, err := exec.LookPath("ansible-vault")
	if err != nil && os.Getenv("CI") == "true" {
		return nil, fmt.Errorf("CI=true: nothing may be left out: %w", err)
	}
	m, err := measure(rounds, program, ansible, dir)
	if err != nil {
		return nil, err
	}
	list := bounds(m)
	rows, err := measureTemplates(rounds, program, dir)
	return append(list, rows...), err
}

// median times of one thing each.
type measured struct {
	version, view, derivation, ours time.Duration
	ansible                         time.Duration // 0 where the real Ansible is not installed
}

// bound is a row of the table: ours divided by base must not be above the limit, unless that is 0.
type bound struct {
	what, of   string
	ours, base float64
	unit       string // of both
	limit      float64
	mem        *allocs // what the time took in memory, nil where that is not measured
}

// times is the bound of two times.
func times(what, of string, ours, base time.Duration, limit float64) bound {
	return bound{what: what, of: of, ours: ms(ours), base: ms(base), unit: "ms", limit: limit}
}

// memory is the bound of a size in megabytes.
func memory(what string, ours, most float64) bound {
	return bound{what: what, of: "the most allowed", ours: ours, base: most, unit: "MB", limit: 1}
}

// allocs are bytes and objects that were allocated.
type allocs struct{ bytes, objects uint64 }

func (b bound) ratio() float64 { return b.ours / b.base }
func (b bound) missed() bool   { return b.limit > 0 && b.ratio() > b.limit }

func bounds(m measured) []bound {
	list := []bound{
		times("vault view FILE", "a PBKDF2 of the standard library + --version", m.view, m.derivation+m.version, 1.2),
		times("vaultfmt.DeriveKey", "a PBKDF2 of the standard library", m.ours, m.derivation, 1),
	}
	if m.ansible > 0 {
		list = append(list, times("--version", "ansible-vault --version", m.version, m.ansible, 1.0/50))
	} else {
		fmt.Println("skipped, no ansible-vault: --version against the real Ansible's")
	}
	return list
}

func report(list []bound) error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "what\there\tagainst\tthere\tratio\tbound\t\ttimes faster\tB/op\tallocs/op")
	var err error
	for _, b := range list {
		limit, verdict, mem := "-", "told", "-\t-"
		if b.limit > 0 {
			limit, verdict = fmt.Sprintf("%.3f", b.limit), "kept"
		}
		if b.missed() {
			verdict, err = "MISSED", errMissed
		}
		if b.mem != nil {
			mem = fmt.Sprintf("%d\t%d", b.mem.bytes, b.mem.objects)
		}
		fmt.Fprintf(w, "%s\t%.3f %s\t%s\t%.3f %s\t%.4f\t%s\t%s\t%.1f\t%s\n",
			b.what, b.ours, b.unit, b.of, b.base, b.unit, b.ratio(), limit, verdict, 1/b.ratio(), mem)
	}
	if ferr := w.Flush(); err == nil {
		err = ferr
	}
	return err
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// measure takes the times, one of each in a round.
func measure(rounds int, program, ansible, dir string) (measured, error) {
	password, file := filepath.Join(dir, "password"), filepath.Join(dir, "vault.yml")
	const secret = "a password for the benchmark"
	envelope, err := vaultfmt.Encrypt([]byte("answer: 42\n"), []byte(secret), "")
	if err != nil {
		return measured{}, err
	}
	text, err := envelope.MarshalText()
	if err != nil {
		return measured{}, err
	}
	if err := errors.Join(os.WriteFile(password, []byte(secret), 0o600), os.WriteFile(file, text, 0o600)); err != nil {
		return measured{}, err
	}
	salt := make([]byte, vaultfmt.SaltSize)
	var version, view, derivation, ours, theirs []time.Duration
	for round := range rounds {
		for _, one := range []struct {
			into *[]time.Duration
			take func() (time.Duration, error)
			each int // measured every so many rounds
		}{
			{&version, func() (time.Duration, error) { return process(program, "--version") }, 1},
			{&view, func() (time.Duration, error) {
				return process(program, "vault", "view", "--vault-password-file", password, file)
			}, 1},
			{&derivation, func() (time.Duration, error) {
				return cpu(func() error { _, err := pbkdf2.Key(sha256.New, secret, salt, 10000, 80); return err })
			}, 1},
			{&ours, func() (time.Duration, error) {
				return cpu(func() error { vaultfmt.DeriveKey([]byte(secret), salt); return nil })
			}, 1},
			{&theirs, func() (time.Duration, error) { return process(ansible, "--version") }, 8},
		} {
			if one.into == &theirs && ansible == "" || round%one.each != 0 {
				continue
			}
			d, err := one.take()
			if err != nil {
				return measured{}, err
			}
			*one.into = append(*one.into, d)
		}
	}
	return measured{
		version: median(version), view: median(view), derivation: median(derivation), ours: median(ours), ansible: median(theirs),
	}, nil
}

// process runs a program and returns the CPU time that it took.
func process(program string, args ...string) (time.Duration, error) {
	cmd := exec.Command(program, args...)
	if err := cmd.Run(); err != nil {
		return 0, fmt.Errorf("%s %q: %w", program, args, err)
	}
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), nil
}

// cpu returns the CPU time that f takes in this process.
func cpu(f func() error) (time.Duration, error) {
	used := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			return 0
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	before := used()
	err := f()
	return used() - before, err
}

func median(times []time.Duration) time.Duration {
	if len(times) == 0 {
		return 0
	}
	slices.Sort(times)
	return times[len(times)/2]
}
