package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/bench/delay"
	"github.com/seed-6d8ad27c/kimai-ansible/bench/fleet"
	"github.com/seed-6d8ad27c/kimai-ansible/bench/limit"
	"github.com/seed-6d8ad27c/kimai-ansible/bench/meter"
)

// bench is what the rows are measured with.
type bench struct {
	options
	dir     string
	program string // ours, and
	link    string // that as ansible-playbook
	other   string // another build, "" is none, and
	beside  string // that as ansible-playbook
	fleet   *fleet.Fleet
	peers   []*peer
	runs    int
}

// job is one run of a row.
type job struct {
	inventory string   // file
	addrs     []string // of the hosts, with the port
	out       string   // folder for what is made
}

func (b *bench) source() string { return filepath.Join(b.dir, "src") }

// measure fills in the figures of all rows.
func (b *bench) measure(ctx context.Context, list []*row) error {
	if err := b.write(list); err != nil {
		return err
	}
	for _, r := range list {
		fmt.Fprintf(os.Stderr, "%s\n", r.what)
		if err := b.row(ctx, r); err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
	}
	return nil
}

// write makes the playbooks and what they copy.
func (b *bench) write(list []*row) error {
	b.link, b.beside = filepath.Join(b.dir, "ansible-playbook"), filepath.Join(b.dir, "beside", "ansible-playbook")
	files := filepath.Join(b.source(), "files")
	errs := []error{
		os.Symlink(b.program, b.link), os.MkdirAll(files, 0o755), os.Mkdir(filepath.Join(b.dir, "control"), 0o700), writeRole(b.dir),
		os.WriteFile(filepath.Join(b.dir, "pyinfra_hosts.py"), []byte(b.pyinfraHosts()), 0o600),
	}
	for i := range 1000 {
		text := strings.Repeat(fmt.Sprintf("line of the file number %d\n", i), 1+i%40)
		errs = append(errs, os.WriteFile(filepath.Join(files, fmt.Sprint(i)), []byte(text), 0o644))
	}
	if b.other != "" {
		errs = append(errs, os.Mkdir(filepath.Dir(b.beside), 0o700), os.Symlink(b.other, b.beside))
	}
	for _, r := range list {
		errs = append(errs, os.WriteFile(filepath.Join(b.dir, r.name+".yml"), []byte(r.play), 0o600))
		if r.pyinfra != "" {
			errs = append(errs, os.WriteFile(filepath.Join(b.dir, r.name+".py"), []byte(r.pyinfra), 0o600))
		}
		if r.name == "file" {
			errs = append(errs, writeRandom(filepath.Join(b.source(), bigFile), 200_000_000))
		}
	}
	return errors.Join(errs...)
}

// writeRandom writes a file that can't be compressed.
func writeRandom(name string, size int) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	r := rand.NewChaCha8([32]byte{1})
	buf := make([]byte, 1<<20)
	for left := size; left > 0 && err == nil; left -= len(buf) {
		buf = buf[:min(left, len(buf))]
		_, _ = r.Read(buf) // never fails
		_, err = f.Write(buf)
	}
	return errors.Join(err, f.Close())
}

func (b *bench) pyinfraHosts() string {
	var s strings.Builder
	s.WriteString("import os\n\nall = [\n")
	for _, h := range b.fleet.Hosts {
		fmt.Fprintf(&s, "    (%q, {\"ssh_hostname\": %q, \"ssh_port\": %d, \"ssh_user\": %q, \"ssh_key\": %q, \"ssh_known_hosts_file\": %q}),\n",
			h.Name, h.Addr, h.Port, b.fleet.User, b.fleet.Key, b.fleet.KnownHosts)
	}
	return s.String() + "]\nhosts = all[:int(os.environ[\"BENCH_HOSTS\"])]\ndel all\n"
}

