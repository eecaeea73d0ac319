// Package tape records what modules and facts see of a real machine, and makes a machine in memory of it, so that a test
// of them runs again anywhere: the files that were looked at, the programs that were run with what they wrote and which of
// those files they changed, and what the kernel told.
package tape

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// Tape is what was recorded.
type Tape struct {
	Now      time.Time
	Dir      string
	Env      []string
	UID      int
	Files    map[string]*File  // before the first program ran
	Programs map[string]string // where programs were found
	Runs     []Run             `json:",omitempty"`
	Kernel   target.KernelState
	SELinux  bool `json:",omitempty"`
}

// File is a file at one time; nil in a map is one that is not there.
type File struct {
	Mode     uint32
	UID, GID int     `json:",omitempty"`
	Text     *string `json:",omitempty"` // its content, when it was read
	Base64   []byte  `json:",omitempty"` // the same, of a file that is no text
	Link     string  `json:",omitempty"`
	Size     int64   `json:",omitempty"` // of a file that was not read, in bytes
	Mtime    int64   `json:",omitempty"` // seconds
	Nanos    int64   `json:",omitempty"` // of Mtime, where they count
}

// Run is one program that ran.
type Run struct {
	Argv   []string
	Stdin  string           `json:",omitempty"`
	Code   int              `json:",omitempty"`
	Stdout string           `json:",omitempty"`
	Stderr string           `json:",omitempty"`
	Absent bool             `json:",omitempty"` // it could not be started
	Files  map[string]*File `json:",omitempty"` // what is different after it
}

// Load reads a tape that Save has written.
func Load(file string) (*Tape, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	var t Tape
	if err := json.Unmarshal(b, &t); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return &t, nil
}

// Save writes the tape, compressed.
func (t *Tape) Save(file string) error {
	b, err := json.Marshal(t)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	z, _ := gzip.NewWriterLevel(&out, gzip.BestCompression)
	_, _ = z.Write(b) // into memory
	if err := z.Close(); err != nil {
		return err
	}
	return os.WriteFile(file, out.Bytes(), 0o644) //nolint:gosec // test data
}

// Machine makes a machine of the tape. A program that was not recorded, or not with these arguments, is told to problem,
// and does not start. Programs answer in the order in which they were recorded with the same arguments; the last answer
// stands for all that follow.
func (t *Tape) Machine(problem func(text string)) *target.Memory {
	m := target.NewMemory()
	m.SetClock(t.Now)
	m.SetKernel(t.Kernel)
	m.SetSELinux(t.SELinux)
	m.SetEnviron(t.Env)
	put(m, t.Files)
	played := map[string]int{}
	for base, file := range t.Programs {
		m.AddProgramAt(file, func(argv []string, stdin []byte) target.Exit { return t.play(m, base, argv, stdin, played, problem) })
	}
	return m.In(t.Dir, nil).(*target.Memory)
}

func key(argv []string, stdin string) string {
	return path.Base(argv[0]) + "\x00" + strings.Join(argv[1:], "\x00") + "\x01" + stdin
}

func (t *Tape) play(m *target.Memory, base string, argv []string, stdin []byte, played map[string]int, problem func(string)) target.Exit {
	k := key(argv, string(stdin))
	var found *Run
	n := 0
	for i := range t.Runs {
		if key(t.Runs[i].Argv, t.Runs[i].Stdin) != k {
			continue
		}
		found = &t.Runs[i]
		if n++; n > played[k] {
			break
		}
	}
	if found == nil {
		problem(fmt.Sprintf("a program was not recorded: %q (%s)", argv, base))
		return target.Exit{Code: 127}
	}
	played[k]++
	put(m, found.Files)
	return target.Exit{Code: found.Code, Stdout: []byte(found.Stdout), Stderr: []byte(found.Stderr)}
}

// put sets files, folders before what is in them.
func put(m *target.Memory, files map[string]*File) {
	names := make([]string, 0, len(files))
	for n := range files {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		f := files[n]
		if f == nil {
			m.Drop(n)
			continue
		}
		node := target.Node{Mode: f.Mode, UID: f.UID, GID: f.GID, Link: f.Link, Content: f.Base64, Size: f.Size}
		if f.Text != nil {
			node.Content = []byte(*f.Text)
		}
		if f.Mtime != 0 {
			node.Mtime = time.Unix(f.Mtime, f.Nanos).UTC()
		}
		m.Put(n, node)
	}
}

func (f *File) setContent(b []byte) {
	f.Text, f.Base64 = nil, nil
	if !utf8.Valid(b) {
		f.Base64 = b
		return
	}
	s := string(b)
	f.Text = &s
}
