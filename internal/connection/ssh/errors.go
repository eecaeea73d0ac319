package ssh

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"

	"golang.org/x/crypto/ssh"
)

// words gives an error in the words of OpenSSH or Ansible, which begin with a capital.
func words(format string, args ...any) error { return fmt.Errorf(format, args...) }

// busyError says that a host closed the connection before it told its version.
type busyError struct{ msg string }

func (e *busyError) Error() string { return e.msg }

// deniedError says that a host let nobody in.
type deniedError struct {
	msg      string
	password bool // a password was told, and it was wrong
	why      error
}

func (e *deniedError) Error() string { return e.msg }
func (e *deniedError) Unwrap() error { return e.why }

// dialError gives OpenSSH's words for a host that TCP does not reach.
func dialError(p *plan, err error) error {
	var dns *net.DNSError
	if errors.As(err, &dns) {
		reason := "Temporary failure in name resolution"
		if dns.IsNotFound {
			reason = "Name or service not known"
		}
		return fmt.Errorf("ssh: Could not resolve hostname %s: %s", p.host, reason)
	}
	return fmt.Errorf("ssh: connect to host %s port %d: %w", p.host, p.port, &spoken{err})
}

// spoken tells an error of the system as C programs do, with a capital.
type spoken struct{ err error }

func (s *spoken) Unwrap() error { return s.err }

func (s *spoken) Error() string {
	var errno syscall.Errno
	text := s.err.Error()
	switch {
	case errors.Is(s.err, context.DeadlineExceeded), errors.Is(s.err, os.ErrDeadlineExceeded), errors.Is(s.err, syscall.ETIMEDOUT):
		return "Connection timed out"
	case errors.As(s.err, &errno):
		text = errno.Error()
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// failed gives OpenSSH's words for a handshake that failed.
func (l *login) failed(w *wire, err error) error {
	p := l.p
	var key *HostKeyError
	var none *ssh.AlgorithmNegotiationError
	closed := errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
	switch {
	case errors.As(err, &key):
		return key
	case w.late.Load() && !w.isSSH.Load():
		return words("Connection timed out during banner exchange\r\nConnection to %s port %d timed out", p.host, p.port)
	case w.late.Load():
		return words("Connection to %s port %d timed out", p.host, p.port)
	case closed && p.proxied:
		return words("Connection closed by UNKNOWN port 65535")
	case closed && !w.isSSH.Load():
		if errors.Is(err, syscall.ECONNRESET) {
			return &busyError{fmt.Sprintf("kex_exchange_identification: read: Connection reset by peer\r\nConnection reset by %s port %d", p.host, p.port)}
		}
		return &busyError{fmt.Sprintf("Connection closed by %s port %d", p.host, p.port)}
	case closed:
		return words("Connection closed by %s port %d", p.host, p.port)
	case errors.As(err, &none):
		return words("Unable to negotiate with %s port %d: no matching %s found. Their offer: %s", p.host, p.port, legacyName(none.What), strings.Join(none.RequestedAlgorithms, ","))
	case strings.Contains(err.Error(), "disconnect, reason"):
		_, reason, _ := strings.Cut(err.Error(), "disconnect, reason ")
		return words("Received disconnect from %s port %d:%s\r\nDisconnected from %s port %d", p.host, p.port, reason, p.host, p.port)
	case l.allowed != nil:
		return l.denied(err)
	}
	return fmt.Errorf("%s port %d: %w", p.host, p.port, err)
}

// denied is the error of a host that lets nobody in, with why we could not do better where that is known.
func (l *login) denied(err error) error {
	msg := fmt.Sprintf("%s@%s: Permission denied (%s).", l.p.user, l.p.host, strings.Join(l.allowed, ","))
	why := l.refused
	if why == nil && !strings.Contains(err.Error(), "unable to authenticate") {
		why = errors.Unwrap(err)
	}
	msg = strings.Join(append(l.p.notes, msg), "\r\n")
	if why != nil {
		msg = why.Error() + "\r\n" + msg
	}
	return &deniedError{msg: msg, password: l.told, why: why}
}

// legacyName is how OpenSSH calls what could not be agreed upon.
func legacyName(what string) string {
	switch {
	case strings.Contains(what, "host key"):
		return "host key type"
	case strings.Contains(what, "key exchange"):
		return "key exchange method"
	case strings.Contains(what, "cipher"):
		return "cipher"
	case strings.Contains(what, "MAC"):
		return "MAC"
	}
	return what
}
