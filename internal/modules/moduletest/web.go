package moduletest

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/md5" //nolint:gosec // digest authentication
	"crypto/tls"
	"crypto/x509"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// tlsFiles are a CA and certificates of it for 127.0.0.1 (server), for elsewhere.test (other), and for a client.
//
//go:embed tls
var tlsFiles embed.FS

// TLSFile gives one of the files of the test's CA: ca.pem, server.pem, server.key, client.pem, client.key, other.pem,
// other.key.
func TLSFile(t *testing.T, name string) []byte {
	t.Helper()
	b, err := tlsFiles.ReadFile("tls/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Web starts servers on 127.0.0.1 for the time of a test and returns what stands for them in cases: @HTTP@, @HTTPS@, @MTLS@
// (wants a client's certificate), @OTHER@ (has a certificate for another name), @PROXY@ and @CLOSED@ (nobody listens), each
// as HOST:PORT.
func Web(t *testing.T) map[string]string {
	t.Helper()
	places := map[string]string{}
	start := func(name string, h http.Handler, conf *tls.Config) {
		s := httptest.NewUnstartedServer(h)
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		if conf != nil {
			s.TLS = conf
			s.StartTLS()
		} else {
			s.Start()
		}
		t.Cleanup(s.Close)
		places["@"+name+"@"] = s.Listener.Addr().String()
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(TLSFile(t, "ca.pem"))
	pair := func(name string) []tls.Certificate {
		c, err := tls.X509KeyPair(TLSFile(t, name+".pem"), TLSFile(t, name+".key"))
		if err != nil {
			t.Fatal(err)
		}
		return []tls.Certificate{c}
	}
	start("HTTP", webHandler(), nil)
	start("HTTPS", webHandler(), &tls.Config{Certificates: pair("server")})
	start("MTLS", webHandler(), &tls.Config{Certificates: pair("server"), ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert})
	start("OTHER", webHandler(), &tls.Config{Certificates: pair("other")})
	start("PROXY", http.HandlerFunc(proxy), nil)
	places["@CLOSED@"] = closed(t)
	return places
}

// closed is an address that nobody listens on, as long as the test lasts: a port that is merely free may be another server's soon.
func closed(t *testing.T) string {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	at, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("127.0.0.1:%d", at.(*syscall.SockaddrInet4).Port)
}

// webTime is when all files of the server were changed.
var webTime = time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)

func webHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/echo", echo)
	mux.HandleFunc("/echo/", echo)
	mux.HandleFunc("/sent", func(w http.ResponseWriter, r *http.Request) { // as /echo, without what differs between runs
		r.Host = "HOST"
		echo(w, r)
	})
	mux.HandleFunc("/file/", func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/file/")
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("ETag", `"`+name+`"`)
		http.ServeContent(w, r, name, webTime, strings.NewReader("content of "+name+"\n"))
	})
	mux.HandleFunc("/status/", func(w http.ResponseWriter, r *http.Request) {
		code, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/status/"))
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(code)
		if code != http.StatusNoContent && code != http.StatusNotModified {
			fmt.Fprintf(w, "status %d\n", code)
		}
	})
	mux.HandleFunc("/redirect/", func(w http.ResponseWriter, r *http.Request) {
		code, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/redirect/"))
		w.Header().Set("Location", r.URL.Query().Get("to"))
		w.Header().Set("Content-Length", "0")
		w.WriteHeader(code)
	})
	mux.HandleFunc("/loop", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "/loop")
		w.WriteHeader(http.StatusFound)
	})
	mux.HandleFunc("/basic", func(w http.ResponseWriter, r *http.Request) {
		if user, pass, ok := r.BasicAuth(); !ok || user != "me" || pass != "swordfish" {
			w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		fmt.Fprint(w, "welcome\n")
	})
	mux.HandleFunc("/digest", digest)
	mux.HandleFunc("/gzip", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Type", "text/plain")
		_, _ = w.Write(gzipped("was packed\n"))
	})
	mux.HandleFunc("/type/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", r.URL.Query().Get("is"))
		fmt.Fprint(w, r.URL.Query().Get("body"))
	})
	mux.HandleFunc("/cookies", func(w http.ResponseWriter, _ *http.Request) {
		for _, c := range []string{"a=1; Path=/", "b=2; Path=/; HttpOnly", "a=3; Path=/x"} {
			w.Header().Add("Set-Cookie", c)
		}
		fmt.Fprint(w, "crumbs\n")
	})
	mux.HandleFunc("/headers", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Add("X-Twice", "one")
		w.Header().Add("X-Twice", "two")
		w.Header().Set("X-Dash-Name", "v")
		fmt.Fprint(w, "see above\n")
	})
	mux.HandleFunc("/named", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Disposition", r.URL.Query().Get("as"))
		fmt.Fprint(w, "named\n")
	})
	mux.HandleFunc("/chunked", func(w http.ResponseWriter, _ *http.Request) {
		for i := range 3 {
			fmt.Fprintf(w, "part %d\n", i)
			w.(http.Flusher).Flush()
		}
	})
	mux.HandleFunc("/short", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		fmt.Fprint(w, "cut")
	})
	mux.HandleFunc("/slow", func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-time.After(20 * time.Second):
		}
	})
	mux.HandleFunc("/sums", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.URL.Query().Get("body"))
	})
	return mux
}

