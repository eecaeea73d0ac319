package ansibleengine_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/ansibleengine"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
)

// events collects what a run tells, each as a line.
type events []string

func (e *events) Handle(ev event.Event) {
	switch ev := ev.(type) {
	case event.PlayStart:
		*e = append(*e, "play "+ev.Name)
	case event.TaskStart:
		*e = append(*e, fmt.Sprintf("task %s %s:%d", ev.Title, filepath.Base(ev.Pos.File.Name()), ev.Pos.Line))
	case event.ItemResult:
		*e = append(*e, "item "+line(event.HostResult(ev)))
	case event.HostResult:
		*e = append(*e, "host "+line(ev))
	case event.Included:
		*e = append(*e, fmt.Sprintf("included %s for %s", filepath.Base(ev.File), strings.Join(ev.Hosts, "+")))
	case event.RunEnd:
		for _, h := range ev.Hosts {
			*e = append(*e, fmt.Sprintf("end %s ok=%d changed=%d failed=%d skipped=%d rescued=%d ignored=%d", h.Host, h.OK, h.Changed, h.Failed, h.Skipped, h.Rescued, h.Ignored))
		}
	case event.Warning:
		*e = append(*e, "warning "+ev.Text)
	case event.Error:
		*e = append(*e, "error "+ev.Text)
	case event.Note:
		*e = append(*e, "note "+ev.Text)
	}
}

func line(e event.HostResult) string {
	r := e.Result
	text := fmt.Sprintf("%s %s %v", e.Host, [...]string{"ok", "skipped", "failed", "unreachable"}[r.Status], r.Changed)
	if e.Delegated != "" {
		text += " by " + e.Delegated
	}
	for name, is := range map[string]bool{" ignored": r.Ignored, " included": e.Included} {
		if is {
			text += name
		}
	}
	if r.Fault != nil {
		text += " " + r.Fault.Summary()
	}
	if r.NoLog {
		text += " hidden"
	}
	if r.Status == result.OK && !r.NoLog && r.Values.Has("msg") {
		text += " msg"
	}
	return text
}

