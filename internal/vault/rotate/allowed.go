package rotate

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/tree"
)

// hardLinks gives the files that have several names, by their path.
func hardLinks(files []tree.File) map[string][]tree.File {
	type inode struct{ dev, ino uint64 }
	same := map[inode][]tree.File{}
	for _, f := range files {
		if st, ok := f.Info.Sys().(*syscall.Stat_t); ok && st.Nlink > 1 {
			n := inode{uint64(st.Dev), st.Ino}
			same[n] = append(same[n], f)
		}
	}
	out := map[string][]tree.File{}
	for _, list := range same {
		for _, f := range list {
			out[f.Path] = list
		}
	}
	return out
}

// allowed says before anything is written whether a file can be replaced by one that is the same in everything but its
// content.
func (r *rotation) allowed(f tree.File) error {
	st, ok := f.Info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	if st.Nlink > 1 {
		var names []string
		for _, other := range r.links[f.Path] {
			if other.Path != f.Path {
				names = append(names, other.Name)
			}
		}
		if more := int(st.Nlink) - 1 - len(names); more > 0 {
			names = append(names, fmt.Sprintf("%d more out of what was searched", more))
		}
		return diag.Errorf(f.Pos(), "has several names (hard links), of which only one would be replaced: %s", strings.Join(names, ", ")).
			Hint("make copies or symbolic links of them, or leave the file out with --exclude")
	}
	if !r.perms.keeps(st.Uid, st.Gid) {
		return diag.Errorf(f.Pos(), "belongs to user %d and group %d, which this user can't keep", st.Uid, st.Gid).
			Hint("rotate as the owner or as root")
	}
	if err := unix.Access(filepath.Dir(f.Path), unix.W_OK|unix.X_OK); err != nil {
		return diag.Errorf(f.Pos(), "cannot be replaced, its folder can't be written: %w", err)
	}
	return nil
}

// permissions are what this process may do with owners.
type permissions struct {
	chown  bool // CAP_CHOWN
	user   uint32
	groups []int
}

// chownBit is CAP_CHOWN of capabilities(7).
const chownBit = 0

func currentPermissions() permissions {
	p := permissions{user: uint32(os.Geteuid())}
	p.groups, _ = os.Getgroups()
	p.groups = append(p.groups, os.Getegid())
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		p.chown = p.user == 0
		return p
	}
	for line := range bytes.Lines(status) {
		if hex, ok := bytes.CutPrefix(line, []byte("CapEff:")); ok {
			bits, _ := strconv.ParseUint(string(bytes.TrimSpace(hex)), 16, 64)
			p.chown = bits>>chownBit&1 == 1
		}
	}
	return p
}

// keeps reports whether a new file can have the owner and group.
func (p permissions) keeps(user, group uint32) bool {
	return p.chown || user == p.user && slices.Contains(p.groups, int(group))
}
