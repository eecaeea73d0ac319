// Vectors writes the test vectors of the vault format, and records what the real ansible-vault says to each.
//
//	go run ./internal/tools/vectors                 write the files, keeping what was recorded
//	ANSIBLE_VAULT_ORACLE="ansible-vault" go run ./internal/tools/vectors -record
//
// The vectors are made with an implementation of the format of their own (seal.go), so that package vaultfmt is not
// compared with itself. They are the same bytes at every run: salts come from the names.
//
// With -record the command in ANSIBLE_VAULT_ORACLE (split at blanks; it must see the temporary folder that is its working
// directory) decrypts every vector, and the "ansible:" column is written anew; a payload that differs ends the program.
// See vaultfmt/testdata/vectors/README.md for the format of the files.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
)

// The classes of outcomes; success has a payload.
const (
	success    = "success"
	notAVault  = "not-a-vault"
	malformed  = "malformed"
	wrong      = "wrong-password"
	badPadding = "bad-padding"
	unsupport  = "unsupported"
)

// A vector is one case.
type vector struct {
	name     string // of the file
	comment  string // what it tests
	password string // "" means pw
	text     string // the vault
	expect   string // what a strict reader says
	offset   int    // where, for malformed and if not 0
	label    string // for success
	payload  string // for success, of the strict reader or of ansible-vault
	reason   string // why expect and ansible differ
	ansible  string // as recorded
	message  string // as recorded, of a failure
}

func main() {
	dir := flag.String("dir", "vaultfmt/testdata/vectors", "folder of the vectors")
	record := flag.Bool("record", false, "ask the ansible-vault that ANSIBLE_VAULT_ORACLE names")
	flag.Parse()
	if err := run(*dir, *record); err != nil {
		fmt.Fprintln(os.Stderr, "vectors:", err)
		os.Exit(1)
	}
}

func run(dir string, record bool) error {
	all := slices.Concat(plain(), headers(), bodies(), fields(), secrets())
	var ask func(vector) (class, message string, err error)
	if record {
		o, err := newOracle(os.Getenv("ANSIBLE_VAULT_ORACLE"))
		if err != nil {
			return err
		}
		defer o.close()
		ask = o.ask
		version := o.version + "\n"
		if err := os.WriteFile(filepath.Join(dir, "ANSIBLE_VERSION"), []byte(version), 0o644); err != nil {
			return err
		}
	}
	names := map[string]bool{}
	for _, v := range all {
		if names[v.name] {
			return fmt.Errorf("two vectors named %s", v.name)
		}
		names[v.name] = true
		path := filepath.Join(dir, v.name+".vector")
		var err error
		if v.ansible, v.message, err = recorded(path); err != nil {
			return err
		}
		if ask != nil {
			if v.ansible, v.message, err = ask(v); err != nil {
				return fmt.Errorf("%s: %w", v.name, err)
			}
		}
		if v.ansible != v.expect && v.reason == "" {
			fmt.Fprintf(os.Stderr, "vectors: %s needs a reason: expect %s, ansible %s\n", v.name, v.expect, v.ansible)
		}
		if v.ansible == v.expect && v.reason != "" {
			fmt.Fprintf(os.Stderr, "vectors: %s has a reason, but no difference: %s\n", v.name, v.expect)
		}
		if err := os.WriteFile(path, v.file(), 0o644); err != nil {
			return err
		}
	}
	return onlyThese(dir, names)
}

// onlyThese refuses files of vectors that are no longer made.
func onlyThese(dir string, names map[string]bool) error {
	files, err := filepath.Glob(filepath.Join(dir, "*.vector"))
	if err != nil {
		return err
	}
	for _, f := range files {
		if !names[strings.TrimSuffix(filepath.Base(f), ".vector")] {
			return fmt.Errorf("%s is not made by this program: remove it, or add its case", f)
		}
	}
	fmt.Println(len(files), "vectors")
	return nil
}

// recorded gives the "ansible:" and "message:" lines of an existing file.
func recorded(path string) (class, message string, err error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "unknown", "", nil
	}
	head, _, _ := bytes.Cut(b, []byte("\n\n"))
	class = "unknown"
	for line := range strings.SplitSeq(string(head), "\n") {
		switch key, value, _ := strings.Cut(line, ": "); key {
		case "ansible":
			class = value
		case "message":
			message = value
		}
	}
	return class, message, err
}

// file prints the vector.
func (v vector) file() []byte {
	var b bytes.Buffer
	line := func(key, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s: %s\n", key, value)
		}
	}
	line("comment", v.comment)
	line("expect", v.expect)
	line("ansible", v.ansible)
	line("message", v.message)
	line("reason", v.reason)
	if v.expect == malformed && v.offset != 0 {
		line("offset", fmt.Sprint(v.offset))
	}
	if p := v.secret(); strings.IndexFunc(p, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsGraphic(r) }) < 0 {
		line("password", p)
	} else {
		line("password-hex", hex.EncodeToString([]byte(p)))
	}
	if v.expect == success || v.ansible == success {
		line("label", v.label)
		line("payload", fmt.Sprintf("%x", sha256.Sum256([]byte(v.payload))))
	}
	b.WriteString("\n" + v.text)
	return b.Bytes()
}

func (v vector) secret() string {
	if v.password == "" {
		return defaultPassword
	}
	return v.password
}