// stub is a program in the place of ansible-playbook.
func stub(t *testing.T, script string) *ansibleengine.Run {
	t.Helper()
	dir := t.TempDir()
	binary := filepath.Join(dir, "ansible-playbook")
	if err := os.WriteFile(binary, []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return &ansibleengine.Run{
		Binary: binary, Dir: dir, Playbooks: []string{"site.yml"}, Inventories: []string{"a", "b"},
		Environ: []string{"PATH=" + os.Getenv("PATH"), "ANSIBLE_STDOUT_CALLBACK=yaml", "OUT=" + filepath.Join(dir, "out")},
		Sink:    &events{},
	}
}

// TestEvents replays what the real callback wrote for a playbook with all kinds of results.
func TestEvents(t *testing.T) {
	recorded, err := filepath.Abs("../conformance/testdata/output/mix/jsonl/stdout")
	if err != nil {
		t.Fatal(err)
	}
	r := stub(t, "echo 'Using nothing'; cat '"+recorded+"'; echo '[WARNING]: two' >&2; echo 'lines' >&2; echo 'ERROR! bad' >&2; exit 2")
	var got events
	r.Sink = &got
	r.Task = func(_ string, line int) (ansibleengine.Task, bool) {
		return ansibleengine.Task{Ignores: line == 85, Module: line == 101}, line == 85 || line == 101
	}
	code, err := r.Run(t.Context())
	if err != nil || code != 2 {
		t.Errorf("code %d, %v", code, err)
	}
	slices.SortStableFunc(got, func(a, b string) int { return told(a) - told(b) }) // the streams are read side by side
	text := strings.Join(got, "\n")
	golden := "testdata/mix.txt"
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(golden, []byte(text+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if text+"\n" != string(want) {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
}

// told is 1 for what comes on the stream of errors.
func told(line string) int {
	if strings.HasPrefix(line, "warning ") || strings.HasPrefix(line, "error ") {
		return 1
	}
	return 0
}

func TestExitCodes(t *testing.T) {
	for _, want := range []int{0, 1, 2, 4, 8, 99, 250, 255} {
		code, err := stub(t, "exit "+strconv.Itoa(want)).Run(t.Context())
		if err != nil || code != want {
			t.Errorf("exit %d gave %d, %v", want, code, err)
		}
	}
	if code, _ := stub(t, "kill -9 $$").Run(t.Context()); code != 128+9 {
		t.Errorf("killed gave %d", code)
	}
	r := stub(t, "exit 0")
	r.Binary += ".missing"
	if _, err := r.Run(t.Context()); err == nil {
		t.Error("a program that is not there ran")
	}
}

// What is secret reaches the child by files alone; the test first shows that its canary is found where it is.
func TestNothingSecretInArgumentsOrEnvironment(t *testing.T) {
	const canary = "canary-6b1f"
	r := stub(t, `{ cat /proc/$$/cmdline /proc/$$/environ | tr '\0' '\n'; } >"$OUT"; cat "${ANSIBLE_VAULT_IDENTITY_LIST#*@}"`)
	file := filepath.Join(r.Dir, "password")
	if err := os.WriteFile(file, []byte(canary+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	extra := filepath.Join(r.Dir, "extra.yml")
	r.VaultIDs, r.Options.ExtraVarsFiles = []string{"prod@" + file}, []string{extra}
	var got events
	r.Sink = &got
	if _, err := r.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if text := strings.Join(got, "\n"); !strings.Contains(text, canary) {
		t.Fatalf("the child did not find the password: %s", text)
	}
	seen, err := os.ReadFile(filepath.Join(r.Dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"--extra-vars=@" + extra, "ANSIBLE_STDOUT_CALLBACK=ansible.posix.jsonl", "--inventory=a\n--inventory=b\n"} {
		if !strings.Contains(string(seen), want) {
			t.Errorf("%q is not in what the child was given:\n%s", want, seen)
		}
	}
	if strings.Contains(string(seen), canary) || strings.Contains(string(seen), "=yaml") {
		t.Errorf("in arguments or environment:\n%s", seen)
	}
}

// All that says how hosts are reached arrives; passwords by files alone.
func TestConnectionOptions(t *testing.T) {
	r := stub(t, `for a; do echo "arg:$a"; done; env | grep '^ANSIBLE_.*PASS' | sort; cat "$ANSIBLE_CONNECTION_PASSWORD_FILE" "$ANSIBLE_BECOME_PASSWORD_FILE"`)
	r.Environ = append(r.Environ, "ANSIBLE_ASK_PASS=true", "ANSIBLE_BECOME_PASSWORD_FILE=/elsewhere")
	r.PasswordFile, r.BecomePasswordFile = filepath.Join(r.Dir, "login"), filepath.Join(r.Dir, "become")
	for _, name := range []string{"login", "become"} {
		if err := os.WriteFile(filepath.Join(r.Dir, name), []byte("the "+name+" word\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r.Options = ansibleengine.Options{
		Connection: "ssh", User: "me", PrivateKey: "/k", Timeout: 7, Become: true, BecomeMethod: "su", BecomeUser: "root",
		SSHCommonArgs: "-o ProxyJump=a b", SSHExtraArgs: "-v",
	}
	var got events
	r.Sink = &got
	if _, err := r.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"arg:--become", "arg:--become-method=su", "arg:--become-user=root", "arg:--connection=ssh", "arg:--private-key=/k",
		"arg:--ssh-common-args=-o ProxyJump=a b", "arg:--ssh-extra-args=-v", "arg:--timeout=7", "arg:--user=me",
		"ANSIBLE_ASK_PASS=false", "ANSIBLE_ASK_VAULT_PASS=false", "ANSIBLE_BECOME_ASK_PASS=false",
		"ANSIBLE_BECOME_PASSWORD_FILE=" + r.BecomePasswordFile, "ANSIBLE_CONNECTION_PASSWORD_FILE=" + r.PasswordFile,
		"the login word", "the become word",
	}
	for _, w := range want {
		if !slices.Contains(got, "note "+w) {
			t.Errorf("no %q", w)
		}
	}
	if t.Failed() {
		t.Log(strings.Join(got, "\n"))
	}
}

// A cancelled run leaves no process behind, not even one that left the process group and ignores what is asked of it.
func TestCancelEndsAll(t *testing.T) {
	r := stub(t, `setsid sh -c 'trap "" INT TERM; echo $$ >>"$OUT"; sleep 300' & echo $$ >>"$OUT"; trap "" INT; sleep 300 & echo $! >>"$OUT"; wait; sleep 300`)
	r.Grace = 300 * time.Millisecond
	ctx, cancel := context.WithCancel(t.Context())
	out := filepath.Join(r.Dir, "out")
	go func() {
		for range 1500 {
			if text, _ := os.ReadFile(out); strings.Count(string(text), "\n") == 3 {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		time.Sleep(50 * time.Millisecond)
		cancel()
	}()
	start := time.Now() // the programs would take five minutes
	if _, err := r.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("the run ended with %v", err)
	}
	if time.Since(start) > 2*time.Minute {
		t.Errorf("it took %v", time.Since(start))
	}
	text, err := os.ReadFile(out)
	if err != nil || strings.Count(string(text), "\n") != 3 {
		t.Fatalf("the processes did not start: %q, %v", text, err)
	}
	for _, word := range strings.Fields(string(text)) {
		pid, _ := strconv.Atoi(word)
		gone := false
		for range 1500 {
			if gone = syscall.Kill(pid, 0) != nil || zombie(pid); gone {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		if !gone {
			t.Errorf("process %d lives", pid)
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

func zombie(pid int) bool {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(text), ") ")
	return strings.HasPrefix(rest, "Z")
}

// Much output on both streams, with a line longer than any buffer, comes through; the run does not stand still.
func TestMuchOutput(t *testing.T) {
	r := stub(t, `i=0; while [ $i -lt 200 ]; do head -c 100000 /dev/zero | tr '\0' x; echo; echo "[WARNING]: $i" >&2; i=$((i+1)); done; head -c 30000000 /dev/zero | tr '\0' y; exit 2`)
	var got events
	r.Sink = &got
	code, err := r.Run(t.Context())
	if code != 2 || err != nil {
		t.Errorf("code %d, %v", code, err)
	}
	size := 0
	for _, l := range got {
		size += len(l)
	}
	if len(got) != 401 || size < 50_000_000 {
		t.Errorf("%d lines, %d bytes", len(got), size)
	}
}

func TestFind(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	ours := filepath.Join(dir, "kimai-ansible")
	for _, f := range []string{ours, filepath.Join(other, "ansible-playbook")} {
		if err := os.WriteFile(f, []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(ours, filepath.Join(dir, "ansible-playbook")); err != nil {
		t.Fatal(err)
	}
	real, _ := filepath.EvalSymlinks(ours)
	if got := ansibleengine.Find(dir+":relative:"+other, real); got != filepath.Join(other, "ansible-playbook") {
		t.Errorf("found %q", got)
	}
	if got := ansibleengine.Find(dir, real); got != "" {
		t.Errorf("our own was found: %q", got)
	}
}
