package fetch

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Field is a header field.
type Field struct{ Name, Value string }

// Header are header fields in their order.
type Header []Field

// Get gives the value of the first field of a name, "" when there is none. Names are compared without case.
func (h Header) Get(name string) string {
	for _, f := range h {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// Has reports whether there is a field of a name.
func (h Header) Has(name string) bool {
	for _, f := range h {
		if strings.EqualFold(f.Name, name) {
			return true
		}
	}
	return false
}

// without gives the fields but those that drop names.
func (h Header) without(drop func(name string) bool) Header {
	var out Header
	for _, f := range h {
		if !drop(f.Name) {
			out = append(out, f)
		}
	}
	return out
}

// maxHeader bounds what a server may send as its header, in bytes, and maxFields the number of fields.
const (
	maxHeader = 1 << 20
	maxFields = 1000
)

var errMalformed = errors.New("malformed answer")

// writeRequest sends a request by HTTP/1.1 on a connection that is used once. target is the request's target: a path, or
// the whole address for a proxy.
//
// Source: RFC 9112.
func writeRequest(w io.Writer, method, target string, h Header, body []byte) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\n", method, target)
	for _, f := range h {
		fmt.Fprintf(&b, "%s: %s\r\n", f.Name, f.Value)
	}
	b.WriteString("\r\n")
	if _, err := io.WriteString(w, b.String()); err != nil {
		return err
	}
	if len(body) == 0 {
		return nil // nothing is not written either: the server may have answered by now, and gone
	}
	_, err := w.Write(body)
	return err
}

// checkRequest refuses what would put something else into a request than was meant.
func checkRequest(method, target string, h Header) error {
	if strings.IndexFunc(method, func(r rune) bool { return r <= ' ' || r == 0x7f }) >= 0 {
		return fmt.Errorf("method can't contain control characters. %q", method)
	}
	if i := strings.IndexFunc(target, func(r rune) bool { return r <= ' ' || r == 0x7f }); i >= 0 {
		return fmt.Errorf("URL can't contain control characters. '%s' (found at least '%s')", target, target[i:i+1])
	}
	for _, f := range h {
		if f.Name == "" || strings.ContainsAny(f.Name, ": \r\n\t") {
			return fmt.Errorf("Invalid header name %q", f.Name)
		}
		if strings.ContainsAny(f.Value, "\r\n") {
			return fmt.Errorf("Invalid header value %q", f.Value)
		}
	}
	return nil
}

// answer is the head of a response, and its body as it comes.
type answer struct {
	status int
	reason string
	header Header
	body   io.Reader
	length int64 // of the body, -1 when it is not told
}

// readAnswer reads the head of a response to a request of the method; answers of the class 1xx are passed over.
func readAnswer(r *bufio.Reader, method string) (*answer, error) {
	for {
		a, err := readHead(r)
		if err != nil {
			return nil, err
		}
		if a.status >= 100 && a.status < 200 {
			continue
		}
		return a, a.frame(r, method)
	}
}

func readHead(r *bufio.Reader) (*answer, error) {
	left := maxHeader
	line, err := readLine(r, &left)
	if err != nil {
		return nil, err
	}
	version, rest, _ := strings.Cut(line, " ")
	code, reason, _ := strings.Cut(rest, " ")
	status, err := strconv.Atoi(code)
	if err != nil || !strings.HasPrefix(version, "HTTP/") || status < 100 || status > 999 {
		return nil, &statusLineError{line}
	}
	a := &answer{status: status, reason: strings.TrimSpace(reason), length: -1}
	for {
		if line, err = readLine(r, &left); err != nil {
			return nil, err
		}
		if line == "" {
			return a, nil
		}
		if (line[0] == ' ' || line[0] == '\t') && len(a.header) > 0 { // a field that goes on
			a.header[len(a.header)-1].Value += " " + strings.TrimSpace(line)
			continue
		}
		name, v, ok := strings.Cut(line, ":")
		if !ok || len(a.header) >= maxFields {
			return nil, errMalformed
		}
		a.header = append(a.header, Field{strings.TrimSpace(name), strings.TrimSpace(v)})
	}
}

// statusLineError is an answer that does not begin as one of HTTP.
type statusLineError struct{ line string }

// Error gives the line.
func (e *statusLineError) Error() string { return e.line }

func readLine(r *bufio.Reader, left *int) (string, error) {
	var b []byte
	for {
		part, err := r.ReadSlice('\n')
		if *left -= len(part); *left < 0 {
			return "", errMalformed
		}
		b = append(b, part...)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil {
			if errors.Is(err, io.EOF) && len(b) == 0 {
				return "", errClosed
			}
			return "", err
		}
		return strings.TrimRight(string(b), "\r\n"), nil
	}
}

// errClosed is a server that hangs up before it answers.
var errClosed = errors.New("Remote end closed connection without response")

// frame finds out where the body ends.
func (a *answer) frame(r *bufio.Reader, method string) error {
	switch {
	case method == "HEAD", a.status == 204, a.status == 304:
		a.body, a.length = strings.NewReader(""), 0
		return nil
	case strings.EqualFold(a.header.Get("Transfer-Encoding"), "chunked"):
		a.body = &chunked{r: r}
		return nil
	}
	if text := a.header.Get("Content-Length"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 {
			return errMalformed
		}
		a.length = n
		a.body = &exactly{r: r, left: n}
		return nil
	}
	a.body = r
	return nil
}

// exactly reads so many bytes; fewer are an error.
type exactly struct {
	r    io.Reader
	read int64
	left int64
}

// IncompleteError is a body that ended before its end.
type IncompleteError struct{ Read, More int64 }

// Error says so in Python's words.
func (e *IncompleteError) Error() string {
	if e.More < 0 {
		return fmt.Sprintf("IncompleteRead(%d bytes read)", e.Read)
	}
	return fmt.Sprintf("IncompleteRead(%d bytes read, %d more expected)", e.Read, e.More)
}

// Read reads on.
func (e *exactly) Read(b []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n, err := e.r.Read(b[:min(int64(len(b)), e.left)])
	e.left -= int64(n)
	e.read += int64(n)
	if errors.Is(err, io.EOF) && e.left > 0 {
		return n, &IncompleteError{e.read, e.left}
	}
	return n, err
}

// chunked reads a body in chunks. Trailers are read and dropped.
type chunked struct {
	r    *bufio.Reader
	left int64
	read int64
	open bool // within a chunk, or its end not yet read
	done bool
}

// Read reads on.
func (c *chunked) Read(b []byte) (int, error) {
	if c.done {
		return 0, io.EOF
	}
	if c.left == 0 {
		if err := c.next(); err != nil {
			return 0, err
		}
		if c.done {
			return 0, io.EOF
		}
	}
	n, err := c.r.Read(b[:min(int64(len(b)), c.left)])
	c.left -= int64(n)
	c.read += int64(n)
	if errors.Is(err, io.EOF) {
		err = &IncompleteError{c.read, -1}
	}
	return n, err
}

// next reads the head of the next chunk, or the end.
func (c *chunked) next() error {
	left := maxHeader
	if c.open {
		if line, err := readLine(c.r, &left); err != nil || line != "" {
			return &IncompleteError{c.read, -1}
		}
	}
	line, err := readLine(c.r, &left)
	if err != nil {
		return &IncompleteError{c.read, -1}
	}
	size, _, _ := strings.Cut(line, ";")
	c.left, err = strconv.ParseInt(strings.TrimSpace(size), 16, 64)
	if err != nil || c.left < 0 {
		return errMalformed
	}
	c.open = true
	if c.left > 0 {
		return nil
	}
	for line != "" {
		if line, err = readLine(c.r, &left); err != nil {
			break // the end may be missing
		}
	}
	c.done = true
	return nil
}
