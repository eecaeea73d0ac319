package cli

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

// TestVaultRotateKilled kills `vault rotate --generate` at random instants, most of them while files are replaced, and ends
// what is left with --resume or --abort. Then every value opens, all with the same password; every other byte is there;
// nothing is left behind; no plaintext is anywhere.
func TestVaultRotateKilled(t *testing.T) {
	t.Parallel() // most of the time it waits for the disk
	kills := 16
	k := newKillTest(t)
	if needs.All() {
		kills = 500
		k.program = builtKimai(t)
	}
	k.measure()
	var next, killed, within atomic.Int64
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for n := int(next.Add(1)); int(killed.Load()) < kills && n <= 3*kills; n = int(next.Add(1)) {
				switch k.once(n) {
				case killedWithin:
					within.Add(1)
					killed.Add(1)
				case killedElsewhere:
					killed.Add(1)
				}
			}
		})
	}
	wg.Wait()
	t.Logf("%d rotations, %d of them killed, of these %d with some files new and others old", next.Load(), killed.Load(), within.Load())
	if int(killed.Load()) < kills {
		t.Error("most were not killed: the instants are wrong")
	}
	if kills >= 500 && within.Load() < 20 {
		t.Error("the kills hardly ever come between two files")
	}
}

// The check of the kill test sees each thing that can be wrong.
func TestVaultRotateKilledNotices(t *testing.T) {
	k := newKillTest(t)
	if err := k.check(k.onDisk()); err != nil {
		t.Fatalf("an untouched tree: %v", err)
	}
	for name, damage := range map[string]func(dir string) error{
		"two passwords": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "tree/w1"), []byte(k.seal("another", k.plain["w1"])), 0o600)
		},
		"a lost value":    func(dir string) error { return os.Truncate(filepath.Join(dir, "tree/w1"), 300) },
		"a lost file":     func(dir string) error { return os.Remove(filepath.Join(dir, "tree/w2")) },
		"an added file":   func(dir string) error { return os.WriteFile(filepath.Join(dir, "tree/x"), nil, 0o600) },
		"plaintext":       func(dir string) error { return os.WriteFile(filepath.Join(dir, "pw.1"), []byte(k.plain["w1"]), 0o600) },
		"a lost password": func(dir string) error { return os.WriteFile(filepath.Join(dir, "pw"), []byte("new\n"), 0o600) },
		"another plaintext": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "tree/w1"), []byte(k.seal("old", "something")), 0o600)
		},
		"a changed byte": func(dir string) error {
			path := filepath.Join(dir, "tree/i.yml")
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return os.WriteFile(path, bytes.Replace(data, []byte("end: 1"), []byte("end: 2"), 1), 0o600)
		},
	} {
		dir := k.onDisk()
		if err := damage(dir); err != nil {
			t.Fatal(err)
		}
		if k.check(dir) == nil {
			t.Errorf("%s: not noticed", name)
		}
	}
}

// A killTest has what all its trees have in common.
type killTest struct {
	victims
	plain map[string]string // of the values
	// how long a rotation takes until its plan is there, and from then until that is gone
	planning, replacing time.Duration
}

type outcome int

const (
	notKilled outcome = iota
	killedElsewhere
	killedWithin
)

const killYAML = "# comment\nk: !vault | # why\n"

func newKillTest(t *testing.T) *killTest {
	k := &killTest{victims: victims{T: t}, plain: map[string]string{"w1": "KillCanary one\n", "w2": "KillCanary two\n", "i": "KillCanary three"}}
	k.files = map[string]string{"pw": "old\n", "tree/w1": k.seal("old", k.plain["w1"]), "tree/w2": k.seal("old", k.plain["w2"])}
	k.files["tree/i.yml"] = killYAML + strings.ReplaceAll("  "+strings.TrimSuffix(k.seal("old", k.plain["i"]), "\n"), "\n", "\n  ") + "\nend: 1\n"
	return k
}

func (k *killTest) seal(password, plaintext string) string {
	e, err := vaultfmt.Encrypt([]byte(plaintext), []byte(password), "")
	if err != nil {
		k.Fatal(err)
	}
	text, err := e.MarshalText()
	if err != nil {
		k.Fatal(err)
	}
	return string(text)
}

