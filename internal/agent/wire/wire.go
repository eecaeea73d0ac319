// Package wire is the protocol between the control node and its agent on a target: frames, the values and messages in
// them, and the streams of file content that travel beside calls. docs/agent-protocol.md specifies every field. It knows
// nothing of how the two are connected, nor of what a module does.
//
// Both sides are bounded whatever the other one sends: a frame can't say a length beyond 64 KiB, a message is refused
// when it grows beyond MaxMessage, content is sent only as far as the receiver has granted.
package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
)

// Version is that of the protocol. Two sides with different versions don't talk.
const Version = 5

// Type is the kind of a frame.
type Type byte

// The kinds of frames.
const (
	Hello  Type = 1  // both ways, first: who is there
	Call   Type = 2  // to the agent: run a module, or read a file
	Result Type = 3  // to the control node: what came of a call
	Cancel Type = 4  // to the agent: stop a call
	Open   Type = 5  // to the control node: send the content of a call
	Data   Type = 6  // both ways: a piece of content
	Window Type = 7  // both ways: so many more bytes of content may be sent
	Stop   Type = 8  // both ways: send no more content
	Ping   Type = 9  // both ways: answer with Pong
	Pong   Type = 10 // both ways: the answer
	Fault  Type = 11 // both ways, last: why the sender ends the conversation
	SHA1   Type = 12 // both ways: make the SHA-1 of a call's content, and what it is
)

// The flags of a frame.
const (
	More       byte = 1 // of Call, Result, Hello: the message goes on in the stream's next frame
	Deflated   byte = 2 // the message, or this piece of content, is compressed (RFC 1951)
	End        byte = 4 // of Data: nothing comes after this piece
	Broken     byte = 8 // of Data with End, and of SHA1: the sender could not read on; the payload says why
	knownFlags      = More | Deflated | End | Broken
)

const (
	headerLen = 8
	// MaxPayload is the largest payload of a frame, in bytes.
	MaxPayload = 1<<16 - 1
	// MaxMessage is the largest message, in bytes, put together and decompressed.
	MaxMessage = 128 << 20
	// Credit is how many bytes of content may be under way before the receiver has granted more.
	Credit = 1 << 20
	// chunk is how much content goes into one frame: with its header that fills two packets of SSH.
	chunk = 64<<10 - headerLen
)

// Frame is one frame.
type Frame struct {
	Type    Type
	Flags   byte
	Stream  uint32 // the call that it belongs to; 0 is the conversation itself
	Payload []byte
}

// ProtocolError says that the other side broke the protocol. The conversation is over.
type ProtocolError struct{ Msg string }

// Error tells what was wrong.
func (e *ProtocolError) Error() string { return "the agent's protocol was broken: " + e.Msg }

func broken(format string, args ...any) error { return &ProtocolError{fmt.Sprintf(format, args...)} }

// AppendFrame appends the bytes of a frame to dst. The payload must fit in a frame.
func AppendFrame(dst []byte, f Frame) []byte {
	if len(f.Payload) > MaxPayload {
		panic("wire: a payload that does not fit in a frame")
	}
	dst = append(dst, byte(f.Type), f.Flags)
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(f.Payload)))
	dst = binary.BigEndian.AppendUint32(dst, f.Stream)
	return append(dst, f.Payload...)
}

// ReadFrame reads a frame. At the end of the input, between two frames, the error is io.EOF. The payload is the caller's.
func ReadFrame(r io.Reader) (Frame, error) {
	var h [headerLen]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return Frame{}, err
	}
	f := Frame{Type: Type(h[0]), Flags: h[1], Stream: binary.BigEndian.Uint32(h[4:])}
	if err := f.check(); err != nil {
		return Frame{}, err
	}
	n := int(binary.BigEndian.Uint16(h[2:]))
	if n == 0 {
		return f, nil
	}
	f.Payload = room(f.Type, n)
	if _, err := io.ReadFull(r, f.Payload); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return Frame{}, err
	}
	return f, nil
}

// payloads are buffers for content. A large one goes through as many of them as it has pieces.
var payloads = sync.Pool{New: func() any {
	b := make([]byte, MaxPayload)
	return &b
}}

// room gives a buffer for the payload of a frame.
func room(t Type, n int) []byte {
	if t != Data || n < MaxPayload/2 {
		return make([]byte, n)
	}
	return (*payloads.Get().(*[]byte))[:n]
}

// recycle takes a buffer back that room has given, when nobody looks at it any more. Others it leaves alone.
func recycle(b []byte) {
	if cap(b) == MaxPayload {
		b = b[:MaxPayload]
		payloads.Put(&b)
	}
}

// check refuses kinds, flags and streams that don't belong together.
func (f Frame) check() error {
	if f.Flags&^knownFlags != 0 {
		return broken("unknown flags %#x", f.Flags)
	}
	var flags byte
	whole := false // belongs to the conversation, not to a call
	switch f.Type {
	case Hello:
		flags, whole = More|Deflated, true
	case Call, Result:
		flags = More | Deflated
	case Data:
		flags = Deflated | End | Broken
	case SHA1:
		flags = Broken
	case Ping, Pong, Fault:
		whole = true
	case Cancel, Open, Window, Stop:
	default:
		return broken("a frame of the unknown kind %d", f.Type)
	}
	if f.Flags&^flags != 0 {
		return broken("a frame of kind %d with the flags %#x", f.Type, f.Flags)
	}
	if whole != (f.Stream == 0) {
		return broken("a frame of kind %d for stream %d", f.Type, f.Stream)
	}
	return nil
}
