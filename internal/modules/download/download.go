// Package download is how modules that are not about the network get what is behind an address: the key of a repository, a package. It
// knows no network: the package fetch does the work in the programs that it is part of, and calls that want it run in no others.
package download

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Limit is the size in bytes beyond which Get refuses what it is sent.
const Limit = 1 << 30

// Error is why there is nothing.
type Error struct {
	Status int    // the server's answer; -1 when there was none
	Msg    string // in the words of Ansible
}

// Error gives the message.
func (e *Error) Error() string { return e.Msg }

// Save writes what is behind a URL to w. insecure takes every certificate. The error is an *Error, or ctx's. The package fetch sets it.
var Save = func(_ context.Context, _ target.System, url string, _ bool, _ io.Writer) error {
	return &Error{-1, "this program does not fetch " + url + ", the call was for another one; this is a mistake in kimai-ansible"}
}

// Get gives what is behind a URL and small enough for the memory: a key, the list of a repository. insecure takes every
// certificate. The error is an *Error, or ctx's.
func Get(ctx context.Context, sys target.System, url string, insecure bool) ([]byte, error) {
	var b bytes.Buffer
	err := Save(ctx, sys, url, insecure, &limited{&b})
	return b.Bytes(), err
}

// IsAddress reports whether an argument is the address of something that is fetched: see module.Arg.
func IsAddress(v value.Value) bool {
	text, err := value.Text(v)
	return err == nil && strings.Contains(text, "://")
}

// limited is a buffer that takes no more than Limit bytes.
type limited struct{ *bytes.Buffer }

func (l *limited) Write(b []byte) (int, error) {
	if l.Len()+len(b) > Limit {
		return 0, errors.New("it is larger than a GiB")
	}
	return l.Buffer.Write(b)
}
