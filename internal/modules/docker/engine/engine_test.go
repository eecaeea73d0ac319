package engine_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/engine"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/moduletest"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// params checks arguments as a module's are.
func params(t *testing.T, sys target.System, kv ...any) *module.Params {
	t.Helper()
	def := &module.Def{Name: "community.docker.x", Args: engine.Args, Rules: module.Rules{RequiredTogether: engine.Together}}
	v := module.Validate(def, def.Name, value.DictOf(kv...), module.EnvOf(sys))
	if v.Problem != "" {
		t.Fatal(v.Problem)
	}
	return v.Params
}

func machine(t *testing.T, env ...string) target.System {
	t.Helper()
	sys, err := target.NewReal(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return sys.In("", env)
}

// serve answers on a socket as h does, and on /version.
func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/version" {
			_, _ = io.WriteString(w, `{"ApiVersion": "1.41"}`)
			return
		}
		h(w, r)
	}))
	s.Listener = l
	s.Start()
	t.Cleanup(s.Close)
	return "unix://" + l.Addr().String()
}

func open(t *testing.T, sys target.System, kv ...any) *engine.Client {
	t.Helper()
	c, failed, err := engine.Open(context.Background(), sys, params(t, sys, kv...))
	if failed != nil || err != nil {
		t.Fatalf("%v %v", failed, err)
	}
	return c
}

func TestRequests(t *testing.T) {
	t.Parallel()
	host := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch r.URL.Path {
		case "/v1.41/gone":
			http.Error(w, `{"message": "no such thing"}`, http.StatusNotFound)
		case "/v1.41/broken":
			http.Error(w, "not JSON", http.StatusInternalServerError)
		case "/v1.41/nothing":
			w.WriteHeader(http.StatusNoContent)
		default:
			_ = json.NewEncoder(w).Encode(map[string]any{"method": r.Method, "uri": r.RequestURI, "body": string(body), "type": r.Header.Get("Content-Type"), "auth": r.Header.Get("X-Registry-Auth"), "encoding": r.TransferEncoding})
		}
	})
	c := open(t, machine(t, "DOCKER_HOST="+host))
	if c.Version() != "1.41" || !c.AtLeast("1.9") || !c.AtLeast("1.41") || c.AtLeast("1.42") {
		t.Errorf("version %s", c.Version())
	}
	ctx := context.Background()
	for _, tc := range []struct {
		name string
		r    engine.Request
		want string // of the answer, or of the error
	}{
		{"get", engine.Request{Path: "/x/" + engine.Escape("a b/c"), Query: map[string][]string{"all": {"1"}}}, `{"auth": "", "body": "", "encoding": null, "method": "GET", "type": "", "uri": "/v1.41/x/a%20b%2Fc?all=1"}`},
		{"post JSON", engine.Request{Method: "POST", Path: "/x", JSON: value.DictOf("Name", value.NewStr("e")), Header: []string{"X-Registry-Auth: e30="}}, `{"auth": "e30=", "body": "{\"Name\": \"e\"}", "encoding": null, "method": "POST", "type": "application/json", "uri": "/v1.41/x"}`},
		{"put in chunks", engine.Request{Method: "PUT", Path: "/x", Body: strings.NewReader(strings.Repeat("x", 3)), Size: -1, Type: "application/x-tar"}, `{"auth": "", "body": "xxx", "encoding": ["chunked"], "method": "PUT", "type": "application/x-tar", "uri": "/v1.41/x"}`},
		{"post nothing", engine.Request{Method: "POST", Path: "/nothing"}, "null"},
		{"not there", engine.Request{Method: "DELETE", Path: "/gone"}, `404 Client Error for http+docker://localhost/v1.41/gone: Not Found ("no such thing")`},
		{"not JSON", engine.Request{Path: "/broken"}, `500 Server Error for http+docker://localhost/v1.41/broken: Internal Server Error ("not JSON")`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			v, err := c.JSON(ctx, tc.r)
			got := ""
			if err != nil {
				got = err.Error()
			} else {
				s, _ := value.JSON(v, value.JSONOptions{})
				got = s.String()
			}
			if got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
	if d, err := c.Find(ctx, engine.Request{Path: "/gone"}); d != nil || err != nil {
		t.Errorf("%v %v", d, err)
	}
}

// TestStreams: progress comes message by message, and an attached stream is one in both directions.
func TestStreams(t *testing.T) {
	t.Parallel()
	host := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1.41/pull" {
			_, _ = io.WriteString(w, "{\"status\": \"one\"}\r\n{\"status\": \"two\"}")
			return
		}
		here, buf, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer here.Close()
		_, _ = io.WriteString(here, "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n")
		in, _ := io.ReadAll(buf)
		_, _ = here.Write(append([]byte{1, 0, 0, 0, 0, 0, 0, byte(len(in))}, in...))
		_, _ = here.Write([]byte{2, 0, 0, 0, 0, 0, 0, 2, 'n', 'o'})
	})
	c := open(t, machine(t), "docker_host", value.NewStr(host))
	var got []string
	err := c.Messages(context.Background(), engine.Request{Method: "POST", Path: "/pull"}, func(d *value.Dict) error {
		got = append(got, engine.Str(d, "status"))
		return nil
	})
	if err != nil || strings.Join(got, " ") != "one two" {
		t.Errorf("%q %v", got, err)
	}
	a, err := c.Attach(context.Background(), engine.Request{Method: "POST", Path: "/attach"})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	_, _ = io.WriteString(a, "typed")
	_ = a.CloseWrite()
	var out, errs bytes.Buffer
	if err := engine.Demux(a, &out, &errs); err != nil || out.String() != "typed" || errs.String() != "no" {
		t.Errorf("%q %q %v", out.String(), errs.String(), err)
	}
}

