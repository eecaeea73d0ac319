package wire_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/wire"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

func TestFrame(t *testing.T) {
	b := wire.AppendFrame(nil, wire.Frame{Type: wire.Data, Flags: wire.End, Stream: 0x01020304, Payload: []byte("ab")})
	if want := "\x06\x04\x00\x02\x01\x02\x03\x04ab"; string(b) != want {
		t.Errorf("got %q, want %q", b, want)
	}
	for _, c := range []struct{ name, in, err string }{
		{"whole", "\x06\x04\x00\x02\x01\x02\x03\x04ab", ""},
		{"nothing", "", "EOF"},
		{"half a header", "\x06\x04", "unexpected EOF"},
		{"half a payload", "\x06\x04\x00\x02\x01\x02\x03\x04a", "unexpected EOF"},
		{"no payload", "\x06\x04\x00\x02\x01\x02\x03\x04", "unexpected EOF"},
		{"unknown kind", "\x63\x00\x00\x00\x00\x00\x00\x01", "unknown kind 99"},
		{"kind 0", "\x00\x00\x00\x00\x00\x00\x00\x01", "unknown kind 0"},
		{"unknown flag", "\x06\x80\x00\x00\x00\x00\x00\x01", "unknown flags"},
		{"flag that does not belong", "\x04\x01\x00\x00\x00\x00\x00\x01", "kind 4 with the flags"},
		{"call on stream 0", "\x02\x00\x00\x00\x00\x00\x00\x00", "kind 2 for stream 0"},
		{"ping on a call", "\x09\x00\x00\x00\x00\x00\x00\x07", "kind 9 for stream 7"},
	} {
		_, err := wire.ReadFrame(strings.NewReader(c.in))
		if got := fmt.Sprint(err); c.err == "" && err != nil || !strings.Contains(got, c.err) {
			t.Errorf("%s: %s", c.name, got)
		}
	}
}

func sample() *value.Dict {
	big, _ := value.FromJSON([]byte("123456789012345678901234567890"))
	set, _ := value.NewSet(value.NewStr("x"), value.NewInt(1))
	return value.DictOf(
		"none", value.None, "true", value.True, "false", value.False, "int", value.NewInt(-5), "big", big, "float", value.NewFloat(1.5),
		"text", value.NewStr("é\x00\xff"), "secret", value.NewMarkedStr("x", value.Marks{Secret: true}), "bytes", value.NewBytes([]byte{0, 1}),
		"list", value.NewList(value.NewStr("a"), value.NewList()), "tuple", value.NewTuple(value.NewInt(1)), "set", set, "dict", value.NewDict(),
	)
}

