package rotate_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/rotate"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/tree"
	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

// The small tree of the fault tests, with its password in a file that the rotation replaces.
const (
	faultWhole  = "WholeCanary\n"
	faultInline = "InlineCanary"
	faultPlain  = "# comment\nk: 1\nv: !vault | # why\n"
	madeUp      = "a password that was made up"
)

func faultTree(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "kimai-rotate-") // hundreds of rotations, each of which waits for its disk
	if err != nil {
		dir = folder(t)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	write(t, dir, map[string]string{
		"tree/w": seal(t, "old", "prod", faultWhole), "tree/g/f.yml": faultPlain + indent(4, seal(t, "old", "", faultInline)) + "end: 1\n", "pw": "old\n",
	})
	return dir
}

// faultRun is the rotation in dir, with a disk that is the probe.
func faultRun(dir string, probe vault.Probe) error {
	sink, err := rotate.NewFileSink(filepath.Join(dir, "pw"), probe)
	if err != nil {
		return err
	}
	found, err := tree.Find(context.Background(), tree.Options{Dir: filepath.Join(dir, "tree"), Marker: rotate.Folder})
	if err != nil {
		return err
	}
	_, err = rotate.Run(context.Background(), rotate.Options{
		Tree: found, Pairs: []rotate.Pair{{From: secret("default", "old"), To: secret("default", madeUp), Sink: sink}}, Probe: probe,
	})
	return err
}

func recovery(dir string, probe vault.Probe) rotate.Recovery {
	return rotate.Recovery{Dir: filepath.Join(dir, "tree"), Probe: probe, Sink: func(address string) (rotate.Sink, error) {
		s, ok, err := rotate.OpenFileSink(address, probe)
		if !ok {
			return nil, fmt.Errorf("what is %s?", address)
		}
		return s, err
	}}
}

// settle brings the tree to an end after whatever happened, first by resuming when resume is set, else by aborting, and
// says which state it is in.
func settle(dir string, resume bool, probe vault.Probe) (fresh bool, err error) {
	if _, ok := rotate.Pending(filepath.Join(dir, "tree")); !ok {
		password, err := os.ReadFile(filepath.Join(dir, "pw"))
		return string(password) == madeUp+"\n", err
	}
	// the next call refuses
	if err := faultRun(dir, nil); !errors.Is(err, rotate.ErrPending) && !strings.Contains(fmt.Sprint(err), "is there already") {
		return false, fmt.Errorf("the next call: %w", err)
	}
	if resume {
		_, err := rotate.Resume(context.Background(), recovery(dir, probe))
		if err == nil {
			return true, nil
		}
		if _, ok := rotate.Pending(filepath.Join(dir, "tree")); probe != nil || !ok {
			return false, err
		}
		// it was interrupted before there was anything to resume
	}
	_, err = rotate.Abort(context.Background(), recovery(dir, probe))
	return false, err
}

// check looks at a tree that is said to be wholly new, or wholly old: every value opens to what it was, every other byte is
// there, nothing was left behind, no plaintext is anywhere, and the passwords are where they belong.
func check(t testing.TB, dir string, fresh bool) error {
	password, allowed := "old", map[string]bool{"tree/w": true, "tree/g/f.yml": true, "pw": true}
	for _, name := range []string{"lock", ".gitignore"} { // of a folder without a plan, which the next rotation takes over
		allowed[filepath.Join("tree", rotate.Folder, name)] = true
	}
	if fresh {
		password = madeUp
		allowed["pw.1"] = true
	}
	all := content(t, dir)
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	for name, text := range all {
		if !allowed[name] {
			wrong("%s was left behind", name)
		}
		if strings.Contains(string(decodeAll(text)), "Canary") {
			wrong("plaintext in %s", name)
		}
	}
	if all["pw"] != password+"\n" || fresh && all["pw.1"] != "old\n" {
		wrong("the password files hold %q, %q", all["pw"], all["pw.1"])
	}
	if err := opens(all["tree/w"], password, faultWhole); err != nil {
		wrong("w: %w", err)
	}
	body, ok := strings.CutPrefix(all["tree/g/f.yml"], faultPlain)
	body, end := strings.CutSuffix(body, "end: 1\n")
	if err := opens(strings.ReplaceAll(body, "    ", ""), password, faultInline); err != nil || !ok || !end {
		wrong("f.yml: %w: %q", err, all["tree/g/f.yml"])
	}
	return errors.Join(errs...)
}

