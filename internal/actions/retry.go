package actions

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// lateError is the error of retry when the time is over.
type lateError struct{ last error }

// Error tells what was wrong at the end.
func (e *lateError) Error() string { return fmt.Sprintf("timed out: %v", e.last) }

// Unwrap returns it.
func (e *lateError) Unwrap() error { return e.last }

// noWayError is an error that no waiting mends.
type noWayError struct{ err error }

// Error returns the text of the error.
func (e *noWayError) Error() string { return e.err.Error() }

// unreachable reports whether an error means that the target could not be reached, or was lost.
func unreachable(err error) bool {
	var u interface{ Unreachable() }
	return errors.As(err, &u)
}

// retries says how often and how long something is tried.
type retries struct {
	limit   time.Duration // of all attempts
	attempt time.Duration // of one; 0 is no limit
	gap     time.Duration // between two
}

// retry connects to the target anew and tries, until that goes well. When the time is over the error is a *lateError; a
// connection that can never be made ends it at once.
func (c *Call) retry(ctx context.Context, o retries, try func(ctx context.Context) error) error {
	end := time.Now().Add(o.limit)
	for {
		err := c.attempt(ctx, o.attempt, try)
		var never *noWayError
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.As(err, &never):
			return never.err
		case !time.Now().Before(end):
			return &lateError{err}
		}
		if err := wait(ctx, o.gap); err != nil {
			return err
		}
	}
}

func (c *Call) attempt(ctx context.Context, limit time.Duration, try func(ctx context.Context) error) error {
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	if _, err := c.Host.Local(ctx); err != nil {
		return &noWayError{err}
	}
	if err := c.Host.Reset(ctx); err != nil {
		return &noWayError{err}
	}
	return try(ctx)
}

// wait waits, unless ctx ends first.
func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
