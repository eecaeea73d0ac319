package connection

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"strings"
	"time"
)

// Told is a command that tells first, on stderr, which process it is, so that a second one can kill it and all it has
// started: for connections that have no other way to do that.
type Told struct {
	mark string
	pid  chan string // takes the number of the process, or is closed when it never told one
	said string
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

// Stderr gives a command's stderr without the line that tells its number. It must be read to its end.
func (t *Told) Stderr(in io.Reader) io.Reader {
	out, w := io.Pipe()
	go t.split(in, w)
	return out
}

func (t *Told) split(in io.Reader, w *io.PipeWriter) {
	defer w.Close()
	var first bytes.Buffer
	buf := make([]byte, 4096)
	for {
		n, err := in.Read(buf)
		first.Write(buf[:n])
		if at := bytes.Index(first.Bytes(), []byte(t.mark)); at >= 0 {
			if end := bytes.IndexByte(first.Bytes()[at:], '\n'); end >= 0 {
				text := first.Bytes()
				t.pid <- strings.TrimSpace(string(text[at+len(t.mark) : at+end]))
				_, _ = w.Write(append(bytes.Clone(text[:at]), text[at+end+1:]...)) // nobody reads it when the process is killed
				break
			}
		}
		if err != nil || first.Len() > 64<<10 {
			t.said = strings.TrimSpace(first.String())
			close(t.pid)
			_, _ = w.Write(first.Bytes())
			break
		}
	}
	if _, err := io.CopyBuffer(w, in, buf); err != nil { // a host that is idle for hours holds no more than that
		_, _ = io.Copy(io.Discard, in)
	}
}

// Said is what came instead of the number, "" when it was told. It may be called when stderr has ended.
func (t *Told) Said() string { return t.said }

// killTime is how long a Kill may take.
const killTime = 10 * time.Second

// Kill kills the command with its process group through run, which runs a command line with /bin/sh: first gently, and after
// two seconds at once.
func (t *Told) Kill(run func(ctx context.Context, line string) error) {
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
