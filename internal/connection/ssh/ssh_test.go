package ssh_test

import (
	"context"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/conntest"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/ssh"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/ssh/sshtest"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
)

// options are those that reach a server with its key, and that read nothing of the user who runs the test.
func options(s *sshtest.Server) connection.Options {
	return connection.Options{
		Host: "h", Address: "127.0.0.1", Port: s.Port, User: s.User, Timeout: 20 * time.Second, Dir: s.Dir,
		Env: []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=" + s.Dir + "/here"},
		Settings: map[string]string{
			"ssh_args":         "-o UserKnownHostsFile=" + s.KnownHosts + " -o GlobalKnownHostsFile=none",
			"private_key_file": s.Key,
		},
	}
}

func open(t testing.TB, o connection.Options) connection.Conn {
	t.Helper()
	c, err := ssh.Type().Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestSSH(t *testing.T) {
	t.Parallel()
	s := sshtest.Start(t, sshtest.Options{})
	conntest.Run(t, conntest.Setup{Open: func(t *testing.T) connection.Conn { return open(t, options(s)) }, Dir: needs.Folder(t)})
}
