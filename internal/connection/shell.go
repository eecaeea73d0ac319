package connection

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// ShellPut is Put by means of Start: cat writes beside the file's place, and once all of it is there mv puts it in its
// place. host is for errors.
func ShellPut(ctx context.Context, c Conn, host string, r io.Reader, name string, perm uint32) error {
	temp := quote(path.Join(path.Dir(name), ".put-"+rand.Text()))
	// set -C: a file that somebody else made under this name is not written to
	wrong, err := feed(ctx, c, fmt.Sprintf("umask 077; set -C; cat > %s && chmod %o %s", temp, perm&0o777, temp), r)
	if err == nil && wrong == "" {
		wrong, err = feed(ctx, c, fmt.Sprintf("mv -f %s %s", temp, quote(name)), strings.NewReader(""))
	}
	if err == nil && wrong == "" {
		return nil
	}
	_, _ = feed(context.WithoutCancel(ctx), c, "rm -f "+temp, strings.NewReader("")) // the first error is told
	var lost *Error
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &lost):
		return &Error{Host: lost.Host, Op: "put", Err: lost.Err}
	case err != nil:
		return &Error{Host: host, Op: "put", Err: err}
	}
	return &Error{Host: host, Op: "put", Err: fmt.Errorf("writing %s: %s", name, wrong)}
}

// feed gives a command its input and returns what it said when it failed. An error of r is returned too.
func feed(ctx context.Context, c Conn, command string, r io.Reader) (wrong string, err error) {
	in := &errReader{r: r}
	out, err := Run(ctx, c, command, in)
	switch {
	case err != nil:
		return "", err
	case in.err != nil:
		return "", in.err
	case out.Code != 0:
		return fmt.Sprintf("exit code %d: %s", out.Code, strings.TrimSpace(string(out.Stderr))), nil
	}
	return "", nil
}

// errReader keeps the error of a reader.
type errReader struct {
	r   io.Reader
	err error
}

func (e *errReader) Read(b []byte) (int, error) {
	n, err := e.r.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		e.err = err
	}
	return n, err
}

// ShellGet is Get by means of Start: cat reads the file.
func ShellGet(ctx context.Context, c Conn, host, name string, w io.Writer) error {
	fail := func(err error) error { return &Error{Host: host, Op: "get", Err: err} }
	p, err := c.Start(ctx, "if [ -e "+quote(name)+" ]; then exec cat < "+quote(name)+"; else exit 44; fi")
	if err != nil {
		return asOp(err, "get")
	}
	_ = p.Stdin().Close()
	var said strings.Builder
	done := make(chan struct{})
	go func() {
		_, _ = io.Copy(&said, io.LimitReader(p.Stderr(), 4096))
		_, _ = io.Copy(io.Discard, p.Stderr())
		close(done)
	}()
	_, cerr := io.Copy(w, p.Stdout())
	if cerr != nil {
		_, _ = io.Copy(io.Discard, p.Stdout())
	}
	<-done
	switch code, err := p.Wait(); {
	case err != nil:
		return asOp(err, "get")
	case code == 44:
		return fail(fmt.Errorf("%s: %w", name, ErrNotFound))
	case code != 0:
		return fail(fmt.Errorf("reading %s: %s", name, strings.TrimSpace(said.String())))
	case cerr != nil:
		return fail(cerr)
	}
	return nil
}

// asOp gives a connection's error another operation.
func asOp(err error, op string) error {
	var e *Error
	if errors.As(err, &e) {
		return &Error{Host: e.Host, Op: op, Err: e.Err}
	}
	return err
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'"'"'`) + "'" }
