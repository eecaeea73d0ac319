package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/bench/limit"
)

// The sides of a row.
const (
	us       = "kimai-ansible"
	ansible  = "ansible-core"
	mitogen  = "Mitogen"
	pyinfra  = "pyinfra"
	scp      = "scp"
	theLimit = "the limit"
	beside   = "the build beside it" // another build of the program
)

// peer is a side.
type peer struct {
	name    string
	version string
	missing string // why it can't be run
	command func(b *bench, r *row, j *job) (args, env []string)
}

// peers gives the sides, those of which only wanted ones, unless that is empty; other is the build to run beside ours, or "".
func peers(wanted []string, other string) []*peer {
	all := []*peer{
		{name: us, command: func(b *bench, r *row, j *job) (args, env []string) { return b.build(b.link, r, j) }},
		{name: beside, command: func(b *bench, r *row, j *job) (args, env []string) { return b.build(b.beside, r, j) }},
		{name: ansible, command: (*bench).ansible},
		{name: mitogen, command: (*bench).mitogen},
		{name: pyinfra, command: (*bench).pyinfra},
		{name: scp, command: (*bench).scp},
		{name: theLimit, command: (*bench).limit},
	}
	for _, p := range all {
		if p.name == beside {
			if other == "" {
				p.missing = "not asked for"
			}
			continue
		}
		if len(wanted) > 0 && p.name != us && !slices.Contains(wanted, p.name) {
			p.missing = "not asked for"
			continue
		}
		p.find()
	}
	return all
}

func oracle() []string { return strings.Fields(os.Getenv("ANSIBLE_ORACLE")) }

// oracleRoot is where .ci/ansible-2.19 looks, which the HOME of the runs hides from it.
func oracleRoot() string {
	if root := os.Getenv("ANSIBLE_ORACLE_ROOT"); root != "" {
		return root
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(cache, "kimai-ansible", "debian13")
}

func pyinfraProgram() string {
	if p := os.Getenv("PYINFRA"); p != "" {
		return p
	}
	return "pyinfra"
}

// find looks whether a side can be run, and which version it has.
func (p *peer) find() {
	var cmd []string
	switch p.name {
	case ansible:
		cmd = append(oracle(), "ansible", "--version")
	case mitogen:
		cmd = []string{"dpkg-query", "-W", "-f", "${Version}", "ansible-mitogen"}
	case pyinfra:
		cmd = []string{pyinfraProgram(), "--version"}
	case scp:
		cmd = []string{"sh", "-c", "ssh -V 2>&1"}
	default:
		return
	}
	out, err := exec.Command(cmd[0], cmd[1:]...).Output()
	if err != nil {
		p.missing = "not there"
		return
	}
	p.version = strings.TrimSuffix(strings.SplitN(string(out), "\n", 2)[0], "]")
}

// tuned are the settings of ansible-core that make it fast, which the program and Mitogen get as well. Compression is off:
// there is no network to spare.
func (b *bench) tuned(r *row) []string {
	return append(b.env(), fmt.Sprint("ANSIBLE_FORKS=", r.hosts), "ANSIBLE_PIPELINING=True", "ANSIBLE_SSH_ARGS=-o ControlMaster=auto -o ControlPersist=60s",
		"ANSIBLE_TIMEOUT=60", // a busy machine is no reason to give up
		"ANSIBLE_DEPRECATION_WARNINGS=False")
}

// env is the environment of all sides.
func (b *bench) env() []string {
	return []string{
		"HOME=" + filepath.Join(b.dir, "control"), "LANG=C.UTF-8", "LC_ALL=C.UTF-8", "TERM=dumb",
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	}
}

// playbook are the words after ansible-playbook.
func (b *bench) playbook(r *row, j *job) []string {
	return []string{"-i", j.inventory, filepath.Join(b.dir, r.name+".yml"), "-e", "out=" + j.out + " src=" + b.source()}
}

// build is the command of a build of the program, called ansible-playbook.
func (b *bench) build(link string, r *row, j *job) (args, env []string) {
	return append([]string{link}, b.playbook(r, j)...), b.tuned(r)
}

func (b *bench) ansible(r *row, j *job) (args, env []string) {
	env = b.tuned(r)
	if root := oracleRoot(); root != "" {
		env = append(env, "ANSIBLE_ORACLE_ROOT="+root)
	}
	return append(append(oracle(), "ansible-playbook"), b.playbook(r, j)...), env
}

func (b *bench) mitogen(r *row, j *job) (args, env []string) {
	return append([]string{"ansible-playbook"}, b.playbook(r, j)...), append(b.tuned(r), "ANSIBLE_STRATEGY=mitogen_linear")
}

func (b *bench) pyinfra(r *row, j *job) (args, env []string) {
	return []string{pyinfraProgram(), "--yes", filepath.Join(b.dir, "pyinfra_hosts.py"), filepath.Join(b.dir, r.name+".py")},
		append(b.env(), "BENCH_OUT="+j.out, "BENCH_SRC="+b.source(), fmt.Sprint("BENCH_HOSTS=", r.hosts))
}

func (b *bench) scp(_ *row, j *job) (args, env []string) {
	h := b.fleet.Hosts[0]
	return append(append([]string{"scp", "-q", "-P", fmt.Sprint(h.Port), "-i", b.fleet.Key}, b.sshOptions()...),
		filepath.Join(b.source(), bigFile), fmt.Sprintf("%s@%s:%s/%s/%s", b.fleet.User, h.Addr, j.out, h.Name, bigFile)), b.env()
}

func (b *bench) limit(r *row, j *job) (args, env []string) {
	args, env = limit.Work{User: b.fleet.User, Key: b.fleet.Key, KnownHosts: b.fleet.KnownHosts, Tasks: r.tasks, Hosts: j.addrs}.Command()
	return args, append(env, b.env()...)
}

// sshOptions make OpenSSH know the fleet and nothing else.
func (b *bench) sshOptions() []string {
	return []string{"-F", "/dev/null", "-o", "UserKnownHostsFile=" + b.fleet.KnownHosts, "-o", "IdentitiesOnly=yes"}
}
