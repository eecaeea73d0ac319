package target

import "io"

// Draft is a new file that waits for its place. Where the filesystem can have files without a name it has none, so that
// nothing is left of it when its process is killed; elsewhere, and from Expose on, it stands under a temporary name beside
// its place. The temporary file of a process that was killed is removed when the next one wants its name.
//
// It belongs to one goroutine. At the beginning only its owner can read and write it.
type Draft interface {
	io.ReadWriteSeeker

	// Stat tells what it is like.
	Stat() (Info, error)
	// Chmod sets the twelve permission bits, Chown owner and group (-1 keeps one), SetXattr an extended attribute.
	Chmod(mode uint32) error
	Chown(uid, gid int) error
	SetXattr(attr string, data []byte) error
	// Flush hands what was written to the filesystem: some tell only then that there is no room. It does not wait for
	// the disk.
	Flush() error

	// TempName is the temporary name, absolute: the one it has, or the one that it would have.
	TempName() string
	// Expose gives it the temporary name, by which programs can open it, and which can be renamed.
	Expose() error
	// Link gives a file without a name the one where it belongs, in one step. Where there is a file already, that is an
	// error (errors.Is fs.ErrExist); where it has a temporary name, errors.ErrUnsupported.
	Link(dest string) error
	// Discard ends it: a temporary name that it still has is removed. Called again it does nothing.
	Discard()
}

// draftPrefix begins all temporary names of drafts. Ansible's own are ".ansible_tmp" and eight letters and digits.
const draftPrefix = ".ansible_tmp-"

// maxBase bounds what a temporary name has of the destination's, in bytes: a name can't have more than 255 in all. The end
// is kept, by which programs know what kind of file it is.
const maxBase = 220

// draftName is the temporary name for a destination; random tells it from others, "" is the first one.
func draftName(base, random string) string {
	if len(base) > maxBase {
		base = base[len(base)-maxBase:]
	}
	if random != "" {
		random += "-"
	}
	return draftPrefix + random + base
}
