package connection

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// Told is a command that tells first, on stderr, which process it is, so that a second one can kill it and all it has
// started: for connections that have no other way to do that.
type Told struct {
	mark string
	pid  chan string // takes the number of the process, or is closed when it never told one
	said string

	stderr *toldReader // nil before Stderr
}

// ownShell is how a command begins that is a script for /bin/sh, with or without arguments.
const ownShell = "/bin/sh -c '"

// NewTold makes of a command line one that tells its number first: a script for /bin/sh does that itself. It goes through any shell.
func NewTold(command string) (t *Told, line string) {
	t = &Told{mark: rand.Text(), pid: make(chan string, 1)}
	tell := fmt.Sprintf(`echo "%s $$" >&2; `, t.mark)
	if script, ok := strings.CutPrefix(command, ownShell); ok {
		return t, ownShell + tell + script
	}
	return t, "/bin/sh -c " + quote(tell+"exec /bin/sh -c "+quote(command))
}

// Stderr gives a command's stderr without the line that tells its number.
func (t *Told) Stderr(in io.Reader) io.Reader {
	t.stderr = &toldReader{t: t, in: in}
	return t.stderr
}

// toldReader looks for the line that tells the number in what it reads.
type toldReader struct {
	t     *Told
	in    io.Reader
	mu    sync.Mutex
	past  bool   // the line has come, or does not come any more
	first []byte // what came before that
	left  []byte // what is to be given of it
	err   error  // how in ended meanwhile
}

// mostBefore is how many bytes may come before the line.
const mostBefore = 64 << 10

// Read reads. A host that is idle for hours holds nothing here but what is given to it.
func (r *toldReader) Read(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		switch {
		case len(r.left) > 0:
			n := copy(b, r.left)
			r.left = r.left[n:]
			return n, nil
		case r.err != nil:
			return 0, r.err
		case r.past:
			return r.in.Read(b)
		}
		r.more(b)
	}
}

// find reads up to the line, for a command whose stderr nobody reads.
func (r *toldReader) find() {
	r.mu.Lock()
	defer r.mu.Unlock()
	buf := make([]byte, 512)
	for !r.past {
		r.more(buf)
	}
}

// more reads on in search of the line. The mutex is held.
func (r *toldReader) more(buf []byte) {
	n, err := r.in.Read(buf)
	r.first = append(r.first, buf[:n]...)
	r.look(err)
}

// look looks for the line in what has come. err is the end of the rest.
func (r *toldReader) look(err error) {
	if before, rest, ok := bytes.Cut(r.first, []byte(r.t.mark)); ok {
		if pid, after, ok := bytes.Cut(rest, []byte("\n")); ok {
			r.t.pid <- strings.TrimSpace(string(pid))
			r.past, r.first, r.left, r.err = true, nil, append(bytes.Clone(before), after...), err
			return
		}
	}
	if err != nil || len(r.first) > mostBefore {
		r.t.said = strings.TrimSpace(string(r.first))
		close(r.t.pid)
		r.past, r.first, r.left, r.err = true, nil, r.first, err
	}
}

// Said is what came instead of the number, "" when it was told. It may be called when the command has ended.
func (t *Told) Said() string {
	if t.stderr != nil {
		t.stderr.find()
	}
	return t.said
}

// killTime is how long a Kill may take.
const killTime = 10 * time.Second

// Kill kills the command with its process group through run, which runs a command line with /bin/sh: first gently, and after
// two seconds at once.
func (t *Told) Kill(run func(ctx context.Context, line string) error) {
	if t.stderr != nil {
		go t.stderr.find()
	}
	select {
	case pid := <-t.pid:
		if pid == "" {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), killTime)
		defer cancel()
		// the group of the process may be another's: that of the login shell before it
		_ = run(ctx, fmt.Sprintf(`p=%s; g=$p; if read -r s </proc/$p/stat; then set -- ${s##*) }; g=$3; fi; kill -TERM -$g $p; `+
			`for i in 1 2 3 4 5 6 7 8 9 10; do kill -0 -$g || exit 0; sleep 0.2; done; kill -KILL -$g $p`, pid)) // it may have ended by itself
	case <-time.After(2 * time.Second):
	}
}
