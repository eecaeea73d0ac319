package moduletest

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/server"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Kill is a pair of calls that write the same files in turn, in a process that is killed (SIGKILL) while they do.
type Kill struct {
	Name    string
	Module  string
	Args    [2]string // as JSON; "@W@" stands for the folder
	Times   int       // how often the content of a copy is repeated; 0 is once
	Files   func() map[string]string
	Longest time.Duration // of the time before the kill
	Named   bool          // the process can't make files without a name
	// Left is how many of a hundred kills may leave a temporary file until the next run: those that fall into the
	// moment between its name and its place, or into a program that looks at it.
	Left int
}

// The variables by which a test's process is made the one that is killed.
const (
	killEnv  = "KIMAI_TEST_KILL"  // the name of the Kill
	killDir  = "KIMAI_TEST_DIR"   // where it writes
	killArgs = "KIMAI_TEST_CALLS" // its two calls, a line each: the addresses in them are the first process's
)

// RunKills kills each call n times. After each kill the files are whole, old or new, and after the next run, which does what the
// killed one did, there is nothing beside them. It returns how many of the kills left a temporary file until then.
func RunKills(t *testing.T, find func(name string) *module.Def, n int, kills []Kill) {
	if name := os.Getenv(killEnv); name != "" {
		i := slices.IndexFunc(kills, func(k Kill) bool { return k.Name == name })
		kills[i].write(t, find)
		return
	}
	for _, k := range kills {
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			k.run(t, find, n)
		})
	}
}

// write is the process that is killed.
func (k Kill) write(t *testing.T, find func(string) *module.Def) {
	calls := strings.Split(os.Getenv(killArgs), "\n")
	for i := 0; ; i++ {
		if r := k.call(t, find, os.Getenv(killDir), calls[i%2]); r.Failed || i > 0 && !r.Changed { // the first may be done already
			t.Fatalf("call %d: %+v", i, r)
		}
		if i == 1 {
			_, _ = io.WriteString(os.Stdout, "\nwriting\n")
		}
	}
}

func (k Kill) call(t *testing.T, find func(string) *module.Def, dir, args string) module.Result {
	t.Helper()
	real, err := target.NewReal(dir)
	if err != nil {
		t.Fatal(err)
	}
	a, err := value.FromJSON([]byte(args))
	if err != nil {
		t.Fatal(err)
	}
	call := server.Call{Module: k.Module, Args: a.(*value.Dict), Env: []string{"TMPDIR=" + filepath.Join(filepath.Dir(dir), "tmp")}}
	def := find(k.Module)
	if def.ShortName() == "copy" {
		if text, _ := value.Text(call.Args.Stored("content")); k.Times > 0 {
			call.Args.SetStr("content", value.NewStr(strings.Repeat(text, k.Times)))
		}
		call.Args, call.Content = copyContent(t, call.Args)
	}
	return server.RunDef(context.Background(), real, def, call)
}

// withoutProc runs a program where there is no /proc: it is by that folder that a file without a name gets one.
var withoutProc = []string{"unshare", namespaces(), "sh", "-c", `mount -t tmpfs none /proc && exec "$0" "$@"`}

func namespaces() string {
	if os.Geteuid() == 0 {
		return "-m"
	}
	return "-rm"
}

func (k Kill) run(t *testing.T, find func(string) *module.Def, n int) {
	if k.Named {
		out, err := exec.Command(withoutProc[0], append(slices.Clone(withoutProc[1:]), "true")...).CombinedOutput()
		needs.That(t, err == nil, fmt.Sprintf("a namespace without /proc: %v %s", err, out))
	}
	base := needs.Folder(t)
	dir := filepath.Join(base, "w")
	for _, d := range []string{dir, filepath.Join(base, "tmp")} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if k.Files != nil {
		for name, text := range k.Files() {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	var calls, want [2]string
	var whole [2]map[string]string
	for i := range calls {
		calls[i] = strings.ReplaceAll(k.Args[i], "@W@", dir)
		k.must(t, find, dir, calls[i])
		whole[i] = contents(t, base)
		want[i] = strings.Join(names(whole[i]), " ")
	}
	if want[0] != want[1] {
		t.Fatalf("the calls make different files: %s; %s", want[0], want[1])
	}
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	left := 0
	for at := range n {
		wait := time.Duration(random.Int64N(int64(k.Longest)))
		k.kill(t, dir, calls, wait)
		got := contents(t, base)
		for name, text := range got {
			switch {
			case whole[0][name] == text && slices.Contains(names(whole[0]), name), whole[1][name] == text && slices.Contains(names(whole[1]), name):
			case whole[0][name] == "" && strings.HasPrefix(filepath.Base(name), ".ansible_tmp"):
				left++
				untilFree(t, filepath.Join(base, name))
			default:
				t.Errorf("kill %d, after %s (seed %d): %s is neither old nor new: %d bytes", at, wait, seed, name, len(text))
			}
		}
		next := calls[0]
		if got["w/f"] == whole[0]["w/f"] {
			next = calls[1]
		}
		k.must(t, find, dir, next)
		if now := strings.Join(names(contents(t, base)), " "); now != want[0] {
			t.Fatalf("kill %d, after %s (seed %d): the next run leaves %s", at, wait, seed, now)
		}
	}
	t.Logf("%d kills: %d left a temporary file until the next run", n, left)
	if left*100 > k.Left*n {
		t.Errorf("of %d kills %d left a temporary file until the next run", n, left)
	}
}

func (k Kill) must(t *testing.T, find func(string) *module.Def, dir, args string) {
	t.Helper()
	if r := k.call(t, find, dir, args); r.Failed || !r.Changed {
		t.Fatalf("it does not write: %+v", r)
	}
}

// kill starts the process that writes and kills it so long after it has begun to.
func (k Kill) kill(t *testing.T, dir string, calls [2]string, wait time.Duration) {
	t.Helper()
	name, _, _ := strings.Cut(t.Name(), "/")
	argv := []string{os.Args[0], "-test.run=^" + name + "$", "-test.timeout=60s"}
	if k.Named {
		argv = append(slices.Clone(withoutProc), argv...)
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), killEnv+"="+k.Name, killDir+"="+dir, killArgs+"="+strings.Join(calls[:], "\n"))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	lines := bufio.NewScanner(io.TeeReader(out, &said))
	for lines.Scan() && lines.Text() != "writing" {
	}
	time.Sleep(wait)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if state, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || state.Signal() != syscall.SIGKILL {
		t.Fatalf("it has ended by itself: %s", said.String())
	}
}

// untilFree waits until nobody has a file locked. A program that the killed process was just starting still has all that it
// had open, until it is the program.
func untilFree(t *testing.T, name string) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for end := time.Now().Add(10 * time.Second); syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil; {
		if time.Now().After(end) {
			t.Fatalf("%s stays locked", name)
		}
		time.Sleep(time.Millisecond)
	}
}

func names(files map[string]string) []string {
	var out []string
	for n := range files {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}
