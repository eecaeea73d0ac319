package network_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/server"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

func call(t *testing.T, name string, kv ...any) *value.Dict {
	t.Helper()
	sys, err := target.NewReal(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	args := value.NewDict()
	for i := 0; i < len(kv); i += 2 {
		args.SetStr(kv[i].(string), kv[i+1].(value.Value))
	}
	r := server.Run(context.Background(), modules.All(), sys, server.Call{Module: name, Args: args})
	return r.Dict()
}

func str(s string) value.Value { return value.NewStr(s) }

// TestUnixSocket: the request goes to the socket, the name in the address is the Host.
func TestUnixSocket(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("unix", filepath.Join(needs.Folder(t), "s"))
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte(r.Host + r.RequestURI)) }))
	s.Listener = l
	s.Start()
	defer s.Close()
	r := call(t, "uri", "url", str("http://daemon/v1?x=1"), "unix_socket", str(l.Addr().String()), "return_content", value.True)
	if got, _ := value.Text(r.Stored("content")); got != "daemon/v1?x=1" {
		t.Errorf("%q in %v", got, r)
	}
}

// TestSecretsStayWithTheirHost: a redirect to another host does not get Authorization and Cookie.
func TestSecretsStayWithTheirHost(t *testing.T) {
	t.Parallel()
	var got http.Header
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Header }))
	defer other.Close()
	elsewhere := strings.Replace(other.URL, "127.0.0.1", "localhost", 1)
	first := httptest.NewServer(http.RedirectHandler(elsewhere, http.StatusFound))
	defer first.Close()
	headers := value.DictOf("Authorization", str("Bearer x"), "Cookie", str("a=b"), "X-Other", str("y"))
	call(t, "uri", "url", str(first.URL), "headers", headers)
	if got.Get("X-Other") != "y" || got.Get("Authorization") != "" || got.Get("Cookie") != "" {
		t.Errorf("the other host got %v", got)
	}
}

// TestHeadersCannotSplit: a line break in a header, a method or an address is refused before anything is sent.
func TestHeadersCannotSplit(t *testing.T) {
	t.Parallel()
	asked := false
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer s.Close()
	for _, r := range []*value.Dict{
		call(t, "uri", "url", str(s.URL), "headers", value.DictOf("X-A", str("b\r\nX-C: d"))),
		call(t, "uri", "url", str(s.URL), "headers", value.DictOf("X-A: b\r\nX-C", str("d"))),
		call(t, "uri", "url", str(s.URL), "method", str("GET\r\n")),
		call(t, "uri", "url", str(s.URL+"/ HTTP/1.1\r\nX: y")),
		call(t, "uri", "url", str(s.URL), "http_agent", str("a\r\nX-C: d")),
	} {
		if r.Stored("failed") == nil {
			t.Errorf("not refused: %v", r)
		}
	}
	if asked {
		t.Error("something was sent")
	}
}
