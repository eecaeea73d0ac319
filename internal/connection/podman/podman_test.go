package podman_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/conntest"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/container/containertest"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/podman"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
)

func TestLine(t *testing.T) {
	for _, c := range []struct {
		name string
		o    connection.Options
		tty  bool
		want string
	}{
		{"plain", connection.Options{Address: "web"}, false, "podman exec -i web"},
		{"terminal", connection.Options{Address: "web"}, true, "podman exec -it web"},
		{"all", connection.Options{Address: "web", User: "alice", Settings: map[string]string{
			"podman_executable": "/opt/podman", "podman_extra_args": "--log-level error",
		}}, false, "/opt/podman --log-level error exec --user alice -i web"},
	} {
		if got := strings.Join(podman.Line(c.o)(c.tty), " "); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestPodman runs the suite in a container of a storage of its own.
func TestPodman(t *testing.T) {
	needs.Long(t, "starts containers")
	needs.That(t, os.Getuid() == 0, "root, to start a container")
	_, err := exec.LookPath("podman")
	needs.That(t, err == nil, "podman")
	dir, err := os.MkdirTemp("/var/tmp", "kimai-podman-")
	if err != nil {
		t.Fatal(err)
	}
	extra := "--root " + dir + "/root --runroot " + dir + "/run --cgroup-manager cgroupfs --events-backend file"
	words := append([]string{"podman"}, strings.Fields(extra)...)
	run := func(stdin []byte, may bool, more ...string) error {
		return containertest.Run(t, os.Environ(), stdin, may, append(words[:len(words):len(words)], more...)...)
	}
	t.Cleanup(func() {
		_ = run(nil, true, "rm", "-f", "-t", "0", "box")
		_ = run(nil, true, "system", "reset", "-f")
		_ = os.RemoveAll(dir)
	})
	run(containertest.Image(t, nil), false, "import", "-", "box:1")
	if err := run(nil, true, "run", "-d", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1000:1000", "--network", "none", "--name", "box", "box:1", "sleep", "600"); err != nil {
		needs.That(t, false, "a podman that starts containers here")
	}
	run(nil, false, "exec", "box", "mkdir", "/tmp/d")
	conntest.Run(t, conntest.Setup{Dir: "/tmp/d", Open: func(t *testing.T) connection.Conn {
		c, err := podman.Type.Open(context.Background(), connection.Options{
			Host: "h", Address: "box", Timeout: 30 * time.Second, Settings: map[string]string{"podman_extra_args": extra},
		})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}})
}
