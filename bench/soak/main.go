// Command soak runs 100,000 tasks over 20 hosts, real OpenSSH servers that it starts on addresses of the loopback, in one run
// of kimai-ansible, and watches memory and descriptors of both sides meanwhile. It ends with exit code 1 when they grow:
// when there is more in the last quarter of the run than there was in the second one, beyond a tenth, or when anything is
// left on the hosts at the end.
//
//	go run ./bench/soak -program dist/kimai-ansible [-tasks 100000] [-hosts 20]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/bench/fleet"
	"github.com/seed-6d8ad27c/kimai-ansible/bench/meter"
)

func main() {
	fleet.Main()
	program := flag.String("program", "dist/kimai-ansible", "the program to run")
	tasks := flag.Int("tasks", 100_000, "how many tasks, over all hosts")
	hosts := flag.Int("hosts", 20, "how many hosts")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *program, *tasks, *hosts); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

// perPlay is how many tasks a play has.
const perPlay = 100

// kinds are the tasks: files that are written and looked at, commands, values that are kept.
var kinds = []string{
	"ansible.builtin.ping:",
	"ansible.builtin.stat: {path: \"{{ out }}/{{ inventory_hostname }}\"}\n      register: looked",
	"ansible.builtin.copy: {content: \"%d {{ inventory_hostname }}\\n\", dest: \"{{ out }}/{{ inventory_hostname }}/file\", mode: \"0644\"}",
	"ansible.builtin.set_fact: {kept: \"{{ looked.stat.isdir | default('') }} %d\"}",
	"ansible.builtin.file: {path: \"{{ out }}/{{ inventory_hostname }}/d\", state: \"{{ (%d is divisibleby 20) | ternary('directory', 'absent') }}\", mode: \"0755\"}",
	"ansible.builtin.slurp: {src: \"{{ out }}/{{ inventory_hostname }}/file\"}\n      register: read",
	"ansible.builtin.command: /bin/true",
	"ansible.builtin.lineinfile: {path: \"{{ out }}/{{ inventory_hostname }}/lines\", line: \"%d\", regexp: \"^\", create: true, mode: \"0644\"}",
	"ansible.builtin.debug: {msg: \"{{ read.content | b64decode }}\"}",
	"ansible.builtin.assert: {that: looked.stat.exists, quiet: true}",
}

// playbook is as many plays as the tasks of a host take.
func playbook(tasks int) string {
	var b strings.Builder
	for i := range tasks {
		if i%perPlay == 0 {
			b.WriteString("- hosts: all\n  gather_facts: false\n  tasks:\n")
		}
		kind := kinds[i%len(kinds)]
		if strings.Contains(kind, "%d") {
			kind = fmt.Sprintf(kind, i)
		}
		fmt.Fprintf(&b, "    - %s\n", kind)
	}
	return b.String()
}

func inventory(f *fleet.Fleet) string {
	var b strings.Builder
	b.WriteString("[all]\n")
	for _, h := range f.Hosts {
		fmt.Fprintf(&b, "%s ansible_host=%s ansible_port=%d\n", h.Name, h.Addr, h.Port)
	}
	fmt.Fprintf(&b, "[all:vars]\nansible_user=%s\nansible_ssh_private_key_file=%s\n", f.User, f.Key)
	fmt.Fprintf(&b, "ansible_ssh_common_args=\"-F /dev/null -o UserKnownHostsFile=%s -o IdentitiesOnly=yes\"\n", f.KnownHosts)
	return b.String()
}

func run(ctx context.Context, program string, tasks, hosts int) (err error) {
	dir, err := os.MkdirTemp("/tmp", "kb-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	f, err := fleet.Start(dir, hosts)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Stop()) }()
	cmd, err := prepare(ctx, f, dir, program, tasks/hosts)
	if err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	w := &watch{keeper: f.Keeper(), idle: meter.Below(f.Keeper())}
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return err
	}
	w.control = cmd.Process.Pid
	stopped := w.start()
	err = cmd.Wait()
	took, list := time.Since(begin), stopped()
	if err == nil {
		err = wentWell(log.Name(), tasks/hosts, hosts)
	}
	if err != nil {
		text, _ := os.ReadFile(log.Name())
		return fmt.Errorf("%w\n%s", err, text[max(0, len(text)-3000):])
	}
	u, err := f.Usage()
	if err != nil {
		return err
	}
	cpu := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	fmt.Printf("%d tasks over %d hosts in %.0f s (%.0f a second), CPU %.1f s here, %.1f s on the targets\n",
		tasks, hosts, took.Seconds(), float64(tasks)/took.Seconds(), cpu.Seconds(), u.CPU.Seconds())
	if u.Left > 0 {
		err = fmt.Errorf("%d processes were left on the hosts", u.Left)
	}
	return errors.Join(judge(list), err)
}

// prepare writes playbook and inventory, and gives the command that runs them.
func prepare(ctx context.Context, f *fleet.Fleet, dir, program string, tasks int) (*exec.Cmd, error) {
	program, err := filepath.Abs(program)
	if err != nil {
		return nil, err
	}
	at := func(name string) string { return filepath.Join(dir, name) }
	errs := []error{
		os.Symlink(program, at("ansible-playbook")), os.WriteFile(at("play.yml"), []byte(playbook(tasks)), 0o600),
		os.WriteFile(at("hosts"), []byte(inventory(f)), 0o600), os.Mkdir(at("home"), 0o700),
	}
	for _, h := range f.Hosts {
		errs = append(errs, os.MkdirAll(filepath.Join(at("out"), h.Name), 0o755))
	}
	cmd := exec.CommandContext(ctx, at("ansible-playbook"), "-i", at("hosts"), at("play.yml"), "-f", fmt.Sprint(len(f.Hosts)), "-e", "out="+at("out"))
	cmd.Env = []string{"HOME=" + at("home"), "LANG=C.UTF-8", "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "TERM=dumb"}
	return cmd, errors.Join(errs...)
}

var recapLine = regexp.MustCompile(`(?m)^h\d+ +: ok=(\d+) .* unreachable=0 +failed=0 `)

// wentWell looks whether each host went through all tasks.
func wentWell(log string, each, hosts int) error {
	text, err := os.ReadFile(log)
	if err != nil {
		return err
	}
	good := 0
	for _, m := range recapLine.FindAllStringSubmatch(string(text), -1) {
		if m[1] == fmt.Sprint(each) {
			good++
		}
	}
	if good != hosts {
		return fmt.Errorf("%d of %d hosts went through %d tasks", good, hosts, each)
	}
	return nil
}

// judge prints the median of each figure in the four quarters of the run, and compares the last with the second: what a
// program keeps for good is there by then.
func judge(list []sample) error {
	n := len(list)
	if n < 8 {
		return errors.New("the run was too short to tell")
	}
	var missed []error
	fmt.Printf("%-40s %10s %10s %10s %10s\n", "median of each quarter of the run", "first", "second", "third", "last")
	for _, what := range figures {
		var got [4]float64
		for q := range got {
			var all []float64
			for _, s := range list[q*n/4 : (q+1)*n/4] {
				all = append(all, what.of(s))
			}
			slices.Sort(all)
			got[q] = all[len(all)/2]
		}
		fmt.Printf("%-40s %10.1f %10.1f %10.1f %10.1f\n", what.name, got[0], got[1], got[2], got[3])
		if got[3] > got[1]*1.1+what.slack {
			missed = append(missed, fmt.Errorf("%s: %.1f in the second quarter, %.1f in the last", what.name, got[1], got[3]))
		}
	}
	return errors.Join(missed...)
}
