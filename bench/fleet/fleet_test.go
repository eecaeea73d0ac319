package fleet_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/bench/fleet"
	"github.com/seed-6d8ad27c/kimai-ansible/bench/limit"
	"github.com/seed-6d8ad27c/kimai-ansible/bench/meter"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
)

func TestMain(m *testing.M) {
	meter.Main()
	limit.Main()
	fleet.Main()
	os.Exit(m.Run())
}

// Eighteen hosts, which take two servers, do two tasks each, and what that took is seen on both sides.
func TestLimitOnAFleet(t *testing.T) {
	_, err := os.Stat("/usr/sbin/sshd")
	needs.That(t, err == nil, "sshd")
	dir, err := os.MkdirTemp("/tmp", "kb") // paths of sockets are short
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	f, err := fleet.Start(dir, 18)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := f.Stop(); err != nil {
			t.Error(err)
		}
	}()
	before, err := f.Usage()
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Begin(); err != nil {
		t.Fatal(err)
	}
	w := limit.Work{User: f.User, Key: f.Key, KnownHosts: f.KnownHosts, Tasks: 2}
	for _, h := range f.Hosts {
		w.Hosts = append(w.Hosts, limit.Addr(h.Addr, h.Port))
	}
	args, env := w.Command()
	control, err := meter.Run(t.Context(), meter.Command{Args: args, Env: env})
	if err != nil {
		t.Fatal(err)
	}
	after, err := f.Usage()
	if err != nil {
		t.Fatal(err)
	}
	if control.CPU <= 0 || control.Memory <= 0 || after.CPU <= before.CPU || after.Left != 0 {
		t.Errorf("control node %+v; targets before %+v, after %+v", control, before, after)
	}
}

// Each host has a home of its own.
func TestHomes(t *testing.T) {
	ssh := needs.Program(t, "ssh", "logging in")
	_, err := os.Stat("/usr/sbin/sshd")
	needs.That(t, err == nil, "sshd")
	dir := t.TempDir()
	f, err := fleet.Start(dir, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Stop()
	for _, h := range f.Hosts {
		out, err := exec.Command(ssh, "-F", os.DevNull, "-i", f.Key, "-o", "UserKnownHostsFile="+f.KnownHosts, "-o", "IdentitiesOnly=yes",
			"-p", strings.TrimPrefix(limit.Addr("", h.Port), ":"), f.User+"@"+h.Addr, "echo $HOME $BENCH_HOST").CombinedOutput()
		if want := filepath.Join(dir, h.Name) + " " + h.Name + "\n"; err != nil || string(out) != want {
			t.Errorf("got %q, %v, want %q", out, err, want)
		}
	}
}
