package lookups_test

import (
	"context"
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lookups"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// TestPipeIsCancelled: a run that ends does not wait for what the shell of a pipe has started, which holds its output open.
func TestPipeIsCancelled(t *testing.T) {
	file := t.TempDir() + "/pid"
	h := &host{dir: t.TempDir()}
	c, err := lookups.NewCall(lookups.Set["pipe"], "pipe", h, []value.Value{str("sleep 600 & echo $! >" + file + ".new; mv " + file + ".new " + file + "; wait")}, value.NewDict())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	done := make(chan error, 1)
	go func() {
		_, err := lookups.Set["pipe"].Run(ctx, c)
		done <- err
	}()
	var pid []byte
	for pid == nil {
		pid, _ = os.ReadFile(file)
		time.Sleep(time.Millisecond)
	}
	left, _ := strconv.Atoi(strings.TrimSpace(string(pid)))
	defer func() { _ = syscall.Kill(left, syscall.SIGKILL) }()
	cancel()
	select {
	case err := <-done:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	case <-time.After(30 * time.Second):
		t.Error("it still waits")
	}
}