// onDisk makes a tree. It is on a disk, for which a rotation waits a dozen times: that makes it long enough to be hit.
func (k *killTest) onDisk() string {
	dir := k.tree("")
	k.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func (k *killTest) rotate(dir string, args ...string) *exec.Cmd {
	cmd := k.command(dir, append([]string{"vault", "rotate"}, args...)...)
	cmd.Dir = filepath.Join(dir, "tree")
	return cmd
}

var killRotate = []string{"--from-vault-id", "../pw", "--generate"}

func planThere(dir string) bool {
	_, err := os.Lstat(filepath.Join(dir, "tree/.kimai-ansible-rotate/plan"))
	return err == nil
}

// measure takes the times of some rotations, and their medians.
func (k *killTest) measure() {
	var planning, replacing []time.Duration
	for range 5 {
		dir := k.onDisk()
		cmd := k.rotate(dir, killRotate...)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		begin := time.Now()
		if err := cmd.Start(); err != nil {
			k.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		for !planThere(dir) && len(ended) == 0 {
			time.Sleep(20 * time.Microsecond)
		}
		planned := time.Now()
		for planThere(dir) && len(ended) == 0 {
			time.Sleep(20 * time.Microsecond)
		}
		replaced := time.Now()
		if err := <-ended; err != nil {
			k.Fatalf("%v: %s", err, out.String())
		}
		planning, replacing = append(planning, planned.Sub(begin)), append(replacing, replaced.Sub(planned))
		if err := k.check(dir); err != nil {
			k.Fatal(err)
		}
	}
	slices.Sort(planning)
	slices.Sort(replacing)
	k.planning, k.replacing = planning[2], max(replacing[2], time.Millisecond)
}

// once kills a rotation: every fourth at any instant, the others from when the plan is there.
func (k *killTest) once(n int) outcome {
	dir := k.onDisk()
	defer os.RemoveAll(dir)
	cmd := k.rotate(dir, killRotate...)
	if err := cmd.Start(); err != nil {
		k.Error(err)
		return notKilled
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	wait := time.Duration(rand.Int64N(int64(k.planning + k.replacing)))
	if n%4 != 0 {
		wait = time.Duration(rand.Int64N(int64(k.replacing))) * 3 / 4 // it takes a moment until the plan is seen
		for !planThere(dir) && !closed(ended) {
			time.Sleep(20 * time.Microsecond)
		}
	}
	for begin := time.Now(); time.Since(begin) < wait; { // a timer is too coarse
		time.Sleep(20 * time.Microsecond)
	}
	_ = cmd.Process.Kill()
	<-ended
	was := killedElsewhere
	switch {
	case cmd.ProcessState.ExitCode() == 0:
		return notKilled // it was over
	case k.mixed(dir):
		was = killedWithin
	}
	end := "--resume"
	if rand.IntN(2) == 0 {
		end = "--abort"
	}
	if err := k.settle(dir, end); err != nil {
		k.Errorf("kill %d, then %s: %v", n, end, err)
	}
	if err := k.check(dir); err != nil {
		k.Errorf("kill %d, then %s: %v", n, end, err)
	}
	return was
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// mixed reports whether some of the files are as they were and others are not.
func (k *killTest) mixed(dir string) bool {
	old := 0
	for _, name := range []string{"tree/w1", "tree/w2", "tree/i.yml"} {
		if data, err := os.ReadFile(filepath.Join(dir, name)); err == nil && string(data) == k.files[name] {
			old++
		}
	}
	return old == 1 || old == 2
}

// settle ends an interrupted rotation after it has seen that the next call refuses.
func (k *killTest) settle(dir, end string) error {
	pending := planThere(dir)
	if _, err := os.Lstat(filepath.Join(dir, "tree/.kimai-ansible-rotate/plan.part")); err == nil {
		pending = true
	}
	if !pending {
		return nil
	}
	if out, err := k.rotate(dir, killRotate...).CombinedOutput(); err == nil || !bytes.Contains(out, []byte("vault rotate --resume finishes it, vault rotate --abort takes it back")) {
		return fmt.Errorf("the next call: %w: %s", err, out)
	}
	out, err := k.rotate(dir, end).CombinedOutput()
	if end == "--resume" && err != nil && bytes.Contains(out, []byte("hint: vault rotate --abort")) {
		out, err = k.rotate(dir, "--abort").CombinedOutput() // it was interrupted before there was anything to resume
	}
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

// check looks at a tree after everything.
func (k *killTest) check(dir string) error {
	allowed := map[string]bool{"pw.1": true}
	for _, name := range []string{"lock", ".gitignore"} { // of a folder without a plan, which the next rotation takes over
		allowed["tree/.kimai-ansible-rotate/"+name] = true
	}
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		all[name] = string(data)
		if _, ours := k.files[name]; !ours && !allowed[name] {
			err = fmt.Errorf("%s was left behind", name)
		}
		if bytes.Contains(data, []byte("KillCanary")) {
			err = fmt.Errorf("plaintext in %s", name)
		}
		return err
	})
	if err != nil {
		return err
	}
	inline, ok := strings.CutPrefix(all["tree/i.yml"], killYAML)
	inline, end := strings.CutSuffix(inline, "end: 1\n")
	if !ok || !end {
		return fmt.Errorf("i.yml is %q", all["tree/i.yml"])
	}
	password := []byte(strings.TrimSpace(all["pw"]))
	for name, text := range map[string]string{"w1": all["tree/w1"], "w2": all["tree/w2"], "i": strings.ReplaceAll(inline, "  ", "")} {
		if file := map[string]string{"w1": "tree/w1", "w2": "tree/w2", "i": "tree/i.yml"}[name]; all[file] == k.files[file] && string(password) == "old" {
			continue // not a byte is other than it was: deriving its key once more would tell nothing
		}
		e, err := vaultfmt.Parse([]byte(text))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		got, err := e.Decrypt(password)
		if err != nil || string(got) != k.plain[name] {
			return fmt.Errorf("%s: %q, %w", name, got, err)
		}
	}
	return nil
}
