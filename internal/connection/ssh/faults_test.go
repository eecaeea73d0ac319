package ssh_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/ssh/sshtest"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
)

// ends reads a process to its end, and fails the test when that takes too long.
func ends(t *testing.T, p connection.Process, limit time.Duration) (int, error) {
	t.Helper()
	type end struct {
		code int
		err  error
	}
	done := make(chan end, 1)
	go func() {
		go func() { _, _ = io.Copy(io.Discard, p.Stderr()) }()
		_, _ = io.Copy(io.Discard, p.Stdout())
		code, err := p.Wait()
		done <- end{code, err}
	}()
	select {
	case e := <-done:
		return e.code, e.err
	case <-time.After(limit):
		t.Fatalf("no end after %v", limit)
		return 0, nil
	}
}

func startOn(t *testing.T, ctx context.Context, c connection.Conn, command string) connection.Process {
	t.Helper()
	p, err := c.Start(ctx, command)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestServerKilled(t *testing.T) {
	t.Parallel()
	s := sshtest.Start(t, sshtest.Options{})
	c := open(t, options(s))
	p := startOn(t, t.Context(), c, "sleep 600")
	time.AfterFunc(50*time.Millisecond, s.KillSessions)
	_, err := ends(t, p, time.Minute)
	var lost *connection.Error
	if !errors.As(err, &lost) || lost.Err.Error() != "Failed to connect to the host via ssh: Shared connection to 127.0.0.1 closed." {
		t.Errorf("got %v", err)
	}
	if _, err := c.Start(t.Context(), "true"); !errors.As(err, &lost) {
		t.Errorf("a lost connection: %v", err)
	}
}

// cable is a network between: a port that leads to another, until it is cut.
type cable struct {
	port int
	cut  atomic.Bool
	jam  atomic.Bool // nothing is taken any more, until the test ends
}

func newCable(t *testing.T, to int) *cable {
	t.Helper()
	w := &cable{}
	over := make(chan struct{})
	t.Cleanup(func() { close(over) })
	move := func(to, from net.Conn) {
		buf := make([]byte, 32<<10)
		for {
			n, err := from.Read(buf)
			if w.jam.Load() {
				<-over
			}
			if !w.cut.Load() { // else what is sent gets lost
				if _, werr := to.Write(buf[:n]); err == nil {
					err = werr
				}
			}
			if err != nil {
				_ = to.Close()
				return
			}
		}
	}
	w.port = listen(t, func(c net.Conn) {
		if w.cut.Load() {
			_, _ = io.Copy(io.Discard, c)
			return
		}
		far, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(to)))
		if err != nil {
			return
		}
		defer far.Close()
		go move(far, c)
		move(c, far)
	})
	return w
}

func TestNetworkCut(t *testing.T) {
	t.Parallel()
	s := sshtest.Start(t, sshtest.Options{})
	w := newCable(t, s.Port)
	o := options(s)
	o.Port, o.Timeout = w.port, 3*time.Second
	o.Settings["ssh_args"] += " -o HostKeyAlias=alias -o StrictHostKeyChecking=no -o ServerAliveInterval=1 -o ServerAliveCountMax=1"
	c := open(t, o)
	p := startOn(t, t.Context(), c, "sleep 600")
	w.cut.Store(true)
	_, err := ends(t, p, time.Minute)
	var lost *connection.Error
	if !errors.As(err, &lost) || lost.Err.Error() != "Failed to connect to the host via ssh: Timeout, server 127.0.0.1 not responding." {
		t.Errorf("got %v", err)
	}
	if text := fails(t, o); !strings.Contains(text, "Connection timed out during banner exchange") {
		t.Errorf("while it is cut: %s", text)
	}
	w.cut.Store(false)
	says(t, o, "true")
}

