package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
)

// A talk is a program on a terminal of its own. The shell that runs it stays until all that was written has been read: the end of
// the first process of a terminal hangs the terminal up, and Linux then drops what nobody has read yet, which happens on
// a busy machine.
type talk struct {
	t    *testing.T
	cmd  *exec.Cmd
	tty  *os.File
	mu   sync.Mutex
	seen bytes.Buffer
	done chan struct{}
}

// talkTo starts a shell line on a new terminal in dir, with kimai-ansible and ansible-vault on its PATH.
func talkTo(t *testing.T, dir, line string, environ ...string) *talk {
	t.Helper()
	cmd := exec.Command("sh", "-c", line+"\ncode=$?; stty -echo; printf '"+lastByte+"'; read -r over; exit $code")
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), "PATH="+childProgram(t)+":"+os.Getenv("PATH"), "HOME="+dir, "TERM=xterm", "LC_ALL=C.UTF-8", "PAGER=cat"), environ...)
	tty, err := pty.Start(cmd)
	needs.That(t, err == nil, fmt.Sprintf("a pseudo-terminal: %v", err))
	k := &talk{t: t, cmd: cmd, tty: tty, done: make(chan struct{})}
	go func() {
		defer close(k.done)
		buf := make([]byte, 4096)
		for {
			n, err := tty.Read(buf)
			k.mu.Lock()
			k.seen.Write(buf[:n])
			k.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() { _ = cmd.Process.Kill(); tty.Close() })
	return k
}

// lastByte ends what is written on the terminal of a talk.
const lastByte = "\x04"

func (k *talk) text() string {
	text, _ := k.read()
	return text
}

// read gives what was seen, and whether that is all.
func (k *talk) read() (text string, all bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	text, _, all = strings.Cut(k.seen.String(), lastByte)
	return strings.ReplaceAll(text, "\r\n", "\n"), all
}

