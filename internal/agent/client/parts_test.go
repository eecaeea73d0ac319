package client_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/client"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/program"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/local"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
)

// twoParts is a set with a program for each part: both are the test's.
func twoParts(t *testing.T) *program.Set {
	t.Helper()
	var all []*program.Program
	for _, part := range []module.Part{module.Core, module.More} {
		p, err := program.Running(program.NameOf(part))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return program.NewSet(all...)
}

// kept are the files below the cache folder of a home.
func kept(t *testing.T, home string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(home, ".cache/kimai-ansible/agent"), func(name string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, d.Name())
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return names
}

// way reaches a host with a home; connected counts connections.
func way(home string, o client.Options, connected *int) client.Way {
	return client.Way{Host: "h", Key: "k", AgentKey: "a", Agent: o, Connect: func(context.Context) (connection.Conn, error) {
		*connected++
		return local.Open(connection.Options{Host: "h", Env: []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + home}})
	}}
}

func get(t *testing.T, p *client.Pool, w client.Way, part module.Part) client.Client {
	t.Helper()
	w.Agent.Part, w.Agent.Timeout = part, 2*time.Minute
	c, err := p.Get(context.Background(), w)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestParts: a host gets a part when it is asked for, over the connection that there is, and keeps what it got.
func TestParts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		cache bool
		asked []module.Part
		kept  string
	}{
		{"the core alone", true, []module.Part{module.Core}, "kimai-agent"},
		{"the other alone", true, []module.Part{module.More}, "kimai-agent-more"},
		{"both", true, []module.Part{module.Core, module.More, module.Core}, "kimai-agent kimai-agent-more"},
		{"the other first", true, []module.Part{module.More, module.Core, module.More}, "kimai-agent kimai-agent-more"},
		{"nothing kept", false, []module.Part{module.Core, module.More}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			home := t.TempDir()
			for range 2 { // the second time from the cache
				pool, connected := &client.Pool{}, 0
				clients := map[module.Part]client.Client{}
				for _, part := range c.asked {
					got := get(t, pool, way(home, client.Options{Programs: twoParts(t), Cache: c.cache}, &connected), part)
					if was := clients[part]; was != nil && was != got {
						t.Errorf("a second agent for the part %s", part)
					}
					clients[part] = got
					if r := call(t, got, shell("echo here")); text(r.Get("stdout")) != "here" {
						t.Errorf("%s: %s", part, text(r.Dict()))
					}
				}
				if clients[module.Core] != nil && clients[module.Core] == clients[module.More] {
					t.Error("one agent for both parts")
				}
				if connected != 1 {
					t.Errorf("%d connections", connected)
				}
				if err := pool.Close(); err != nil {
					t.Error(err)
				}
				if got := strings.Join(kept(t, home), " "); got != c.kept {
					t.Errorf("kept %q, want %q", got, c.kept)
				}
			}
		})
	}
}

// TestPartsAtOnce: both are sent at the same time, each of them by two runs, and old versions are removed.
func TestPartsAtOnce(t *testing.T) {
	t.Parallel()
	for range 3 {
		home := t.TempDir()
		old := filepath.Join(home, ".cache/kimai-ansible/agent/0-x86_64")
		if err := os.MkdirAll(old, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(old, "kimai-agent-more"), nil, 0o700); err != nil {
			t.Fatal(err)
		}
		var runs sync.WaitGroup
		for range 2 {
			pool, connected := &client.Pool{}, 0
			for _, part := range []module.Part{module.Core, module.More} {
				set := twoParts(t)
				runs.Go(func() {
					w := way(home, client.Options{Programs: set, Cache: true, Part: part, Timeout: 30 * time.Second}, &connected)
					c, err := pool.Get(context.Background(), w)
					if err != nil {
						t.Error(err)
						return
					}
					if r, err := c.Exec(context.Background(), shell("echo here")); err != nil || text(r.Get("stdout")) != "here" {
						t.Errorf("%s: %s, %v", part, text(r.Dict()), err)
					}
				})
			}
			t.Cleanup(func() { _ = pool.Close() })
		}
		runs.Wait()
		if got := strings.Join(kept(t, home), " "); got != "kimai-agent kimai-agent-more" {
			t.Errorf("kept %q", got)
		}
	}
}

// TestOneForAll: the running program serves as both parts.
func TestOneForAll(t *testing.T) {
	t.Parallel()
	own, err := program.Running(program.Name)
	if err != nil {
		t.Fatal(err)
	}
	pool, connected := &client.Pool{}, 0
	t.Cleanup(func() { _ = pool.Close() })
	w := way(t.TempDir(), client.Options{Programs: program.NewSet(own)}, &connected)
	if get(t, pool, w, module.Core) != get(t, pool, w, module.More) {
		t.Error("two agents with the same modules")
	}
	if err := pool.Reset("h"); err != nil {
		t.Error(err)
	}
	if r := call(t, get(t, pool, w, module.More), shell("echo again")); text(r.Get("stdout")) != "again" || connected != 2 {
		t.Errorf("after reset_connection: %s, %d connections", text(r.Dict()), connected)
	}
}

// TestForms: a program that is built in comes in the form that the host can unpack best.
func TestForms(t *testing.T) {
	t.Parallel()
	needs.Program(t, "zstd", "hosts with it")
	own, err := program.Running(program.Name)
	if err != nil {
		t.Fatal(err)
	}
	f, err := own.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	plain, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	w, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	zipped, err := own.Packed(program.Gzip)
	if err != nil {
		t.Fatal(err)
	}
	dir, base := t.TempDir(), fmt.Sprintf("files/%s-%s-%s", program.Name, own.OS, own.Arch)
	if err := os.Mkdir(filepath.Join(dir, "files"), 0o700); err != nil {
		t.Fatal(err)
	}
	for end, b := range map[string][]byte{
		".zst": w.EncodeAll(plain, nil), ".gz": zipped, ".sum": fmt.Appendf(nil, "%s %d %s\n", own.Sum, own.Size, modules.Sum(module.Core)),
	} {
		if err := os.WriteFile(filepath.Join(dir, base+end), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	set, err := program.Read(os.DirFS(dir), "files")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, has string
		want      program.Form
	}{
		{"both", "zstd gzip head", program.Zstd},
		{"zstd alone", "zstd head", program.Zstd},
		{"zstd without head", "zstd", program.Zstd},
		{"gzip", "gzip head", program.Gzip},
		{"neither", "head", program.Raw},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			bin := t.TempDir()
			for _, name := range append(strings.Fields(c.has), "mkdir", "ls", "chmod", "mv", "rm", "cat", "id", "uname") {
				from, err := exec.LookPath(name)
				if err == nil {
					err = os.Symlink(from, filepath.Join(bin, name))
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			p, _ := set.Find(program.Name, own.OS, map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[own.Arch])
			if got := p.Form(strings.Fields(c.has), false); got != c.want {
				t.Errorf("sent as %s, not %s", got, c.want)
			}
			r := open(t, client.Options{Conn: host(t, "PATH="+bin), Programs: set, Cache: true})
			if got := call(t, r, shell("echo here")); text(got.Get("stdout")) != "here" {
				t.Errorf("got %s", text(got.Dict()))
			}
		})
	}
}
