package conformance_test

import (
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

// actionSigns are what record-actions.sh puts in the place of what differs from run to run.
var actionSigns = []struct {
	what *regexp.Regexp
	sign string
}{
	{regexp.MustCompile(`"(start|end|stop)": "[^"]*"`), `"$1": "@TIME@"`},
	{regexp.MustCompile(`"delta": "[^"]*"`), `"delta": "@DELTA@"`},
	{regexp.MustCompile(`Paused for [0-9.]+ `), `Paused for @TIME@ `},
	{regexp.MustCompile(`"(owner|group)": "[^"]*"`), `"$1": "@OWNER@"`},
	{regexp.MustCompile(`"(uid|gid)": [0-9]+`), `"$1": "@ID@"`},
	{regexp.MustCompile(`"backup_file": "[^"]*"`), `"backup_file": "@BACKUP@"`},
	{regexp.MustCompile(`Valid booleans include: [^"\n]*`), `Valid booleans include: @BOOLEANS@`}, // a set, in any order
	{regexp.MustCompile(`[^ "':]*/ansible-local-[^/ ]+/[^/ ":]+`), `@TMP@`},
	{regexp.MustCompile(`[^ "':]*/ansible-tmp-[0-9.-]+`), `@TMP@`},
}

// sent is the file that a changed copy came from. On purpose: the real Ansible names a temporary copy on the target, which
// is gone; the native engine has none and names the file on the control node.
var sent = regexp.MustCompile(`("size": [0-9]+,\s+"src": )"[^"]*"`)

// rendered and after are a template, by the same reason.
var (
	rendered = regexp.MustCompile(`"src": "(@TMP@|@DIR@/templates)/[^"]*"`)
	after    = regexp.MustCompile(`\+\+\+ after: (@TMP@|@DIR@/(templates|files)).*`)
)

func actionOutput(dir, text string) string {
	text = strings.ReplaceAll(text, dir, "@DIR@")
	for _, s := range actionSigns {
		text = s.what.ReplaceAllString(text, s.sign)
	}
	text = sent.ReplaceAllString(text, `$1"@SENT@"`)
	text = rendered.ReplaceAllString(text, `"src": "@SENT@"`)
	return after.ReplaceAllString(text, `+++ after: @SENT@`)
}

// actionDifferences runs a recorded case with the native engine and tells what is not as recorded.
func actionDifferences(t *testing.T, testcase string) []string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(testcase, "in"))); err != nil && !errors.Is(err, fs.ErrExist) {
		t.Fatal(err)
	}
	line, err := shellwords.Split(strings.TrimSpace(read(t, testcase, "cmd")))
	if err != nil {
		t.Fatal(err)
	}
	got, want := native(t, dir, line...), recorded(t, testcase)
	var diffs []string
	if got.code != want.code {
		diffs = append(diffs, "exit code "+firstDifference(strconv.Itoa(got.code), strconv.Itoa(want.code)))
	}
	if out := actionOutput(dir, got.stdout); out != actionOutput(dir, want.stdout) {
		diffs = append(diffs, "stdout "+firstDifference(out, actionOutput(dir, want.stdout)))
		keep(t, testcase, "stdout", out)
	}
	if out := actionOutput(dir, got.stderr); out != actionOutput(dir, want.stderr) {
		diffs = append(diffs, "stderr "+firstDifference(out, actionOutput(dir, want.stderr)))
		keep(t, testcase, "stderr", out)
	}
	return diffs
}

// keep writes an output that is not as recorded below the folder ACTIONS_OUT names, for a look at all of it.
func keep(t *testing.T, testcase, stream, text string) {
	t.Helper()
	out := os.Getenv("ACTIONS_OUT")
	if out == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(out, filepath.Base(testcase)+"."+stream), []byte(text), 0o600); err != nil {
		t.Error(err)
	}
}

// TestActions runs each recorded playbook natively: output and exit code are the real Ansible's, except where
// skiplist.txt gives a reason.
func TestActions(t *testing.T) {
	cmds, err := filepath.Glob(filepath.Join(testdata, "actions/*/cmd"))
	if err != nil || len(cmds) < 60 {
		t.Fatalf("%d recorded cases of actions: %v", len(cmds), err)
	}
	replay(t, "actions", cmds, caseOf, func(t *testing.T, cmd string) []string { return actionDifferences(t, filepath.Dir(cmd)) })
}
