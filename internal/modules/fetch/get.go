package fetch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// Limit is the size in bytes beyond which Get refuses what it is sent.
const Limit = 1 << 30

// GetError is why Get has nothing.
type GetError struct {
	Status int    // the server's answer; -1 when there was none
	Msg    string // in the words of Ansible
}

// Error gives the message.
func (e *GetError) Error() string { return e.Msg }

// Get gives what is behind a URL and small enough for the memory: a key, the list of a repository. insecure takes every
// certificate. The error is a *GetError, or ctx's.
func Get(ctx context.Context, sys target.System, url string, insecure bool) ([]byte, error) {
	var b bytes.Buffer
	err := Save(ctx, sys, url, insecure, &limited{&b})
	return b.Bytes(), err
}

// Save writes what is behind a URL to w. insecure takes every certificate. The error is a *GetError, or ctx's.
func Save(ctx context.Context, sys target.System, url string, insecure bool, w io.Writer) error {
	c := New(sys)
	c.Agent, c.NoVerify = "ansible-httpget", insecure
	resp, err := c.Do(ctx, Request{URL: url})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		msg, _ := Explain(err)
		return &GetError{-1, msg}
	}
	defer resp.Body.Close()
	if resp.Failed() {
		return &GetError{resp.Status, resp.Message()}
	}
	if _, err = io.Copy(w, resp.Body); err != nil {
		return &GetError{resp.Status, fmt.Sprintf("failed to read: %v", err)}
	}
	return nil
}

// limited is a buffer that takes no more than Limit bytes.
type limited struct{ *bytes.Buffer }

func (l *limited) Write(b []byte) (int, error) {
	if l.Len()+len(b) > Limit {
		return 0, errors.New("it is larger than a GiB")
	}
	return l.Buffer.Write(b)
}
