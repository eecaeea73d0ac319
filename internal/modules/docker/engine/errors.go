package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fetch"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Error is an answer of failure.
type Error struct {
	Status  int    // of HTTP
	Reason  string // "Not Found"
	URL     string // what was asked for
	Message string // what the engine says of it
}

// Error gives it as Ansible's modules tell it.
func (e *Error) Error() string {
	who := "Client"
	if e.Status >= 500 {
		who = "Server"
	}
	s := fmt.Sprintf("%d %s Error for %s: %s", e.Status, who, e.URL, e.Reason)
	if e.Message != "" {
		s += ` ("` + e.Message + `")`
	}
	return s
}

// IsNotFound reports whether an error is that of a thing which is not there.
func IsNotFound(err error) bool { return HasStatus(err, 404) }

// HasStatus reports whether an error is an answer of that status.
func HasStatus(err error, status int) bool {
	var e *Error
	return errors.As(err, &e) && e.Status == status
}

// Failed is the result for an error of the engine, or on the way to it, that a module has no words of its own for. The error is
// not nil when the call itself was ended.
func Failed(ctx context.Context, err error) (module.Result, error) {
	if ctx.Err() != nil {
		return module.Result{}, ctx.Err()
	}
	var e *Error
	if errors.As(err, &e) {
		return module.Fail("An unexpected Docker error occurred: %v", err), nil
	}
	var r *ReachError
	if errors.As(err, &r) {
		return module.Fail("An unexpected requests error occurred when trying to talk to the Docker daemon: %v", err), nil
	}
	return module.Result{}, err
}

// maxMessage bounds what is read of an answer of failure, in bytes.
const maxMessage = 1 << 20

// refused makes an error of an answer.
func (c *Client) refused(path string, resp *fetch.Response) error {
	e := &Error{Status: resp.Status, Reason: resp.Reason, URL: c.base + path}
	b, _ := io.ReadAll(io.LimitReader(resp.Body, maxMessage)) // what came of it
	e.Message = strings.TrimSpace(string(b))
	if v, err := value.FromJSON(b); err == nil {
		if d, ok := v.(*value.Dict); ok && d.Has("message") {
			e.Message = Str(d, "message")
		}
	}
	return e
}

// ReachError is an engine that does not answer, or stops to.
type ReachError struct {
	Text string
	Err  error
}

// Error says so, as Ansible's modules do where the words do not depend on Python's objects.
func (e *ReachError) Error() string { return e.Text }

// Unwrap gives what stands behind it.
func (e *ReachError) Unwrap() error { return e.Err }

// pyErrors are the names of the exceptions that Python makes of errors of the system.
var pyErrors = map[syscall.Errno]string{
	syscall.ENOENT: "FileNotFoundError", syscall.ECONNREFUSED: "ConnectionRefusedError", syscall.EACCES: "PermissionError",
	syscall.EPERM: "PermissionError", syscall.ECONNRESET: "ConnectionResetError", syscall.EPIPE: "BrokenPipeError",
}

// unreached makes an error of a connection that could not be made, for a request of that path.
func (c *Client) unreached(ctx context.Context, err error, path string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var no syscall.Errno
	if c.network == "unix" {
		if !errors.As(err, &no) {
			return &ReachError{err.Error(), err}
		}
		return &ReachError{fmt.Sprintf("('Connection aborted.', %s)", pyErrno(no)), err}
	}
	host, port, _ := strings.Cut(c.address, ":")
	if i := strings.LastIndexByte(c.address, ':'); i >= 0 {
		host, port = strings.Trim(c.address[:i], "[]"), c.address[i+1:]
	}
	kind := "HTTP"
	if c.secure {
		kind = "HTTPS"
	}
	text := fmt.Sprintf("%sConnectionPool(host='%s', port=%s): Max retries exceeded with url: %s (Caused by: %v)", kind, host, port, path, &fetch.DialError{Err: err})
	return &ReachError{text, err}
}

func pyErrno(no syscall.Errno) string {
	name := pyErrors[no]
	if name == "" {
		name = "OSError"
	}
	text := no.Error()
	return name + "(" + strconv.Itoa(int(no)) + ", '" + strings.ToUpper(text[:1]) + text[1:] + "')"
}

// broken makes an error of a connection that was made and then failed.
func (c *Client) broken(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var no syscall.Errno
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded) && c.network == "unix":
		return &ReachError{fmt.Sprintf("UnixHTTPConnectionPool(host='localhost', port=None): Read timed out. (read timeout=%d)", int(c.timeout.Seconds())), err}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &ReachError{fmt.Sprintf("%s: Read timed out. (read timeout=%d)", c.address, int(c.timeout.Seconds())), err}
	case errors.As(err, &no):
		return &ReachError{"('Connection aborted.', " + pyErrno(no) + ")", err}
	}
	return &ReachError{"('Connection aborted.', " + err.Error() + ")", err}
}

// IsRefusal reports whether an error is an answer of the engine.
func IsRefusal(err error) bool {
	var e *Error
	return errors.As(err, &e)
}
