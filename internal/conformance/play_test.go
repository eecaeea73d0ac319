package conformance_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/shellwords"
)

// playDir gives a new folder with the files of a case, as record-play.sh does.
func playDir(t *testing.T, testcase string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, os.DirFS(testcase)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"cmd", "stdout", "stderr", "rc", "stdin", "merged"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "hosts.yml")); err != nil {
		hosts := read(t, testdata, "play", "hosts.yml")
		if err := os.WriteFile(filepath.Join(dir, "hosts.yml"), []byte(hosts), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// whyUnreachable is what is told of a host that can't be reached: each connection has words of its own.
var whyUnreachable = regexp.MustCompile(`(?s)\[ERROR\]: Task failed: [^\n]*\nOrigin: .*?\n(fatal: [^\n]*UNREACHABLE!)[^\n]*|(fatal: [^\n]*UNREACHABLE!)[^\n]*`)

// askedAgain is what is told of a job that is still at work.
var askedAgain = regexp.MustCompile(`^ASYNC POLL on .* finished=False\n$`)

// withoutMorePolls takes out of got the times that a job was asked after besides those in want: how often that is depends on how
// fast the machine is.
func withoutMorePolls(got, want string) string {
	wanted := strings.SplitAfter(want, "\n")
	var out strings.Builder
	for line := range strings.Lines(got) {
		switch {
		case len(wanted) > 0 && line == wanted[0]:
			wanted = wanted[1:]
		case askedAgain.MatchString(line):
			continue
		default:
			wanted = nil // it differs, and is shown as it is
		}
		out.WriteString(line)
	}
	return out.String()
}

// playOutcome runs a case: with a file merged in it the output and the errors are one stream, as on a terminal.
func playOutcome(t *testing.T, testcase, dir, typed string, words []string) outcome {
	t.Helper()
	if _, err := os.Stat(filepath.Join(testcase, "merged")); err != nil {
		return nativeTyped(t, dir, typed, words...)
	}
	var both bytes.Buffer
	code := nativeInto(t, dir, typed, &both, &both, words...)
	return outcome{stdout: ahead.ReplaceAllString(both.String(), ""), code: code}
}

// playDifferences runs a recorded case with the native engine, called as ansible-playbook.
func playDifferences(t *testing.T, testcase string) []string {
	t.Helper()
	dir := playDir(t, testcase)
	words, err := shellwords.Split(read(t, testcase, "cmd"))
	if err != nil {
		t.Fatal(err)
	}
	typed, err := os.ReadFile(filepath.Join(testcase, "stdin"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	got, want := playOutcome(t, testcase, dir, string(typed), words), recorded(t, testcase)
	got.stdout, got.stderr = normalise(dir, got.stdout), normalise(dir, got.stderr)
	if strings.HasPrefix(filepath.Base(testcase), "unreachable_") {
		got.stdout, want.stdout = whyUnreachable.ReplaceAllString(got.stdout, "$1$2"), whyUnreachable.ReplaceAllString(want.stdout, "$1$2")
	}
	got.stdout = withoutMorePolls(got.stdout, want.stdout)
	var diffs []string
	if got.code != want.code {
		diffs = append(diffs, "exit code "+firstDifference(strconv.Itoa(got.code), strconv.Itoa(want.code)))
	}
	if got.stdout != want.stdout {
		diffs = append(diffs, "stdout "+firstDifference(got.stdout, want.stdout))
	}
	if got.stderr != want.stderr {
		diffs = append(diffs, "stderr "+firstDifference(got.stderr, want.stderr))
	}
	if len(diffs) > 0 && testing.Verbose() {
		diffs = append(diffs, "all of it:\n"+got.stdout+"--- stderr\n"+got.stderr)
	}
	return diffs
}

// TestPlays runs small playbooks natively: output and exit code are the real Ansible's.
func TestPlays(t *testing.T) {
	cases, err := filepath.Glob(filepath.Join(testdata, "play/*/cmd"))
	if err != nil || len(cases) == 0 {
		t.Fatalf("no recorded cases of plays: %v", err)
	}
	replay(t, "play", cases, caseOf, func(t *testing.T, cmd string) []string { return playDifferences(t, filepath.Dir(cmd)) })
}

// TestWithoutMorePolls: only surplus questions after a job are passed over.
func TestWithoutMorePolls(t *testing.T) {
	const poll, end = "ASYNC POLL on h1: jid=@JID@ started=True finished=False\n", "ASYNC OK on h1: jid=@JID@\n"
	for name, c := range map[string]struct{ got, want, left string }{
		"as recorded":       {"a\n" + poll + end, "a\n" + poll + end, "a\n" + poll + end},
		"asked more often":  {"a\n" + poll + poll + end, "a\n" + poll + end, "a\n" + poll + end},
		"asked at all":      {poll + end, end, end},
		"asked less often":  {"a\n" + end, "a\n" + poll + end, "a\n" + end},
		"another line":      {"b\n" + end, "a\n" + end, "b\n" + end},
		"a line more":       {end + "b\n", end, end + "b\n"},
		"another last line": {end + "b", end + "c", end + "b"},
	} {
		if got := withoutMorePolls(c.got, c.want); got != c.left {
			t.Errorf("%s: %q", name, got)
		}
	}
}
