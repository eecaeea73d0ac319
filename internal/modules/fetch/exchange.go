package fetch

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
)

// Exchange sends a request on a connection that the caller has made and keeps, and reads the head of the answer, for who
// talks to a service whose connections become streams: the engine of containers. target is the path with its query; fields that
// tell the length of the body are added. A body is sent in one piece with its length where size is 0 or more, else in chunks.
//
// What the server sends is read from the answer's Body alone, which ends where the answer does, or with the connection.
// A server that answers before it has taken the whole body is heard.
func Exchange(conn io.ReadWriter, method, target string, h Header, body io.Reader, size int64) (*Response, error) {
	h = slices.Clone(h)
	switch {
	case body != nil && size < 0:
		h = append(h, Field{"Transfer-Encoding", "chunked"})
	case body != nil || method != "GET" && method != "HEAD" && method != "DELETE":
		h = append(h, Field{"Content-Length", fmt.Sprint(max(size, 0))})
	}
	if err := checkRequest(method, target, h); err != nil {
		return nil, err
	}
	sent := writeRequest(conn, method, target, h, nil)
	if sent == nil && body != nil {
		if size < 0 {
			sent = writeChunks(conn, body)
		} else {
			_, sent = io.CopyN(conn, body, size)
		}
	}
	var from *sourceError
	if errors.As(sent, &from) {
		return nil, from.err
	}
	ans, err := readAnswer(bufio.NewReader(conn), method)
	if err != nil {
		if sent != nil {
			err = sent
		}
		return nil, err
	}
	return &Response{Status: ans.status, Reason: ans.reason, Header: ans.header, Length: ans.length, Body: io.NopCloser(ans.body)}, nil
}

// sourceError is a body that can't be read, not one that can't be sent.
type sourceError struct{ err error }

// Error gives what reading it said.
func (e *sourceError) Error() string { return e.err.Error() }

// writeChunks sends a body of unknown length.
//
// Source: RFC 9112, section 7.1.
func writeChunks(w io.Writer, body io.Reader) error {
	b := make([]byte, 32<<10)
	for {
		n, err := io.ReadAtLeast(body, b, len(b))
		if n > 0 {
			if _, err := fmt.Fprintf(w, "%x\r\n%s\r\n", n, b[:n]); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			_, err = io.WriteString(w, "0\r\n\r\n")
			return err
		case err != nil:
			return &sourceError{err}
		}
	}
}

// Secure starts TLS on a connection, for a server of the name, with the certificates of c.
func (c *Client) Secure(ctx context.Context, conn net.Conn, name string) (net.Conn, error) {
	return c.secure(ctx, conn, name)
}
