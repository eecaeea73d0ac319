// Package tracer runs a command under strace and tells where given secrets showed up on the way from the process to the
// world: in what was written and to where, in the arguments and in the environment of programs that were started. It is for tests alone, on Linux.
package tracer

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
)

// Calls that carry a text out of the process, or that make one file of another.
const traced = "write,writev,pwrite64,pwritev,pwritev2,send,sendto,sendmsg,sendmmsg,execve,execveat," +
	"copy_file_range,sendfile,splice,tee,vmsplice,rename,renameat,renameat2,link,linkat,symlink,symlinkat"

// Call is one system call of a trace, with its texts decoded.
type Call struct {
	Name string
	Text string   // the whole line as strace gives it, texts decoded: arguments, results, paths of descriptors
	Path string   // what the descriptor that is written to stands for, as "/tmp/x" or "pipe:[12]"; "" for other calls
	Args []string // of execve: the arguments of the program
	Env  []string // of execve: its environment
	Data string   // what is written
}

// Trace is what a command did.
type Trace struct {
	Calls          []Call
	Stdout, Stderr string
	Code           int

	dir string // where the command was started
}

// Run runs argv in dir with the environment under `strace -f`, without a terminal. Without strace the test is skipped,
// or fails in CI.
func Run(t testing.TB, dir string, environ []string, argv ...string) *Trace {
	t.Helper()
	strace := needs.Program(t, "strace", "the traces that look for secrets")
	out := filepath.Join(t.TempDir(), "trace")
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	args := append([]string{"-f", "-v", "-y", "-xx", "-s", "4194304", "-e", "trace=" + traced, "-e", "signal=none", "-o", out, "--"}, argv...)
	cmd := exec.CommandContext(ctx, strace, args...)
	var stdout, stderr strings.Builder
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, environ, &stdout, &stderr
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatalf("strace: %v", err)
	}
	tr := &Trace{Stdout: stdout.String(), Stderr: stderr.String(), Code: cmd.ProcessState.ExitCode(), dir: dir}
	f, err := os.Open(out)
	if err != nil {
		t.Fatalf("strace wrote no trace: %v\n%s", err, tr.Stderr)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		if c, ok := parse(lines.Text()); ok {
			tr.Calls = append(tr.Calls, c)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	if len(tr.Calls) == 0 {
		t.Fatalf("the trace is empty: %s", tr.Stderr)
	}
	return tr
}

var (
	callLine = regexp.MustCompile(`^(?:\d+ +)?([a-z0-9_]+)\((.*)$`)
	hexText  = regexp.MustCompile(`"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?`)
	hexPath  = regexp.MustCompile(`<((?:[^<>"\\]|\\x[0-9a-f]{2})*)>`)
)

// parse reads a line of strace. A call that is told in two halves has its arguments in the first one.
func parse(line string) (Call, bool) {
	m := callLine.FindStringSubmatch(line)
	if m == nil {
		return Call{}, false
	}
	c := Call{Name: m[1], Text: hexText.ReplaceAllStringFunc(line, func(q string) string { return `"` + unhex(q) + `"` })}
	rest := m[2]
	switch {
	case strings.HasPrefix(c.Name, "exec"):
		c.Args, c.Env = lists(rest)
	case strings.HasPrefix(c.Name, "write"), strings.HasPrefix(c.Name, "pwrite"), strings.HasPrefix(c.Name, "send"), c.Name == "vmsplice":
		if p := hexPath.FindStringSubmatch(rest); p != nil {
			c.Path = unhex(p[1])
		}
		for _, q := range hexText.FindAllString(rest, -1) {
			c.Data += unhex(q)
		}
	}
	return c, true
}

// lists gives the two lists of texts in square brackets of an execve: arguments and environment.
func lists(rest string) (args, env []string) {
	for i, part := range strings.SplitN(rest, "[", 3)[1:] {
		part, _, _ = strings.Cut(part, "]")
		var texts []string
		for _, q := range hexText.FindAllString(part, -1) {
			texts = append(texts, unhex(q))
		}
		if i == 0 {
			args = texts
		} else {
			env = texts
		}
	}
	return args, env
}

func unhex(q string) string {
	q = strings.Trim(strings.TrimSuffix(q, "..."), `"`)
	if !strings.Contains(q, `\x`) {
		return q
	}
	b, err := hex.DecodeString(strings.ReplaceAll(q, `\x`, ""))
	if err != nil {
		return q // mixed: a path that strace did not need to encode
	}
	return string(b)
}

// Forms gives the forms in which a secret is looked for: as it is, percent-encoded, as JSON escapes it, in base64 at
// each alignment, and in hexadecimal.
func Forms(secret string) []string {
	quoted, _ := json.Marshal(secret)
	forms := []string{
		secret, url.QueryEscape(secret), strings.ReplaceAll(url.QueryEscape(secret), "+", "%20"), url.PathEscape(secret),
		string(quoted[1 : len(quoted)-1]), hex.EncodeToString([]byte(secret)),
	}
	for lead := range 3 {
		text := base64.RawStdEncoding.EncodeToString(append(make([]byte, lead), secret...))
		from, to := (lead*8+5)/6, (lead+len(secret))*8/6
		if to-from >= 8 { // shorter ones stand everywhere by chance
			forms = append(forms, text[from:to])
		}
	}
	return forms
}

// Finding is a secret at a place where it should not be.
type Finding struct {
	Secret int    // the number of the secret
	Where  string // "written to PATH", "argument of PROGRAM", "environment of PROGRAM", or a call that hides what it carries
}

// Find looks for the secrets in all that left the process. mayHold says which files may be written with secrets in them, by the
// absolute path that the file has when the command is done: one that is written under another name and then renamed counts by
// its last name. written counts the writes with secrets to such files, so that a test can tell that it saw something at all.
func (tr *Trace) Find(secrets []string, mayHold func(path string) bool) (findings []Finding, written int) {
	names := tr.renames()
	add := func(n int, where string, args ...any) {
		findings = append(findings, Finding{n, fmt.Sprintf(where, args...)})
	}
	for n, secret := range secrets {
		holds := holder(secret)
		for i, c := range tr.Calls {
			switch {
			case strings.HasPrefix(c.Name, "exec"):
				if holds(strings.Join(c.Args, "\x00")) {
					add(n, "argument of %s", program(c))
				}
				if i > 0 && holds(strings.Join(c.Env, "\x00")) { // the first is the command itself, as the test starts it
					add(n, "environment of %s", program(c))
				}
			case holds(c.Data) && mayHold(last(names, i, c.Path)):
				written++
			case holds(c.Data):
				add(n, "written to %s", c.Path)
			case copies(c):
				if from, to := c.ends(); (mayHold(from) || holds(content(from))) && !mayHold(last(names, i, to)) {
					add(n, "copied to %s", to)
				} else if holds(content(from)) {
					written++
				}
			case holds(c.Text):
				add(n, "%s", c.Name)
			}
		}
	}
	return findings, written
}

// copies reports whether a call moves bytes from file to file within the kernel, so that the trace does not show them.
func copies(c Call) bool {
	return c.Name == "copy_file_range" || c.Name == "sendfile" || c.Name == "splice"
}

// ends are the files of a call that copies.
func (c Call) ends() (from, to string) {
	paths := hexPath.FindAllStringSubmatch(c.Text, -1)
	if len(paths) < 2 {
		return "", ""
	}
	from, to = unhex(paths[0][1]), unhex(paths[1][1])
	if c.Name == "sendfile" {
		from, to = to, from
	}
	return from, to
}

// content is what a file holds, "" for what is no file any more.
func content(path string) string {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return ""
	}
	text, _ := os.ReadFile(path)
	return string(text)
}

