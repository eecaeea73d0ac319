package wire_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/wire"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// FuzzReceive: no bytes of a hostile peer panic, and what is read as a message is read again as the same.
func FuzzReceive(f *testing.F) {
	var pipe bytes.Buffer
	l := wire.NewLink(nil, &pipe)
	l.Compress = true
	_ = l.SendMessage(wire.Hello, 0, wire.Greeting{Version: 1}.Encode())
	q, _ := (&wire.Request{Module: "copy", Args: sample(), Content: &wire.Content{Inline: []byte("x"), HasInline: true}}).Encode()
	_ = l.SendMessage(wire.Call, 1, q)
	_ = l.SendMessage(wire.Call, 1, bytes.Repeat(q, 100))
	_ = l.Send(wire.Frame{Type: wire.Data, Flags: wire.End, Stream: 1, Payload: []byte("abc")})
	_ = l.Send(wire.Frame{Type: wire.Window, Stream: 1, Payload: []byte{0, 0, 0, 1}})
	f.Add(pipe.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		l := wire.NewLink(bytes.NewReader(b), io.Discard)
		in, out := wire.NewInbox(1, l.Send), wire.NewOutbox(l, 1)
		for {
			m, err := l.Receive()
			if err != nil {
				return
			}
			switch m.Type {
			case wire.Hello:
				_, _ = wire.DecodeGreeting(m.Payload)
			case wire.Call:
				if q, err := wire.DecodeRequest(m.Payload); err == nil {
					again, err := q.Encode()
					if err != nil {
						t.Fatal(err)
					}
					if _, err := wire.DecodeRequest(again); err != nil {
						t.Fatal(err)
					}
				}
			case wire.Result:
				_, _ = wire.DecodeResult(m.Payload)
			case wire.Data:
				if in.Push(m) != nil {
					return
				}
			case wire.Window, wire.Stop:
				if out.Handle(m) != nil {
					return
				}
			}
		}
	})
}

// FuzzValue: what is read as a value is written and read again as the same.
func FuzzValue(f *testing.F) {
	b, _ := wire.AppendValue(nil, sample())
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := wire.DecodeValue(b)
		if err != nil {
			return
		}
		text, err := value.Repr(v)
		if err != nil {
			return // a number that Python does not print
		}
		again, err := wire.AppendValue(nil, v)
		if err != nil {
			t.Fatal(err)
		}
		w, err := wire.DecodeValue(again)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := value.Repr(w); got != text {
			t.Fatalf("%s became %s", text, got)
		}
	})
}
