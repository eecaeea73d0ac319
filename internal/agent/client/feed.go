package client

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/program"
)

// stall is how long a host may take nothing while the program is sent.
const stall = time.Minute

// A program is sent in pieces, where the host can tell that it has read one: an sshd whose program reads slower than we send holds up to
// 2 MB, which it copies each time that 32 KB more come. A host that tells slowly is far away: its pieces grow, for the network does not
// bring more than can be read.
const (
	firstPiece = 512 << 10
	farAway    = 50 * time.Millisecond
)

// sending is the work of sending a program.
type sending struct {
	r      io.ReadCloser
	left   int64
	pieces bool // else all at once, up to the end of the input
	piece  int64
	last   time.Time // when the last piece was sent
	ended  bool
}

// choose answers the probe: with the way that the program for the host's platform takes.
func (b *opening) choose(s *started, probe []string) (*sending, error) {
	system, machine, has := probe[0], probe[1], probe[2]
	p, ok := b.Programs.Find(b.name, system, machine)
	if !ok {
		_, _ = io.WriteString(s.in, "no\n")
		return nil, &NoAgentError{fmt.Sprintf("the agent does not run on %s %s: there is one for %s; raw and script work there", system, machine, b.Programs.Platforms())}
	}
	zip, head, _ := strings.Cut(has, ":")
	out := &sending{pieces: head != "", piece: firstPiece}
	form := p.Form(strings.Split(zip, ","), b.Compress)
	if form != program.Raw {
		packed, err := p.Packed(form)
		if err != nil {
			return nil, err
		}
		out.r, out.left = io.NopCloser(bytes.NewReader(packed)), int64(len(packed))
	} else {
		plain, err := p.Open()
		if err != nil {
			return nil, err
		}
		out.r, out.left = plain, p.Size
	}
	_, _ = fmt.Fprintf(s.in, "%s\n%s", form, place()) // a host that does not take it says why
	return out, nil
}

// more sends the next piece, or that there is none. What goes wrong the host tells.
func (f *sending) more(s *started) {
	n := f.left
	if f.pieces {
		if !f.last.IsZero() && time.Since(f.last) > farAway {
			f.piece *= 2
		}
		n = min(n, f.piece)
	}
	f.last = time.Now()
	switch {
	case f.ended:
	case n == 0:
		f.ended = true
		_, _ = io.WriteString(s.in, "0\n")
	default:
		f.left -= n
		if f.pieces {
			_, _ = fmt.Fprintf(s.in, "%d\n", n)
		}
		err := feed(s, io.LimitReader(f.r, n))
		if err != nil || !f.pieces { // the end of the input tells that this was all
			f.ended = true
			_ = s.in.Close()
		}
	}
}

func (f *sending) close() { _ = f.r.Close() }

// feed sends bytes. A host that takes nothing for a minute is given up.
func feed(s *started, r io.Reader) error {
	limit := time.AfterFunc(stall, s.kill)
	defer limit.Stop()
	buf := make([]byte, 64<<10)
	for {
		n, err := r.Read(buf)
		if _, werr := s.in.Write(buf[:n]); werr != nil {
			return werr
		}
		limit.Reset(stall)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