// TestRefused holds the messages for engines that can't be reached. The texts are those of community.docker 4.7.
func TestRefused(t *testing.T) {
	t.Parallel()
	host := serve(t, http.NotFound)
	str := func(s string) value.Value { return value.NewStr(s) }
	for _, tc := range []struct {
		name string
		env  []string
		kv   []any
		want string
	}{
		{"no socket", nil, []any{"docker_host", str("unix:///nope.sock")}, "Error connecting: Error while fetching server API version: ('Connection aborted.', FileNotFoundError(2, 'No such file or directory'))"},
		{"no port", nil, []any{"docker_host", str("tcp://127.0.0.1")}, "Error connecting: Invalid bind address format: port is required: tcp://127.0.0.1"},
		{"a scheme of nobody", nil, []any{"docker_host", str("foo://x:1")}, "Error connecting: Invalid bind address protocol: foo://x:1"},
		{"ssh", nil, []any{"docker_host", str("ssh://x")}, "Error connecting: docker_host ssh://x: an engine behind ssh:// is not supported by the native engine; let the task run on that host, or give the address of its socket"},
		{"too old", nil, []any{"docker_host", str(host), "api_version", str("1.10")}, "Error connecting: API versions below 1.21 are no longer supported by this library."},
		{"no version", nil, []any{"docker_host", str(host), "api_version", str("foo")}, "Error connecting: invalid version number 'foo'"},
		{"no certificate", []string{"DOCKER_HOST=" + host, "DOCKER_TLS_VERIFY=1", "DOCKER_CERT_PATH=/foo"}, nil, "TLS config error: Path to a certificate and key files must be provided through the client_cert param. TLS configurations should map the Docker CLI client configurations. See https://docs.docker.com/engine/articles/https/ for API details."},
		{"no CA", nil, []any{"docker_host", str("tcp://127.0.0.1:1"), "validate_certs", value.True, "ca_path", str("/nope")}, "TLS config error: Invalid CA certificate provided for `ca_cert`.. TLS configurations should map the Docker CLI client configurations. See https://docs.docker.com/engine/articles/https/ for API details."},
	} {
		t.Run(tc.name, func(t *testing.T) {
			sys := machine(t, tc.env...)
			_, failed, err := engine.Open(context.Background(), sys, params(t, sys, tc.kv...))
			if err != nil || failed == nil || failed.Msg != tc.want {
				t.Errorf("got  %+v %v\nwant %s", failed, err, tc.want)
			}
		})
	}
}

// TestTLS: with certificates on both sides, the server's name as tls_hostname tells it.
func TestTLS(t *testing.T) {
	t.Parallel()
	places := moduletest.Web(t)
	sys := machine(t)
	dir := t.TempDir()
	for _, f := range []string{"ca.pem", "client.pem", "client.key"} {
		if err := target.WriteFile(sys, filepath.Join(dir, f), moduletest.TLSFile(t, f), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file := func(name string) value.Value { return value.NewStr(filepath.Join(dir, name)) }
	all := []any{"api_version", value.NewStr("1.41"), "validate_certs", value.True, "ca_path", file("ca.pem"), "client_cert", file("client.pem"), "client_key", file("client.key")}
	ask := func(place string, more ...any) error {
		c := open(t, sys, append(append([]any{"docker_host", value.NewStr("tcp://" + places[place])}, all...), more...)...)
		_, err := c.JSON(context.Background(), engine.Request{Path: "/x"})
		return err
	}
	if err := ask("@MTLS@"); !engine.IsNotFound(err) || !strings.HasPrefix(err.Error(), "404 Client Error for https://127.0.0.1:") {
		t.Errorf("with a certificate: %v", err)
	}
	if err := ask("@OTHER@"); err == nil || engine.IsNotFound(err) {
		t.Errorf("of another name: %v", err)
	}
	if err := ask("@OTHER@", "tls_hostname", value.NewStr("elsewhere.test")); !engine.IsNotFound(err) {
		t.Errorf("by tls_hostname: %v", err)
	}
}
