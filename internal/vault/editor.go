package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// An Editor lets a person change plaintext in an editor of theirs.
type Editor struct {
	Command string   // as in $EDITOR: a program with arguments, split as a shell does it
	Environ []string // of the editor
	Dir     string   // its working directory
	Roots   []string // see ScratchRoots
	Stdin   io.Reader
	Stdout  io.Writer
	Stderr  io.Writer
	// Warn is told when the editor is not one whose copies (swap, backup, undo, history) can be turned off.
	Warn func(text string)
}

// An EditorError says that an editor could not be started.
type EditorError struct {
	Command string // with the file's name
	Err     error
}

// Error gives ansible-core's text.
func (e *EditorError) Error() string {
	return fmt.Sprintf("Unable to execute the command \"%s\": %s", e.Command, ErrnoText(e.Err, firstWord(e.Command)))
}

// Unwrap returns the cause.
func (e *EditorError) Unwrap() error { return e.Err }

func firstWord(s string) string {
	w, _, _ := strings.Cut(s, " ")
	return w
}

// A SignalError says which signal ended the editing.
type SignalError struct{ Signal os.Signal }

// Error names the signal.
func (e *SignalError) Error() string { return fmt.Sprintf("ended by a signal (%s)", e.Signal) }

// Edit writes plaintext to a file in memory, named as name, runs the editor on it and returns what is then in it. How
// the editor ends does not count, as with ansible-vault. The file is gone when Edit returns, however it returns; a
// signal that ends the program by default ends the editing with a *[SignalError], but for Ctrl-C while the editor runs,
// which is the editor's.
func (e *Editor) Edit(ctx context.Context, name string, plaintext []byte) (edited []byte, err error) {
	words, err := SplitWords(e.Command)
	if err != nil || len(words) == 0 {
		return nil, fmt.Errorf("the editor command %q cannot be read: %w", e.Command, errors.Join(err, errors.New("no program in it")))
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, endingSignals...)
	defer signal.Stop(signals)

	scratch, err := NewScratch(e.Roots)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, scratch.Remove()) }()
	path, err := scratch.WriteFile(filepath.Base(name), plaintext)
	if err != nil {
		return nil, err
	}
	args, known := harden(words)
	if !known && e.Warn != nil {
		e.Warn(fmt.Sprintf("%s may keep copies of what it edits (swap, backup, undo, history); that can be turned off for vim, nvim, nano and emacs only", words[0]))
	}
	cmd := exec.Command(args[0], append(args[1:], path)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.Dir = e.Stdin, e.Stdout, e.Stderr, e.Dir
	cmd.Env = append(append([]string(nil), e.Environ...), "TMPDIR="+scratch.Dir())
	if err := cmd.Start(); err != nil {
		return nil, &EditorError{Command: strings.Join(append(words, path), " "), Err: err}
	}
	if err := wait(ctx, cmd, signals); err != nil {
		return nil, err
	}
	return readEdited(path)
}

// A NoFileError is the error of Edit when the editor removed the file.
type NoFileError struct{ Err error }

// Error says so.
func (e *NoFileError) Error() string { return "the editor removed the file" }

// Unwrap returns the system's error.
func (e *NoFileError) Unwrap() error { return e.Err }

func readEdited(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, &NoFileError{Err: err}
	}
	defer f.Close()
	return io.ReadAll(f)
}

// wait waits for the editor. Ctrl-C goes to the editor too, which knows what to do with it; every other signal, and a
// cancelled ctx without one, is handed on to the editor and ends the editing.
func wait(ctx context.Context, cmd *exec.Cmd, signals <-chan os.Signal) error {
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	cancelled := ctx.Done()
	for {
		select {
		case <-done:
			return nil
		case s := <-signals:
			if s == syscall.SIGINT {
				cancelled = nil // the same Ctrl-C has cancelled ctx
				continue
			}
			stop(cmd, s, done)
			return &SignalError{Signal: s}
		case <-cancelled:
			select {
			case s := <-signals:
				if s == syscall.SIGINT {
					cancelled = nil
					continue
				}
				stop(cmd, s, done)
				return &SignalError{Signal: s}
			case <-time.After(50 * time.Millisecond): // no signal: the caller ends us
			}
			stop(cmd, syscall.SIGTERM, done)
			return context.Cause(ctx)
		}
	}
}

func stop(cmd *exec.Cmd, s os.Signal, done <-chan error) {
	_ = cmd.Process.Signal(s)
	select {
	case <-done:
	case <-time.After(2 * time.Second):
		_ = cmd.Process.Kill()
		<-done
	}
}

// endingSignals end a program by default and can be caught.
var endingSignals = []os.Signal{
	syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGALRM,
	syscall.SIGVTALRM, syscall.SIGPROF, syscall.SIGXCPU, syscall.SIGXFSZ, syscall.SIGIO, syscall.SIGSYS, syscall.SIGTRAP,
	syscall.SIGABRT, syscall.SIGPIPE,
}

// harden adds to an editor's command what keeps copies of the text from being written anywhere. The second result is
// false for an editor that is not known.
func harden(words []string) (args []string, known bool) {
	name := filepath.Base(words[0])
	if path, err := exec.LookPath(words[0]); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			name = filepath.Base(real) // vi is a link to vim.basic, say
		}
	}
	kind, _, _ := strings.Cut(name, ".")
	var extra []string
	switch {
	case kind == "vim" || kind == "gvim" || kind == "rvim" || kind == "nvim":
		// one command for each, since an option that a build of vim does not have ends a `set`
		const off = "silent! set noswapfile|silent! set nobackup|silent! set nowritebackup|silent! set noundofile|silent! set viminfo=|silent! set shada="
		extra = []string{"-n", "-i", "NONE", "--cmd", off, "-c", off}
		if kind == "gvim" {
			extra = append(extra, "-f") // stay in the foreground
		}
	case kind == "nano" || kind == "rnano":
		extra = []string{"--ignorercfiles"} // backups, history, positions and locks are off unless a file turns them on
	case kind == "emacs" || strings.HasPrefix(kind, "emacs-"):
		extra = []string{"--no-desktop", "--eval", "(setq make-backup-files nil backup-inhibited t auto-save-default nil auto-save-list-file-prefix nil " +
			"create-lockfiles nil undo-tree-auto-save-history nil savehist-mode nil kill-emacs-hook nil)"}
	default:
		return words, false
	}
	return append(append(append([]string(nil), words[0]), extra...), words[1:]...), true
}
