package target

import (
	"path"
	"strings"
	"time"
)

// Node is a file as Memory keeps it.
type Node struct {
	Mode     uint32 // type and permission bits, as in st_mode
	UID, GID int
	Content  []byte
	Size     int64 // of a file whose Content is not kept
	Link     string
	Mtime    time.Time // the zero Time is the time of the machine
}

// Put sets the file at an absolute path, whose folders are made as they are needed, owned by root with mode 0755. What a
// directory holds already it keeps. It is not counted as a change.
func (s *Memory) Put(name string, f Node) {
	dir, base := s.parent(name)
	if base == "" {
		return
	}
	n := dir.children[base]
	if n == nil || n.info.IsDir() != (f.Mode&typeMask == typeDir) {
		n = s.m.node(f.Mode)
		dir.children[base] = n
	}
	n.info.Mode, n.info.UID, n.info.GID = f.Mode, f.UID, f.GID
	n.content, n.link = f.Content, f.Link
	n.info.Size = max(f.Size, int64(len(f.Content)+len(f.Link)))
	if !f.Mtime.IsZero() {
		n.info.Mtime = f.Mtime
	}
}

// Drop removes the file at an absolute path, with all below it. It is not counted as a change.
func (s *Memory) Drop(name string) {
	if dir, base, n, err := s.find(path.Clean(name), false, 0); err == nil && n != nil {
		delete(dir.children, base)
	}
}

func (s *Memory) parent(name string) (*node, string) {
	parts := strings.Split(strings.Trim(path.Clean(name), "/"), "/")
	dir := s.m.root
	for _, part := range parts[:len(parts)-1] {
		next := dir.children[part]
		if next == nil || !next.info.IsDir() {
			next = s.m.node(typeDir | 0o755)
			dir.children[part] = next
		}
		dir = next
	}
	return dir, parts[len(parts)-1]
}
