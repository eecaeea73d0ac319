package vault

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"syscall"
	"time"
)

// outputDelay is how long what a script has left behind may hold its output open.
const outputDelay = 5 * time.Second

// fromScript runs an executable password file. Its standard output is the password; a client script is told the vault
// id and ends with 2 when it does not know it.
func (l *Loader) fromScript(ctx context.Context, spec Spec, path string) (*Secret, error) {
	client := isClient(path)
	cmd := exec.CommandContext(ctx, path)
	cmd.Dir, cmd.Env, cmd.WaitDelay = l.Dir, l.Environ, outputDelay
	if client && spec.NamedID {
		cmd.Args = append(cmd.Args, "--vault-id", spec.ID)
	}
	var out, errs bytes.Buffer
	cmd.Stdout = &out
	switch {
	case client:
		cmd.Stderr = &errs
	default:
		cmd.Stdin, cmd.Stderr = l.Stdin, l.Stderr
	}
	err := cmd.Run()
	if errors.Is(err, exec.ErrWaitDelay) { // the script itself ended well
		err = nil
	}
	defer clear(out.Bytes())
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.As(err, &exit):
		return nil, &LoadError{Spec: spec, Msg: l.scriptFailed(spec, path, client, exit.ExitCode(), errs.Bytes()), Cause: err, stage: stageLoad}
	case err != nil:
		return nil, &LoadError{Spec: spec, Cause: err, stage: stageLoad, Msg: fmt.Sprintf(
			"Problem running vault password script %s (%s). If this is not a script, remove the executable bit from the file.", path, ErrnoText(err, path),
		)}
	}
	return l.secret(spec, "script "+path, out.String(), stageLoad, fmt.Sprintf("Invalid vault password was provided from script (%s)", path))
}

func (l *Loader) scriptFailed(spec Spec, path string, client bool, code int, errs []byte) string {
	id := spec.ID
	if !spec.NamedID {
		id = "None"
	}
	switch {
	case !client:
		return fmt.Sprintf("Vault password script %s returned non-zero (%d): None", path, code)
	case code == 2:
		return fmt.Sprintf("Vault password client script %s did not find a secret for vault-id=%s: %s", path, id, pythonBytes(errs))
	}
	return fmt.Sprintf("Vault password client script %s returned non-zero (%d) when getting secret for vault-id=%s: %s", path, code, id, pythonBytes(errs))
}

// ErrnoText gives a system error as Python prints an OSError with a file name: "[Errno 2] No such file or directory:
// 'path'". An error that is none of the system's gives its own text.
func ErrnoText(err error, path string) string {
	var no syscall.Errno
	if !errors.As(err, &no) {
		return err.Error()
	}
	return fmt.Sprintf("[Errno %d] %s: %s", int(no), capital(no.Error()), pythonString(path))
}

func reason(err error) string {
	var no syscall.Errno
	if errors.As(err, &no) {
		return fmt.Sprintf("[Errno %d] %s", int(no), capital(no.Error()))
	}
	return err.Error()
}

func capital(s string) string {
	if s != "" && s[0] >= 'a' && s[0] <= 'z' {
		return string(s[0]-32) + s[1:]
	}
	return s
}

// pythonString prints a text as Python's repr() does; enough for paths.
func pythonString(s string) string {
	q := byte('\'')
	if bytes.ContainsRune([]byte(s), '\'') && !bytes.ContainsRune([]byte(s), '"') {
		q = '"'
	}
	var b bytes.Buffer
	b.WriteByte(q)
	for _, r := range s {
		switch {
		case r == '\\' || r == rune(q):
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte(q)
	return b.String()
}

// pythonBytes prints bytes as Python's repr() does.
func pythonBytes(p []byte) string {
	q := byte('\'')
	if bytes.IndexByte(p, '\'') >= 0 && bytes.IndexByte(p, '"') < 0 {
		q = '"'
	}
	var b bytes.Buffer
	b.WriteByte('b')
	b.WriteByte(q)
	for _, c := range p {
		switch {
		case c == '\\' || c == q:
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\t':
			b.WriteString(`\t`)
		case c == '\r':
			b.WriteString(`\r`)
		case c < ' ' || c >= 0x7f:
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte(q)
	return b.String()
}