// TestCancelWhileCut: a cancelled command ends here though the host does not hear of it.
func TestCancelWhileCut(t *testing.T) {
	t.Parallel()
	s := sshtest.Start(t, sshtest.Options{})
	w := newCable(t, s.Port)
	o := options(s)
	o.Port = w.port
	o.Settings["ssh_args"] += " -o HostKeyAlias=alias -o StrictHostKeyChecking=no"
	c := open(t, o)
	ctx, cancel := context.WithCancel(t.Context())
	p := startOn(t, ctx, c, "echo ready; sleep 600")
	if _, err := io.ReadFull(p.Stdout(), make([]byte, 6)); err != nil {
		t.Fatal(err)
	}
	w.cut.Store(true)
	cancel()
	if _, err := ends(t, p, time.Minute); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestCancelWhileJammed: a cancelled command ends here though nothing can be sent to the host: its network takes no more.
func TestCancelWhileJammed(t *testing.T) {
	t.Parallel()
	s := sshtest.Start(t, sshtest.Options{})
	w := newCable(t, s.Port)
	o := options(s)
	o.Port = w.port
	o.Settings["ssh_args"] += " -o HostKeyAlias=alias -o StrictHostKeyChecking=no -o ServerAliveInterval=0"
	c := open(t, o)
	ctx, cancel := context.WithCancel(t.Context())
	// the window of one session is smaller than what the buffers on the way hold
	var all []connection.Process
	for range 4 {
		p := startOn(t, ctx, c, "echo ready; exec cat >/dev/null")
		if _, err := io.ReadFull(p.Stdout(), make([]byte, 6)); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	w.jam.Store(true)
	var sent atomic.Int64
	var writing sync.WaitGroup
	for _, p := range all {
		writing.Go(func() {
			for {
				n, err := p.Stdin().Write(make([]byte, 32<<10))
				if sent.Add(int64(n)); err != nil {
					return
				}
			}
		})
	}
	waitFor(t, "full buffers", func() bool {
		before := sent.Load()
		time.Sleep(200 * time.Millisecond)
		return before > 0 && before == sent.Load()
	})
	cancel()
	for _, p := range all {
		if _, err := ends(t, p, time.Minute); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	}
	writing.Wait()
}

func TestDiskFull(t *testing.T) {
	t.Parallel()
	s := sshtest.Start(t, sshtest.Options{Accounts: true, Setup: `mount -t tmpfs -o size=256k,mode=0777 none "$1/home"`})
	c := open(t, options(s))
	err := c.Put(t.Context(), io.LimitReader(zeros{}, 1<<20), s.Home+"/big", 0o600)
	var failed *connection.Error
	if !errors.As(err, &failed) || failed.Op != "put" || !strings.Contains(err.Error(), "No space left on device") {
		t.Errorf("got %v", err)
	}
	if got := strings.TrimSpace(runIn(t, c, "ls -A "+s.Home)); got != "" {
		t.Errorf("left behind: %s", got)
	}
}

func runIn(t *testing.T, c connection.Conn, command string) string {
	t.Helper()
	out, err := connection.Run(t.Context(), c, command, nil)
	if err != nil || out.Code != 0 {
		t.Fatalf("%s: %d, %v, %s", command, out.Code, err, out.Stderr)
	}
	return string(out.Stdout)
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestSlowReader: output that nobody reads holds the command back, and is not kept in memory.
func TestSlowReader(t *testing.T) {
	s := sshtest.Start(t, sshtest.Options{})
	c := open(t, options(s))
	before := heap()
	ctx, cancel := context.WithCancel(t.Context())
	p := startOn(t, ctx, c, "i=0; while [ $i -lt 200 ]; do head -c 1000000 /dev/zero; i=$((i+1)); echo $i > "+s.Home+"/count; done")
	var last string
	waitFor(t, "the command to be held back", func() bool {
		text, _ := os.ReadFile(s.Home + "/count")
		time.Sleep(300 * time.Millisecond)
		now, _ := os.ReadFile(s.Home + "/count")
		last = strings.TrimSpace(string(now))
		return string(text) == string(now) && last != ""
	})
	if n, _ := strconv.Atoi(last); n > 20 {
		t.Errorf("%d MB were taken that nobody reads", n)
	}
	if grown := int64(heap()) - int64(before); grown > 8<<20 {
		t.Errorf("the memory grew by %d bytes", grown)
	}
	// another command is not held back
	if got := runIn(t, c, "echo free"); got != "free\n" {
		t.Errorf("got %q", got)
	}
	cancel()
	_, _ = ends(t, p, time.Minute)
}

// TestMuchOutput: much passes, in flat memory. With KIMAI_TEST_ALL it is 1 GB.
func TestMuchOutput(t *testing.T) {
	size := int64(128 << 20)
	if os.Getenv("KIMAI_TEST_ALL") != "" {
		size = 1 << 30
	}
	s := sshtest.Start(t, sshtest.Options{})
	c := open(t, options(s))
	p := startOn(t, t.Context(), c, fmt.Sprintf("head -c %d /dev/zero", size))
	before, most, got := heap(), uint64(0), int64(0)
	buf := make([]byte, 64<<10)
	for i := 0; ; i++ {
		n, err := p.Stdout().Read(buf)
		got += int64(n)
		if i%512 == 0 {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
		}
		if err != nil {
			break
		}
	}
	if code, err := ends(t, p, time.Minute); code != 0 || err != nil || got != size {
		t.Errorf("%d, %v: %d bytes of %d", code, err, got, size)
	}
	if most > before+48<<20 { // garbage counts, that of tests beside this one too
		t.Errorf("the heap grew from %d to %d", before, most)
	}
}

func TestBinaryOutput(t *testing.T) {
	t.Parallel()
	s := sshtest.Start(t, sshtest.Options{})
	c := open(t, options(s))
	var all strings.Builder
	for range 300 {
		for b := range 256 {
			all.WriteByte(byte(b))
		}
	}
	for _, command := range []string{"cat", "cat >&2"} {
		out, err := connection.Run(t.Context(), c, command, strings.NewReader(all.String()))
		if err != nil || string(out.Stdout)+string(out.Stderr) != all.String() {
			t.Errorf("%s: %d and %d bytes came back of %d, %v", command, len(out.Stdout), len(out.Stderr), all.Len(), err)
		}
	}
	needs.Root(t) // an sshd without it can't give terminals away
	p, err := c.(connection.Terminals).StartTerminal(t.Context(), "tty <&0 >/dev/null && exec cat")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.WriteString(p.Stdin(), all.String()[:2560]) }()
	got := make([]byte, 2560)
	if _, err := io.ReadFull(p.Stdout(), got); err != nil || string(got) != all.String()[:2560] {
		t.Errorf("the terminal is not raw: %v, %q", err, got)
	}
	_ = p.Stdin().Close()
	if code, err := ends(t, p, time.Minute); code != 128+1 || err != nil {
		t.Errorf("hung up: %d, %v", code, err)
	}
}

// TestDaemon: a child that lets go of its streams outlives the command, which does not wait for it.
func TestDaemon(t *testing.T) {
	t.Parallel()
	s := sshtest.Start(t, sshtest.Options{})
	c := open(t, options(s))
	begin := time.Now()
	pid := strings.TrimSpace(runIn(t, c, "setsid sleep 300 </dev/null >/dev/null 2>&1 & echo $!"))
	if d := time.Since(begin); d > 2*time.Minute {
		t.Errorf("it took %v", d)
	}
	_ = c.Close()
	n, _ := strconv.Atoi(pid)
	if err := syscall.Kill(n, 0); err != nil {
		t.Errorf("the daemon is gone: %v", err)
	}
	_ = syscall.Kill(n, syscall.SIGKILL)
}

// TestBanner: what the host says to people is no part of what commands give.
func TestBanner(t *testing.T) {
	t.Parallel()
	file := filepath.Join(needs.Folder(t), "banner")
	if err := os.WriteFile(file, []byte("Authorized users only!\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := sshtest.Start(t, sshtest.Options{Config: "Banner " + file + "\n"})
	if got := says(t, options(s), "echo x"); got != "x" {
		t.Errorf("got %q", got)
	}
}

// TestManyHosts: hosts that are down do not hold up the others, and idle connections are cheap; nothing is left of them.
func TestManyHosts(t *testing.T) {
	hosts, down := 80, 20
	if os.Getenv("KIMAI_TEST_ALL") != "" {
		hosts, down = 200, 50
	}
	s := sshtest.Start(t, sshtest.Options{})
	silent := listen(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	says(t, options(s), "true") // what is made once is made
	kind := sshType()
	goroutines, files, before := runtime.NumGoroutine(), openFiles(t), heap()
	begin := time.Now()
	conns := make([]connection.Conn, hosts)
	var all sync.WaitGroup
	var failed, took atomic.Int64
	for i := range hosts {
		all.Go(func() {
			o := options(s)
			o.Host = fmt.Sprint("h", i)
			if i < down {
				o.Port, o.Timeout = silent, 2*time.Second
			}
			c, err := kind.Open(context.Background(), o)
			if err != nil {
				failed.Add(1)
				return
			}
			took.Store(int64(time.Since(begin)))
			conns[i] = c
		})
	}
	all.Wait()
	if failed.Load() != int64(down) {
		t.Errorf("%d hosts failed, %d are down", failed.Load(), down)
	}
	each := (int64(heap()) - int64(before)) / int64(hosts-down)
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	perStack := int64(runtime.NumGoroutine()-goroutines) * 1000 / int64(hosts-down)
	t.Logf("%d hosts of which %d are down: %v until the last was there, %v in all; %d bytes of heap and %d.%03d goroutines for each idle host",
		hosts, down, time.Duration(took.Load()), time.Since(begin), each, perStack/1000, perStack%1000)
	if each > 150<<10 {
		t.Errorf("an idle host takes %d bytes", each)
	}
	for _, c := range conns {
		if c != nil {
			all.Go(func() { _ = c.Close() })
		}
	}
	all.Wait()
	waitFor(t, fmt.Sprintf("goroutines to end: %d were there", goroutines), func() bool { return runtime.NumGoroutine() <= goroutines+down })
	waitFor(t, fmt.Sprintf("files to be closed: %d were open", files), func() bool { return openFiles(t) <= files+down })
}

func openFiles(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}