func TestValue(t *testing.T) {
	want := sample()
	b, err := wire.AppendValue(nil, want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := wire.DecodeValue(b)
	if err != nil {
		t.Fatal(err)
	}
	w, _ := value.Repr(want)
	if g, _ := value.Repr(got); g != w {
		t.Errorf("got %s, want %s", g, w)
	}
	if !value.IsSecret(got.(*value.Dict).Stored("secret")) || value.IsSecret(got.(*value.Dict).Stored("text")) {
		t.Error("the mark of secrets did not travel alone")
	}
	trusted := value.NewMarkedStr("{{ x }}", value.Marks{Trusted: true})
	b, _ = wire.AppendValue(nil, trusted)
	if got, _ := wire.DecodeValue(b); value.IsTrusted(got) {
		t.Error("a text came back trusted")
	}
	for n := range b {
		if _, err := wire.DecodeValue(b[:n]); err == nil {
			t.Errorf("a value of %d bytes of %d was read", n, len(b))
		}
	}
}

// TestHostileValue: what lies about its size costs nothing.
func TestHostileValue(t *testing.T) {
	huge := "\xff\xff\xff\xff\xff\xff\xff\x7f"
	for name, in := range map[string]string{
		"text": "s" + huge, "list": "l" + huge + "nn", "dict": "m" + huge + "nn", "set": "e" + huge, "digits": "I" + huge + "1",
		"no number": "I\x02zz", "unknown": "z", "too deep": strings.Repeat("l\x01", 10000) + "n", "more": "nn", "unhashable key": "m\x01l\x00n",
		"long number": "I\x91\x4e" + strings.Repeat("9", 10001),
	} {
		if _, err := wire.DecodeValue([]byte(in)); !errors.As(err, new(*wire.ProtocolError)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMessages(t *testing.T) {
	g := wire.Greeting{Version: 1, Sum: "h", User: "u", UID: 5, Home: "/h", PID: 7, Compress: true, Idle: 9}
	if got, err := wire.DecodeGreeting(g.Encode()); err != nil || got != g {
		t.Errorf("%+v, %v", got, err)
	}
	for _, q := range []*wire.Request{
		{Module: "ping"},
		{
			Module: "copy", Args: value.DictOf("a", value.NewStr("b")), Check: true, Diff: true, Verbose: 3, Dir: "/d", Env: []string{"A=b"}, Async: 5, AsyncDir: "/a",
			Content: &wire.Content{Size: 3, SHA1: "s", Label: "l", Dynamic: true, Inline: []byte("abc"), HasInline: true},
		},
		{Module: "copy", Content: &wire.Content{Size: 1 << 40}},
		{Op: wire.ReadFile, Path: "/p", Have: "h", Dir: "/d", Env: []string{"A=b"}},
	} {
		b, err := q.Encode()
		if err != nil {
			t.Fatal(err)
		}
		got, err := wire.DecodeRequest(b)
		if err != nil || !reflect.DeepEqual(got.Content, q.Content) {
			t.Errorf("%+v, %v", got, err)
		}
		again, _ := got.Encode()
		if !bytes.Equal(again, b) {
			t.Errorf("%+v became %+v", q, got)
		}
	}
	r := module.Result{
		Changed: true, HasMsg: true, Cause: "c", Raised: true, Values: sample(), Diff: value.NewList(), Warnings: []string{"w"}, ModuleArgs: value.NewDict(),
		Deprecations: []module.Deprecation{{Msg: "m", Version: "v", Date: "d", Collection: "c"}},
	}
	b, err := wire.EncodeResult(&r)
	if err != nil {
		t.Fatal(err)
	}
	got, err := wire.DecodeResult(b)
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := wire.EncodeResult(&got); !bytes.Equal(again, b) || !got.Changed || got.Cause != "c" || !got.Raised {
		t.Errorf("%+v became %+v", r, got)
	}
}

func TestLink(t *testing.T) {
	for _, compress := range []bool{false, true} {
		var pipe bytes.Buffer
		out := wire.NewLink(nil, &pipe)
		out.Compress = compress
		var want [][]byte
		for _, n := range []int{0, 1, 65535, 65536, 1_000_000} {
			msg := bytes.Repeat([]byte("x1"), n/2+1)[:n]
			want = append(want, msg)
			if err := out.SendMessage(wire.Call, 7, msg); err != nil {
				t.Fatal(err)
			}
		}
		in := wire.NewLink(&pipe, nil)
		for _, w := range want {
			f, err := in.Receive()
			if err != nil || !bytes.Equal(f.Payload, w) {
				t.Fatalf("%d bytes came of %d, %v", len(f.Payload), len(w), err)
			}
		}
		if _, err := in.Receive(); err != io.EOF {
			t.Errorf("at the end: %v", err)
		}
	}
	if err := wire.NewLink(nil, io.Discard).SendMessage(wire.Call, 1, make([]byte, wire.MaxMessage+1)); !errors.Is(err, wire.ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
}

// endless repeats a frame.
type endless struct{ frame, rest []byte }

func (e *endless) Read(b []byte) (int, error) {
	if len(e.rest) == 0 {
		e.rest = e.frame
	}
	n := copy(b, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

// TestEndlessMessage: a message that never ends is refused, and so is one that grows when it is decompressed.
func TestEndlessMessage(t *testing.T) {
	frame := wire.AppendFrame(nil, wire.Frame{Type: wire.Result, Flags: wire.More, Stream: 1, Payload: make([]byte, 65535)})
	if _, err := wire.NewLink(&endless{frame: frame}, nil).Receive(); !errors.As(err, new(*wire.ProtocolError)) {
		t.Errorf("got %v", err)
	}
	empty := wire.AppendFrame(nil, wire.Frame{Type: wire.Result, Flags: wire.More, Stream: 1})
	if _, err := wire.NewLink(&endless{frame: empty}, nil).Receive(); !errors.As(err, new(*wire.ProtocolError)) {
		t.Errorf("empty pieces: %v", err)
	}
	var pipe bytes.Buffer
	l := wire.NewLink(nil, &pipe)
	l.Compress = true
	if err := l.SendMessage(wire.Result, 1, make([]byte, wire.MaxMessage)); err != nil {
		t.Fatal(err)
	}
	if pipe.Len() > 2<<20 {
		t.Fatalf("zeros became %d bytes", pipe.Len())
	}
	if f, err := wire.NewLink(&pipe, nil).Receive(); err != nil || len(f.Payload) != wire.MaxMessage {
		t.Errorf("%d bytes, %v", len(f.Payload), err)
	}
	bomb := wire.AppendFrame(nil, wire.Frame{Type: wire.Data, Flags: wire.Deflated, Stream: 1, Payload: deflated(t, 10<<20)})
	if _, err := wire.NewLink(bytes.NewReader(bomb), nil).Receive(); !errors.As(err, new(*wire.ProtocolError)) {
		t.Errorf("a piece of 10 MB: %v", err)
	}
}

func deflated(t *testing.T, n int) []byte {
	t.Helper()
	var pipe bytes.Buffer
	l := wire.NewLink(nil, &pipe)
	l.Compress = true
	if err := l.SendMessage(wire.Result, 1, make([]byte, n)); err != nil {
		t.Fatal(err)
	}
	f, err := wire.ReadFrame(&pipe)
	if err != nil {
		t.Fatal(err)
	}
	return f.Payload
}

// TestStream: content arrives whole, held back by a slow reader, at most Credit bytes ahead of it.
func TestStream(t *testing.T) {
	for _, compress := range []bool{false, true} {
		want := make([]byte, 5<<20)
		r := rand.NewChaCha8([32]byte{})
		_, _ = r.Read(want[:2<<20]) // the rest can be compressed
		a, b := io.Pipe()
		link := wire.NewLink(nil, b)
		link.Compress = compress
		out := wire.NewOutbox(link, 3)
		in := wire.NewInbox(3, out.Handle)
		pushed := 0
		read := make(chan int, 1)
		read <- 0
		go func() {
			l := wire.NewLink(a, nil)
			for {
				f, err := l.Receive()
				if err != nil {
					return
				}
				pushed += len(f.Payload)
				taken := <-read
				read <- taken
				if pushed-taken > wire.Credit+1<<18 {
					t.Errorf("%d bytes ahead of the reader", pushed-taken)
				}
				if err := in.Push(f); err != nil {
					t.Error(err)
				}
			}
		}()
		go func() { _ = out.Copy(context.Background(), bytes.NewReader(want)) }()
		var got bytes.Buffer
		buf := make([]byte, 100_000)
		for {
			n, err := in.Read(buf)
			got.Write(buf[:n])
			<-read
			read <- got.Len()
			if got.Len() < 1<<20 {
				time.Sleep(time.Millisecond)
			}
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		_ = b.Close()
		if !bytes.Equal(got.Bytes(), want) {
			t.Errorf("%d bytes came of %d", got.Len(), len(want))
		}
	}
}

func TestStreamHostile(t *testing.T) {
	discard := func(wire.Frame) error { return nil }
	in := wire.NewInbox(1, discard)
	var err error
	for range wire.Credit/65535 + 2 {
		if err = in.Push(wire.Frame{Type: wire.Data, Stream: 1, Payload: make([]byte, 65535)}); err != nil {
			break
		}
	}
	if !errors.As(err, new(*wire.ProtocolError)) {
		t.Errorf("more than was granted: %v", err)
	}
	in = wire.NewInbox(1, discard)
	_ = in.Push(wire.Frame{Type: wire.Data, Flags: wire.End, Stream: 1})
	if err := in.Push(wire.Frame{Type: wire.Data, Stream: 1}); !errors.As(err, new(*wire.ProtocolError)) {
		t.Errorf("after the end: %v", err)
	}
	out := wire.NewOutbox(wire.NewLink(nil, io.Discard), 1)
	for _, w := range []string{"", "\x00\x00\x00\x01", "\xff\xff\xff\xff"} {
		if err := out.Handle(wire.Frame{Type: wire.Window, Stream: 1, Payload: []byte(w)}); !errors.As(err, new(*wire.ProtocolError)) {
			t.Errorf("window %q: %v", w, err)
		}
	}
}

// TestSpecification: docs/agent-protocol.md names what the code has.
func TestSpecification(t *testing.T) {
	page, err := os.ReadFile("../../../docs/agent-protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		fmt.Sprintf("version %d.", wire.Version), fmt.Sprintf("0 to %d bytes", wire.MaxPayload), fmt.Sprintf("%d MiB (as it is sent", wire.MaxMessage>>20),
		fmt.Sprintf("%d MiB may be sent without any Window", wire.Credit>>20), fmt.Sprintf("up to %d KiB travels within", wire.InlineMax>>10),
		fmt.Sprintf("| %d | Hello |", wire.Hello), fmt.Sprintf("| %d | Call |", wire.Call), fmt.Sprintf("| %d | Result |", wire.Result), fmt.Sprintf("| %d | Cancel |", wire.Cancel),
		fmt.Sprintf("| %d | Open |", wire.Open), fmt.Sprintf("| %d | Data |", wire.Data), fmt.Sprintf("| %d | Window |", wire.Window), fmt.Sprintf("| %d | Stop |", wire.Stop),
		fmt.Sprintf("| %d | Ping |", wire.Ping), fmt.Sprintf("| %d | Pong |", wire.Pong), fmt.Sprintf("| %d | Fault |", wire.Fault),
		fmt.Sprintf("| More | %d |", wire.More), fmt.Sprintf("| Deflated | %d |", wire.Deflated), fmt.Sprintf("| End | %d |", wire.End), fmt.Sprintf("| Broken | %d |", wire.Broken),
	} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the specification does not say %q", want)
		}
	}
}
