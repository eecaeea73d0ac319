package moduletest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/container/containertest"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
)

// Engine is an engine of Docker of a test's own, with a network of its own, so that its bridge and its rules touch nobody's.
type Engine struct {
	Socket string // where it listens
	dir    string
	image  []byte
}

// StartEngine starts an engine for the time of a test, and a registry beside it at localhost:5000 where there is the program for it.
func StartEngine(t *testing.T) *Engine {
	t.Helper()
	needs.Root(t)
	for _, program := range []string{"dockerd", "docker", "unshare"} {
		needs.Program(t, program, "the modules that talk to an engine of containers")
	}
	dir, err := os.MkdirTemp("/var/tmp", "kimai-engine-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	e := &Engine{Socket: filepath.Join(dir, "sock"), dir: dir, image: containertest.Image(t, nil)}
	const config = "version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: %s/registry}, delete: {enabled: true}}\nhttp: {addr: \":5000\"}\n"
	if err := os.WriteFile(filepath.Join(dir, "registry.yml"), fmt.Appendf(nil, config, dir), 0o600); err != nil {
		t.Fatal(err)
	}
	const start = `ip link set lo up; OTEL_TRACES_EXPORTER=none docker-registry serve "$0/registry.yml" & echo $! > "$0/registry.pid"; exec dockerd --data-root "$0/data" --exec-root "$0/exec" --pidfile "$0/pid" -H "unix://$0/sock" --shutdown-timeout 1`
	cmd := exec.Command("unshare", "-n", "-m", "--propagation", "private", "sh", "-c", start, dir)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
		if text, err := os.ReadFile(filepath.Join(dir, "registry.pid")); err == nil {
			if pid, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil {
				_ = syscall.Kill(pid, syscall.SIGKILL) // where there is no registry it has ended
			}
		}
		_ = log.Close()
		_ = os.RemoveAll(dir)
	})
	for range 200 {
		if _, err := e.docker(nil, "version"); err == nil {
			return e
		}
		time.Sleep(100 * time.Millisecond)
	}
	text, _ := os.ReadFile(log.Name())
	needs.That(t, false, "a dockerd that starts here; it said: "+string(text[max(0, len(text)-600):]))
	return nil
}

func (e *Engine) docker(stdin []byte, args ...string) (string, error) {
	cmd := exec.Command("docker", args...)
	cmd.Env = append(os.Environ(), "DOCKER_HOST=unix://"+e.Socket, "DOCKER_CONFIG="+e.dir)
	cmd.Stdin = bytes.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// reset takes away all that a case has left, and sees to the images: box:1 with a shell, a label, a variable and a port that it
// exposes; box:2, which sleeps until it is stopped, with a volume.
func (e *Engine) reset(t *testing.T) {
	t.Helper()
	must := func(stdin []byte, args ...string) string {
		out, err := e.docker(stdin, args...)
		if err != nil {
			t.Fatalf("docker %v: %v\n%s", args, err, out)
		}
		return out
	}
	if list := strings.Fields(must(nil, "ps", "-aq")); len(list) > 0 {
		_, _ = e.docker(nil, append([]string{"unpause"}, list...)...) // those that are not paused complain
		must(nil, append([]string{"rm", "-fv"}, list...)...)
	}
	if list := strings.Fields(must(nil, "network", "ls", "-q", "--filter", "type=custom")); len(list) > 0 {
		_, _ = e.docker(nil, append([]string{"network", "rm"}, list...)...) // one that gives its settings to another can't go first
		_, _ = e.docker(nil, append([]string{"network", "rm"}, list...)...)
	}
	if list := strings.Fields(must(nil, "volume", "ls", "-q")); len(list) > 0 {
		must(nil, append([]string{"volume", "rm", "-f"}, list...)...)
	}
	have := must(nil, "image", "ls", "--format", "{{.Repository}}:{{.Tag}}")
	if strings.Count(have, "\n") == 1 && strings.Contains(have, "box:1") && strings.Contains(have, "box:2") {
		return
	}
	if list := strings.Fields(must(nil, "image", "ls", "-aq")); len(list) > 0 {
		must(nil, append([]string{"image", "rm", "-f"}, list...)...)
	}
	must(e.image, "import", "-c", `CMD ["sh"]`, "-c", "ENV A=1", "-c", "LABEL img=one", "-c", "EXPOSE 80", "-", "box:1")
	must(e.image, "import", "-c", `CMD ["sh", "-c", "trap exit TERM; sleep 1000 & wait"]`, "-c", "VOLUME /data", "-", "box:2")
}

// setup makes the folder of a case and runs its lines.
func (e *Engine) setup(t *testing.T, c Case, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	lines := make([]string, len(c.Setup))
	for i, line := range c.Setup {
		if lines[i] = line; strings.HasPrefix(line, "docker ") {
			lines[i] = "export DOCKER_HOST=unix://" + e.Socket + " DOCKER_CONFIG=" + e.dir + "; " + line
		}
	}
	setup(t, Case{Setup: lines, Copy: c.Copy}, dir)
}
