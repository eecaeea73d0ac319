package target

import (
	"os"
	"path"
)

// memDraft is a Draft of a Memory.
type memDraft struct {
	*memFile
	exposed, ended bool
}

var _ Draft = (*memDraft)(nil)

// NewDraft begins a file without a name.
func (s *Memory) NewDraft(dir, base string) (Draft, error) {
	if dir == "" {
		dir = s.TempDir()
	}
	name := path.Join(s.abs(dir), draftName(base, ""))
	if err := s.changing("open", name); err != nil {
		return nil, err
	}
	if _, err := s.get("open", dir, true); err != nil {
		return nil, err
	}
	return &memDraft{memFile: &memFile{s: s, n: s.m.node(typeReg | 0o600), name: name, mode: os.O_RDWR}}, nil
}

// Stat tells what it is like.
func (d *memDraft) Stat() (Info, error) { return d.n.info, nil }

// Chmod sets the permission bits.
func (d *memDraft) Chmod(mode uint32) error {
	if err := d.s.changing("chmod", d.name); err != nil {
		return err
	}
	d.n.info.Mode = d.n.info.Mode&typeMask | mode&0o7777
	return nil
}

// Chown sets owner and group.
func (d *memDraft) Chown(uid, gid int) error {
	if err := d.s.changing("chown", d.name); err != nil {
		return err
	}
	if uid >= 0 {
		d.n.info.UID = uid
	}
	if gid >= 0 {
		d.n.info.GID = gid
	}
	return nil
}

// SetXattr writes an extended attribute.
func (d *memDraft) SetXattr(attr string, data []byte) error {
	if err := d.s.changing("setxattr", d.name); err != nil {
		return err
	}
	if d.n.xattrs == nil {
		d.n.xattrs = map[string][]byte{}
	}
	d.n.xattrs[attr] = data
	return nil
}

// Flush has nothing to do.
func (d *memDraft) Flush() error { return nil }

// TempName is the temporary name.
func (d *memDraft) TempName() string { return d.name }

// Expose gives the temporary name.
func (d *memDraft) Expose() error {
	if d.exposed {
		return nil
	}
	err := d.Link(d.name)
	d.exposed = err == nil
	return err
}

// Link gives it the name where it belongs.
func (d *memDraft) Link(dest string) error {
	if err := d.s.changing("link", dest); err != nil {
		return err
	}
	return d.s.put("link", dest, d.n)
}

// Discard ends it.
func (d *memDraft) Discard() {
	if _, _, n, err := d.s.find(d.name, false, 0); !d.ended && d.exposed && err == nil && n == d.n {
		_ = d.s.Remove(d.name) // a fault leaves it
	}
	d.ended = true
}