// answer waits for a question and types an answer to it.
func (k *talk) answer(question, answer string) {
	k.t.Helper()
	for range 3000 { // half a minute: a busy machine takes long to start a program
		if strings.HasSuffix(k.text(), question) {
			time.Sleep(20 * time.Millisecond) // echo is off before the question, but the input is flushed then too
			if _, err := io.WriteString(k.tty, answer); err != nil {
				k.t.Fatal(err)
			}
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	k.t.Fatalf("no question %q in %q", question, k.text())
}

// shown waits until a text has been shown.
func (k *talk) shown(text string) {
	k.t.Helper()
	for range 3000 {
		if strings.Contains(k.text(), text) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	k.t.Fatalf("no %q in %q", text, k.text())
}

// end waits for the end and gives what was seen and the exit code.
func (k *talk) end() (string, int) {
	k.t.Helper()
wait:
	for _, all := k.read(); !all; _, all = k.read() {
		select {
		case <-k.done: // killed
			break wait
		case <-time.After(5 * time.Millisecond):
		}
	}
	_, _ = io.WriteString(k.tty, "\n") // where nobody reads it any more the talk is over already
	err := k.cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		k.t.Fatal(err)
	}
	select {
	case <-k.done:
	case <-time.After(time.Minute):
	}
	return k.text(), k.cmd.ProcessState.ExitCode()
}

func vaultDir(t *testing.T) string {
	t.Helper()
	dir := needs.Folder(t)
	for name, text := range map[string]string{"pw": "secret\n", "pw2": "other\n", "plain.yml": "a: 1\nb: \"zwei\"\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("sh", "-c", "ansible-vault encrypt --vault-password-file pw --output v plain.yml")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+childProgram(t)+":"+os.Getenv("PATH"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return dir
}

// The texts are what ansible-core 2.19.11 shows on a terminal for the same line and answers.
func TestVaultPrompts(t *testing.T) {
	const red, purple, off = "\x1b[0;31m", "\x1b[1;35m", "\x1b[0m"
	type qa struct{ question, answer string }
	tests := []struct {
		name, line string
		talk       []qa
		want       string
		code       int
	}{
		{"view", "ansible-vault view v", []qa{{"Vault password: ", "secret\n"}}, "Vault password: \na: 1\nb: \"zwei\"\n", 0},
		{
			"wrong password", "ansible-vault view v",
			[]qa{{"Vault password: ", "bad\n"}},
			"Vault password: \n" + red + "[ERROR]: Decryption failed (no vault secrets were found that could decrypt). for v" + off + "\n", 1,
		},
		{
			"empty password", "ansible-vault view v",
			[]qa{{"Vault password: ", "\n"}},
			"Vault password: \n" + purple + "[WARNING]: Error in vault password prompt (default): Invalid vault password was provided" + off + "\n" +
				red + "[ERROR]: Invalid vault password was provided" + off + "\n", 1,
		},
		{
			"vault id", "ansible-vault view --vault-id dev@prompt --vault-id prod@prompt v",
			[]qa{{"(dev): ", "s\n"}, {"(prod): ", "secret\n"}},
			"Vault password (dev): \nVault password (prod): \na: 1\nb: \"zwei\"\n", 0,
		},
		{
			"ask and vault id", "ansible-vault view -J --vault-id dev@prompt v",
			[]qa{{"Vault password (dev): ", "x\n"}, {"Vault password: ", "secret\n"}},
			"Vault password (dev): \nVault password: \na: 1\nb: \"zwei\"\n", 0,
		},
		{
			"end of input", "ansible-vault view v",
			[]qa{{"Vault password: ", "\x04"}},
			"Vault password: " + purple + "[WARNING]: Error in vault password prompt (default): EOFError (ctrl-d) on prompt for (default)" + off + "\n" +
				red + "[ERROR]: EOFError (ctrl-d) on prompt for (default)" + off + "\n", 1,
		},
		{
			"encrypt", "ansible-vault encrypt plain.yml",
			[]qa{{"New Vault password: ", "n\n"}, {"Confirm New Vault password: ", "n\n"}},
			"New Vault password: \nConfirm New Vault password: \nEncryption successful\n", 0,
		},
		{
			"encrypt, unequal", "ansible-vault encrypt plain.yml",
			[]qa{{"New Vault password: ", "n\n"}, {"Confirm New Vault password: ", "m\n"}},
			"New Vault password: \nConfirm New Vault password: \n" + purple + "[WARNING]: Error in vault password prompt (default): Passwords do not match" + off + "\n" +
				red + "[ERROR]: Passwords do not match" + off + "\n", 1,
		},
		{
			"encrypt with vault id", "ansible-vault encrypt --vault-id prod@prompt plain.yml",
			[]qa{{"New vault password (prod): ", "n\n"}, {"Confirm new vault password (prod): ", "n\n"}},
			"New vault password (prod): \nConfirm new vault password (prod): \nEncryption successful\n", 0,
		},
		{
			"rekey", "ansible-vault rekey -J v",
			[]qa{{"Vault password: ", "secret\n"}, {"New Vault password: ", "n\n"}, {"Confirm New Vault password: ", "n\n"}},
			"Vault password: \nNew Vault password: \nConfirm New Vault password: \nRekey successful\n", 0,
		},
		{
			"encrypt_string", "ansible-vault encrypt_string --vault-password-file pw -p",
			[]qa{{"Variable name (enter for no name): ", "nm\n"}, {"String to encrypt (hidden): ", "val\n"}},
			"Variable name (enter for no name): nm\nString to encrypt (hidden): \nEncryption successful\nnm: !vault |\n          $ANSIBLE_VAULT;1.1;AES256\n          HEX\n", 0,
		},
		{
			"encrypt_string, shown", "ansible-vault encrypt_string --vault-password-file pw -p --show-input",
			[]qa{{"(enter for no name): ", "\n"}, {"String to encrypt:", "val\n"}},
			"Variable name (enter for no name): \nString to encrypt:val\nEncryption successful\n!vault |\n          $ANSIBLE_VAULT;1.1;AES256\n          HEX\n", 0,
		},
		{
			"stdin stays free", "echo abc | ansible-vault encrypt_string -J",
			[]qa{{"New Vault password: ", "n\n"}, {"Confirm New Vault password: ", "n\n"}},
			"New Vault password: \nConfirm New Vault password: \nReading plaintext input from stdin. (ctrl-d to end input, twice if your content does not already have a newline)\n" +
				"Encryption successful\n!vault |\n          $ANSIBLE_VAULT;1.1;AES256\n          HEX\n", 0,
		},
		{
			"encrypt stdin", "ansible-vault encrypt --vault-password-file pw",
			[]qa{{"Reading plaintext input from stdin\n", "abc\n\x04"}},
			"Reading plaintext input from stdin\nabc\nEncryption successful\n$ANSIBLE_VAULT;1.1;AES256\nHEX\n", 0,
		},
		{"pager", "PAGER='sed s/a/A/' ansible-vault view --vault-password-file pw v v", nil, "A: 1\nb: \"zwei\"\nA: 1\nb: \"zwei\"\n", 0},
		{"no pager", "PAGER=nosuch-pager ansible-vault view --vault-password-file pw v 2>/dev/null", nil, "", 0},
		{"decrypt", "ansible-vault decrypt --vault-password-file pw --output - v", nil, "Decryption successful\na: 1\nb: \"zwei\"\n", 0},
		{"no colour", "NO_COLOR=1 ansible-vault view --vault-password-file pw plain.yml", nil, "[ERROR]: Input is not vault encrypted data. for plain.yml\n", 1},
		{
			"create", "EDITOR='cp plain.yml' ansible-vault create --vault-password-file pw d/new; ansible-vault view --vault-password-file pw d/new", nil,
			purple + "[WARNING]: d does not exist, creating..." + off + "\na: 1\nb: \"zwei\"\n", 0,
		},
		{
			"set", "kimai-ansible vault set --vault-password-file pw plain.yml c; kimai-ansible vault get --vault-password-file pw plain.yml c",
			[]qa{{"New value of c (hidden): ", "hunter2\n"}, {"Confirm new value of c: ", "hunter2\n"}},
			"New value of c (hidden): \nConfirm new value of c: \nhunter2\n", 0,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			k := talkTo(t, vaultDir(t), tt.line)
			for _, p := range tt.talk {
				k.answer(p.question, p.answer)
			}
			got, code := k.end()
			if got = hexLines.ReplaceAllString(got, "${1}HEX\n"); got != tt.want || code != tt.code {
				t.Errorf("code %d, want %d\ngot  %q\nwant %q", code, tt.code, got, tt.want)
			}
		})
	}
}

// Ctrl-C at a question ends the program, with the terminal as it was.
func TestVaultPromptInterrupted(t *testing.T) {
	k := talkTo(t, vaultDir(t), "trap : INT; before=$(stty -a); ansible-vault view v; echo code $?; test \"$before\" = \"$(stty -a)\" && echo restored")
	k.answer("Vault password: ", "\x03")
	got, _ := k.end()
	if !strings.Contains(got, "User interrupted execution") || !strings.Contains(got, "code 130") || !strings.Contains(got, "restored") {
		t.Errorf("got %q", got)
	}
}
