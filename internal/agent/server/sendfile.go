package server

import (
	"context"
	"crypto/sha1" //nolint:gosec // Ansible's checksum of files
	"encoding/hex"
	"hash"
	"io"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/wire"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// sendFile sends a file of the target, unless the control node has the same content already.
func sendFile(ctx context.Context, modules module.Union, sys target.System, to *wire.Outbox, q *wire.Request) module.Result {
	return Fetch(ctx, modules, sys, q.Path, q.Have, func(f io.Reader) error { return to.Copy(ctx, f) })
}

// Fetch hands the content of a file to send, unless its SHA-1, in hex, is have. A beginning ~ is the user's home. The
// result has source, size and checksum; the words of its failures are those of the module slurp, one of the modules, which reads files for
// Ansible.
func Fetch(ctx context.Context, modules module.Union, sys target.System, path, have string, send func(io.Reader) error) module.Result {
	name := module.ExpandUser(path, module.EnvOf(sys))
	f, err := sys.Open(name)
	if err != nil {
		return unread(ctx, modules, sys, path)
	}
	defer f.Close()
	if info, err := sys.Stat(name); err != nil || info.IsDir() {
		return unread(ctx, modules, sys, path)
	}
	sum := &sizedSum{Hash: sha1.New()} //nolint:gosec // Ansible's checksum of files
	if have == "" {                    // it is sent whatever it is
		err = send(io.TeeReader(f, sum))
	} else if _, err = io.Copy(sum, f); err == nil && sum.hex() != have {
		if _, err = f.Seek(0, io.SeekStart); err == nil {
			err = send(f)
		}
	}
	if err != nil {
		return module.Fail("reading %s: %v", name, err)
	}
	r := module.Result{}
	return *r.Set("source", name).Set("size", sum.size).Set("checksum", sum.hex())
}

// sizedSum makes the checksum of what is written to it, and counts that, in bytes.
type sizedSum struct {
	hash.Hash
	size int64
}

// Write never fails.
func (s *sizedSum) Write(b []byte) (int, error) {
	s.size += int64(len(b))
	return s.Hash.Write(b)
}

func (s *sizedSum) hex() string { return hex.EncodeToString(s.Sum(nil)) }

// unread is slurp's result for a file that can't be read.
func unread(ctx context.Context, modules module.Union, sys target.System, path string) module.Result {
	r := run(ctx, modules, sys, Call{Module: "ansible.legacy.slurp", Args: value.DictOf("src", value.NewStr(path))})
	if !r.Failed { // it has become readable just now
		return module.Fail("the file changed while it was read: %s", path)
	}
	return r
}
