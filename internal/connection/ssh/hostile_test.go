package ssh_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/ssh/sshtest"
)

// TestHostileServer: whatever a server sends before it has proved who it is, the answer is an error, in bounded time and
// memory.
func TestHostileServer(t *testing.T) {
	s := sshtest.Start(t, sshtest.Options{})
	real := greetingOf(t, s)
	random := rand.New(rand.NewPCG(1, 2))
	packet := func(length uint32, padding byte, rest string) string {
		return "SSH-2.0-x\r\n" + string(binary.BigEndian.AppendUint32(nil, length)) + string(padding) + rest
	}
	cases := map[string]func(w io.Writer){
		"endless line":    func(w io.Writer) { forever(w, "x") },
		"endless lines":   func(w io.Writer) { forever(w, "not SSH\r\n") },
		"endless version": func(w io.Writer) { forever(w, "SSH-2.0-x") },
		"huge packet":     func(w io.Writer) { _, _ = io.WriteString(w, packet(0xffffffff, 4, "")); forever(w, "\x14") },
		"large packet":    func(w io.Writer) { _, _ = io.WriteString(w, packet(256<<10, 4, "")); forever(w, "\x14") },
		"empty packet":    func(w io.Writer) { _, _ = io.WriteString(w, packet(0, 0, "")); forever(w, "\x00") },
		"padding":         func(w io.Writer) { _, _ = io.WriteString(w, packet(12, 255, "12345678901")); forever(w, "\x00") },
		"old version":     func(w io.Writer) { forever(w, "SSH-1.5-x\r\n") },
		"endless ignores": func(w io.Writer) {
			_, _ = io.WriteString(w, "SSH-2.0-x\r\n")
			forever(w, "\x00\x00\x00\x0c\x06\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00")
		},
		"half a greeting": func(w io.Writer) { _, _ = io.WriteString(w, real[:len(real)/2]) },
		"twice the same":  func(w io.Writer) { _, _ = io.WriteString(w, real); forever(w, real[strings.IndexByte(real, '\n')+1:]) },
	}
	for name, send := range cases {
		t.Run(name, func(t *testing.T) { attack(t, s, send) })
	}
	t.Run("mutations", func(t *testing.T) {
		var all sync.WaitGroup
		for range 60 {
			text := []byte(real)
			for range 1 + random.IntN(8) {
				text[random.IntN(len(text))] = byte(random.IntN(256))
			}
			all.Go(func() { attack(t, s, func(w io.Writer) { _, _ = w.Write(text) }) })
		}
		all.Wait()
	})
}

// greetingOf is what a server says first: its version and its algorithms.
func greetingOf(t *testing.T, s *sshtest.Server) string {
	t.Helper()
	c, err := net.Dial("tcp", nameAndPort(s))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, _ = io.WriteString(c, "SSH-2.0-x\r\n")
	in := bufio.NewReader(c)
	version, err := in.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	head := make([]byte, 4)
	if _, err := io.ReadFull(in, head); err != nil {
		t.Fatal(err)
	}
	packet := make([]byte, binary.BigEndian.Uint32(head))
	if _, err := io.ReadFull(in, packet); err != nil {
		t.Fatal(err)
	}
	return version + string(head) + string(packet)
}

func forever(w io.Writer, text string) {
	block := []byte(strings.Repeat(text, 1+4096/len(text)))
	for {
		if _, err := w.Write(block); err != nil {
			return
		}
	}
}

func attack(t *testing.T, s *sshtest.Server, send func(w io.Writer)) {
	t.Helper()
	o := options(s)
	o.Timeout = 700 * time.Millisecond
	o.Port = listen(t, func(c net.Conn) {
		send(c)
		_ = c.(*net.TCPConn).CloseWrite()
		_, _ = io.Copy(io.Discard, c)
	})
	before := heap()
	begin := time.Now()
	c, err := sshType().Open(context.Background(), o)
	if err == nil {
		_ = c.Close()
		t.Error("it was believed")
		return
	}
	if d := time.Since(begin); d > time.Minute {
		t.Errorf("%v after %v", err, d)
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if m.HeapAlloc > before+64<<20 {
		t.Errorf("%d bytes of memory were taken", m.HeapAlloc-before)
	}
}
