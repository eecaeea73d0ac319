// Package program holds the agent's programs, one for each part of the modules, for each platform that they are built for. `task build`
// puts them into files, compressed, and so into kimai-ansible. Where that has not been done the running program serves as agent for its own
// platform, with all modules: called by the name of the agent, it is the agent.
package program

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/wire"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
)

// files has NAME-OS-ARCH.gz and NAME-OS-ARCH.zst and, beside them, NAME-OS-ARCH.sum: the checksum of the program (wire.Sum), its size in bytes, and what names its
// modules with their arguments (modules.Sum), with blanks between.
//
//go:embed all:files
var files embed.FS

// Name is the name of the agent's program for the core. That for another part has the part's name behind it, and a dash between.
const Name = "kimai-agent"

// NameOf gives the name of the program for a part.
func NameOf(p module.Part) string {
	if p == module.Core {
		return Name
	}
	return Name + "-" + p.String()
}

// Program is one of the agent's programs, for one platform.
type Program struct {
	Name     string // what NameOf gives
	OS, Arch string // as Go names them
	Sum      string // what wire.Sum gives
	Size     int64
	Modules  string                          // what modules.Sum gives of the part; "" for the running program, which has the modules that it has
	kept     map[Form]func() ([]byte, error) // compressed, in this program
	packed   func() ([]byte, error)          // with gzip, made now
	open     func() (io.ReadCloser, error)
}

// Open gives the program.
func (p *Program) Open() (io.ReadCloser, error) { return p.open() }

// Form is a form in which a program can be sent.
type Form string

// The forms. Zstandard is unpacked in half the time that gzip(1) takes, and is not on all hosts.
const (
	Zstd Form = "zst"
	Gzip Form = "gz"
	Raw  Form = "raw" // as it is
)

// Form chooses the form for a host that has the programs unpackers, of zstd and gzip. compress lets a program be compressed that is not at
// hand so.
func (p *Program) Form(unpackers []string, compress bool) Form {
	switch {
	case p.kept[Zstd] != nil && slices.Contains(unpackers, "zstd"):
		return Zstd
	case (p.kept[Gzip] != nil || compress) && slices.Contains(unpackers, "gzip"):
		return Gzip
	}
	return Raw
}

// Packed gives the program in a form that Form has chosen, other than Raw.
func (p *Program) Packed(f Form) ([]byte, error) {
	if packed := p.kept[f]; packed != nil {
		return packed()
	}
	return p.packed()
}

// Set are the programs there are.
type Set struct {
	all []*Program
	id  string
}

// All gives the programs that are built in, or else the running one.
var All = sync.OnceValues(func() (*Set, error) {
	all, err := read(files, "files")
	if err == nil && len(all) == 0 {
		var own *Program
		if own, err = Running(Name); err == nil {
			all = []*Program{own}
		}
	}
	if err != nil {
		return nil, fmt.Errorf("the agent's program: %w", err)
	}
	return NewSet(all...), nil
})

// NewSet makes a set.
func NewSet(all ...*Program) *Set {
	sum := sha256.New()
	for _, p := range all {
		fmt.Fprintln(sum, p.Name, p.OS, p.Arch, p.Sum, p.Size)
	}
	return &Set{all: all, id: hex.EncodeToString(sum.Sum(nil))[:32]}
}

// ID names the set by what is in it.
func (s *Set) ID() string { return s.id }

// For names the program that has the modules of a part: its own where there is one, else the one that has all.
func (s *Set) For(p module.Part) string {
	if name := NameOf(p); slices.ContainsFunc(s.all, func(p *Program) bool { return p.Name == name }) {
		return name
	}
	return Name
}

// BySum gives the program with a name that has this checksum, or nil.
func (s *Set) BySum(name, sum string) *Program {
	for _, p := range s.all {
		if p.Name == name && p.Sum == sum {
			return p
		}
	}
	return nil
}

// machines are Go's names for what `uname -m` says.
var machines = map[string]string{"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}

// Find gives the program with a name for a platform, by what `uname -s` and `uname -m` say of it.
func (s *Set) Find(name, system, machine string) (*Program, bool) {
	for _, p := range s.all {
		if p.Name == name && p.OS == strings.ToLower(system) && p.Arch == machines[machine] {
			return p, true
		}
	}
	return nil, false
}

// Platforms names what there is a program for.
func (s *Set) Platforms() string {
	var names []string
	for _, p := range s.all {
		if name := p.OS + "/" + p.Arch; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// Read gives the programs in a folder as `task build` fills it.
func Read(fsys fs.FS, dir string) (*Set, error) {
	all, err := read(fsys, dir)
	return NewSet(all...), err
}

func read(fsys fs.FS, dir string) ([]*Program, error) {
	sums, err := fs.Glob(fsys, dir+"/*.sum")
	if err != nil {
		return nil, err
	}
	var all []*Program
	for _, name := range sums {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		base := strings.TrimSuffix(name, ".sum")
		parts, f := strings.Split(base, "-"), strings.Fields(string(text))
		if len(parts) < 3 || len(f) != 3 {
			return nil, fmt.Errorf("%s is not what this version's build writes: build anew (task build)", name)
		}
		p := &Program{
			Name: path.Base(strings.Join(parts[:len(parts)-2], "-")), OS: parts[len(parts)-2], Arch: parts[len(parts)-1], Sum: f[0], Modules: f[2], kept: map[Form]func() ([]byte, error){},
		}
		if p.Size, err = strconv.ParseInt(f[1], 10, 64); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for _, f := range []Form{Zstd, Gzip} {
			p.kept[f] = sync.OnceValues(func() ([]byte, error) { return fs.ReadFile(fsys, base+"."+string(f)) }) // one copy for all hosts
		}
		p.open = func() (io.ReadCloser, error) {
			b, err := p.Packed(Gzip)
			if err != nil {
				return nil, err
			}
			return gzip.NewReader(bytes.NewReader(b))
		}
		all = append(all, p)
	}
	return all, nil
}

// Running is the program that runs, as an agent with a name.
func Running(name string) (*Program, error) {
	const self = "/proc/self/exe"
	sum, size, err := wire.SumFile(self)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("none is built in (task build does that), and the running program can't be read on this system")
	}
	if err != nil {
		return nil, err
	}
	p := &Program{Name: name, OS: runtime.GOOS, Arch: runtime.GOARCH, Sum: sum, Size: size}
	p.open = func() (io.ReadCloser, error) { return os.Open(self) }
	p.packed = sync.OnceValues(func() ([]byte, error) {
		f, err := p.open()
		if err != nil {
			return nil, err
		}
		defer f.Close()
		var out bytes.Buffer
		w, _ := gzip.NewWriterLevel(&out, gzip.BestSpeed) // a valid level
		_, err = io.Copy(w, f)
		err = errors.Join(err, w.Close())
		return out.Bytes(), err
	})
	return p, nil
}
