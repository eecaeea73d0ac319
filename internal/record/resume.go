package record

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// entry is what a record holds of one result.
type entry struct {
	body     []byte
	again    bool // nothing is kept of it
	forgiven bool // a failure after which the host went on
}

// Extension ends the names of records' files.
const Extension = ".run"

// Info is what can be told of a record without its key.
type Info struct {
	Path string
	Header
	Running bool // a run is at work with it
	Ended   bool // the run ended by itself; else it was killed, or is at work
}

// ID is how users name a record.
func (i Info) ID() string { return strings.TrimSuffix(filepath.Base(i.Path), Extension) }

// List gives the records in a folder, the newest first. What is no record is left out.
func List(dir string) []Info {
	names, _ := filepath.Glob(filepath.Join(dir, "*"+Extension))
	var all []Info
	for _, name := range names {
		if i, err := Look(name); err == nil {
			all = append(all, i)
		}
	}
	slices.SortFunc(all, func(a, b Info) int { return b.Started.Compare(a.Started) })
	return all
}

// maxHeader is how large a header may be.
const maxHeader = 1 << 20

// Look reads what a record tells in the open.
func Look(path string) (Info, error) {
	f, err := os.Open(path)
	if err != nil {
		return Info{}, err
	}
	defer f.Close()
	i := Info{Path: path}
	if err := private(f); err != nil {
		return i, err
	}
	head := make([]byte, frameHead)
	if _, err := io.ReadFull(f, head); err != nil {
		return i, err
	}
	head = append(head, make([]byte, min(binary.LittleEndian.Uint32(head), maxHeader))...)
	if _, err := io.ReadFull(f, head[frameHead:]); err != nil {
		return i, err
	}
	h, _, err := header(path, head)
	if err != nil {
		return i, err
	}
	i.Header = h.Header
	end := frame(frameEnd, nil)
	last := make([]byte, len(end))
	if _, err := f.Seek(-int64(len(end)), io.SeekEnd); err == nil {
		_, err = io.ReadFull(f, last)
		i.Ended = err == nil && bytes.Equal(last, end)
	}
	if errors.Is(lock(f), ErrRunning) {
		i.Running = true
	}
	return i, nil
}

func header(path string, b []byte) (h headerFrame, rest []byte, err error) {
	kind, content, rest, ok := next(b)
	if !ok || kind != frameHeader || json.Unmarshal(content, &h) != nil {
		return h, nil, fmt.Errorf("%s is no record of a run", path)
	}
	if h.Format != format {
		return h, nil, fmt.Errorf("%s is a record of another version of the program (%s)", path, h.Program)
	}
	return h, rest, nil
}

// Earlier is a record that was opened to go on with it.
type Earlier struct {
	h    headerFrame
	f    *os.File
	rest []byte
	good int64 // up to where the file is whole
	torn bool
}

// Open opens a record to go on with its run; nobody else can from now on. The error is an ErrRunning while somebody does.
func Open(path string) (*Earlier, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND, 0)
	if err != nil {
		return nil, err
	}
	e := &Earlier{f: f}
	if err := e.read(path); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return e, nil
}

func (e *Earlier) read(path string) error {
	if err := private(e.f); err != nil {
		return err
	}
	if err := lock(e.f); err != nil {
		return err
	}
	b, err := readAll(e.f)
	if err != nil {
		return err
	}
	e.h, e.rest, err = header(path, b)
	e.good = int64(len(b))
	return err
}

// Path is where the record lies.
func (e *Earlier) Path() string { return e.f.Name() }

// Header is what the record says of its run in the open.
func (e *Earlier) Header() Header { return e.h.Header }

// Close leaves the record as it was.
func (e *Earlier) Close() error { return e.f.Close() }

// Sealed is the key of the record as an Ansible vault, "" when there is no vault id.
func (e *Earlier) Sealed() string { return e.h.Sealed }

// unlock gives a record with the key, for nothing but encryption.
func (e *Earlier) unlock(key []byte) (*Record, error) {
	if e.h.Sealed == "" {
		key = e.h.Key
	}
	if len(key) != keySize {
		return nil, errors.New("the key of the record has a wrong length")
	}
	r := &Record{key: key}
	return r, r.cipher()
}

// Hidden gives what was kept encrypted only, nil when there is nothing; key is what Sealed is the vault of.
func (e *Earlier) Hidden(key []byte) ([]byte, error) {
	if e.h.Hidden == nil {
		return nil, nil
	}
	r, err := e.unlock(key)
	if err != nil {
		return nil, err
	}
	hidden, err := r.decrypt(e.h.Hidden, []byte("hidden"))
	if err != nil {
		return nil, fmt.Errorf("the record is damaged: %w", err)
	}
	return hidden, nil
}

// Resume goes on with the run: o is what a new record would have; key is what Sealed is the vault of, nil when it is none.
func (e *Earlier) Resume(o Options, key []byte) (*Record, error) {
	r, err := e.unlock(key)
	if err != nil {
		return nil, err
	}
	o.Header, o.Path = e.h.Header, e.f.Name()
	if e.h.Sealed == "" {
		o.Seal = nil
	}
	r.o, r.resumed = o, true
	e.collect(r)
	if e.torn {
		if err := e.f.Truncate(e.good); err != nil {
			return nil, err
		}
	}
	r.use(e.f)
	r.write(frameResumed, nil)
	return r, nil
}

// collect reads the frames.
func (e *Earlier) collect(r *Record) {
	c := collector{entries: map[Key]entry{}, hosts: map[string]*lost{}}
	for rest := e.rest; len(rest) > 0; {
		kind, content, after, ok := next(rest)
		if !ok {
			e.torn = true
			e.good -= int64(len(rest))
			break
		}
		c.take(kind, content)
		rest = after
	}
	c.drop()
	r.earlier = c.entries
}

// collector finds out what of the results counts.
type collector struct {
	entries map[Key]entry
	hosts   map[string]*lost // those that are out of the run
}

// lost is what counts again when a host is forgiven.
type lost struct {
	keys    []Key
	entries []entry
}

func (l *lost) add(k Key, e entry) {
	l.keys, l.entries = append(l.keys, k), append(l.entries, e)
}

func (c *collector) take(kind byte, content []byte) {
	switch kind {
	case frameForgiven:
		for _, l := range c.hosts {
			for i, k := range l.keys {
				c.entries[k] = l.entries[i]
			}
		}
		clear(c.hosts)
		return
	case frameResumed:
		c.drop()
		return
	}
	k, body, ok := parseKey(content)
	if !ok {
		return
	}
	out := c.hosts[k.Host]
	switch kind {
	case frameEntry, frameAgain:
		e := entry{body: body, again: kind == frameAgain}
		if out != nil {
			out.add(k, e)
			return
		}
		c.entries[k] = e
	case frameFailed, frameLost:
		if out == nil {
			out = &lost{}
			c.hosts[k.Host] = out
		}
		if e, ok := c.entries[k]; ok && kind == frameFailed {
			delete(c.entries, k)
			e.forgiven = true
			out.add(k, e)
		}
	}
}

// drop forgets what hosts did that are out of the run.
func (c *collector) drop() { clear(c.hosts) }
