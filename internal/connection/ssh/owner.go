package ssh

import (
	"io/fs"
	"syscall"
)

// ownerOf gives the user that a file belongs to, -1 where that is not known.
func ownerOf(info fs.FileInfo) int {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(st.Uid)
	}
	return -1
}