func gzipped(s string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(s))
	_ = z.Close()
	return b.Bytes()
}

// echo tells the request as JSON.
func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("Content-Type", "application/json")
	h := map[string]string{}
	for k, v := range r.Header {
		h[k] = strings.Join(v, " & ")
	}
	text := string(body)
	if kind := h["Content-Type"]; strings.HasPrefix(kind, "multipart/") { // the boundary is random
		if _, b, ok := strings.Cut(kind, "boundary="); ok {
			b = strings.Trim(b, `"`)
			h["Content-Type"] = strings.ReplaceAll(kind, b, "BOUNDARY")
			text = strings.ReplaceAll(text, b, "BOUNDARY")
		}
		delete(h, "Content-Length")
	}
	_ = json.NewEncoder(w).Encode(map[string]any{
		"method": r.Method, "uri": r.URL.RequestURI(), "headers": h, "body": text, "host": r.Host, "proto": r.Proto, "chunked": len(r.TransferEncoding) > 0,
	})
}

// digest wants digest authentication with MD5, as RFC 2617 has it.
func digest(w http.ResponseWriter, r *http.Request) {
	sum := func(s string) string { return fmt.Sprintf("%x", md5.Sum([]byte(s))) } //nolint:gosec // see above
	got := map[string]string{}
	for part := range strings.SplitSeq(strings.TrimPrefix(r.Header.Get("Authorization"), "Digest "), ", ") {
		k, v, _ := strings.Cut(part, "=")
		got[k] = strings.Trim(v, `"`)
	}
	ha1, ha2 := sum("me:test:swordfish"), sum(r.Method+":"+got["uri"])
	if got["response"] == "" || got["response"] != sum(strings.Join([]string{ha1, "noncense", got["nc"], got["cnonce"], "auth", ha2}, ":")) {
		w.Header().Set("WWW-Authenticate", `Digest realm="test", nonce="noncense", qop="auth", opaque="o", algorithm=MD5`)
		http.Error(w, "no", http.StatusUnauthorized)
		return
	}
	fmt.Fprint(w, "welcome\n")
}

// proxy hands requests on and adds a header to answers; CONNECT makes a tunnel. User "via" with password "me" is let in,
// and who names nobody.
func proxy(w http.ResponseWriter, r *http.Request) {
	auth := r.Header.Get("Proxy-Authorization")
	if auth != "" && auth != "Basic dmlhOm1l" {
		http.Error(w, "no", http.StatusProxyAuthRequired)
		return
	}
	if r.Method == http.MethodConnect {
		tunnel(w, r)
		return
	}
	out, err := http.NewRequestWithContext(r.Context(), r.Method, r.URL.String(), r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	out.Header = r.Header.Clone()
	out.Header.Set("X-Via", (&url.URL{Host: r.URL.Host}).Host)
	resp, err := http.DefaultTransport.RoundTrip(out)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer resp.Body.Close()
	for k, v := range resp.Header {
		w.Header()[k] = v
	}
	w.Header().Set("X-Proxied", "yes")
	w.WriteHeader(resp.StatusCode)
	_, _ = io.Copy(w, resp.Body)
}

func tunnel(w http.ResponseWriter, r *http.Request) {
	there, err := net.Dial("tcp", r.Host)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer there.Close()
	here, buf, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer here.Close()
	fmt.Fprint(here, "HTTP/1.0 200 Connection established\r\n\r\n")
	done := make(chan struct{})
	go func(from *bufio.Reader) {
		defer close(done)
		_, _ = io.Copy(there, from)
		_ = there.(*net.TCPConn).CloseWrite()
	}(buf.Reader)
	_, _ = io.Copy(here, there)
	_ = here.(*net.TCPConn).CloseWrite()
	<-done
}
