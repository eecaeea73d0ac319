package hcv_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/hcv"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/hcv/hcvtest"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/rotate"
)

var _ rotate.Sink = (*hcv.Sink)(nil)

func is(password string) func([]byte) bool {
	return func(p []byte) bool { return string(p) == password }
}

func newSink(t *testing.T, c *hcv.Client, ref string) *hcv.Sink {
	t.Helper()
	r, err := hcv.ParseRef(ref)
	if err != nil {
		t.Fatal(err)
	}
	s, err := hcv.NewSink(t.Context(), c, r)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// reopened gives the sink as another process opens it, after a kill.
func reopened(t *testing.T, c *hcv.Client, s *hcv.Sink) *hcv.Sink {
	t.Helper()
	again, ours, err := hcv.OpenSink(t.Context(), s.Address(), func(context.Context) (*hcv.Client, error) { return c, nil })
	if err != nil || !ours {
		t.Fatal(ours, err)
	}
	return again
}

func want(t *testing.T, c *hcv.Client, refs map[string]string) {
	t.Helper()
	for ref, w := range refs {
		got, err := get(t, c, ref)
		if w == "" && err == nil {
			t.Errorf("%s is there", ref)
		}
		if w != "" && (got != w || err != nil) {
			t.Errorf("%s: got %q, %v, want %q", ref, got, err, w)
		}
	}
}

func testSink(t *testing.T, srv *hcvtest.Server) {
	c := mustOpen(t, srv.Environ(hcvtest.Root))
	ctx := t.Context()
	opens := is("new password")
	for _, part := range []struct {
		name string
		old  map[string]any // nil: there is no secret
	}{
		{"with a password before", map[string]any{"password": "old password", "other": "stays", "n": 1234567890123}},
		{"in a secret without one", map[string]any{"other": "stays", "n": 1234567890123}},
		{"in no secret", nil},
	} {
		t.Run(part.name, func(t *testing.T) {
			name := "sink-" + strings.ReplaceAll(part.name, " ", "-")
			ref := "secret/data/" + name + "#password"
			old, _ := part.old["password"].(string)
			other, _ := part.old["other"].(string)
			if part.old != nil {
				srv.Put(t, name, part.old)
				want(t, c, map[string]string{"secret/data/" + name + "#n": "1234567890123"})
			}
			unchanged := map[string]string{ref: old, ref + ".new": "", "secret/data/" + name + "#other": other}

			// taken back before and after it was published, each step done twice, as after a kill
			for _, publish := range []bool{false, true} {
				s := newSink(t, c, ref)
				for range 2 {
					if err := s.Stage(ctx, []byte("new password")); err != nil {
						t.Fatal(err)
					}
				}
				want(t, c, map[string]string{ref: old, ref + ".new": "new password"})
				s = reopened(t, c, s)
				if publish {
					if _, err := s.Publish(ctx, opens); err != nil {
						t.Fatal(err)
					}
					want(t, c, map[string]string{ref: "new password", ref + ".new": ""})
				}
				for range 2 {
					if err := s.Withdraw(ctx, opens); err != nil {
						t.Fatal(err)
					}
				}
				want(t, c, unchanged)
				if ok, err := s.Has(ctx, opens); ok || err != nil {
					t.Errorf("Has: %v, %v", ok, err)
				}
			}

			s := newSink(t, c, ref)
			if err := s.Stage(ctx, []byte("new password")); err != nil {
				t.Fatal(err)
			}
			s = reopened(t, c, s)
			if ok, err := s.Has(ctx, opens); !ok || err != nil {
				t.Errorf("Has: %v, %v", ok, err)
			}
			where, err := s.Publish(ctx, opens)
			if err != nil || !strings.Contains(where, "new password in version") {
				t.Fatal(where, err)
			}
			if _, err := s.Publish(ctx, opens); err != nil {
				t.Error("published twice:", err)
			}
			want(t, c, map[string]string{ref: "new password", ref + ".new": "", "secret/data/" + name + "#other": other})
			if old != "" {
				want(t, c, map[string]string{"secret/data/" + name + "?version=1#password": old})
				if !strings.Contains(where, "the old one") {
					t.Error("it is not told where the old one is:", where)
				}
			}
			if other != "" { // a number stays what it was
				want(t, c, map[string]string{"secret/data/" + name + "#n": "1234567890123"})
			}
		})
	}
}

func testSinkRefused(t *testing.T, srv *hcvtest.Server) {
	c := mustOpen(t, srv.Environ(hcvtest.Root))
	srv.Put(t, "one", map[string]any{"p": "x"})
	srv.Call(t, "POST", "secret/metadata/one", map[string]any{"max_versions": 1})
	srv.Put(t, "busy", map[string]any{"p": "x", "p.new": "y"})
	for ref, text := range map[string]string{
		"old/ansible#password":   "keeps no old versions",
		"secret/one#p":           "only one version",
		"secret/busy#p":          "another rotation may be under way",
		"secret/a?version=1#p":   "it can't be written to version 1",
		"nothing/here/at/all#pw": "version 1",
	} {
		r, err := hcv.ParseRef(ref)
		if err != nil {
			t.Fatal(err)
		}
		_, err = hcv.NewSink(t.Context(), c, r)
		wantError(t, err, text)
	}
	reader := mustOpen(t, srv.Environ(srv.Policy(t, "reader", `path "secret/data/app" { capabilities = ["read"] }`)))
	s := newSink(t, reader, "secret/data/app#password")
	wantError(t, s.Stage(t.Context(), []byte("x")), "refuses to write secret/data/app", `"create", "read", "update"`)

	elsewhere := strings.Replace(newSink(t, c, "secret/data/app#password").Address(), "127.0.0.1", "vault.example.com", 1)
	_, _, err := hcv.OpenSink(t.Context(), elsewhere, func(context.Context) (*hcv.Client, error) { return c, nil })
	wantError(t, err, "vault.example.com", "VAULT_ADDR")
}

// testRace lets rotations and writers of other keys work at the same time: one rotation wins, and no change of others is lost.
func testRace(t *testing.T, srv *hcvtest.Server) {
	ctx := t.Context()
	srv.Put(t, "race", map[string]any{"password": "old"})
	c := mustOpen(t, srv.Environ(hcvtest.Root))
	sinks := make([]*hcv.Sink, 4)
	for i := range sinks {
		sinks[i] = newSink(t, c, "secret/data/race#password") // all see that there is no rotation
	}
	var won atomic.Int32
	var wg sync.WaitGroup
	for i, s := range sinks {
		wg.Go(func() {
			if s.Stage(ctx, []byte{'a' + byte(i)}) == nil {
				won.Add(1)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("%d rotations were staged at the same time", won.Load())
	}

	// somebody writes another key between reading and writing
	srv.Put(t, "race2", map[string]any{"password": "old"})
	var once sync.Once
	proxy := srv.Proxy(t)
	between := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			once.Do(func() { srv.Put(t, "race2", map[string]any{"password": "old", "theirs": "kept"}) })
		}
		proxy.ServeHTTP(w, r)
	}))
	defer between.Close()
	slow := mustOpen(t, with(srv.Environ(hcvtest.Root), "VAULT_ADDR", between.URL))
	if err := newSink(t, slow, "secret/data/race2#password").Stage(ctx, []byte("new")); err != nil {
		t.Fatal(err)
	}
	want(t, c, map[string]string{"secret/data/race2#theirs": "kept", "secret/data/race2#password.new": "new"})

	// the answer to a write is lost: the second attempt sees that it was done
	srv.Put(t, "race3", map[string]any{"password": "old"})
	var lost sync.Once
	lossy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			lose := false
			lost.Do(func() { lose = true })
			if lose {
				proxy.ServeHTTP(httptest.NewRecorder(), r)
				_, _ = io.Copy(io.Discard, r.Body)
				panic(http.ErrAbortHandler)
			}
		}
		proxy.ServeHTTP(w, r)
	}))
	defer lossy.Close()
	unlucky := mustOpen(t, with(srv.Environ(hcvtest.Root), "VAULT_ADDR", lossy.URL))
	if err := newSink(t, unlucky, "secret/data/race3#password").Stage(ctx, []byte("new")); err != nil {
		t.Fatal(err)
	}
	want(t, c, map[string]string{"secret/data/race3?version=2#password.new": "new", "secret/data/race3?version=3#password": ""})
}