// row measures a row: a round after another, in each of which every side takes its turn.
func (b *bench) row(ctx context.Context, r *row) error {
	r.figures = map[string]*figures{}
	hosts := b.fleet.Hosts[:r.hosts]
	addrs, stop, err := b.reach(r, hosts)
	if err != nil {
		return err
	}
	defer stop()
	j := job{inventory: filepath.Join(b.dir, r.name+".ini"), addrs: addrs}
	if err := os.WriteFile(j.inventory, []byte(b.inventory(hosts, addrs)), 0o600); err != nil {
		return err
	}
	if !r.first { // the agent is there, as it is on each run but the first
		if err := b.warm(ctx, b.link, hosts, j); err != nil {
			return err
		}
	}
	r.load[0] = load()
	made := map[string]string{}
	for range b.rounds {
		for _, p := range b.peers {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if !r.has(p) || r.enough(p.name, b.slow) {
				continue
			}
			f := r.figures[p.name]
			if f == nil {
				f = &figures{}
				r.figures[p.name] = f
			}
			if err := b.run(ctx, r, p, j, f, made); err != nil {
				fmt.Fprintf(os.Stderr, "  %s: %v\n", p.name, err)
				f.failed = "see above"
				continue
			}
			fmt.Fprintf(os.Stderr, "  %s %.3f s\n", p.name, f.control[len(f.control)-1].Wall.Seconds())
		}
	}
	r.load[1] = load()
	return nil
}

func (r *row) has(p *peer) bool {
	for _, s := range r.sides {
		if s == p.name {
			return p.missing == ""
		}
	}
	return false
}

// enough reports whether a side has been run often enough: a slow one is run once.
func (r *row) enough(side string, slow time.Duration) bool {
	f := r.figures[side]
	return f != nil && (f.failed != "" || f.wall() > slow)
}

// reach gives the addresses of the hosts, which are those of proxies when there is a delay.
func (b *bench) reach(r *row, hosts []fleet.Host) (addrs []string, stop func(), err error) {
	var proxies []*delay.Proxy
	stop = func() {
		for _, p := range proxies {
			_ = p.Close()
		}
	}
	for _, h := range hosts {
		addr := limit.Addr(h.Addr, h.Port)
		if r.trip > 0 {
			p, err := delay.Start("127.0.0.1", addr, r.trip)
			if err != nil {
				return nil, stop, err
			}
			proxies, addr = append(proxies, p), p.Addr
			if err := b.fleet.Know(addr); err != nil {
				return nil, stop, err
			}
		}
		addrs = append(addrs, addr)
	}
	return addrs, stop, nil
}

// inventory lists hosts with all that a login needs.
func (b *bench) inventory(hosts []fleet.Host, addrs []string) string {
	var s strings.Builder
	s.WriteString("[all]\n")
	for i, h := range hosts {
		host, port, _ := strings.Cut(addrs[i], ":")
		fmt.Fprintf(&s, "%s ansible_host=%s ansible_port=%s\n", h.Name, host, port)
	}
	fmt.Fprintf(&s, "[all:vars]\nansible_user=%s\nansible_ssh_private_key_file=%s\nansible_python_interpreter=/usr/bin/python3\n", b.fleet.User, b.fleet.Key)
	fmt.Fprintf(&s, "ansible_ssh_common_args=%q\n", strings.Join(b.sshOptions(), " "))
	return s.String()
}

// warm lets a build of the program meet all hosts.
func (b *bench) warm(ctx context.Context, link string, hosts []fleet.Host, j job) error {
	play := filepath.Join(b.dir, "warm.yml")
	if err := os.WriteFile(play, []byte(commands(1)), 0o600); err != nil {
		return err
	}
	_, err := meter.Run(ctx, meter.Command{Args: []string{link, "-i", j.inventory, play}, Dir: b.dir, Env: b.tuned(&row{hosts: len(hosts)})})
	return err
}

