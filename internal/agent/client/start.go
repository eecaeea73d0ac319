package client

import (
	"bufio"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/become"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection"
)

//go:embed bootstrap.sh
var bootstrapText string

//go:embed place.sh
var placeText string

// bootstrap and place are the scripts without comments, as one line.
var (
	bootstrap = sync.OnceValue(func() string { return oneLine(bootstrapText) })
	place     = sync.OnceValue(func() string { return oneLine(placeText) + "\n" })
)

func oneLine(script string) string {
	var b strings.Builder
	for _, line := range strings.Split(script, "\n") {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			b.WriteString(line)
			b.WriteByte(' ')
		}
	}
	return strings.TrimSpace(b.String())
}

// started is a process on the host whose output we read until the agent in it is ready. Meanwhile whatever it asks is
// answered.
type started struct {
	proc   connection.Process
	cancel context.CancelFunc
	unbind func() bool // lets the process live on when the context ends in which it was started
	in     io.WriteCloser
	out    *bufio.Reader
	errs   tail
	errEnd chan struct{} // closed when stderr has ended
	errTo  io.Writer     // takes stderr, when it is set

	mark  string
	noise strings.Builder // what came on stdout before the first line with the mark

	mu       sync.Mutex
	plan     *become.Plan // nil without become, or when the other user has been become
	method   *become.Method
	password string
	ask      bool // a password may be given
	answered bool
	stream   int // that the question came on, at being its end
	at       int
	refused  error
	code     int
	waited   sync.Once
	waitErr  error
}

// errHangs says that a host did not start what it was asked to.
var errHangs = fmt.Errorf("the host did not start a program within %d s", int(stall.Seconds()))

// start starts a line on the host and watches over what it asks. The process is killed when ctx ends, unless it was unbound.
func start(ctx context.Context, c connection.Conn, line, mark string, terminal bool, how *Become, plan *become.Plan) (*started, error) {
	life, cancel := context.WithCancel(context.WithoutCancel(ctx))
	unbind := context.AfterFunc(ctx, cancel)
	run := c.Start
	if terminal {
		t, ok := c.(connection.Terminals)
		if !ok {
			unbind()
			cancel()
			return nil, &become.Error{Msg: fmt.Sprintf("%s wants a terminal, which this kind of connection does not give", how.Method.Name)}
		}
		run = t.StartTerminal
	}
	limit := time.AfterFunc(stall, cancel)
	p, err := run(life, line)
	if !limit.Stop() && err != nil {
		err = errHangs
	}
	if err != nil {
		unbind()
		cancel()
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return nil, err
	}
	s := &started{
		proc: p, cancel: cancel, unbind: unbind, in: p.Stdin(), out: bufio.NewReaderSize(p.Stdout(), 4096), errEnd: make(chan struct{}), mark: mark, plan: plan,
	}
	if how != nil {
		s.method, s.password, s.ask = how.Method, how.Options.Password.Reveal(), how.Options.HasPassword
	}
	go s.readErrors()
	return s, nil
}

// readErrors keeps the end of stderr, and answers what is asked there.
func (s *started) readErrors() {
	defer close(s.errEnd)
	buf := make([]byte, 2048)
	for {
		n, err := s.proc.Stderr().Read(buf)
		_, _ = s.errs.Write(buf[:n])
		s.mu.Lock()
		if s.errTo != nil {
			_, _ = s.errTo.Write(buf[:n]) // a buffer
		}
		s.mu.Unlock()
		s.listen(onStderr, s.errs.String())
		if err != nil {
			return
		}
	}
}

// The streams that a question may come on.
const (
	onStdout = iota
	onStderr
)

// listen answers a question for the password at the end of what was said, once. A second question means that the
// password was wrong.
func (s *started) listen(stream int, said string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.plan == nil || s.refused != nil {
		return
	}
	refused := s.method.Refusal(said)
	asks := s.plan.Asks(said)
	switch {
	case refused != nil && (s.answered || !s.ask):
		s.refused = refused
	case !asks:
		return
	case !s.ask:
		s.refused = s.method.Missing()
	case s.answered && (stream != s.stream || len(said) >= s.at && strings.TrimSpace(said[s.at:]) != ""):
		s.refused = s.method.Incorrect()
	case s.answered:
		return // the same question
	default:
		s.answered, s.stream, s.at = true, stream, len(said)
		_, _ = io.WriteString(s.in, s.password+"\n") // when it fails the process has ended, which is told better
		return
	}
	s.cancel()
}

// next gives the words of the next line with the mark. At the end of the output the error is io.EOF.
func (s *started) next() ([]string, error) {
	var line strings.Builder
	for {
		b, err := s.out.ReadByte()
		if err != nil {
			s.keep(line.String())
			if !errors.Is(err, io.EOF) {
				s.keep(err.Error())
			}
			return nil, io.EOF
		}
		if b != '\n' {
			if line.Len() < 64<<10 {
				line.WriteByte(b)
			}
			if s.out.Buffered() == 0 {
				s.listen(onStdout, s.noise.String()+line.String())
			}
			continue
		}
		if rest, ok := strings.CutPrefix(strings.TrimSuffix(line.String(), "\r"), s.mark+" "); ok {
			s.mu.Lock()
			s.plan = nil
			s.mu.Unlock()
			return strings.Fields(rest), nil
		}
		s.keep(line.String() + "\n")
		line.Reset()
	}
}

// keep remembers what came before the first line with the mark.
func (s *started) keep(text string) {
	if s.noise.Len() < tailLen {
		s.noise.WriteString(text)
	}
}

// rest gives the lines that are left of the output.
func (s *started) rest() string {
	b, _ := io.ReadAll(io.LimitReader(s.out, 256<<10)) // what is there is told
	return string(b)
}

// said is what the process wrote to stderr last.
func (s *started) said() string {
	select {
	case <-s.errEnd:
	case <-time.After(200 * time.Millisecond): // its end may still be on the way
	}
	return s.errs.String()
}

// kill ends the process.
func (s *started) kill() { s.cancel() }

// refusal is why the other user was refused, nil where that was not.
func (s *started) refusal() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refused
}

// lost is the error of the connection when that is why the process has ended; nil when it is not, or not known soon. quiet is closed when
// nobody else reads the output.
func (s *started) lost(quiet <-chan struct{}) error {
	ended := make(chan error, 1)
	go func() {
		<-quiet
		_, err := s.wait()
		ended <- err
	}()
	select {
	case err := <-ended:
		var lost *connection.Error
		if errors.As(err, &lost) && !errors.Is(err, connection.ErrClosed) {
			return &connection.Error{Host: lost.Host, Op: "agent", Err: lost.Err}
		}
	case <-time.After(time.Second):
	}
	return nil
}

// wait waits for the process, which has ended or was killed, and gives its exit code.
func (s *started) wait() (int, error) {
	s.waited.Do(func() {
		_, _ = io.Copy(io.Discard, s.out)
		<-s.errEnd
		s.code, s.waitErr = s.proc.Wait()
		s.cancel()
	})
	return s.code, s.waitErr
}