func opens(text, password, want string) error {
	e, err := vaultfmt.Parse([]byte(text))
	if err != nil {
		return err
	}
	got, err := e.Decrypt([]byte(password))
	if err == nil && string(got) != want {
		err = fmt.Errorf("it is %q", got)
	}
	return err
}

// failing gives a disk whose nth call fails, and a count of the calls.
func failing(n int64, with error) (vault.Probe, *atomic.Int64) {
	var calls atomic.Int64
	return func(string, string) error {
		if calls.Add(1) == n {
			return with
		}
		return nil
	}, &calls
}

// thorough says whether to take the time for everything.
// countCalls gives how many calls to the file system the rotation makes.
func countCalls(t *testing.T) int {
	dir := faultTree(t)
	probe, calls := failing(0, nil)
	if err := faultRun(dir, probe); err != nil {
		t.Fatal(err)
	}
	if err := check(t, dir, true); err != nil {
		t.Fatalf("without any fault: %v", err)
	}
	n := int(calls.Load())
	if n < 40 {
		t.Fatalf("the rotation makes %d calls: the probe does not see all", n)
	}
	return n
}

// Each call to the file system fails once, in each way, and then the rotation is resumed or aborted, by turns.
func TestFaults(t *testing.T) {
	t.Parallel()
	total, tried := countCalls(t), 0
	for n := 1; n <= total; n++ {
		for i, fault := range []error{syscall.ENOSPC, syscall.EIO} {
			if !needs.All() && (n+i)%4 != 0 {
				continue
			}
			tried++
			resume := (n/2+i)%2 == 0
			dir := faultTree(t)
			probe, _ := failing(int64(n), fault)
			err := faultRun(dir, probe)
			if err == nil {
				t.Errorf("call %d fails with %v, and nobody says so", n, fault)
			} else if !errors.Is(err, fault) {
				t.Errorf("call %d: the error hides the cause: %v", n, err)
			}
			fresh, err := settle(dir, resume, nil)
			if err == nil {
				err = check(t, dir, fresh)
			}
			if err != nil {
				t.Errorf("call %d of %d, %v, resume %v: %v", n, total, fault, resume, err)
			}
		}
	}
	t.Logf("%d calls, %d faults", total, tried)
}

// The process is killed at each call to the file system.
func TestKilledAtEachCall(t *testing.T) {
	t.Parallel()
	total, tried := countCalls(t), 0
	for n := 1; n <= total; n++ {
		for j, resume := range []bool{true, false} {
			if !needs.All() && (n+j)%11 != 0 {
				continue
			}
			tried++
			dir := faultTree(t)
			if err := childRun(t, dir, n); err != nil {
				t.Fatal(err)
			}
			fresh, err := settle(dir, resume, nil)
			if err == nil {
				err = check(t, dir, fresh)
			}
			if err != nil {
				t.Errorf("killed before call %d of %d, resume %v: %v", n, total, resume, err)
			}
		}
	}
	t.Logf("%d calls, %d kills", total, tried)
}

// Faults come while a rotation is ended, too: then it is ended once more.
func TestFaultsInRecovery(t *testing.T) {
	t.Parallel()
	total := countCalls(t)
	step := 23
	if needs.All() {
		step = 7
	}
	tried := 0
	for n := total / 3; n <= total; n += step {
		dir := faultTree(t)
		probe, _ := failing(int64(n), syscall.EIO)
		if err := faultRun(dir, probe); err == nil {
			t.Fatal("no fault")
		}
		if _, ok := rotate.Pending(filepath.Join(dir, "tree")); !ok {
			continue // it was before the plan was whole
		}
		interrupted := content(t, dir)
		for _, resume := range []bool{true, false} {
			for m := int64(1); ; m++ {
				// the same folder again: the journal has the path of the password file
				if err := errors.Join(os.RemoveAll(dir), os.Mkdir(dir, 0o700)); err != nil {
					t.Fatal(err)
				}
				write(t, dir, interrupted)
				probe, calls := failing(m, syscall.EIO)
				_, err := settle(dir, resume, probe)
				tried++
				fresh, serr := settle(dir, resume, nil)
				if serr == nil {
					serr = check(t, dir, fresh)
				}
				if serr != nil {
					t.Errorf("call %d fails, then in the recovery (resume %v) call %d (%v): %v", n, resume, m, err, serr)
				}
				if calls.Load() < m {
					break
				}
				if !needs.All() {
					m += 5
				}
			}
		}
	}
	if tried < 6 {
		t.Errorf("only %d tries", tried)
	}
	t.Logf("%d faults in recoveries", tried)
}

