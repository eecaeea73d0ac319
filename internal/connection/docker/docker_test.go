package docker_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/conntest"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/container/containertest"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/docker"
)

func TestLine(t *testing.T) {
	for _, c := range []struct {
		name string
		o    connection.Options
		tty  bool
		want string
	}{
		{"plain", connection.Options{Address: "web"}, false, "docker exec -i web"},
		{"terminal", connection.Options{Address: "web"}, true, "docker exec -it web"},
		{"all", connection.Options{Address: "web", User: "alice", Settings: map[string]string{
			"docker_extra_args": "--context prod", "privileged": "yes", "working_dir": "/srv",
		}}, false, "docker --context prod exec --privileged --workdir /srv -u alice -i web"},
	} {
		line, err := docker.Line(c.o)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(line(c.tty), " "); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	if _, err := docker.Line(connection.Options{Settings: map[string]string{"extra_env": "{}"}}); err == nil {
		t.Error("extra_env was taken")
	}
}

// TestDocker runs the suite in a container of a daemon of its own.
func TestDocker(t *testing.T) {
	env := containertest.Docker(t)
	containertest.Run(t, env, containertest.Image(t, nil), false, "docker", "import", "-", "box:1")
	containertest.Run(t, env, nil, false, "docker", "run", "-d", "--network", "none", "--name", "box", "box:1", "sleep", "600")
	open := func(t *testing.T) connection.Conn {
		c, err := docker.Type.Open(context.Background(), connection.Options{Host: "h", Address: "box", Env: env, Timeout: 30 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	containertest.Run(t, env, nil, false, "docker", "exec", "box", "mkdir", "/tmp/d")
	conntest.Run(t, conntest.Setup{Open: open, Dir: "/tmp/d"})

	t.Run("nothing there", func(t *testing.T) {
		_, err := docker.Type.Open(context.Background(), connection.Options{Host: "h", Address: "nosuch", Env: env})
		var lost *connection.Error
		if !errors.As(err, &lost) || !strings.Contains(err.Error(), "No such container") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("user", func(t *testing.T) {
		c, err := docker.Type.Open(context.Background(), connection.Options{Host: "h", Address: "box", User: "alice", Env: env})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		out, err := connection.Run(context.Background(), c, "id -un", nil)
		if err != nil || string(out.Stdout) != "alice\n" {
			t.Errorf("%q, %v", out.Stdout, err)
		}
	})
	t.Run("terminal", func(t *testing.T) {
		c := open(t)
		defer c.Close()
		p, err := c.(connection.Terminals).StartTerminal(context.Background(), "tty; exec cat")
		if err != nil {
			t.Fatal(err)
		}
		var got []byte
		buf := make([]byte, 256)
		for !slices.Contains(got, '\n') {
			n, err := p.Stdout().Read(buf)
			if err != nil {
				t.Fatalf("%q, %v", got, err)
			}
			got = append(got, buf[:n]...)
		}
		if !strings.HasPrefix(string(got), "/dev/pts/") {
			t.Errorf("tty says %q", got)
		}
		go func() { _, _ = p.Stdin().Write([]byte("a\x03\x04\r\xff")) }()
		got = nil
		for len(got) < 5 {
			n, err := p.Stdout().Read(buf)
			if err != nil {
				break
			}
			got = append(got, buf[:n]...)
		}
		if string(got) != "a\x03\x04\r\xff" {
			t.Errorf("came back as %q", got)
		}
		_ = p.Stdin().Close()
	})
}
