package kubectl_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/conntest"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/kubectl"
)

func TestLine(t *testing.T) {
	for _, c := range []struct {
		name  string
		set   map[string]string
		tty   bool
		want  string
		fails string
	}{
		{"plain", map[string]string{"kubectl_pod": "web"}, false, "kubectl exec -i web --", ""},
		{"terminal", map[string]string{"kubectl_pod": "web"}, true, "kubectl exec -it web --", ""},
		{"all", map[string]string{
			"kubectl_pod": "web", "kubectl_container": "app", "kubectl_namespace": "shop", "kubectl_context": "prod", "kubectl_kubeconfig": "/k",
			"validate_certs": "no", "kubectl_extra_args": "--v=1",
		}, false, "kubectl --kubeconfig=/k --context=prod --namespace=shop --insecure-skip-tls-verify --v=1 exec -i web -c app --", ""},
		{"no pod", nil, false, "", "no ansible_kubectl_pod"},
		{"token", map[string]string{"kubectl_pod": "web", "kubectl_token": "canary"}, false, "", "every user of this machine can read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			line, err := kubectl.Line(connection.Options{Host: "h", Settings: c.set})
			if c.fails != "" {
				if err == nil || !strings.Contains(err.Error(), c.fails) || strings.Contains(err.Error(), "canary") {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(line(c.tty), " "); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// stub is a kubectl that runs the command here, in a session of its own as a container's is.
const stub = `#!/bin/sh
case "$*" in *"exec -i web -- "*) ;; *) echo "Error from server (NotFound): pods not found" >&2; exit 1 ;; esac
while [ "$1" != -- ]; do shift; done
shift
setsid -w "$@"; s=$?
[ $s = 15 ] && s=143 # what setsid makes of a signal
exit $s
`

// TestKubectl runs the suite against a stub: there is no cluster here whose pods run anything.
func TestKubectl(t *testing.T) {
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "kubectl"), []byte(stub), 0o755); err != nil {
		t.Fatal(err)
	}
	env := append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"))
	open := func(pod string) (connection.Conn, error) {
		return kubectl.Type.Open(context.Background(), connection.Options{Host: "h", Env: env, Settings: map[string]string{"kubectl_pod": pod}})
	}
	conntest.Run(t, conntest.Setup{Dir: t.TempDir(), Open: func(t *testing.T) connection.Conn {
		c, err := open("web")
		if err != nil {
			t.Fatal(err)
		}
		return c
	}})
	_, err := open("nosuch")
	var lost *connection.Error
	if !errors.As(err, &lost) || !strings.Contains(err.Error(), "pods not found") {
		t.Errorf("got %v", err)
	}
}
