package moduletest

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// becomesStream reports whether the connection of a request becomes a stream in both directions.
func becomesStream(r *http.Request) bool {
	return r.Method == http.MethodPost && (strings.HasPrefix(pathOfAPI(r), "/exec/") && strings.HasSuffix(r.URL.Path, "/start") || strings.HasSuffix(r.URL.Path, "/attach"))
}

// pathOfAPI is a path without the version.
func pathOfAPI(r *http.Request) string {
	if rest, ok := strings.CutPrefix(r.URL.Path, "/v1."); ok {
		_, after, _ := strings.Cut(rest, "/")
		return "/" + after
	}
	return r.URL.Path
}

// bodyText is a body as it is noted: binary ones, which have times in them, by their kind.
func bodyText(b []byte) string {
	if !utf8.Valid(b) || bytes.Contains(b, []byte("ustar")) {
		return "binary"
	}
	return string(b)
}

// relay hands requests on to an engine and notes them.
type relay struct {
	socket, engine string
	server         *httptest.Server
	mu             sync.Mutex
	tape           conversation
}

func listen(t *testing.T, socket string, h http.Handler) *httptest.Server {
	t.Helper()
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(h)
	s.Listener = l
	s.Start()
	return s
}

func startRelay(t *testing.T, socket, engine string) *relay {
	t.Helper()
	_ = os.Remove(socket)
	p := &relay{socket: socket, engine: engine}
	p.server = listen(t, socket, p)
	return p
}

func (p *relay) stop() { p.server.Close() }

func (p *relay) note(e exchange) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tape = append(p.tape, e)
}

// ServeHTTP hands one request on.
func (p *relay) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if !becomesStream(r) {
		p.plain(w, r, body)
		return
	}
	e := exchange{Method: r.Method, URI: r.RequestURI, Body: bodyText(body)}
	here, buf, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer here.Close()
	there, err := net.Dial("unix", p.engine)
	if err != nil {
		return
	}
	defer there.Close()
	fmt.Fprintf(there, "%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", r.Method, r.RequestURI, len(body), body)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(there, buf)
		_ = there.(*net.UnixConn).CloseWrite()
	}()
	var all bytes.Buffer
	_, _ = io.Copy(io.MultiWriter(here, &all), there)
	_ = here.(*net.UnixConn).CloseWrite()
	e.Raw = all.Bytes()
	p.note(e)
	_ = here.Close()
	<-done
}

func (p *relay) plain(w http.ResponseWriter, r *http.Request, body []byte) {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", p.engine)
	}
	tr := &http.Transport{DialContext: dial, DisableKeepAlives: true, DisableCompression: true}
	out, err := http.NewRequestWithContext(r.Context(), r.Method, "http://localhost"+r.RequestURI, bytes.NewReader(body))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	out.Header = r.Header
	resp, err := tr.RoundTrip(out)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer resp.Body.Close()
	answer, _ := io.ReadAll(resp.Body)
	e := exchange{Method: r.Method, URI: r.RequestURI, Body: bodyText(body), Status: resp.StatusCode, Type: resp.Header.Get("Content-Type")}
	if utf8.Valid(answer) {
		e.Answer = string(answer)
	} else {
		e.Binary = answer // JSON would not keep it
	}
	p.note(e)
	for k, v := range resp.Header {
		w.Header()[k] = v
	}
	w.WriteHeader(resp.StatusCode)
	_, _ = w.Write(answer)
}

// serveTape answers as the tape tells, for the time of a test, and gives the socket. What is asked otherwise, or not asked, is an error.
func serveTape(t *testing.T, tape conversation) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "e") // short: the name of a socket may not be long
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	at := 0
	s := listen(t, filepath.Join(dir, "s"), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		body, _ := io.ReadAll(r.Body)
		got := r.Method + " " + r.RequestURI + " " + bodyText(body)
		want := "nothing more"
		if at < len(tape) {
			want = tape[at].Method + " " + tape[at].URI + " " + tape[at].Body
		}
		if got != want {
			t.Errorf("request %d\n got  %s\n want %s", at+1, got, want)
			http.Error(w, `{"message": "not on the tape"}`, http.StatusTeapot)
			return
		}
		e := tape[at]
		at++
		if e.Raw == nil {
			w.Header().Set("Content-Type", e.Type)
			w.WriteHeader(e.Status)
			_, _ = io.WriteString(w, e.Answer)
			_, _ = w.Write(e.Binary)
			return
		}
		if here, buf, err := w.(http.Hijacker).Hijack(); err == nil {
			playRaw(here, buf, e.Raw)
		}
	}))
	t.Cleanup(func() {
		s.Close()
		_ = os.RemoveAll(dir)
		if at != len(tape) && !t.Failed() {
			t.Errorf("%d of %d requests were made; the next would be %s %s", at, len(tape), tape[at].Method, tape[at].URI)
		}
	})
	return filepath.Join(dir, "s")
}

// playRaw gives what came on a stream, and takes what is sent, to its end.
func playRaw(here net.Conn, buf *bufio.ReadWriter, raw []byte) {
	defer here.Close()
	_, _ = here.Write(raw)
	_ = here.(*net.UnixConn).CloseWrite()
	_ = here.SetReadDeadline(time.Now().Add(time.Second))
	_, _ = io.Copy(io.Discard, buf)
}

// impatient is a machine on which waiting takes no time.
type impatient struct {
	target.System
	slept time.Duration
}

// Now is later by what was slept.
func (i *impatient) Now() time.Time { return i.System.Now().Add(i.slept) }

// Sleep lets the time pass at once.
func (i *impatient) Sleep(ctx context.Context, d time.Duration) error {
	i.slept += d
	return ctx.Err()
}

// In gives the machine from another folder.
func (i *impatient) In(dir string, env []string) target.System {
	return &impatient{System: i.System.In(dir, env), slept: i.slept}
}
