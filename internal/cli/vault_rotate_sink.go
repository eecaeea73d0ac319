package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/hcv"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/rotate"
)

// newSink gives the place for a password that is made up. In place of the old password is fine, in place of anything else
// is not.
func (r *rotateSession) newSink(ctx context.Context, spec, old vault.Spec) (rotate.Sink, error) {
	if text, ok := strings.CutPrefix(spec.Source, hcv.Scheme); ok {
		return r.newHashiVaultSink(ctx, text, spec.Source == old.Source)
	}
	path, ok := r.loader.FilePath(spec)
	if !ok {
		return nil, usageFailure("a password that is made up can't be kept in %s, which is no file", spec.Text())
	}
	if was, ok := r.loader.FilePath(old); exists(path) && (!ok || was != path) {
		return nil, takenFailure(spec.Source)
	}
	sink, err := rotate.NewFileSink(path, nil)
	if err != nil {
		return nil, err
	}
	return sink, nil
}

func takenFailure(source string) error {
	return usageFailure("%s is there already, and is not where the old password is: a password that is made up would take its place", source)
}

// newHashiVaultSink gives a place in HashiCorp Vault. inPlace says that the old password is there.
func (r *rotateSession) newHashiVaultSink(ctx context.Context, text string, inPlace bool) (rotate.Sink, error) {
	ref, err := hcv.ParseRef(text)
	if err != nil {
		return nil, err
	}
	client, err := r.loader.HashiVault(ctx)
	if err != nil {
		return nil, err
	}
	sink, err := hcv.NewSink(ctx, client, ref)
	if err != nil {
		return nil, err
	}
	if inPlace {
		return sink, nil
	}
	switch _, err := client.Get(ctx, ref); {
	case err == nil:
		return nil, takenFailure(hcv.Scheme + text)
	case !errors.Is(err, hcv.ErrNone):
		return nil, err
	}
	return sink, nil
}

// openSink opens the place of a password by what a journal calls it.
func (r *rotateSession) openSink(ctx context.Context) func(address string) (rotate.Sink, error) {
	return func(address string) (rotate.Sink, error) {
		if s, ours, err := hcv.OpenSink(ctx, address, r.loader.HashiVault); ours || err != nil {
			if err != nil {
				return nil, err
			}
			return s, nil
		}
		s, ok, err := rotate.OpenFileSink(address, nil)
		switch {
		case err != nil:
			return nil, err
		case !ok:
			return nil, fmt.Errorf("the journal names a place for a password that is not known: %s", address)
		}
		return s, nil
	}
}
