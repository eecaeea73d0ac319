package local_test

import (
	"context"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/conntest"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/local"
)

func TestLocal(t *testing.T) {
	conntest.Run(t, conntest.Setup{
		Open: func(t *testing.T) connection.Conn {
			c, err := local.Type.Open(context.Background(), connection.Options{Host: "localhost"})
			if err != nil {
				t.Fatal(err)
			}
			return c
		},
		Dir: t.TempDir(),
	})
}

func TestDir(t *testing.T) {
	dir := t.TempDir()
	c, err := local.Open(connection.Options{Host: "localhost", Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	out, err := connection.Run(context.Background(), c, "pwd -P", nil)
	if err != nil || string(out.Stdout) == "" {
		t.Fatalf("%q, %v", out.Stdout, err)
	}
	if _, err := local.Open(connection.Options{Host: "localhost", Dir: dir + "/no"}); err == nil {
		t.Error("a directory that is not there was taken")
	}
}
