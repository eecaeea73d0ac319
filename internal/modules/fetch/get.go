package fetch

import (
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
	c := New(sys)
	c.Agent, c.NoVerify = "ansible-httpget", insecure
	resp, err := c.Do(ctx, Request{URL: url})
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		msg, _ := Explain(err)
		return nil, &GetError{-1, msg}
	}
	defer resp.Body.Close()
	if resp.Failed() {
		return nil, &GetError{resp.Status, resp.Message()}
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, Limit+1))
	if err == nil && len(b) > Limit {
		err = errors.New("it is larger than a GiB")
	}
	if err != nil {
		return nil, &GetError{resp.Status, fmt.Sprintf("failed to read: %v", err)}
	}
	return b, nil
}
