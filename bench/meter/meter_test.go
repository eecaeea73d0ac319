package meter_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/bench/meter"
)

func TestMain(m *testing.M) {
	meter.Main()
	os.Exit(m.Run())
}

// What a command leaves running behind is counted, and ended: here it burns more CPU than the command itself.
func TestLeftBehindIsCounted(t *testing.T) {
	began := time.Now()
	u, err := meter.Run(t.Context(), meter.Command{
		Args: []string{"sh", "-c", `(sh -c 'i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done; exec sleep 100' &) ; sleep 0.6`},
		Env:  os.Environ(),
	})
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("took %v: what was left behind was waited for", took)
	}
	if u.Wall < 600*time.Millisecond || u.CPU < 20*time.Millisecond || u.Memory < 100<<10 {
		t.Errorf("got %+v", u)
	}
}

func TestFailureIsAnError(t *testing.T) {
	_, err := meter.Run(t.Context(), meter.Command{Args: []string{"sh", "-c", "echo that was it >&2; exit 3"}, Env: os.Environ()})
	if err == nil || !strings.Contains(err.Error(), "that was it") || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("got %v", err)
	}
}
