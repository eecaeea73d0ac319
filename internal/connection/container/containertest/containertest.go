// Package containertest makes containers for tests of the connections into them, without a registry: of busybox, or of
// nothing but a shell and the few tools that the agent needs.
package containertest

import (
	"archive/tar"
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
)

// Bare are the tools without which the agent can't be started: no gzip, no head.
var Bare = []string{"sh", "cat", "chmod", "id", "ls", "mkdir", "mv", "rm", "rmdir", "uname"}

// Image gives a root file system as a tar: busybox under the names of tools, nil for all of them, and a user alice.
func Image(t testing.TB, tools []string) []byte {
	t.Helper()
	box, err := exec.LookPath("busybox")
	needs.That(t, err == nil, "busybox (busybox-static)")
	program, err := os.ReadFile(box)
	if err != nil {
		t.Fatal(err)
	}
	if tools == nil {
		out, err := exec.Command(box, "--list").Output()
		if err != nil {
			t.Fatal(err)
		}
		tools = strings.Fields(string(out))
	}
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	add := func(h tar.Header, body []byte) {
		h.Size = int64(len(body))
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		_, _ = w.Write(body) // a buffer
	}
	for _, dir := range []string{"bin", "etc", "root", "home", "proc", "dev", "var", "var/tmp"} {
		add(tar.Header{Typeflag: tar.TypeDir, Name: dir + "/", Mode: 0o755}, nil)
	}
	add(tar.Header{Typeflag: tar.TypeDir, Name: "tmp/", Mode: 0o1777}, nil)
	add(tar.Header{Typeflag: tar.TypeDir, Name: "home/alice/", Mode: 0o755, Uid: 1000, Gid: 1000}, nil)
	add(tar.Header{Name: "etc/passwd", Mode: 0o644}, []byte("root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n"))
	add(tar.Header{Name: "etc/group", Mode: 0o644}, []byte("root:x:0:\nalice:x:1000:\n"))
	add(tar.Header{Name: "bin/.box", Mode: 0o755}, program)
	for _, tool := range tools {
		add(tar.Header{Typeflag: tar.TypeSymlink, Name: "bin/" + tool, Linkname: ".box", Mode: 0o777}, nil)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Docker starts a daemon of the test's own and gives the environment in which its client finds it.
func Docker(t testing.TB) []string {
	t.Helper()
	needs.Long(t, "starts containers")
	needs.That(t, os.Getuid() == 0, "root, to start a container engine")
	for _, tool := range []string{"dockerd", "docker"} {
		_, err := exec.LookPath(tool)
		needs.That(t, err == nil, tool)
	}
	dir, err := os.MkdirTemp("/var/tmp", "kimai-docker-")
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	socket := "unix://" + dir + "/sock"
	cmd := exec.Command("dockerd", "--data-root", dir+"/data", "--exec-root", dir+"/exec", "--pidfile", dir+"/pid", "-H", socket,
		"--bridge=none", "--iptables=false", "--ip-masq=false")
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
		_ = log.Close()
		_ = os.RemoveAll(dir)
	})
	env := append(os.Environ(), "DOCKER_HOST="+socket, "DOCKER_CONFIG="+dir)
	for range 100 {
		if Run(t, env, nil, true, "docker", "version") == nil {
			return env
		}
		time.Sleep(100 * time.Millisecond)
	}
	text, _ := os.ReadFile(log.Name())
	needs.That(t, false, "a dockerd that starts here; it said: "+string(text[max(0, len(text)-600):]))
	return nil
}

// Run runs a program of a test. Without may it has to go well.
func Run(t testing.TB, env []string, stdin []byte, may bool, words ...string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Env, cmd.Stdin = env, bytes.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if err != nil && !may {
		t.Fatalf("%v: %v\n%s", words, err, out)
	}
	return err
}
