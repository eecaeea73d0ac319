package rotate

import (
	"context"

	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

// A Sink is the place where a password that was made up is kept: a file, or a service that keeps secrets. Its methods are
// called in the order below, those after Stage also by another process after a kill, and then again; each must be fine
// with having been done before. opens tells whether a password is the one that was made up.
type Sink interface {
	// Address names the place so that the place can be opened again by it, such as "file:/home/a/prod.pw". It holds no secret.
	Address() string
	// Stage makes the password durable, before the first file gets it. The one before it must not be lost.
	Stage(ctx context.Context, password []byte) error
	// Has reports whether the new password is there, staged or published.
	Has(ctx context.Context, opens func(password []byte) bool) (bool, error)
	// Publish makes it the current one, after the last file has got it, and says for people where it is and where the one
	// before it.
	Publish(ctx context.Context, opens func(password []byte) bool) (string, error)
	// Withdraw takes it away again, after the last file has its old password: the one before it is the current one then.
	Withdraw(ctx context.Context, opens func(password []byte) bool) error
}

// opens tells whether a password is that of the vaults of a sink.
func (s sinkRef) opens(password []byte) bool {
	e, err := vaultfmt.ParseLenient(s.Vault)
	return err == nil && len(password) > 0 && e.Matches(password)
}