// The harness sees what a worse rotation does.
func TestFaultsNoticeBrokenWriters(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string]func(dir string, probe vault.Probe) error{
		"in place": func(dir string, probe vault.Probe) error {
			return rewrite(t, dir, func(path, text string) error {
				f, err := os.Create(path) // which empties it
				if err == nil {
					defer f.Close()
					if err = probe.Ask("write", path); err == nil {
						_, err = f.WriteString(text)
					}
				}
				return err
			})
		},
		"without a journal": func(dir string, probe vault.Probe) error {
			return rewrite(t, dir, func(path, text string) error {
				if err := probe.Ask("rename", path); err != nil {
					return err
				}
				return os.WriteFile(path, []byte(text), 0o600)
			})
		},
		"plaintext beside": func(dir string, probe vault.Probe) error {
			if err := os.WriteFile(filepath.Join(dir, "tree/w.tmp"), []byte(faultWhole), 0o600); err != nil {
				return err
			}
			return probe.Ask("write", dir)
		},
		"another plaintext": func(dir string, _ vault.Probe) error {
			return os.WriteFile(filepath.Join(dir, "tree/w"), []byte(seal(t, "old", "prod", "something else")), 0o600)
		},
		"a changed comment": func(dir string, _ vault.Probe) error {
			text := content(t, dir)["tree/g/f.yml"]
			return os.WriteFile(filepath.Join(dir, "tree/g/f.yml"), []byte(strings.Replace(text, "# comment", "#comment", 1)), 0o600)
		},
		"a lost password": func(dir string, probe vault.Probe) error {
			err := rewrite(t, dir, func(path, text string) error { return os.WriteFile(path, []byte(text), 0o600) })
			return errors.Join(err, probe.Ask("write", "pw"))
		},
	} {
		noticed := false
		for n := int64(1); n <= 3 && !noticed; n++ {
			dir := faultTree(t)
			probe, _ := failing(n, syscall.ENOSPC)
			_ = broken(dir, probe)
			fresh, err := settle(dir, true, nil)
			noticed = err != nil || check(t, dir, fresh) != nil
		}
		if !noticed {
			t.Errorf("%s: the harness does not notice", name)
		}
	}
}

// rewrite gives the new files of the tree to a writer, one after the other.
func rewrite(t testing.TB, dir string, put func(path, text string) error) error {
	for name, text := range map[string]string{
		"tree/w": seal(t, madeUp, "prod", faultWhole), "tree/g/f.yml": faultPlain + indent(4, seal(t, madeUp, "", faultInline)) + "end: 1\n",
	} {
		if err := put(filepath.Join(dir, name), text); err != nil {
			return err
		}
	}
	return nil
}

// The test binary is the program that is killed: with these variables it rotates and kills itself before a call.
const (
	childDir  = "KIMAI_TEST_ROTATE_DIR"
	childCall = "KIMAI_TEST_ROTATE_CALL"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		var n, calls int64
		fmt.Sscan(os.Getenv(childCall), &n)
		err := faultRun(dir, func(string, string) error {
			if atomic.AddInt64(&calls, 1) == n {
				syscall.Kill(os.Getpid(), syscall.SIGKILL)
				select {}
			}
			return nil
		})
		fmt.Fprintln(os.Stderr, "not killed:", err)
		os.Exit(3)
	}
	os.Exit(m.Run())
}

// childRun rotates in a process that is killed before its nth call to the file system.
func childRun(t testing.TB, dir string, n int) error {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir, fmt.Sprintf("%s=%d", childCall, n))
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL {
		return nil
	}
	return fmt.Errorf("call %d: not killed: %v: %s", n, err, out)
}
