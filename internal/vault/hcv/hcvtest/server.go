// Package hcvtest starts a real HashiCorp Vault server for tests, with TLS: the one of the folder that KIMAI_TEST_SERVERS names, or the
// program vault of this machine.
package hcvtest

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
)

// archive is the server's program, packed.
const archive = "vault-1.21.1-linux-amd64.xz"

// Root is the token of who may do everything.
const Root = "root-token-of-the-test"

// A Server runs until the test ends.
type Server struct {
	Addr   string // https://127.0.0.1:PORT
	CACert string // the file with the certificate of its authority
	client *http.Client
}

// Start starts a server and waits until it answers. Where KIMAI_TEST_SERVERS is set, a program that is not in its folder is a failure;
// where it is not, a machine without the program skips the test, or fails it in CI.
func Start(t testing.TB) *Server {
	t.Helper()
	program := find(t)
	dir := t.TempDir()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	cmd := exec.Command(program, "server", "-dev", "-dev-tls", "-dev-tls-cert-dir="+dir, "-dev-root-token-id="+Root, "-dev-listen-address="+address, "-dev-no-store-token")
	cmd.Env = []string{"HOME=" + dir, "PATH=" + os.Getenv("PATH")}
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	t.Cleanup(func() { _ = cmd.Process.Kill(); <-ended })
	s := &Server{Addr: "https://" + address, CACert: filepath.Join(dir, "vault-ca.pem")}
	for deadline := time.Now().Add(90 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if s.answers() {
			return s
		}
		select {
		case <-ended:
			t.Fatalf("the server ended:\n%s", log.String())
		default:
		}
		if time.Now().After(deadline) {
			t.Fatal("the server does not answer after 90 seconds")
		}
	}
}

// find gives the server's program.
func find(t testing.TB) string {
	if folder := os.Getenv("KIMAI_TEST_SERVERS"); folder != "" {
		return unpack(t, filepath.Join(folder, archive))
	}
	return needs.Program(t, "vault", "secrets of a real HashiCorp Vault; or KIMAI_TEST_SERVERS, the folder with "+archive)
}

// unpack gives the program, which is unpacked once into the user's cache.
func unpack(t testing.TB, packed string) string {
	t.Helper()
	info, err := os.Stat(packed)
	if err != nil {
		t.Fatalf("KIMAI_TEST_SERVERS is set: %v", err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(cache, "kimai-ansible-test", fmt.Sprintf("vault-%d-%d", info.Size(), info.ModTime().Unix()))
	if _, err := os.Stat(program); err == nil {
		return program
	}
	if err := os.MkdirAll(filepath.Dir(program), 0o700); err != nil {
		t.Fatal(err)
	}
	out, err := os.CreateTemp(filepath.Dir(program), "vault.*")
	if err != nil {
		t.Fatal(err)
	}
	defer os.Remove(out.Name())
	cmd := exec.Command("xz", "-dc", packed)
	cmd.Stdout = out
	if err := cmd.Run(); err != nil {
		t.Fatalf("xz: %v", err)
	}
	if err := out.Chmod(0o700); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(out.Name(), program); err != nil {
		t.Fatal(err)
	}
	return program
}

// answers makes the client as soon as the certificate is there, and asks whether the server is unsealed.
func (s *Server) answers() bool {
	if s.client == nil {
		pem, err := os.ReadFile(s.CACert)
		pool := x509.NewCertPool()
		if err != nil || !pool.AppendCertsFromPEM(pem) {
			return false
		}
		s.client = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}, Timeout: 10 * time.Second}
	}
	resp, err := s.client.Get(s.Addr + "/v1/secret/config")
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	return resp.StatusCode == http.StatusForbidden // it is up, and wants a token
}

// Environ gives the variables of who uses the server with a token.
func (s *Server) Environ(token string) map[string]string {
	return map[string]string{"VAULT_ADDR": s.Addr, "VAULT_CACERT": s.CACert, "VAULT_TOKEN": token}
}

// Call asks the server as root, such as "POST", "secret/data/a", and gives the answer. What fails ends the test.
func (s *Server) Call(t testing.TB, method, path string, body any) map[string]any {
	t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequest(method, s.Addr+"/v1/"+path, bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Vault-Token", Root)
	req.Header.Set("X-Vault-Request", "true")
	resp, err := s.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= 300 {
		t.Fatalf("%s %s: %s: %s %v", method, path, resp.Status, text, err)
	}
	var answer map[string]any
	if len(text) > 0 {
		if err := json.Unmarshal(text, &answer); err != nil {
			t.Fatal(err)
		}
	}
	return answer
}

// Put writes a secret of version 2 of the key/value engine, by its name within secret/.
func (s *Server) Put(t testing.TB, name string, data map[string]any) {
	t.Helper()
	s.Call(t, "POST", "secret/data/"+name, map[string]any{"data": data})
}

// Policy writes a policy and gives a token that has it.
func (s *Server) Policy(t testing.TB, name, rules string) string {
	t.Helper()
	s.Call(t, "PUT", "sys/policies/acl/"+name, map[string]any{"policy": rules})
	answer := s.Call(t, "POST", "auth/token/create", map[string]any{"policies": []string{name}})
	return answer["auth"].(map[string]any)["client_token"].(string)
}

// Proxy gives a handler that hands requests on to the server, for tests that look at them or answer in its place.
func (s *Server) Proxy(t testing.TB) http.Handler {
	t.Helper()
	target, err := url.Parse(s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.Transport = s.client.Transport
	return proxy
}
