package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// An oracle is the real ansible-vault.
type oracle struct {
	argv    []string
	dir     string
	version string
}

func newOracle(command string) (*oracle, error) {
	argv := strings.Fields(command)
	if len(argv) == 0 {
		return nil, errors.New("ANSIBLE_VAULT_ORACLE is not set to the command of an ansible-vault")
	}
	dir, err := os.MkdirTemp("", "vectors")
	if err != nil {
		return nil, err
	}
	o := &oracle{argv: argv, dir: dir}
	out, _, err := o.run("--version")
	if err != nil {
		o.close()
		return nil, fmt.Errorf("%s --version: %w", command, err)
	}
	o.version, _, _ = strings.Cut(string(out), "\n")
	return o, nil
}

func (o *oracle) close() { os.RemoveAll(o.dir) }

func (o *oracle) run(args ...string) (stdout, stderr []byte, err error) {
	cmd := exec.Command(o.argv[0], append(o.argv[1:len(o.argv):len(o.argv)], args...)...)
	cmd.Dir = o.dir
	var out, diag bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &diag
	err = cmd.Run()
	return out.Bytes(), diag.Bytes(), err
}

// ask gives the class of what ansible-vault says to the vector, and its message.
func (o *oracle) ask(v vector) (class, message string, err error) {
	for name, text := range map[string]string{"password": v.secret(), "vault": v.text} {
		if err := os.WriteFile(filepath.Join(o.dir, name), []byte(text), 0o600); err != nil {
			return "", "", err
		}
	}
	out, diag, err := o.run("decrypt", "--vault-password-file", "password", "--output", "plain", "vault")
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		class, err = classify(string(diag))
		return class, o.message(string(diag)), err
	case err != nil:
		return "", "", err
	}
	plain, err := os.ReadFile(filepath.Join(o.dir, "plain"))
	if err != nil {
		return "", "", fmt.Errorf("%w (it printed %q, %q)", err, out, diag)
	}
	if string(plain) != v.payload {
		return "", "", fmt.Errorf("ansible-vault decrypts to %d other bytes, %.40q", len(plain), plain)
	}
	return success, "", os.Remove(filepath.Join(o.dir, "plain"))
}

// message gives the line with the error, without what depends on the place: the mark before it (2.19 has "[ERROR]:",
// older versions "ERROR!") and the name of the file behind it.
func (o *oracle) message(diag string) string {
	for line := range strings.Lines(diag) {
		_, text, ok := strings.Cut(strings.Replace(line, "ERROR! ", "[ERROR]: ", 1), "[ERROR]: ")
		if !ok {
			continue
		}
		text = strings.TrimSpace(text)
		if i := strings.LastIndex(text, " for "); i >= 0 && strings.HasSuffix(text, "vault") {
			text = text[:i]
		}
		return text
	}
	return ""
}

// classify finds the class in a message of ansible-core 2.19.
func classify(diag string) (string, error) {
	classes := []struct{ part, class string }{
		{"not vault encrypted data", notAVault},
		{"could not be found", unsupport},
		{"format error", malformed},
		{"unhexlify error", malformed},
		{"adding", badPadding},
		{"Decryption failed", wrong},
	}
	for _, c := range classes {
		if strings.Contains(diag, c.part) {
			return c.class, nil
		}
	}
	return "", fmt.Errorf("no class for the message %q", diag)
}
