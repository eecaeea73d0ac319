package fileattr

import (
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// flagLetters are the inode flags in the order in which lsattr(1) shows them, with its letters.
//
// Source: lsattr(1), chattr(1) and linux/fs.h.
var flagLetters = []struct {
	letter byte
	name   string // Ansible's name in the result of stat, "" where it has none
	bit    uint32
}{
	{'s', "zero", 0x1},
	{'u', "undelete", 0x2},
	{'S', "synchronous", 0x8},
	{'D', "dirsync", 0x10000},
	{'i', "immutable", 0x10},
	{'a', "append", 0x20},
	{'d', "nodump", 0x40},
	{'A', "noatime", 0x80},
	{'c', "compressed", 0x4},
	{'E', "encrypted", 0x800},
	{'j', "journalled", 0x4000},
	{'I', "indexed", 0x1000},
	{'t', "notail", 0x8000},
	{'T', "blockroot", 0x20000},
	{'e', "extents", 0x80000},
	{'C', "nocow", 0x800000},
	{'x', "", 0x2000000},
	{'F', "", 0x40000000},
	{'N', "inline", 0x10000000},
	{'P', "", 0x20000000},
	{'V', "", 0x100000},
	{'m', "", 0x400},
}

// FlagText gives lsattr's letters for inode flags, and Ansible's names for them.
func FlagText(flags uint32) (letters string, names []string) {
	var b strings.Builder
	names = []string{}
	for _, f := range flagLetters {
		if flags&f.bit != 0 {
			b.WriteByte(f.letter)
			if f.name != "" {
				names = append(names, f.name)
			}
		}
	}
	return b.String(), names
}

// settable are the flags that chattr(1) sets and takes away; the others are the filesystem's own and stay.
const settable = 0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x20 | 0x40 | 0x80 | 0x400 | 0x4000 | 0x8000 | 0x10000 | 0x20000 | 0x80000 | 0x800000 | 0x2000000 | 0x40000000

// applyFlags follows ansible-core: with + and - it sets them each time; letters alone are compared with lsattr's, in their order, and
// are all that there is afterwards.
func (a Attrs) applyFlags(sys target.System, path string, _ target.Info, check bool, c *Change) (bool, error) {
	if a.Attributes == "" {
		return false, nil
	}
	op, letters := byte('='), a.Attributes
	if strings.IndexByte("+-", letters[0]) >= 0 {
		op, letters = letters[0], letters[1:]
	}
	old, _, err := sys.Flags(path)
	if err != nil {
		return false, flagsFailure(path, PyError(err, path))
	}
	before, _ := FlagText(old)
	if op == '=' && before == letters {
		return false, nil
	}
	c.Note("attributes", before, string(op)+letters)
	if check {
		return true, nil
	}
	bits, ok := flagBits(letters)
	if !ok {
		return false, flagsFailure(path, chattrUsage)
	}
	want := old
	switch op {
	case '+':
		want |= bits
	case '-':
		want &^= bits
	default:
		want = old&^settable | bits
	}
	if want == old {
		return true, nil
	}
	if err := sys.SetFlags(path, want); err != nil {
		return false, flagsFailure(path, PyError(err, path))
	}
	return true, nil
}

// chattrUsage is what chattr(1) of e2fsprogs 1.47 says of letters that it does not know.
const chattrUsage = "Usage: /usr/bin/chattr [-RVf] [-+=aAcCdDeijPsStTuFx] [-p project] [-v version] files...\n"

func flagsFailure(path, why string) *Failure {
	return withDetails(failf(path, "chattr failed"), "Error while setting attributes: "+why)
}

// flagBits gives the flags of chattr's letters, and whether it knows them all.
func flagBits(letters string) (bits uint32, ok bool) {
	for i := range len(letters) {
		bit := flagBit(letters[i]) & settable
		if bit == 0 {
			return 0, false
		}
		bits |= bit
	}
	return bits, true
}

func flagBit(letter byte) uint32 {
	for _, f := range flagLetters {
		if f.letter == letter {
			return f.bit
		}
	}
	return 0
}
