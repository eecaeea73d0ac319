package secret

import (
	"io"
	"sync"
)

// Writer passes what is written to it on to another writer, with secrets masked, also those that come in pieces. Close
// passes on what was held back.
type Writer struct {
	r    *Redactor
	mu   sync.Mutex
	w    io.Writer
	held string
}

// Writer gives a writer that masks and passes on to w.
func (r *Redactor) Writer(w io.Writer) *Writer { return &Writer{r: r, w: w} }

// Write masks and passes on p; the end of it that may be the beginning of a secret is held back until the next call.
func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	ready, rest := w.r.split(w.held + string(p))
	w.held = rest
	if ready == "" {
		return len(p), nil
	}
	if _, err := io.WriteString(w.w, ready); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Close passes on what was held back. It does not close the writer beneath.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	rest := w.r.Redact(w.held)
	w.held = ""
	_, err := io.WriteString(w.w, rest)
	return err
}

var _ io.WriteCloser = (*Writer)(nil)