// run runs a side once and adds its figures.
func (b *bench) run(ctx context.Context, r *row, p *peer, j job, f *figures, made map[string]string) error {
	b.runs++
	j.out = filepath.Join(b.dir, fmt.Sprint("out", b.runs))
	for _, h := range b.fleet.Hosts[:r.hosts] {
		if err := os.MkdirAll(filepath.Join(j.out, h.Name), 0o755); err != nil {
			return err
		}
		if r.first {
			if err := empty(h.Home); err != nil {
				return err
			}
		}
	}
	defer os.RemoveAll(j.out)
	maker := b.peers[0]
	if b.other != "" && !r.first && (p.name == us || p.name == beside) { // each build removes the other's agent
		link := b.link
		if p.name == beside {
			maker, link = p, b.beside
		}
		if err := b.warm(ctx, link, b.fleet.Hosts[:r.hosts], j); err != nil {
			return err
		}
	}
	if r.again {
		if _, _, err := b.once(ctx, r, maker, j); err != nil {
			return err
		}
	}
	control, targets, err := b.once(ctx, r, p, j)
	if err != nil {
		return err
	}
	if r.makes {
		if err := same(r, p, j, made); err != nil {
			return err
		}
	}
	f.control, f.targets = append(f.control, control), append(f.targets, targets)
	return nil
}

// once runs a side and measures both ends.
func (b *bench) once(ctx context.Context, r *row, p *peer, j job) (control, targets meter.Usage, err error) {
	before, err := b.fleet.Usage()
	if err != nil {
		return control, targets, err
	}
	if err := b.fleet.Begin(); err != nil {
		return control, targets, err
	}
	args, env := p.command(b, r, &j)
	var said bytes.Buffer
	control, err = meter.Run(ctx, meter.Command{Args: args, Dir: b.dir, Env: env, Output: &said})
	after, ferr := b.fleet.Usage()
	if err := errors.Join(err, ferr); err != nil {
		return control, targets, err
	}
	if after.Left > 0 {
		return control, targets, fmt.Errorf("%d processes were left on the hosts", after.Left)
	}
	if p.name == us || p.name == beside || p.name == ansible || p.name == mitogen {
		err = recap(said.String(), r.hosts)
	}
	return control, meter.Usage{CPU: after.CPU - before.CPU, Memory: after.Memory}, err
}

var recapLine = regexp.MustCompile(`(?m)^h\d+ +: ok=(\d+) .* unreachable=0 +failed=0 `)

// recap looks whether a play went well on all hosts.
func recap(said string, hosts int) error {
	all := recapLine.FindAllStringSubmatch(said, -1)
	if len(all) != hosts {
		return fmt.Errorf("%d of %d hosts went well", len(all), hosts)
	}
	for _, m := range all {
		if m[1] != all[0][1] || m[1] == "0" {
			return fmt.Errorf("hosts went through %s tasks and through %s", all[0][1], m[1])
		}
	}
	return nil
}

// same looks whether each side makes the same files.
func same(r *row, p *peer, j job, made map[string]string) error {
	sum := sha256.New()
	files := 0
	err := filepath.WalkDir(j.out, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		fmt.Fprintln(sum, strings.TrimPrefix(path, j.out))
		if d.Type()&fs.ModeSymlink != 0 {
			return nil
		}
		text, err := os.ReadFile(path)
		sum.Write(bytes.ReplaceAll(text, []byte(j.out), []byte("OUT")))
		return err
	})
	if err != nil {
		return err
	}
	made[p.name] = fmt.Sprintf("%d files, %x", files, sum.Sum(nil))
	for other, what := range made {
		if what != made[p.name] || files == 0 {
			return fmt.Errorf("made %s, but %s made %s", made[p.name], other, what)
		}
	}
	return nil
}

// empty removes what is in a folder.
func empty(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// load is the number of processes that ran or waited for a processor in the last minute, on average.
func load() float64 {
	var l float64
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		_, _ = fmt.Sscan(string(text), &l)
	}
	return l
}
