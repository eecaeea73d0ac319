package ssh_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/client"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/server"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/become"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/ssh/sshtest"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/secret"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// TestMain makes the test's program the agent where it is called by its name.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == server.Name {
		os.Exit(server.Main(modules.All(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

func shell(line string) client.Call {
	return client.Call{Module: "shell", Args: value.DictOf("_raw_params", value.NewStr(line))}
}

func stdout(t *testing.T, r module.Result) string {
	t.Helper()
	text, err := value.Text(r.Get("stdout"))
	if err != nil || r.Failed {
		all, _ := value.Text(r.Dict())
		t.Fatalf("it failed: %s", all)
	}
	return text
}

// way is how a pool reaches a server.
func way(s *sshtest.Server, o connection.Options, how *client.Become) client.Way {
	kind := sshType()
	key := "key"
	if how != nil {
		key = "become"
	}
	return client.Way{
		Host: "h", Key: "key", AgentKey: key,
		Connect: func(ctx context.Context) (connection.Conn, error) { return kind.Open(ctx, o) },
		Agent:   client.Options{Become: how, Compress: true, Timeout: 30 * time.Second},
	}
}

// TestAgentKilled: a task whose agent is killed makes the host unreachable, and the next one gets another agent; so it is
// with a connection that is lost.
func TestAgentKilled(t *testing.T) {
	t.Parallel()
	s := sshtest.Start(t, sshtest.Options{})
	// a login shell that talks
	s.Write(s.Home+"/.bashrc", "echo Welcome; echo be careful >&2\n")
	s.Write(s.Home+"/.profile", "echo Welcome; echo be careful >&2\n")
	pool := &client.Pool{}
	defer pool.Close()
	w := way(s, options(s), nil)
	for _, kill := range []struct {
		name string
		call client.Call
		do   func()
	}{
		{"the agent", shell("kill -KILL $PPID; sleep 600"), func() {}},
		{"the server", shell("sleep 600"), func() { time.AfterFunc(300*time.Millisecond, s.KillSessions) }},
	} {
		c, err := pool.Get(t.Context(), w)
		if err != nil {
			t.Fatal(err)
		}
		res, err := c.Exec(t.Context(), shell("echo alive"))
		if err != nil {
			t.Fatal(err)
		}
		if got := stdout(t, res); got != "alive" {
			t.Errorf("got %q", got)
		}
		kill.do()
		begin := time.Now()
		_, err = c.Exec(t.Context(), kill.call)
		var lost *connection.Error
		if !errors.As(err, &lost) {
			t.Errorf("%s was killed: %v", kill.name, err)
		} else if kill.name == "the server" && lost.Err.Error() != "Failed to connect to the host via ssh: Shared connection to 127.0.0.1 closed." {
			t.Errorf("%s was killed: %v", kill.name, err)
		}
		if d := time.Since(begin); d > time.Minute {
			t.Errorf("told after %v", d)
		}
	}
	c, err := pool.Get(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Exec(t.Context(), shell("true")); err != nil {
		t.Error(err)
	}
}

// seen are the processes that have a text in their arguments or their environment, save this one's own.
func seen(text string) []string {
	var list []string
	for _, what := range []string{"cmdline", "environ"} {
		files, _ := filepath.Glob("/proc/[0-9]*/" + what)
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err == nil && bytes.Contains(b, []byte(text)) {
				list = append(list, f+": "+strings.ReplaceAll(string(b), "\x00", " "))
			}
		}
	}
	return list
}

// TestSecrets: passwords of logins and of becoming another user are seen in no process, here or on the host.
func TestSecrets(t *testing.T) {
	canary := "canary-" + rand.Text() // all processes are looked at, also those of other tests
	s := sshtest.Start(t, sshtest.Options{
		Accounts: true, Password: canary, Config: "PasswordAuthentication yes\n", Etc: map[string]string{"sudoers": "alice ALL=(ALL) ALL\n"},
	})
	_, err := exec.LookPath("sudo")
	needs.That(t, err == nil, "sudo")
	o := options(s)
	delete(o.Settings, "private_key_file")
	o.Password = secret.New(canary)
	pool := &client.Pool{}
	over, found := make(chan struct{}), make(chan []string, 1)
	go func() {
		var list []string
		for rounds := 0; ; rounds++ {
			list = append(list, seen(canary)...)
			select {
			case <-over:
				if rounds < 3 {
					list = append(list, "it was looked too rarely")
				}
				found <- list
				return
			default:
			}
		}
	}()
	how := &client.Become{Method: become.Sudo, Options: become.Options{Password: secret.New(canary), HasPassword: true}}
	c, err := pool.Get(t.Context(), way(s, o, how))
	if err != nil {
		t.Fatal(err)
	}
	res, err := c.Exec(t.Context(), shell("id -un; sleep 0.3"))
	if err != nil {
		t.Fatal(err)
	}
	if got := stdout(t, res); got != "root" {
		t.Errorf("it runs as %q", got)
	}
	if err := pool.Close(); err != nil {
		t.Error(err)
	}
	close(over)
	for _, f := range <-found {
		t.Error(f)
	}
	if strings.Contains(s.Log(), canary) {
		t.Error("the password is in the server's log")
	}
	// the canary sings
	for name, cmd := range map[string]*exec.Cmd{
		"arguments":   exec.Command("sh", "-c", "read x", canary),
		"environment": {Path: "/bin/sh", Args: []string{"sh", "-c", "read x"}, Env: []string{"A=" + canary}},
	} {
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if len(seen(canary)) == 0 {
			t.Errorf("a password in the %s is not seen", name)
		}
		_ = in.Close()
		_ = cmd.Wait()
	}
}
