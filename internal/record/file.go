package record

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// The kinds of frames.
const (
	frameHeader   byte = 'H'
	frameEntry    byte = 'E' // a key and what came of it
	frameAgain    byte = 'A' // a key: it was done, and what came of it is not kept
	frameFailed   byte = 'F' // a key: that failure takes its host out of the run
	frameLost     byte = 'L' // a key with a host alone: it is out of the run
	frameForgiven byte = 'G' // all hosts are in the run again
	frameResumed  byte = 'R' // the run goes on
	frameEnd      byte = 'T' // the run ended by itself
)

// syncEvery is how much a power failure may cost.
const syncEvery = time.Second

// format is the number of the format; a record with another one is refused.
const format = 1

// headerFrame is the content of the first frame.
type headerFrame struct {
	Format int
	Header
	Key    []byte `json:",omitempty"` // the key of the record, when there is no vault id
	Sealed string `json:",omitempty"` // the same as an Ansible vault
	Hidden []byte `json:",omitempty"`
}

// checksum makes its table when it is first called: most commands write no record.
func checksum(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

const frameHead = 8 // length and checksum

func frame(kind byte, content []byte) []byte {
	b := make([]byte, frameHead, frameHead+1+len(content))
	b = append(append(b, kind), content...)
	binary.LittleEndian.PutUint32(b, uint32(1+len(content)))
	binary.LittleEndian.PutUint32(b[4:], checksum(b[frameHead:]))
	return b
}

// next reads the frame at the beginning of b.
func next(b []byte) (kind byte, content, rest []byte, ok bool) {
	if len(b) < frameHead+1 {
		return 0, nil, nil, false
	}
	n := int64(binary.LittleEndian.Uint32(b))
	if n < 1 || n > int64(len(b)-frameHead) {
		return 0, nil, nil, false
	}
	body := b[frameHead : frameHead+n]
	if checksum(body) != binary.LittleEndian.Uint32(b[4:]) {
		return 0, nil, nil, false
	}
	return body[0], body[1:], b[frameHead+n:], true
}

// bytes gives a key as a frame holds it: the length of the rest first.
func (k Key) bytes() []byte {
	b := binary.AppendUvarint(make([]byte, 0, len(k.Task)+len(k.Host)+8), uint64(len(k.Host)))
	b = append(b, k.Task[:]...)
	b = binary.LittleEndian.AppendUint32(b, k.N)
	return append(b, k.Host...)
}

func parseKey(b []byte) (k Key, rest []byte, ok bool) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)) || len(b) < size+len(k.Task)+4+int(n) {
		return k, nil, false
	}
	b = b[size:]
	b = b[copy(k.Task[:], b):]
	k.N = binary.LittleEndian.Uint32(b)
	k.Host = string(b[4 : 4+n])
	return k, b[4+n:], true
}

// write appends a frame; the first makes the file. What can't be written is told once, and nothing is written from then on.
func (r *Record) write(kind byte, content []byte) {
	b := frame(kind, content)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.broken || r.f == nil && kind != frameEntry && kind != frameAgain {
		return
	}
	var err error
	if r.f == nil {
		err = r.create()
	}
	if err == nil {
		_, err = r.f.Write(b)
	}
	if err != nil {
		r.broken = true
		if r.o.Broken != nil {
			r.o.Broken(err)
		}
		return
	}
	r.dirty = true
}

// create makes the file with its header.
func (r *Record) create() error {
	h := headerFrame{Format: format, Header: r.o.Header}
	if r.o.Seal == nil {
		h.Key, h.Label = r.key, ""
	} else {
		text, err := r.o.Seal(r.key)
		if err != nil {
			return err
		}
		h.Sealed = string(text)
		if r.o.Hidden != nil {
			h.Hidden = r.encrypt(r.o.Hidden, []byte("hidden"))
		}
	}
	content, err := json.Marshal(h)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(r.o.Path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(r.o.Path, os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	if err := lock(f); err != nil {
		return errors.Join(err, f.Close())
	}
	if _, err := f.Write(frame(frameHeader, content)); err != nil {
		return errors.Join(err, f.Close(), os.Remove(r.o.Path))
	}
	r.use(f)
	return nil
}

// use takes an open file; from now on it is synced.
func (r *Record) use(f *os.File) {
	r.f, r.stop = f, make(chan struct{})
	stop := r.stop
	r.synced.Go(func() {
		tick := time.NewTicker(syncEvery)
		defer tick.Stop()
		syncFolder(filepath.Dir(f.Name()))
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
			}
			r.mu.Lock()
			dirty := r.dirty
			r.dirty = false
			r.mu.Unlock()
			if dirty {
				_ = f.Sync() // a disk that fails is told by the next write
			}
		}
	})
}

// syncFolder makes a new name in a folder outlive a power failure. Not every file system can.
func syncFolder(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}

// ErrRunning says that a run uses the record at this moment.
var ErrRunning = errors.New("the run is still at work")

// What a killed run was just starting holds its lock until it is a program of its own. So a lock is waited for: lockWait where the
// process that took it is there, startWait where it is gone.
const (
	lockWait  = time.Second
	startWait = time.Minute
)

func lock(f *os.File) error {
	for begin := time.Now(); ; time.Sleep(lockWait / 50) {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		waited := time.Since(begin)
		switch {
		case !errors.Is(err, syscall.EWOULDBLOCK):
			return err
		case waited > startWait, waited > lockWait && lockerLives(f):
			return ErrRunning
		}
	}
}

// lockerLives reports whether the process that locked a file, which is locked, is there, as far as the kernel tells.
// Source: proc_locks(5).
func lockerLives(f *os.File) bool {
	var st syscall.Stat_t
	locks, err := os.ReadFile("/proc/locks")
	if err != nil || syscall.Fstat(int(f.Fd()), &st) != nil {
		return true
	}
	file := fmt.Sprintf(":%d", st.Ino)
	for line := range strings.Lines(string(locks)) { // 1: FLOCK ADVISORY WRITE pid major:minor:inode ...
		words := strings.Fields(line)
		if len(words) < 6 || words[1] != "FLOCK" || !strings.HasSuffix(words[5], file) {
			continue
		}
		pid, err := strconv.Atoi(words[4])
		if err != nil || pid <= 0 || !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			return true
		}
	}
	return false
}

// private refuses a file that others can write: what is in it would be run.
func private(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is no file", f.Name())
	case info.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("%s can be read or written by others (mode %04o)", f.Name(), info.Mode().Perm())
	case ok && int(st.Uid) != os.Geteuid():
		return fmt.Errorf("%s belongs to another user", f.Name())
	}
	return nil
}

// readAll reads a record's file from its beginning.
func readAll(f *os.File) ([]byte, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return io.ReadAll(f)
}
