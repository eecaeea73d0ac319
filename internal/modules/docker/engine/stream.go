package engine

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Messages asks and hands on each of the JSON messages of the answer as it comes: the progress of a pull, a push, a build. An
// error of each ends it. A message with the key "error" is handed on as any other.
func (c *Client) Messages(ctx context.Context, r Request, each func(*value.Dict) error) error {
	s, err := c.Stream(ctx, r)
	if err != nil {
		return err
	}
	defer s.Close()
	in := bufio.NewReader(s)
	for {
		line, err := in.ReadBytes('\n')
		if text := bytes.TrimSpace(line); len(text) > 0 {
			v, jerr := value.FromJSON(text)
			if jerr != nil {
				return jerr
			}
			if d, ok := v.(*value.Dict); ok {
				if eerr := each(d); eerr != nil {
					return eerr
				}
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return c.broken(ctx, err)
		}
	}
}

// Attach asks for a stream in both directions: what a container, or a command in it, reads and writes. Reading goes by the framing
// that Demux takes apart, where there is no terminal.
func (c *Client) Attach(ctx context.Context, r Request) (*Attached, error) {
	r.Wait = true
	conn, resp, err := c.ask(ctx, r)
	if err != nil {
		return nil, err
	}
	return &Attached{resp.Body, conn}, nil
}

// Attached is a stream in both directions.
type Attached struct {
	io.Reader
	conn *conn
}

// Write sends to the standard input.
func (a *Attached) Write(b []byte) (int, error) { return a.conn.Write(b) }

// CloseWrite ends the standard input.
func (a *Attached) CloseWrite() error {
	if half, ok := a.conn.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// Close ends the connection.
func (a *Attached) Close() error { return a.conn.Close() }

// errFrame is a stream that is not framed.
var errFrame = errors.New("a frame of the engine's stream is broken")

// Demux takes a stream without a terminal apart, to its end, into what was written to the standard output and error.
//
// Source: https://docs.docker.com/reference/api/engine/, "Attach to a container", stream format.
func Demux(r io.Reader, stdout, stderr io.Writer) error {
	var head [8]byte
	for {
		if _, err := io.ReadFull(r, head[:]); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		to := stdout
		switch head[0] {
		case 0, 1:
		case 2:
			to = stderr
		default:
			return errFrame
		}
		if _, err := io.CopyN(to, r, int64(binary.BigEndian.Uint32(head[4:]))); err != nil {
			return err
		}
	}
}