func program(c Call) string {
	if len(c.Args) == 0 {
		return "?"
	}
	return c.Args[0]
}

func holder(secret string) func(string) bool {
	forms := Forms(secret)
	return func(text string) bool {
		for _, f := range forms {
			if strings.Contains(text, f) {
				return true
			}
		}
		return false
	}
}

var (
	named  = regexp.MustCompile(`(?:<((?:[^<>"\\]|\\x[0-9a-f]{2})*)>, )?"([^"]*)"`)
	opened = regexp.MustCompile(`(?:^|[(, ])(\d+)<((?:[^<>"\\]|\\x[0-9a-f]{2})*)>`)
)

// A rename is a file that got another name, or its first one.
type rename struct {
	call     int // the number of the call
	from, to string
}

// renames says which names files got, in their order.
func (tr *Trace) renames() []rename {
	var all []rename
	files := map[string]string{} // what a descriptor stood for last
	for i, c := range tr.Calls {
		for _, m := range opened.FindAllStringSubmatch(c.Text, -1) {
			files[m[1]] = unhex(m[2])
		}
		if !strings.HasPrefix(c.Name, "rename") && !strings.HasPrefix(c.Name, "link") {
			continue
		}
		var paths []string
		for _, m := range named.FindAllStringSubmatch(c.Text, 2) {
			path, base := m[2], tr.dir
			if m[1] != "" {
				base = unhex(m[1])
			}
			if fd, ok := strings.CutPrefix(path, "/proc/self/fd/"); ok {
				path = files[fd] // a file without a name, which strace calls by its number
			}
			if !filepath.IsAbs(path) {
				path = filepath.Join(base, path)
			}
			paths = append(paths, path)
		}
		if len(paths) == 2 {
			all = append(all, rename{i, paths[0], paths[1]})
		}
	}
	return all
}

// last follows a path through the renames that come after a call.
func last(names []rename, call int, path string) string {
	for _, r := range names {
		if r.call > call && r.from == path {
			path = r.to
		}
	}
	return path
}
