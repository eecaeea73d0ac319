package client_test

import (
	"bytes"
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/client"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/server"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/local"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// TestMain makes the test's program the agent where it is called by its name.
func TestMain(m *testing.M) {
	if strings.HasPrefix(filepath.Base(os.Args[0]), server.Name) {
		os.Exit(server.Main(modules.All(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// host is a local connection with a home of its own.
func host(t testing.TB, env ...string) connection.Conn {
	t.Helper()
	home := t.TempDir()
	c, err := local.Open(connection.Options{Host: "h", Env: append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + home}, env...)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func open(t testing.TB, o client.Options) *client.Remote {
	t.Helper()
	if o.Conn == nil {
		o.Conn = host(t)
	}
	o.Host = "h"
	o.Timeout = 2 * time.Minute
	r, err := client.Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func call(t testing.TB, c client.Client, what client.Call) module.Result {
	t.Helper()
	r, err := c.Exec(context.Background(), what)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func text(v value.Value) string {
	s, _ := value.Text(v)
	return s
}

func shell(line string) client.Call {
	return client.Call{Module: "shell", Args: value.DictOf("_raw_params", value.NewStr(line))}
}

func TestExec(t *testing.T) {
	for _, compress := range []bool{false, true} {
		t.Run(fmt.Sprint("compress ", compress), func(t *testing.T) {
			r := open(t, client.Options{Compress: compress})
			got := call(t, r, shell("echo $((1+1)); echo e >&2; exit 3"))
			if text(got.Get("stdout")) != "2" || text(got.Get("stderr_lines")) != "['e']" || text(got.Get("rc")) != "3" || !got.Failed {
				t.Errorf("got %s", text(got.Dict()))
			}
			big := call(t, r, shell("head -c 3000000 /dev/zero | tr '\\0' x"))
			if n := len(text(big.Get("stdout"))); n != 3000000 {
				t.Errorf("%d bytes of output", n)
			}
		})
	}
}

// TestSame: a call gives the same through an agent as in this process.
func TestSame(t *testing.T) {
	sys := open(t, client.Options{})
	here, err := client.NewLocal("", nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/f", []byte("x\n"), 0o640); err != nil {
		t.Fatal(err)
	}
	for _, c := range []client.Call{
		{Module: "ping", Args: value.DictOf("data", value.NewStr("é\x00"))},
		{Module: "ping", Args: value.DictOf("zork", value.None)},
		{Module: "nosuch"},
		{Module: "stat", Args: value.DictOf("path", value.NewStr(dir+"/f"), "get_mime", value.False, "get_checksum", value.False)},
		{Module: "slurp", Args: value.DictOf("src", value.NewStr(dir+"/none"))},
		{Module: "file", Args: value.DictOf("path", value.NewStr(dir+"/d"), "state", value.NewStr("directory")), Check: true, Diff: true},
		{Module: "command", Args: value.DictOf("_raw_params", value.NewStr("ls")), Check: true},
		{Module: "command", Args: value.DictOf("argv", value.NewList(value.NewStr("/no/such"))), Env: []string{"A=b"}},
	} {
		want, got := call(t, here, c), call(t, sys, c)
		if w, g := text(want.Dict()), text(got.Dict()); w != g || want.Cause != got.Cause {
			t.Errorf("%s:\ngot  %s %s\nwant %s %s", c.Module, g, got.Cause, w, want.Cause)
		}
	}
}

// body is a content that counts how often it is opened.
func body(b []byte, opened *int) *module.Content {
	return &module.Content{Size: int64(len(b)), SHA1: fmt.Sprintf("%x", sha1.Sum(b)), Label: "x", Open: func(context.Context) (io.ReadCloser, error) {
		*opened++
		return io.NopCloser(bytes.NewReader(b)), nil
	}}
}

func TestContent(t *testing.T) {
	r := open(t, client.Options{Compress: true})
	dir := t.TempDir()
	for _, size := range []int{0, 1, 2048, 2049, 100_000, 5_000_000} {
		want := bytes.Repeat([]byte("abcdefg\n"), size/8+1)[:size]
		dest := fmt.Sprintf("%s/f%d", dir, size)
		what := client.Call{Module: "copy", Args: value.DictOf("dest", value.NewStr(dest))}
		opened := 0
		what.Content = body(want, &opened)
		if got := call(t, r, what); got.Failed || !got.Changed {
			t.Fatalf("%d: %s", size, text(got.Dict()))
		}
		if got, err := os.ReadFile(dest); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d: %d bytes arrived, %v", size, len(got), err)
		}
		opened = 0
		what.Content = body(want, &opened)
		if got := call(t, r, what); got.Changed || got.Failed {
			t.Errorf("%d, again: %s", size, text(got.Dict()))
		}
		if size > 2048 && opened > 0 {
			t.Errorf("%d: an unchanged file was sent", size)
		}
	}
	broken := &module.Content{Size: 1 << 20, SHA1: "x", Label: "x", Open: func(context.Context) (io.ReadCloser, error) { return nil, errors.New("the moon") }}
	got := call(t, r, client.Call{Module: "copy", Args: value.DictOf("dest", value.NewStr(dir+"/broken")), Content: broken})
	if !got.Failed || !strings.Contains(got.Msg+got.Cause, "the moon") {
		t.Errorf("got %s", text(got.Dict()))
	}
	if names, _ := filepath.Glob(dir + "/*broken*"); len(names) > 0 {
		t.Errorf("left behind: %v", names)
	}
}

func TestFetch(t *testing.T) {
	r := open(t, client.Options{Compress: true})
	want := bytes.Repeat([]byte("0123456789"), 500_000)
	name := t.TempDir() + "/f"
	if err := os.WriteFile(name, want, 0o600); err != nil {
		t.Fatal(err)
	}
	sum := fmt.Sprintf("%x", sha1.Sum(want))
	for _, c := range []struct {
		name, path, have string
		want             []byte
		fails            string
	}{
		{"whole", name, "", want, ""},
		{"known already", name, sum, nil, ""},
		{"nothing there", name + "x", "", nil, "File not found"},
		{"a folder", filepath.Dir(name), "", nil, "Source is a directory"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got bytes.Buffer
			res, err := r.Fetch(context.Background(), c.path, c.have, &got)
			if err != nil || res.Failed != (c.fails != "") || !strings.Contains(res.Msg, c.fails) || !bytes.Equal(got.Bytes(), c.want) {
				t.Errorf("%d bytes, %s, %v", got.Len(), text(res.Dict()), err)
			}
			if c.fails == "" && text(res.Get("checksum")) != sum {
				t.Errorf("checksum %s", text(res.Get("checksum")))
			}
		})
	}
}

// TestAtOnce: calls of one client don't wait for each other.
func TestAtOnce(t *testing.T) {
	r := open(t, client.Options{})
	dir := needs.Folder(t)
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() { // each waits until all others run
			got := call(t, r, shell(fmt.Sprintf("cd %s; : > %d; until set -- *; [ $# = 20 ]; do sleep 0.05; done; echo %d", dir, i, i)))
			if text(got.Get("stdout")) != fmt.Sprint(i) {
				t.Errorf("%d: %s", i, text(got.Dict()))
			}
		})
	}
	all.Wait()
}

// TestCancel: what a cancelled call has started is gone.
func TestCancel(t *testing.T) {
	r := open(t, client.Options{})
	w := work(t, r)
	w.cancel()
	if err := <-w.done; err != nil || !w.res.Failed || !strings.Contains(w.res.Msg, "was stopped") {
		t.Fatalf("%s, %v", text(w.res.Dict()), err)
	}
	gone(t, w.pid)
	if got := call(t, r, shell("echo on")); text(got.Get("stdout")) != "on" {
		t.Errorf("afterwards: %s", text(got.Dict()))
	}
}

func gone(t *testing.T, pid string) {
	t.Helper()
	for range 600 {
		stat, err := os.ReadFile("/proc/" + pid + "/stat")
		if err != nil || bytes.Contains(stat, []byte(") Z ")) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("the process %s lives on", pid)
}

// TestOrder: calls that are begun one behind another are worked on in that order, one at a time, whichever takes longest; an end that
// is cancelled does not let those behind it overtake those before it.
func TestOrder(t *testing.T) {
	r := open(t, client.Options{})
	log := filepath.Join(needs.Folder(t), "log")
	ctx, cancel := context.WithCancel(context.Background())
	var calls []*client.Pending
	var last *client.Pending
	for i, sleep := range []string{"0.3", "0", "9", "0.1", "0"} {
		c, what := context.Background(), shell(fmt.Sprintf("echo begin %d >> %s; sleep %s; echo end %d >> %s", i, log, sleep, i, log))
		if i == 2 {
			c = ctx
			what = client.Call{Module: "copy", Args: value.DictOf("dest", value.NewStr(filepath.Join(filepath.Dir(log), "none")), "mode", value.NewStr("0644")), Content: body(make([]byte, 4000), new(int))}
		}
		last = r.Begin(c, what, last)
		calls = append(calls, last)
	}
	cancel()
	for i, at := range []int{2, 4, 3, 1, 0} { // in whichever order they are asked for
		c := context.Background()
		if at == 2 {
			c = ctx
		}
		res, err := calls[at].Wait(c)
		if err != nil || res.Failed != (i == 0) {
			t.Errorf("call %d: %v %v", at, text(res.Dict()), err)
		}
	}
	got, _ := os.ReadFile(log)
	if want := "begin 0\nend 0\nbegin 1\nend 1\nbegin 3\nend 3\nbegin 4\nend 4\n"; string(got) != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// TestTools: the program comes to a host whatever it has to unpack and to cut what comes, and runs again from where it was kept.
func TestTools(t *testing.T) {
	all := []string{"mkdir", "ls", "chmod", "mv", "rm", "cat", "id", "uname", "head", "gzip"}
	for _, c := range []struct{ name, without, busybox string }{
		{name: "all"},
		{name: "no head", without: "head"},
		{name: "no gzip", without: "gzip"},
		{name: "neither", without: "head gzip"},
		{name: "those of busybox", busybox: strings.Join(all, " ")},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			bin := t.TempDir()
			for _, name := range all {
				if strings.Contains(c.without, name) {
					continue
				}
				from, err := exec.LookPath(name)
				if strings.Contains(c.busybox, name) {
					from, err = needs.Program(t, "busybox", "hosts with its tools"), nil
				}
				if err != nil {
					t.Fatal(err)
				}
				if err := os.Symlink(from, filepath.Join(bin, name)); err != nil {
					t.Fatal(err)
				}
			}
			conn := host(t, "PATH="+bin)
			for range 2 { // the second time from the cache
				r := open(t, client.Options{Conn: conn, Cache: true, Compress: true})
				if got := call(t, r, shell("cd ~/.cache/kimai-ansible/agent && echo * */*")); !regexp.MustCompile(`^[0-9a-f]{32}-\S+ \S+/kimai-agent$`).MatchString(text(got.Get("stdout"))) {
					t.Errorf("got %s", text(got.Dict()))
				}
				if err := r.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}
